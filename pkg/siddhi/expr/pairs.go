package expr

import "millrace/pkg/siddhi/column"

// PairsAtOnce bounds how many pairs are tested in one batch.
const PairsAtOnce = 4096

// SelectPairs keeps the pairs (a row of one batch, a slot of what it is held
// against) for which the predicate is true, in their order, and returns how many
// these are. fill gives the batch of some of the pairs.
func (p *Predicate) SelectPairs(rows, slots []int32, fill func(rows, slots []int32) *column.Batch) (int, error) {
	kept := 0
	for first := 0; first < len(rows); first += PairsAtOnce {
		last := min(first+PairsAtOnce, len(rows))
		pass, err := p.Select(fill(rows[first:last], slots[first:last]), p.rows[:0])
		if err != nil {
			return 0, err
		}
		p.rows = pass
		for _, r := range pass {
			rows[kept], slots[kept] = rows[first+int(r)], slots[first+int(r)]
			kept++
		}
	}
	return kept, nil
}

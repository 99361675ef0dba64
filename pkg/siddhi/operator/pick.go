package operator

import "millrace/pkg/siddhi/column"

// picker finds the rows that leave an aggregating selector: the last one of
// each chunk, or of each group in each chunk.
type picker struct {
	stamp int32
	seen  []seen // by group
}

// seen is where a group was seen last.
type seen struct {
	stamp int32 // of the chunk
	at    int32 // its place in the output
}

// last reduces rows, which are ascending, in place. groupOf has the group of
// each row of b; nil means that all rows are of one group.
func (p *picker) last(b *column.Batch, rows []int32, groupOf []int32) []int32 {
	if b.Ends == nil || len(rows) == 1 {
		return rows // one row a chunk
	}
	kept, next := rows[:0], 0
	for _, end := range b.Ends {
		first := next
		for next < len(rows) && rows[next] < end {
			next++
		}
		switch {
		case next == first:
		case next == first+1 || groupOf == nil:
			kept = append(kept, rows[next-1])
		default:
			kept = p.lastOfGroups(kept, rows[first:next], groupOf)
		}
	}
	return kept
}

// lastOfGroups appends the last row of each group, groups in order of first
// appearance. kept may share memory with rows: it never overtakes the reading.
func (p *picker) lastOfGroups(kept, rows []int32, groupOf []int32) []int32 {
	p.stamp++
	if p.stamp == 0 { // wrapped around: old stamps could be taken for new ones
		clear(p.seen)
		p.stamp = 1
	}
	for _, row := range rows {
		g := groupOf[row]
		if int(g) >= len(p.seen) {
			p.seen = append(p.seen, make([]seen, int(g)+1-len(p.seen))...)
		}
		s := &p.seen[g]
		if s.stamp == p.stamp {
			kept[s.at] = row
			continue
		}
		s.stamp, s.at = p.stamp, int32(len(kept))
		kept = append(kept, row)
	}
	return kept
}

package table

import (
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
)

// union answers an `or` whose sides the primary key answers each, or one only: the
// other then does not read the table, and finds all of it or nothing. It gives the rows
// of the first, then those of the next that are not among them. Siddhi does so
// too, and the order shows.
type union struct {
	sides []*finder
	next  []int    // by side: the first pair that has not been merged
	seen  []uint64 // by slot: the round in which it was found
	round uint64
}

// searchUnion returns the finder of an `or`, or nil if the primary key does not answer it.
func (t *Memory) searchUnion(s Search) (*finder, error) {
	or, ok := s.On.(*check.Binary)
	if !ok || or.Op != ast.Or || t.primary == nil {
		return nil, nil
	}
	u := &union{}
	keyed := false
	for _, on := range []check.Expr{or.L, or.R} {
		side := s
		side.On = on
		f, err := t.search(side)
		if err != nil || !f.byPrimary() && !streamOnly(on, len(s.Stream)) {
			return nil, err
		}
		keyed = keyed || f.byPrimary()
		u.sides = append(u.sides, f)
	}
	if !keyed {
		return nil, nil
	}
	u.next = make([]int, len(u.sides))
	return &finder{t: t, width: len(s.Stream), cand: u.sides[0].cand, either: u}, nil
}

// byPrimary says whether the primary key alone answers the condition.
func (f *finder) byPrimary() bool {
	return f.exact || f.either != nil || f.rest == nil && f.tree != nil && f.tree == f.t.primary.sorted
}

func (u *union) find(b *column.Batch, to *Matches) error {
	for i, f := range u.sides {
		if _, err := f.Find(b); err != nil {
			return err
		}
		u.next[i] = 0
	}
	for row := range int32(b.N) {
		u.round++
		for i, f := range u.sides {
			for ; u.next[i] < len(f.found.Rows) && f.found.Rows[u.next[i]] == row; u.next[i]++ {
				if slot := f.found.Slots[u.next[i]]; u.first(slot) {
					to.add(row, slot)
				}
			}
		}
	}
	return nil
}

// first says whether a slot comes for the first time in this round.
func (u *union) first(slot int32) bool {
	for len(u.seen) <= int(slot) {
		u.seen = append(u.seen, 0)
	}
	if u.seen[slot] == u.round {
		return false
	}
	u.seen[slot] = u.round
	return true
}

func (u *union) explain() string {
	var all []string
	for _, f := range u.sides {
		all = append(all, f.Explain())
	}
	return strings.Join(all, " or ")
}

package operator

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
)

// early are the items of a select that can fail for a row and do not read
// aggregates. Siddhi computes row by row, from left to right: of a chunk in which
// one fails, the aggregates have the rows before it, and those to its left have
// that row too.
type early struct {
	items []int // in the order of the text
	left  []int // for each of items: how many aggregates stand to its left
	view  column.Batch
	ends  []int32
}

func newEarly(sel *check.Select) early {
	var e early
	left := 0
	for i, it := range sel.Items {
		reads := 0
		for _, c := range expr.Columns(it.Expr) {
			reads = max(reads, c+1-len(sel.In))
		}
		if reads == 0 && expr.Fallible(it.Expr) {
			e.items, e.left = append(e.items, i), append(e.left, left)
		}
		left = max(left, reads)
	}
	return e
}

// fail returns the error of the first row of a chunk that has one. The aggregates
// then have been told of as much of the chunk as Siddhi's.
func (e *early) fail(s *Select, b *column.Batch) error {
	var err error
	for _, i := range e.items {
		if _, err = s.items[i].eval(b); err != nil {
			break
		}
	}
	if err == nil {
		return nil
	}
	row, left, err := e.first(s, b)
	if row > 0 {
		if _, failed := s.groups.update(e.rows(b, 0, row)); failed != nil {
			return failed
		}
	}
	if left > 0 {
		s.groups.first = left
		_, failed := s.groups.update(e.rows(b, row, row+1))
		s.groups.first = 0
		if failed != nil {
			return failed
		}
	}
	return err
}

// first returns the first row for which an item fails, and how many aggregates
// stand to the left of that item.
func (e *early) first(s *Select, b *column.Batch) (row, left int, err error) {
	for row = range b.N {
		one := e.rows(b, row, row+1)
		for k, i := range e.items {
			if _, err = s.items[i].eval(one); err != nil {
				return row, e.left[k], err
			}
		}
	}
	panic("BUG: a chunk cannot be computed, but each of its rows can")
}

// rows is a view of some rows of a chunk as one chunk.
func (e *early) rows(b *column.Batch, lo, hi int) *column.Batch {
	b.Slice(&e.view, lo, hi)
	e.ends = append(e.ends[:0], int32(hi-lo))
	e.view.Ends = e.ends
	return &e.view
}

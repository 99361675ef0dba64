package operator

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
)

// early are the places of a select that can fail for a row before
// aggregates have results for it: items that read none, and arguments of aggregators.
// Siddhi computes row by row, from left to right: of a chunk in which one fails, the
// aggregates have the rows before it, and those to its left have that row too. The
// chunks in front of it have left.
type early struct {
	places []place // in the order of the text
	front  column.Batch
	view   column.Batch
	chunk  column.Whole // of view
	marked bool         // see Options.Marked
	events column.Batch // see fail
}

// place is one of them.
type place struct {
	item item
	left int // how many aggregates stand to its left
	// arg is set for an argument of an aggregator, which may need values of its type.
	arg *argument
}

// newEarly finds the places in the items of a select and the arguments of its
// aggregates: those that can fail whatever comes or, if strays come, all that compute.
func newEarly(sel *check.Select, items []item, g *groups, strays bool) early {
	var e early
	left := 0
	for i, it := range sel.Items {
		reads := 0
		for _, c := range expr.Columns(it.Expr) {
			reads = max(reads, c+1-len(sel.In))
		}
		if reads == 0 && (expr.Fallible(it.Expr) || strays && items[i].column < 0) {
			e.places = append(e.places, place{item: items[i], left: left})
		}
		for ; left < reads; left++ {
			call := sel.Aggregates[left]
			for n, arg := range call.Args {
				if g.parts[left] == nil && (expr.Fallible(arg) || strays) {
					e.places = append(e.places, place{g.args[left][n], left, newArgument(call, arg)})
				}
			}
		}
	}
	return e
}

// fails says whether a row of b does.
func (e *early) fails(b *column.Batch) bool {
	for i := range e.places {
		if e.fail(i, b) != nil {
			return true
		}
	}
	return false
}

// marks says whether a place fails for a Reset row of b, or one beside it.
func (e *early) marks(b *column.Batch) bool {
	return e.marked && b.Kind != nil && slices.Contains(b.Kind[:b.N], column.Reset) && e.fails(b)
}

// fail returns the error of a place for rows of b. An item is computed for Reset rows, too,
// which have the data of an event; an argument of an aggregator is not.
func (e *early) fail(i int, b *column.Batch) error {
	p := &e.places[i]
	if p.arg == nil && e.marked && b.Kind != nil {
		e.events = *b
		e.events.Kind = nil
		b = &e.events
	}
	return p.fails(b)
}

// failed is Select.Process of a batch that could not be computed, where there are
// no aggregates.
func (s *Select) failed(b *column.Batch, emit flow.Emit, err error) error {
	if s.groups != nil || s.retried && !s.having.counts() {
		return err
	}
	return s.earlyFor(s.hasStrays(b)).process(s, b, emit)
}

// process is Select.Process of a batch of which a row fails.
func (e *early) process(s *Select, b *column.Batch, emit flow.Emit) error {
	row, at, err := e.first(b)
	front := chunkOf(b, row)
	if front > 0 && s.retried {
		return err
	}
	if front > 0 {
		b.Slice(&e.front, 0, front)
		if failed := s.Process(&e.front, emit); failed != nil {
			return failed
		}
	}
	if row > front {
		if failed := s.count(e.rows(b, front, row)); failed != nil {
			return failed
		}
	}
	g := s.groups
	if g == nil {
		return err
	}
	return g.failedAt(at, e.rows(b, row, row+1), err)
}

// count tells the aggregates of rows whose chunk fails behind them.
func (s *Select) count(b *column.Batch) error {
	if s.having.counts() {
		return s.Process(b, func(*column.Batch) error { return nil })
	}
	if s.groups == nil {
		return nil
	}
	_, err := s.groups.update(b)
	return err
}

// failedAt tells the aggregates of the only row of b what they see of it, which
// fails at a place with err.
func (g *groups) failedAt(at *place, b *column.Batch, err error) error {
	if at.left > g.from {
		g.first = at.left
		_, failed := g.update(b)
		g.first = 0
		if failed != nil {
			return failed
		}
	}
	if at.arg != nil {
		g.stray(at, b, err)
	}
	return err
}

// chunkOf returns where the chunk of a row begins.
func chunkOf(b *column.Batch, row int) (first int) {
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		if row < hi {
			return lo
		}
	}
	return row
}

// first returns the first row for which a place fails, and that place.
func (e *early) first(b *column.Batch) (row int, at *place, err error) {
	for row = range b.N {
		one := e.rows(b, row, row+1)
		for i := range e.places {
			if err = e.fail(i, one); err != nil {
				return row, &e.places[i], err
			}
		}
	}
	panic("BUG: a chunk cannot be computed, but each of its rows can")
}

// rows is a view of some rows of a chunk as one chunk.
func (e *early) rows(b *column.Batch, lo, hi int) *column.Batch {
	b.Slice(&e.view, lo, hi)
	return e.chunk.Of(&e.view)
}

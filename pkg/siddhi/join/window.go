package join

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/window"
)

// pairs is a list of (row of a batch, slot of a window), rows ascending.
type pairs struct{ rows, slots []int32 }

func (p *pairs) add(row, slot int32) {
	p.rows, p.slots = append(p.rows, row), append(p.slots, slot)
}

// Window finds the rows of a window that fit a condition. It is a Finder.
type Window struct {
	in     window.Searchable
	layout Layout
	keyed  bool // rows are looked up under their partition key
	own    *equalities
	index  *index          // nil: all rows are candidates
	rest   *expr.Predicate // what is tested of candidates; nil: nothing
	reads  []int           // columns that rest reads
	strays strays          // how rows are found by the index where values are strays
	view   column.Batch
	cand   *column.Buffer
	pairs  pairs
	all    []int32
}

// NewWindow makes a finder for in. on, which may be nil, is over l. keyed says
// that rows find only what has their partition key; otherwise they find what is
// kept outside of partitions.
func NewWindow(in window.Searchable, l Layout, on check.Expr, keyed bool, env expr.Env) (*Window, error) {
	w := &Window{in: in, layout: l, keyed: keyed, cand: column.NewBuffer(l.Attrs)}
	own, other, rest, err := split(on, &l, env)
	if err != nil {
		return nil, err
	}
	if len(own.programs) > 0 {
		x := newIndex(keyed, other, &l)
		x.source = in
		if in.Follow(x) {
			w.own, w.index = own, x
		} else {
			rest = on
		}
	}
	if w.index != nil {
		w.strays = strays{on: on, env: env, noted: env.MayStray(), reads: expr.Columns(on)}
	}
	if rest != nil {
		w.reads = expr.Columns(rest)
		if w.rest, err = expr.CompilePredicate(rest, env); err != nil {
			return nil, fmt.Errorf("on: %w", err)
		}
	}
	return w, nil
}

// Explain says how rows are found.
func (w *Window) Explain() string {
	if w.index == nil {
		return "by scan"
	}
	return "by index on equality"
}

// Column implements Finder.
func (w *Window) Column(i int) *column.Column { return w.in.Column(i) }

// Times implements Finder.
func (w *Window) Times() []int64 { return w.in.Times() }

// Match implements Finder.
func (w *Window) Match(b *column.Batch) (rows, slots []int32, err error) {
	w.pairs.rows, w.pairs.slots = w.pairs.rows[:0], w.pairs.slots[:0]
	w.layout.place(b, &w.view)
	if w.index != nil {
		w.touch(b)
		if w.hasStrays() {
			return w.matchStrays(b)
		}
		values, err := w.own.eval(&w.view)
		if err != nil {
			return nil, nil, err
		}
		w.index.match(b, values, &w.pairs)
		err = w.test(0)
		return w.pairs.rows, w.pairs.slots, err
	}
	return w.scan(b)
}

// scan is Match where every row that is kept is a candidate.
func (w *Window) scan(b *column.Batch) (rows, slots []int32, err error) {
	tested, searched := 0, column.None
	for row := range int32(b.N) {
		if b.KindOf(int(row)) == column.Reset {
			continue
		}
		key := int32(0)
		if w.keyed {
			key = b.KeyOf(int(row))
		}
		if key != searched {
			w.all, searched = w.in.Find(key, w.all[:0]), key
		}
		w.pairs.slots = append(w.pairs.slots, w.all...)
		w.pairs.rows = slices.Grow(w.pairs.rows, len(w.all))
		for range w.all {
			w.pairs.rows = append(w.pairs.rows, row)
		}
		if len(w.pairs.rows)-tested >= expr.PairsAtOnce {
			if err := w.test(tested); err != nil {
				return nil, nil, err
			}
			tested = len(w.pairs.rows)
		}
	}
	err = w.test(tested)
	return w.pairs.rows, w.pairs.slots, err
}

// touch tells the window that rows of b look rows up by the index.
func (w *Window) touch(b *column.Batch) {
	switch {
	case b.Kind != nil && !slices.ContainsFunc(b.Kind, func(k column.Kind) bool { return k != column.Reset }):
	case w.keyed:
		w.in.Touch(b.Key)
	default:
		w.in.Touch(nil)
	}
}

// test keeps the pairs from index first on that satisfy the rest of the condition.
func (w *Window) test(first int) error {
	if w.rest == nil {
		return nil
	}
	p := &w.pairs
	kept, err := w.rest.SelectPairs(p.rows[first:], p.slots[first:], w.fill)
	p.rows, p.slots = p.rows[:first+kept], p.slots[:first+kept]
	return err
}

// fill gives the columns that rest reads of the given pairs.
func (w *Window) fill(rows, slots []int32) *column.Batch {
	w.cand.Reset()
	w.cand.N = len(rows)
	for _, r := range rows {
		w.cand.Time = append(w.cand.Time, w.view.Time[r])
	}
	for _, c := range w.reads {
		switch {
		case w.layout.own(c):
			w.cand.Cols[c].Gather(w.view.Cols[c], rows)
		case c == w.layout.OwnTime:
			w.cand.Cols[c].GatherTimes(w.view.Time, rows)
		case c == w.layout.OtherTime:
			w.cand.Cols[c].GatherTimes(w.in.Times(), slots)
		default:
			w.cand.Cols[c].Gather(w.in.Column(c-w.layout.Other), slots)
		}
	}
	return &w.cand.Batch
}

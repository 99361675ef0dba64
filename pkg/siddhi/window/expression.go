package window

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// expression keeps rows of each key as long as a condition holds for them: when
// a row comes and it does not, the oldest rows go, one by one, until it does;
// the row that came may go as well.
//
// Source: siddhi-core ExpressionWindowProcessor.
type expression struct{ conditional }

func newExpression(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := opts.window
	if !opts.Expired && !opts.Search && !Fails(w) {
		return passing(opts, func(opts Options) (flow.Operator, error) { return newExpression(args, in, opts) }), nil
	}
	t, err := newTexts(w, args, opts.Env)
	if err != nil {
		return nil, err
	}
	x := &expression{conditional{texts: t, clock: opts.Clock}}
	x.rows = newRows(in, opts, Reads(w, in), &x.open)
	x.chain(Fails(w))
	x.finds(&x.open, opts)
	return x, nil
}

func (w *expression) Process(b *column.Batch, emit flow.Emit) error { return w.admit(b, w.enter, emit) }

// enter appends a row and lets rows go until the condition holds.
func (w *expression) enter(c *condition, key, slot int32, now int64, again bool) error {
	q := &w.open[key]
	w.pushOne(q, slot)
	w.gainOne(key, slot)
	times := w.times()
	c.look(&w.store, slot, q.Head, slot, times[slot], times[q.Head], times[slot])
	ok, err := decided(c.holds(column.Current))
	if err != nil {
		return err
	}
	for !ok && q.Len > 0 {
		gone := q.Head
		w.expireFirst(q, now)
		first, firstAt := gone, now
		if q.Len > 0 {
			first, firstAt = q.Head, times[q.Head]
		}
		lastAt := times[slot]
		if gone == slot {
			lastAt = now
		}
		c.look(&w.store, gone, first, slot, now, firstAt, lastAt)
		if ok, err = decided(c.holds(column.Expired)); err != nil {
			return err
		}
	}
	if !again {
		w.current(slot)
	}
	return nil
}

// decided refuses a condition without a value, which Siddhi fails with, too.
func decided(t truth, err error) (bool, error) {
	if err == nil && t == unknown {
		err = errUndecided
	}
	return t == yes, err
}

func (w *expression) Restore(d *state.Decoder) error { return w.restore(d, "expression") }

// Reads returns which attributes of its rows, which are attrs, a window itself reads.
func Reads(w *check.Window, attrs schema.Attributes) []int {
	var list []int
	for _, a := range w.Args {
		list = append(list, expr.Columns(a)...)
	}
	switch {
	case w.Condition != nil:
		list = append(list, w.Condition.Reads()...)
	case w.Resolve != nil:
		for i := range attrs {
			list = append(list, i)
		}
	}
	return list
}

// Fails says whether a chunk can fail in the window w: where texts come with the
// events, or a condition can be null, or an argument cannot be evaluated.
func Fails(w *check.Window) bool {
	if w.Resolve != nil || slices.ContainsFunc(w.Args, expr.Fallible) {
		return true
	}
	if w.Condition == nil {
		return false
	}
	for _, a := range w.Condition.Aggregates {
		for _, arg := range a.Args {
			if expr.Fallible(arg) {
				return true
			}
		}
	}
	switch w.Condition.Root.(type) {
	case *check.Column, *check.Call:
		return true
	}
	return expr.Fallible(w.Condition.Root)
}

// usesClock says whether a condition depends on the time: by a function, or
// since rows that go have the clock's time.
func usesClock(c *check.Condition) bool {
	uses := false
	see := func(e check.Expr) {
		check.Walk(e, func(e check.Expr) {
			col, ok := e.(*check.Column)
			uses = uses || ok && col.Index == c.Times()
		})
		uses = uses || expr.UsesClock(e)
	}
	see(c.Root)
	for _, a := range c.Aggregates {
		for _, arg := range a.Args {
			see(arg)
		}
	}
	return uses
}

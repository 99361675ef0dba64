package window

import (
	"errors"
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
// the row that came may go as well. When the text of the condition changes, the
// rows that are held come anew, in their order.
//
// Source: siddhi-core ExpressionWindowProcessor.
type expression struct {
	*rows
	*texts
	clock flow.Clock
	kept  []column.Queue // by key
	anew  []int32
}

func newExpression(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := opts.window
	if !opts.Expired && !opts.Search && !Fails(w) {
		return pass{}, nil
	}
	t, err := newTexts(w, args, opts.Env)
	if err != nil {
		return nil, err
	}
	x := &expression{texts: t, clock: opts.Clock}
	x.rows = newRows(in, opts, Reads(w, in), &x.kept)
	x.chain(Fails(w))
	x.finds(&x.kept, opts)
	return x, nil
}

func (w *expression) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	said, err := w.read(b)
	if err != nil {
		return err
	}
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
			w.texts.grow(key)
		}
		mark := w.mark()
		for at < int(end) {
			slot := w.in[at]
			err := w.come(key, slot, said, at, now)
			at++
			if err != nil {
				w.undo(mark)
				w.dead = append(w.dead, w.in[at:]...)
				return errors.Join(w.flush(emit), err)
			}
			w.current(slot)
		}
		w.endChunk(key)
	}
	return w.flush(emit)
}

// come takes a row in and lets go what must.
func (w *expression) come(key, slot int32, said *column.Column, row int, now int64) error {
	changed, err := w.hear(key, said, row)
	if err == nil && changed {
		err = w.again(key, now)
	}
	var c *condition
	var group int32
	if err == nil {
		c, group, err = w.of(key)
	}
	if err != nil {
		w.dead = append(w.dead, slot)
		return err
	}
	return w.enter(c, group, key, slot, now)
}

// again lets the rows of a key come anew.
func (w *expression) again(key int32, now int64) error {
	c, group, err := w.of(key)
	if err != nil {
		return err
	}
	q := &w.kept[key]
	w.anew = w.list(q, w.anew[:0])
	w.loseQueue(q)
	*q = column.EmptyQueue
	for i, slot := range w.anew {
		if err := w.enter(c, group, key, slot, now); err != nil {
			w.dead = append(w.dead, w.anew[i+1:]...)
			return err
		}
	}
	return nil
}

// enter appends a row and lets rows go until the condition holds.
func (w *expression) enter(c *condition, group, key, slot int32, now int64) error {
	q := &w.kept[key]
	w.pushOne(q, slot)
	w.gainOne(key, slot)
	times := w.times()
	c.look(&w.store, slot, q.Head, slot, times[slot], times[q.Head], times[slot])
	ok, err := decided(c.holds(column.Current, group))
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
		if ok, err = decided(c.holds(column.Expired, group)); err != nil {
			return err
		}
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

func (w *expression) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	w.texts.snapshot(e)
}

func (w *expression) Restore(d *state.Decoder) error {
	w.rows.restore(d, "expression")
	w.texts.restore(d)
	if len(w.held) != len(w.kept) {
		d.Fail(state.ErrCorrupt)
	}
	return d.Err()
}

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

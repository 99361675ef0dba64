package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// expressionBatch collects rows of each key as long as a condition holds for
// them. The row for which it does not releases the others as one chunk, the
// batch before as Expired first, and begins the next batch or, with include, ends
// this one; a row for which it does not hold alone passes as Expired and Current. With stream
// set rows pass at once, and the row that ends a batch lets it go as Expired.
// There is no Reset: what counts the rows relies on Expired ones. As in Siddhi, rows
// of a batch at which a search has looked keep their timestamps, and never expire.
//
// Source: siddhi-core ExpressionBatchWindowProcessor.
type expressionBatch struct {
	conditional
	before []column.Queue // by key: the batch released before, if it must expire
	stream bool

	include   bool
	includes  *expr.Program // of an event, nil if include says it
	event     column.Batch  // what includes is evaluated over
	eventCols []column.Column
	reads     []int
}

func newExpressionBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	t, err := newTexts(opts.window, args, opts.Env)
	if err != nil {
		return nil, err
	}
	w := &expressionBatch{conditional: conditional{texts: t, clock: opts.Clock}, stream: len(args) > 2 && args[2].flag}
	if len(args) > 1 {
		w.include = args[1].flag
		if args[1].expr != nil {
			if w.includes, err = expr.Compile(args[1].expr, opts.Env); err != nil {
				return nil, err
			}
			w.reads = expr.Columns(args[1].expr)
		}
	}
	w.eventCols = make([]column.Column, len(in))
	w.event = column.Batch{N: 1, Time: make([]int64, 1), Cols: make([]*column.Column, len(in))}
	for i := range in {
		w.event.Cols[i] = &w.eventCols[i]
	}
	w.rows = newRows(in, opts, Reads(opts.window, in), &w.open, &w.before)
	w.chain(Fails(opts.window))
	if w.stream {
		w.finds(&w.before, opts) // always empty
	} else {
		w.finds(&w.open, opts)
		w.marks = opts.Search
	}
	return w, nil
}

func (w *expressionBatch) Process(b *column.Batch, emit flow.Emit) error {
	return w.admit(b, w.enter, emit)
}

func (w *expressionBatch) enter(c *condition, key, slot int32, now int64, again bool) error {
	if w.stream {
		return w.pass(c, key, slot, now, !again)
	}
	return w.collect(c, key, slot, now)
}

// fits says whether the condition holds with one more row. If not, the
// aggregates begin anew with that row.
func (w *expressionBatch) fits(c *condition, q *column.Queue, slot int32) (bool, error) {
	first := slot
	if q.Len > 0 {
		first = q.Head
	}
	times := w.times()
	c.look(&w.store, slot, first, slot, times[slot], times[first], times[slot])
	ok, err := decided(c.holds(column.Current))
	if err != nil || ok {
		return ok, err
	}
	if _, err = c.holds(column.Reset); err == nil {
		_, err = c.holds(column.Current)
	}
	return false, err
}

// ends says whether a row that ends a batch belongs to it.
func (w *expressionBatch) ends(slot int32) (bool, error) {
	if w.includes == nil {
		return w.include, nil
	}
	for _, attr := range w.reads {
		w.eventCols[attr] = w.column(attr).Slice(int(slot), int(slot)+1)
	}
	w.event.Time[0] = w.times()[slot]
	v, err := w.includes.Eval(&w.event)
	return err == nil && !v.IsNull(0) && v.Bool[0], err
}

// collect adds a row to the open batch, or releases that.
func (w *expressionBatch) collect(c *condition, key, slot int32, now int64) error {
	q, before := &w.open[key], &w.before[key]
	ok, err := w.fits(c, q, slot)
	if err != nil {
		w.dead = append(w.dead, slot)
		return err
	}
	if ok {
		w.pushOne(q, slot)
		w.gainOne(key, slot)
		return nil
	}
	include, err := w.ends(slot)
	if err != nil {
		w.dead = append(w.dead, slot)
		return err
	}
	w.expiredQueue(before, now)
	w.drop(before)
	if q.Len == 0 {
		w.expired(slot, now)
		w.times()[slot] = now
		w.current(slot)
		w.dead = append(w.dead, slot)
		w.endChunk(key)
		return nil
	}
	w.loseQueue(q)
	seen := w.takeSeen(key)
	w.stampQueue(q, seen, now)
	if include {
		w.pushOne(q, slot)
	}
	w.currentQueue(q)
	w.endChunk(key)
	if w.quiet {
		w.drop(q)
	} else {
		w.dead = w.pop(q, seen, w.dead)
		*before, *q = *q, column.EmptyQueue
	}
	if !include {
		w.pushOne(q, slot)
		w.gainOne(key, slot)
	}
	return nil
}

// stampQueue gives the rows of q behind the first ones the time now.
func (w *expressionBatch) stampQueue(q *column.Queue, first int32, now int64) {
	times := w.times()
	from := len(w.in)
	w.in = w.list(q, w.in)
	for _, slot := range w.in[from+int(first):] {
		times[slot] = now
	}
	w.in = w.in[:from]
}

// pass lets a row through and, if it ends a batch, the batch go. A row that
// comes anew is not shown again.
func (w *expressionBatch) pass(c *condition, key, slot int32, now int64, show bool) error {
	q := &w.open[key]
	ok, err := w.fits(c, q, slot)
	if err != nil {
		w.dead = append(w.dead, slot)
		return err
	}
	if ok {
		w.pushOne(q, slot)
		w.show(slot, show)
		w.endStream(key, show)
		return nil
	}
	if q.Len == 0 {
		if show {
			w.expired(slot, now)
			w.times()[slot] = now
			w.current(slot)
		} else {
			w.expired(slot, w.times()[slot])
		}
		w.dead = append(w.dead, slot)
		w.endStream(key, show)
		return nil
	}
	include, err := w.ends(slot)
	if err != nil {
		w.dead = append(w.dead, slot)
		return err
	}
	if include {
		w.show(slot, show)
	}
	w.expiredQueue(q, now)
	w.drop(q)
	switch {
	case include && show:
		w.expired(slot, now)
	case include:
		w.expired(slot, w.times()[slot])
	}
	if include {
		w.dead = append(w.dead, slot)
	} else {
		w.show(slot, show)
		w.pushOne(q, slot)
	}
	w.endStream(key, show)
	return nil
}

func (w *expressionBatch) show(slot int32, show bool) {
	if show {
		w.current(slot)
	}
}

// endStream ends the chunk of a row that is shown; what comes anew leaves with it.
func (w *expressionBatch) endStream(key int32, show bool) {
	if show {
		w.endChunk(key)
	}
}

func (w *expressionBatch) Restore(d *state.Decoder) error { return w.restore(d, "expressionBatch") }

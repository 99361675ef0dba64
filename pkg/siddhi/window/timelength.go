package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// timeLength keeps the last n rows of each key, none for longer than t
// milliseconds: a row goes when the clock has reached its timestamp plus t and
// the rows before it have gone, or when a further row pushes it out. With
// n = 0 (or less) rows pass and nothing is kept.
//
// Source: siddhi-core TimeLengthWindowProcessor.
type timeLength struct {
	*rows
	alarms
	t    int64
	n    int32
	kept []column.Queue // by key
}

func newTimeLength(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &timeLength{alarms: newAlarms(opts), t: args[0].value, n: int32(max(args[1].value, 0))}
	w.rows = newRows(in, opts, nil, &w.kept)
	w.finds(&w.kept, opts)
	return w, nil
}

func (w *timeLength) Process(b *column.Batch, emit flow.Emit) error {
	w.take(b)
	return w.flush(emit)
}

// Exchange implements flow.Exchanger.
func (w *timeLength) Exchange(b *column.Batch) *flow.Exchange { return w.exchanged(b, w.take) }

func (w *timeLength) take(b *column.Batch) {
	now := w.clock.Now()
	at := 0
	runs := w.begin(b)
	w.alone = len(runs) == 1
	for _, end := range runs {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
			w.growTo(key)
		}
		for i, slot := range w.in[at:end] {
			w.add(slot, key, now)
			w.ask(b.Time[at+i]+w.t, key)
		}
		w.endChunk(key)
		if w.overdue() {
			w.ring(key, now)
		}
		at = int(end)
	}
}

func (w *timeLength) add(slot, key int32, now int64) {
	q := &w.kept[key]
	w.expireDue(q, w.t, now)
	if w.n == 0 {
		w.current(slot)
		w.dead = append(w.dead, slot)
		return
	}
	if q.Len == w.n {
		w.expireFirst(q, now)
	}
	w.current(slot)
	w.pushOne(q, slot)
	w.gainOne(key, slot)
}

// ring works off the due times of a key that have passed.
func (w *timeLength) ring(key int32, now int64) {
	for _, ok := w.pop(key, now); ok; _, ok = w.pop(key, now) {
		w.expireDue(&w.kept[key], w.t, now)
		w.endChunk(key)
	}
}

// Timer implements flow.Timed.
func (w *timeLength) Timer(_ int64, key int32, emit flow.Emit) error {
	w.ring(key, w.clock.Now())
	return w.flush(emit)
}

func (w *timeLength) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	w.alarms.snapshot(e)
}

func (w *timeLength) Restore(d *state.Decoder) error {
	w.rows.restore(d, "timeLength")
	w.alarms.restore(d, len(w.kept))
	return d.Err()
}

package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// delay keeps rows back until the clock has reached their timestamp plus t, and
// the rows before them have gone. They leave as Current rows with the clock's time.
//
// As in Siddhi, only a row that is later than every row before it asks for a timer.
//
// Source: siddhi-core DelayWindowProcessor.
type delay struct {
	*rows
	alarms
	t int64

	// By key:
	kept   []column.Queue
	latest []int64 // greatest timestamp so far
}

func newDelay(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &delay{alarms: newAlarms(opts), t: args[0].value}
	w.rows = newRows(in, opts, nil, &w.kept)
	w.finds(&w.kept, opts)
	return w, nil
}

func (w *delay) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	runs := w.begin(b)
	w.alone = len(runs) == 1
	for _, end := range runs {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.growTo(key)
		}
		q := &w.kept[key]
		if w.keyed && q.Len == 0 {
			w.latest[key] = math.MinInt64 // Siddhi forgets a key without rows
		}
		for i, slot := range w.in[at:end] {
			w.release(q, now)
			w.pushOne(q, slot)
			w.gainOne(key, slot)
			if ts := b.Time[at+i]; ts > w.latest[key] {
				w.latest[key] = ts
				w.ask(ts+w.t, key)
			}
		}
		w.endChunk(key)
		if w.overdue() {
			w.ring(key, now)
		}
		at = int(end)
	}
	return w.flush(emit)
}

func (w *delay) growTo(key int32) {
	w.alarms.growTo(key)
	w.kept = grow(w.kept, key, column.EmptyQueue)
	w.latest = grow(w.latest, key, math.MinInt64)
}

// release lets the rows at the head of q go that are due.
func (w *delay) release(q *column.Queue, now int64) {
	times := w.times()
	for q.Head != column.None && times[q.Head]+w.t <= now {
		slot := w.popOne(q)
		w.loseOne(slot)
		times[slot] = now
		w.current(slot)
		w.dead = append(w.dead, slot)
	}
}

// ring works off the due times of a key that have passed.
func (w *delay) ring(key int32, now int64) {
	for _, ok := w.pop(key, now); ok; _, ok = w.pop(key, now) {
		w.release(&w.kept[key], now)
		w.endChunk(key)
	}
}

// Timer implements flow.Timed.
func (w *delay) Timer(_ int64, key int32, emit flow.Emit) error {
	w.ring(key, w.clock.Now())
	return w.flush(emit)
}

func (w *delay) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	state.Slice(e, w.latest)
	w.alarms.snapshot(e)
}

func (w *delay) Restore(d *state.Decoder) error {
	w.rows.restore(d, "delay")
	w.latest = readEach(d, w.latest, len(w.kept))
	w.alarms.restore(d, len(w.kept))
	return d.Err()
}

package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// timeWindow keeps the rows of the last t milliseconds of each key: a row goes
// when the clock has reached its timestamp plus t, and the rows before it have gone.
//
// As in Siddhi, only a row that is later than every row before it makes the
// window ask for a timer; an earlier one waits behind a later one, or for the
// next arrival. Such a row at the head of the queue is due whenever the window
// looks at it, so one timer for each key, for the head, does for all of Siddhi's.
//
// Source: siddhi-core TimeWindowProcessor.
type timeWindow struct {
	*rows
	headTimers
	kept []column.Queue // by key
}

func newTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &timeWindow{headTimers: newHeadTimers(args[0].value, opts)}
	w.rows = newRows(in, opts, nil, &w.kept)
	w.finds(&w.kept, opts)
	return w, nil
}

func (w *timeWindow) Process(b *column.Batch, emit flow.Emit) error {
	w.take(b)
	return w.flush(emit)
}

// Exchange implements flow.Exchanger.
func (w *timeWindow) Exchange(b *column.Batch) *flow.Exchange { return w.exchanged(b, w.take) }

func (w *timeWindow) take(b *column.Batch) {
	now := w.clock.Now()
	at := 0
	runs := w.begin(b)
	alone := len(runs) == 1 // a timer that is due fires when all have had the chunk
	for _, end := range runs {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
			w.growTo(key)
		}
		q := &w.kept[key]
		if w.keyed && q.Len == 0 {
			w.latest[key] = math.MinInt64 // Siddhi forgets a key without rows
		}
		overdue := false
		for i, slot := range w.in[at:end] {
			w.expireDue(q, w.t, now)
			w.pushOne(q, slot)
			w.gainOne(key, slot)
			w.current(slot)
			if ts := b.Time[at+i]; ts > w.latest[key] {
				w.latest[key] = ts
				switch due := ts + w.t; {
				case due > now || w.clock.Played():
					w.ask(key, ts)
				case alone:
					w.ask(key, now-w.t)
				default:
					overdue = true
				}
			}
		}
		w.endChunk(key)
		if overdue { // its timer fires before the next chunk
			w.expireDue(q, w.t, now)
			w.endChunk(key)
		}
		at = int(end)
	}
}

// Timer lets go what is due and asks for the next timer.
func (w *timeWindow) Timer(_ int64, key int32, emit flow.Emit) error {
	q := &w.kept[key]
	w.expireDue(q, w.t, w.clock.Now())
	w.endChunk(key)
	w.askAnew(key, q, w.times())
	return w.flush(emit)
}

func (w *timeWindow) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	w.headTimers.snapshot(e)
}

func (w *timeWindow) Restore(d *state.Decoder) error {
	running := w.running(w.kept, w.times())
	w.rows.restore(d, "time")
	return w.headTimers.restore(d, w.kept, w.times(), running)
}

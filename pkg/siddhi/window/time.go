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
	t         int64
	clock     flow.Clock
	scheduler flow.Scheduler

	// By key:
	kept   []column.Queue
	latest []int64 // greatest timestamp so far
	asked  []bool  // a timer is on its way
}

func newTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	if !opts.Expired && !opts.Search {
		return pass{}, nil
	}
	w := &timeWindow{t: args[0].value, clock: opts.Clock, scheduler: opts.Scheduler}
	w.rows = newRows(in, opts, nil, &w.kept)
	w.finds(&w.kept, opts)
	return w, nil
}

func (w *timeWindow) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
			w.latest = grow(w.latest, key, math.MinInt64)
			w.asked = grow(w.asked, key, false)
		}
		q := &w.kept[key]
		if w.keyed && q.Len == 0 {
			w.latest[key] = math.MinInt64 // Siddhi forgets a key without rows
		}
		overdue := false
		for i, slot := range w.in[at:end] {
			w.expire(q, now)
			w.pushOne(q, slot)
			w.gainOne(key, slot)
			w.current(slot)
			if ts := b.Time[at+i]; ts > w.latest[key] {
				w.latest[key] = ts
				if ts+w.t <= now && !w.clock.Played() {
					overdue = true
				} else if !w.asked[key] {
					w.asked[key] = true
					w.scheduler.At(ts+w.t, key)
				}
			}
		}
		w.endChunk(key)
		if overdue { // its timer fires before the next chunk
			w.expire(q, now)
			w.endChunk(key)
		}
		at = int(end)
	}
	return w.flush(emit)
}

// expire lets the rows at the head of q go that are due.
func (w *timeWindow) expire(q *column.Queue, now int64) {
	for q.Head != column.None && w.times()[q.Head]+w.t <= now {
		w.expireFirst(q, now)
	}
}

// Timer lets go what is due and asks for the next timer.
func (w *timeWindow) Timer(_ int64, key int32, emit flow.Emit) error {
	q := &w.kept[key]
	w.expire(q, w.clock.Now())
	w.endChunk(key)
	w.ask(key)
	return w.flush(emit)
}

func (w *timeWindow) ask(key int32) {
	q := &w.kept[key]
	w.asked[key] = q.Head != column.None
	if w.asked[key] {
		w.scheduler.At(w.times()[q.Head]+w.t, key)
	}
}

func (w *timeWindow) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	state.Slice(e, w.latest)
	state.Slice(e, w.asked)
}

func (w *timeWindow) Restore(d *state.Decoder) error {
	w.restore(d, "time")
	w.latest = state.ReadSlice(d, w.latest)
	w.asked = state.ReadSlice(d, w.asked)
	if len(w.latest) != len(w.kept) || len(w.asked) != len(w.kept) {
		d.Fail(state.ErrCorrupt)
	}
	if d.Err() != nil {
		return d.Err()
	}
	for key, asked := range w.asked {
		if asked {
			w.ask(int32(key))
		}
	}
	return nil
}

package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// uniqueTime keeps the last row of each key for t milliseconds: it goes when one
// of its key comes or, like the rows of a time window, when it is due. Timers are
// asked for as for those; they come also where the row is gone.
//
// Source: siddhi-execution-unique UniqueTimeWindowProcessor.
type uniqueTime struct {
	*byKey
	alarms
	t      int64
	latest []int64 // by partition key: greatest timestamp so far
}

func newUniqueTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	k, err := newUnique(args[:1], in, opts)
	if err != nil {
		return nil, err
	}
	k.finds(&k.kept, opts)
	return &uniqueTime{byKey: k, alarms: newAlarms(opts), t: args[1].value}, nil
}

func (w *uniqueTime) Process(b *column.Batch, emit flow.Emit) error {
	if err := w.identify(b); err != nil {
		return err
	}
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		w.room(key)
		w.growTo(key)
		w.latest = grow(w.latest, key, math.MinInt64)
		for ; at < int(end); at++ {
			id, slot := w.ids[at], w.in[at]
			if old := w.slotOf[id]; old != column.None {
				w.let(key, old, now)
			}
			w.byKey.put(key, id, slot)
			w.letDue(key, now)
			w.current(slot)
			if ts := b.Time[at]; ts > w.latest[key] {
				w.latest[key] = ts
				if due := ts + w.t; due > now {
					w.ask(due, key)
				}
			}
		}
		w.endChunk(key)
	}
	return w.finish(emit)
}

// letDue lets the rows at the head go that are due.
func (w *uniqueTime) letDue(key int32, now int64) {
	q := &w.kept[key]
	for q.Head != column.None && w.times()[q.Head]+w.t <= now {
		w.let(key, q.Head, now)
	}
}

// Timer lets go what is due.
func (w *uniqueTime) Timer(_ int64, key int32, emit flow.Emit) error {
	now := w.clock.Now()
	for _, ok := w.pop(key, now); ok; _, ok = w.pop(key, now) {
		w.letDue(key, now)
		w.endChunk(key)
	}
	return w.finish(emit)
}

func (w *uniqueTime) Snapshot(e *state.Encoder) {
	w.byKey.Snapshot(e)
	state.Slice(e, w.latest)
	w.alarms.snapshot(e)
}

func (w *uniqueTime) Restore(d *state.Decoder) error {
	version := w.restoreKeys(d, "unique:time")
	w.latest = readEach(d, w.latest, len(w.kept))
	if version > 5 {
		w.alarms.restore(d, len(w.kept))
		return d.Err()
	}
	for key, asked := range readEach(d, []bool(nil), len(w.kept)) { // a timer for the head
		w.growTo(int32(key))
		if q := w.kept[key]; asked && q.Head != column.None {
			w.alarms.put(w.times()[q.Head]+w.t, int32(key))
			w.arm(int32(key))
		}
	}
	return d.Err()
}

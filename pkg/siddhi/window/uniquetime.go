package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// uniqueTime keeps the last row of each key for t milliseconds: it goes when one
// of its key comes or, like the rows of a time window, when it is due.
//
// Source: siddhi-execution-unique UniqueTimeWindowProcessor.
type uniqueTime struct {
	*byKey
	t         int64
	clock     flow.Clock
	scheduler flow.Scheduler

	// By partition key:
	latest []int64 // greatest timestamp so far
	asked  []bool  // a timer is on its way
}

func newUniqueTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	if !opts.Expired && !opts.Search {
		return pass{}, nil
	}
	k, err := newUnique(args[:1], in, opts)
	if err != nil {
		return nil, err
	}
	k.finds(&k.kept, opts)
	return &uniqueTime{byKey: k, t: args[1].value, clock: opts.Clock, scheduler: opts.Scheduler}, nil
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
		w.latest = grow(w.latest, key, math.MinInt64)
		w.asked = grow(w.asked, key, false)
		for ; at < int(end); at++ {
			id, slot := w.ids[at], w.in[at]
			if old := w.slotOf[id]; old != column.None {
				w.let(key, old, now)
			}
			w.put(key, id, slot)
			w.expireDue(key, now)
			w.current(slot)
			if ts := b.Time[at]; ts > w.latest[key] {
				w.latest[key] = ts
				if ts+w.t > now && !w.asked[key] {
					w.asked[key] = true
					w.scheduler.At(ts+w.t, key)
				}
			}
		}
		w.endChunk(key)
	}
	return w.finish(emit)
}

// expireDue lets the rows at the head go that are due.
func (w *uniqueTime) expireDue(key int32, now int64) {
	q := &w.kept[key]
	for q.Head != column.None && w.times()[q.Head]+w.t <= now {
		w.let(key, q.Head, now)
	}
}

// Timer lets go what is due and asks for the next timer.
func (w *uniqueTime) Timer(_ int64, key int32, emit flow.Emit) error {
	w.expireDue(key, w.clock.Now())
	w.endChunk(key)
	w.ask(key)
	return w.finish(emit)
}

func (w *uniqueTime) ask(key int32) {
	q := &w.kept[key]
	w.asked[key] = q.Head != column.None
	if w.asked[key] {
		w.scheduler.At(w.times()[q.Head]+w.t, key)
	}
}

func (w *uniqueTime) Snapshot(e *state.Encoder) {
	w.byKey.Snapshot(e)
	state.Slice(e, w.latest)
	state.Slice(e, w.asked)
}

func (w *uniqueTime) Restore(d *state.Decoder) error {
	w.restoreKeys(d, "unique:time")
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

package window

import (
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
	headTimers
}

func newUniqueTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	k, err := newUnique(args[:1], in, opts)
	if err != nil {
		return nil, err
	}
	k.finds(&k.kept, opts)
	return &uniqueTime{k, newHeadTimers(args[1].value, opts)}, nil
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
		for ; at < int(end); at++ {
			id, slot := w.ids[at], w.in[at]
			if old := w.slotOf[id]; old != column.None {
				w.let(key, old, now)
			}
			w.put(key, id, slot)
			w.letDue(key, now)
			w.current(slot)
			if ts := b.Time[at]; ts > w.latest[key] {
				w.latest[key] = ts
				if ts+w.t > now {
					w.ask(key, ts)
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

// Timer lets go what is due and asks for the next timer.
func (w *uniqueTime) Timer(_ int64, key int32, emit flow.Emit) error {
	w.letDue(key, w.clock.Now())
	w.endChunk(key)
	w.askAnew(key, &w.kept[key], w.times())
	return w.finish(emit)
}

func (w *uniqueTime) Snapshot(e *state.Encoder) {
	w.byKey.Snapshot(e)
	w.headTimers.snapshot(e)
}

func (w *uniqueTime) Restore(d *state.Decoder) error {
	w.restoreKeys(d, "unique:time")
	return w.headTimers.restore(d, w.kept, w.times())
}

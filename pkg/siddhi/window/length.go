package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// length keeps the last n rows of each key. A row that arrives at a full window
// comes out behind the row that it pushes out. With n = 0 each row comes out as
// Current, Expired and Reset.
//
// Source: siddhi-core LengthWindowProcessor.
type length struct {
	*rows
	n     int32
	clock flow.Clock
	kept  []column.Queue // by key
}

func newLength(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	if !opts.Expired {
		return pass{}, nil
	}
	w := &length{n: int32(args[0].value), clock: opts.Clock}
	w.rows = newRows(in, opts, w)
	return w, nil
}

func (w *length) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
		}
		if w.n == 0 {
			w.bounce(b.Time, at, int(end))
		} else {
			w.slide(&w.kept[key], w.in[at:end], now)
		}
		w.endChunk(key)
		at = int(end)
	}
	return w.flush(emit)
}

func (w *length) slide(q *column.Queue, slots []int32, now int64) {
	free := int(w.n - q.Len)
	w.push(q, slots)
	if len(slots) <= free {
		w.currents(slots)
		return
	}
	w.currents(slots[:free])
	from := len(w.dead)
	w.pop(q, q.Len-w.n)
	for i, old := range w.dead[from:] {
		w.expired(old, now)
		w.current(slots[free+i])
	}
}

// bounce lets rows lo to hi go as soon as they come; they keep their timestamps.
func (w *length) bounce(times []int64, lo, hi int) {
	for i, slot := range w.in[lo:hi] {
		w.current(slot)
		w.expired(slot, times[lo+i])
		w.reset(slot, times[lo+i])
		w.dead = append(w.dead, slot)
	}
}

func (w *length) liveSlots(slots []int32) []int32 { return listQueues(w.rows, w.kept, slots) }

func (w *length) Snapshot(e *state.Encoder) {
	e.Uint(1)
	w.encode(e)
	encodeQueues(e, w.kept)
}

func (w *length) Restore(d *state.Decoder) error {
	d.Version("window length", 1)
	w.decode(d)
	w.kept = w.queues(d)
	return d.Err()
}

// pass stands for a sliding window whose expired rows nobody wants.
type pass struct{}

func (pass) Process(b *column.Batch, emit flow.Emit) error { return emit(b) }

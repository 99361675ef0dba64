package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// lengthBatch collects n rows of each key and releases them as one chunk: the
// batch before as Expired (if wanted), Reset, the rows. With stream set rows
// pass at once, each a chunk; the one behind a full batch is preceded by that
// batch as Expired and the Reset. With n = 0 each row is a batch, expired on the spot.
//
// Source: siddhi-core LengthBatchWindowProcessor.
type lengthBatch struct {
	batched
	n     int32
	count []int32 // by key: rows of the open batch
}

func newLengthBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &lengthBatch{n: int32(args[0].value)}
	w.stream = len(args) > 1 && args[1].flag
	w.setUp(in, opts)
	return w, nil
}

func (w *lengthBatch) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.beginKeys(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.open) {
			w.growQueues(key)
			w.count = grow(w.count, key, 0)
		}
		slots := w.in[at:end]
		switch {
		case w.n == 0:
			w.bounce(slots, key, now)
		case w.stream:
			w.passOn(slots, key, now)
		default:
			w.collect(slots, key, now)
		}
		at = int(end)
	}
	return w.flush(emit)
}

func (w *lengthBatch) bounce(slots []int32, key int32, now int64) {
	for _, slot := range slots {
		w.current(slot)
		w.expired(slot, now)
		w.reset(slot, now)
		w.dead = append(w.dead, slot)
		w.endChunk(key)
	}
}

func (w *lengthBatch) passOn(slots []int32, key int32, now int64) {
	for len(slots) > 0 {
		if w.count[key] == w.n {
			w.letPassed(key, now, now)
			w.count[key] = 0
		}
		n := min(len(slots), int(w.n-w.count[key]))
		for _, slot := range slots[:n] {
			w.current(slot)
			w.endChunk(key)
		}
		w.hold(key, slots[:n])
		w.count[key] += int32(n)
		slots = slots[n:]
	}
}

func (w *lengthBatch) collect(slots []int32, key int32, now int64) {
	q := &w.open[key]
	for len(slots) > 0 {
		n := min(len(slots), int(w.n-q.Len))
		w.push(q, slots[:n])
		slots = slots[n:]
		if q.Len < w.n {
			return
		}
		w.letBefore(key, now)
		w.release(key, now)
	}
}

func (w *lengthBatch) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	state.Slice(e, w.count)
}

func (w *lengthBatch) Restore(d *state.Decoder) error {
	w.restore(d, "lengthBatch")
	w.count = readEach(d, w.count, len(w.open))
	return d.Err()
}

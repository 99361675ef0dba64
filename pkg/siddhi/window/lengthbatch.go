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
// batch as Expired and the Reset. As in Siddhi that is a copy of the batch's second
// row (of a key's first batch: the first), if it has no second of the row that
// comes. With n = 0 each row is a batch, expired on the spot.
//
// Source: siddhi-core LengthBatchWindowProcessor.
type lengthBatch struct {
	batched
	n     int32
	count []int32 // by key: rows of the open batch
	later []uint8 // by key: 1 if it is not the first one
}

func newLengthBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &lengthBatch{n: full(args[0].value)}
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
			w.later = grow(w.later, key, 0)
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
			w.letPassed(key, w.markOf(key, slots[0]), now, now)
			w.count[key], w.later[key] = 0, 1
		}
		n := min(len(slots), int(w.n-w.count[key]))
		for _, slot := range slots[:n] {
			w.current(slot)
			w.endChunk(key)
		}
		w.hold(key, slots[:n], int(w.later[key])-int(w.count[key]))
		w.count[key] += int32(n)
		slots = slots[n:]
	}
}

// markOf returns the row that the Reset of the open batch is a copy of, where next comes.
func (w *lengthBatch) markOf(key, next int32) int32 {
	switch open := &w.open[key]; {
	case w.n == 1 && w.later[key] == 1:
		return next
	case open.Len > 1 && w.later[key] == 1:
		return w.after(open.Head)
	default:
		return open.Head
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
	state.Slice(e, w.later)
}

func (w *lengthBatch) Restore(d *state.Decoder) error {
	version := w.restore(d, "lengthBatch")
	w.count = readEach(d, w.count, len(w.open))
	w.later = make([]uint8, len(w.open))
	if version >= 7 { // before, the first row was the mark of all batches
		w.later = readEach(d, w.later, len(w.open))
	}
	for key := range w.open {
		if d.Err() == nil && (w.count[key] < 0 || w.count[key] > w.n || w.unmarked(key)) {
			d.Fail(state.ErrCorrupt)
		}
	}
	return d.Err()
}

// unmarked says whether a full batch has no row for its Reset.
func (w *lengthBatch) unmarked(key int) bool {
	return w.stream && w.n > 0 && w.count[key] == w.n && w.open[key].Len == 0 && (w.n > 1 || w.later[key] == 0)
}

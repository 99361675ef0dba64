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
// A search sees what was released last or, where nothing expires, all that ever was.
//
// Source: siddhi-core LengthBatchWindowProcessor.
type lengthBatch struct {
	*rows
	n      int32
	stream bool
	keeps  bool // rows that have passed: they expire, or searches see them
	piles  bool // and all of them, for ever
	clock  flow.Clock

	// By key: the open batch, and the one released before if it is kept. A
	// streaming window has passed the rows of its open batch on already; if it
	// does not keep them there it has only the first of them, for the Reset.
	open, before []column.Queue
	count        []int32 // rows of the open batch
}

func newLengthBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &lengthBatch{n: int32(args[0].value), keeps: opts.Expired || opts.Search, piles: opts.piles(), clock: opts.Clock}
	w.stream = len(args) > 1 && args[1].flag
	w.rows = newRows(in, opts, nil, &w.open, &w.before)
	w.marksSeen(opts)
	if w.stream && !w.piles {
		w.finds(&w.open, opts)
	} else {
		w.finds(&w.before, opts)
	}
	return w, nil
}

func (w *lengthBatch) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.beginKeys(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.open) {
			w.grow(key)
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

func (w *lengthBatch) grow(key int32) {
	w.open = grow(w.open, key, column.EmptyQueue)
	w.before = grow(w.before, key, column.EmptyQueue)
	w.count = grow(w.count, key, 0)
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
	q := &w.open[key]
	for _, slot := range slots {
		if w.count[key] == w.n {
			first := q.Head
			w.expiredBatch(key, q, now)
			w.reset(first, now)
			if !w.piles {
				w.loseQueue(q)
			}
			w.drop(q)
			w.count[key] = 0
		}
		w.current(slot)
		w.endChunk(key)
		switch {
		case w.piles:
			if w.count[key] == 0 {
				w.pushOne(q, w.again(slot))
			}
			w.pushOne(&w.before[key], slot)
			w.gainOne(key, slot)
		case w.keeps || w.count[key] == 0:
			w.pushOne(q, slot)
			w.gainOne(key, slot)
		default:
			w.dead = append(w.dead, slot)
		}
		w.count[key]++
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
		if !w.piles {
			w.expiredBatch(key, &w.before[key], now)
			w.loseQueue(&w.before[key])
			w.drop(&w.before[key])
		}
		w.reset(q.Head, now)
		w.currentQueue(q)
		w.endChunk(key)
		if w.keeps {
			w.gainQueue(key, q)
			w.join(&w.before[key], q)
		} else {
			w.drop(q)
		}
	}
}

func (w *lengthBatch) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	state.Slice(e, w.count)
}

func (w *lengthBatch) Restore(d *state.Decoder) error {
	w.restore(d, "lengthBatch")
	w.count = state.ReadSlice(d, w.count)
	if len(w.count) != len(w.open) {
		d.Fail(state.ErrCorrupt)
	}
	return d.Err()
}

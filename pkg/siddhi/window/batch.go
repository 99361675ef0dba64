package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// chunkBatch makes a batch of each chunk of each key, or with n > 0 one of every n
// rows of it. What the chunk before has left goes as Expired (if wanted) in
// front of the first batch; each but the very first is opened by a Reset. As in
// Siddhi a partition forgets what its keys had, and with it the Reset that would
// open the next chunk, unless rows expire or are looked up: aggregates go on.
//
// Source: siddhi-core BatchWindowProcessor.
type chunkBatch struct {
	*rows
	n       int
	keeps   bool
	forgets bool // a partition's keys between chunks
	clock   flow.Clock

	// By key: the rows of the chunk before if they expire, else only the first of
	// its last batch; and where among them that one is, for the Reset.
	before []column.Queue
	mark   []int32
}

func newBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &chunkBatch{keeps: opts.Expired, forgets: !opts.Expired && !opts.Search && !opts.Joined, clock: opts.Clock}
	if len(args) > 0 {
		w.n = int(args[0].value)
	}
	w.rows = newRows(in, opts, nil, &w.before)
	if w.keeps { // as in Siddhi: otherwise a search sees nothing
		w.marksSeen(opts)
		w.finds(&w.before, opts)
		w.marksSeen(opts)
	}
	return w, nil
}

func (w *chunkBatch) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.before) {
			w.before = grow(w.before, key, column.EmptyQueue)
			w.mark = grow(w.mark, key, 0)
		}
		w.release(key, now)
		w.pass(w.in[at:end], key)
		at = int(end)
	}
	return w.flush(emit)
}

// release ends what the chunk before has left.
func (w *chunkBatch) release(key int32, now int64) {
	q := &w.before[key]
	if q.Len == 0 {
		return
	}
	first := len(w.dead)
	if w.keeps {
		w.loseQueue(q)
	}
	w.expiredBatch(key, q, now)
	w.drop(q)
	slot := w.dead[first+int(w.mark[key])]
	w.reset(slot, w.times()[slot])
}

// pass emits the rows of a chunk, batch by batch.
func (w *chunkBatch) pass(slots []int32, key int32) {
	size := len(slots)
	if w.n > 0 {
		size = w.n
	}
	last := 0 // where the last batch begins
	for at := 0; at < len(slots); at += size {
		if at > 0 {
			w.reset(slots[last], w.times()[slots[last]])
		}
		last = at
		w.currents(slots[at:min(at+size, len(slots))])
		w.endChunk(key)
	}
	if w.keeps {
		w.push(&w.before[key], slots)
		w.gain(key, slots)
		w.mark[key] = int32(last)
		return
	}
	if w.keyed && w.forgets {
		w.dead = append(w.dead, slots...)
		return
	}
	w.pushOne(&w.before[key], slots[last])
	w.dead = append(append(w.dead, slots[:last]...), slots[last+1:]...)
}

func (w *chunkBatch) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	state.Slice(e, w.mark)
}

func (w *chunkBatch) Restore(d *state.Decoder) error {
	w.restore(d, "batch")
	w.mark = readEach(d, w.mark, len(w.before))
	for key := range w.before {
		if d.Err() == nil && (w.mark[key] < 0 || w.mark[key] > max(0, w.before[key].Len-1)) {
			d.Fail(state.ErrCorrupt)
		}
	}
	return d.Err()
}

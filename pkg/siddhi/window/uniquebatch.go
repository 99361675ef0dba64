package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// uniqueBatch collects one row of each key, the last or, with first set, the
// first, and releases them together, in the order in which the keys came: the
// batch before as Expired (if wanted), Reset, the rows. They get the time of the
// release. With n set the n-th key releases the batch.
//
// Siddhi keeps what is open in one table for all keys of a partition, in the
// order of hashes, and not in its snapshots; where a chunk fills several batches
// it emits them all as one, and that as often.
//
// Source: siddhi-execution-unique UniqueLengthBatchWindowProcessor,
// UniqueFirstLengthBatchWindowProcessor.
type uniqueBatch struct {
	*byKey       // the open batches
	first  bool  // the first row of a key stays
	n      int32 // keys that fill a batch; 0: the time does
	keeps  bool  // what was released is wanted
	clock  flow.Clock
	before []column.Queue // by partition key: the batch released before
}

func newUniqueBatch(args arguments, in schema.Attributes, opts Options) (*uniqueBatch, error) {
	w := &uniqueBatch{clock: opts.Clock, keeps: opts.Expired || opts.Search}
	var err error
	w.byKey, err = newUnique(args[:1], in, opts, &w.before)
	return w, err
}

// Follow implements Searchable.
func (w *uniqueBatch) Follow(Follower) bool { return false }

func (w *uniqueBatch) grow(key int32) {
	w.room(key)
	w.before = grow(w.before, key, column.EmptyQueue)
}

// collect adds a row to the open batch.
func (w *uniqueBatch) collect(key, id, slot int32) {
	switch {
	case w.slotOf[id] == column.None:
		w.put(key, id, slot)
	case w.first:
		w.dead = append(w.dead, slot)
	default:
		w.dead = append(w.dead, w.replace(key, id, slot))
	}
}

// release emits the open batch as one chunk.
func (w *uniqueBatch) release(key int32, now int64) {
	before := &w.before[key]
	w.expiredQueue(before, now)
	w.drop(before)
	if w.kept[key].Len > 0 {
		w.takeAll(key, before)
		for at := before.Head; at != column.None; at = w.slab.Next[at] {
			w.slab.Time[at] = now
		}
		w.reset(before.Head, now)
		w.currentQueue(before)
		if !w.keeps {
			w.drop(before)
		}
	}
	w.endChunk(key)
}

// uniqueLengthBatch is a uniqueBatch that n keys fill.
type uniqueLengthBatch struct{ *uniqueBatch }

func newUniqueLengthBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w, err := newUniqueBatch(args, in, opts)
	if err != nil {
		return nil, err
	}
	w.n = int32(args[1].value)
	w.finds(&w.kept, opts)
	return &uniqueLengthBatch{w}, nil
}

func newUniqueFirstLengthBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	op, err := newUniqueLengthBatch(args, in, opts)
	if err == nil {
		op.(*uniqueLengthBatch).first = true
	}
	return op, err
}

func (w *uniqueLengthBatch) Process(b *column.Batch, emit flow.Emit) error {
	if err := w.identify(b); err != nil {
		return err
	}
	now := w.clock.Now()
	at := 0
	for _, end := range w.beginKeys(b) {
		key := b.KeyOf(at)
		w.grow(key)
		for ; at < int(end); at++ {
			w.collect(key, w.ids[at], w.in[at])
			if w.kept[key].Len == w.n {
				w.release(key, now)
			}
		}
	}
	return w.finish(emit)
}

func (w *uniqueLengthBatch) Restore(d *state.Decoder) error {
	w.restoreKeys(d, "unique:lengthBatch")
	return d.Err()
}

// uniqueTimeBatch is a uniqueBatch that is released at the points of a grid of
// t milliseconds, as that of timeBatch. With n set, n keys release it before, and
// rows are left out from then on until the next point.
//
// Source: siddhi-execution-unique UniqueTimeBatchWindowProcessor,
// UniqueFirstTimeBatchWindowProcessor, UniqueTimeLengthBatchWindowProcessor.
type uniqueTimeBatch struct {
	*uniqueBatch
	t         int64
	start     int64
	aligned   bool // start is given
	scheduler flow.Scheduler

	// By partition key:
	next  []int64 // grid point, or noGrid
	awake []bool  // a timer for next is on its way
	full  []bool  // n keys have come before the grid point
}

// noGrid stands for the next point of a grid that is not laid yet.
const noGrid = math.MinInt64

func newUniqueTimeBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	return newUniqueGrid(args, args[2:], in, opts)
}

func newUniqueFirstTimeBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w, err := newUniqueGrid(args, args[2:], in, opts)
	if err == nil {
		w.first = true
	}
	return w, err
}

func newUniqueTimeLengthBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	last := len(args) - 1
	w, err := newUniqueGrid(args, args[2:last], in, opts)
	if err == nil {
		w.n = int32(args[last].value)
	}
	return w, err
}

func newUniqueGrid(args, start arguments, in schema.Attributes, opts Options) (*uniqueTimeBatch, error) {
	u, err := newUniqueBatch(args, in, opts)
	if err != nil {
		return nil, err
	}
	w := &uniqueTimeBatch{uniqueBatch: u, t: args[1].value, scheduler: opts.Scheduler}
	if len(start) > 0 {
		w.start, w.aligned = start[0].value, true
	}
	w.finds(&w.before, opts)
	return w, nil
}

func (w *uniqueTimeBatch) Process(b *column.Batch, emit flow.Emit) error {
	if err := w.identify(b); err != nil {
		return err
	}
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		w.grow(key)
		w.next = grow(w.next, key, noGrid)
		w.awake = grow(w.awake, key, false)
		w.full = grow(w.full, key, false)
		w.wake(key, now)
		for ; at < int(end); at++ {
			w.come(key, w.ids[at], w.in[at], now)
		}
	}
	return w.finish(emit)
}

func (w *uniqueTimeBatch) come(key, id, slot int32, now int64) {
	if w.full[key] {
		w.dead = append(w.dead, slot)
		w.loose = append(w.loose, id)
		return
	}
	w.collect(key, id, slot)
	if w.n > 0 && w.kept[key].Len == w.n {
		w.release(key, now)
		w.full[key] = true
	}
}

// wake asks for the timer of the first grid point after now, if none is on its way.
func (w *uniqueTimeBatch) wake(key int32, now int64) {
	if w.awake[key] {
		return
	}
	switch next := w.next[key]; {
	case next == noGrid && w.aligned:
		w.next[key] = nextPoint(now, w.start, w.t)
	case next == noGrid:
		w.next[key] = now + w.t
	case next <= now:
		w.next[key] = next + ((now-next)/w.t+1)*w.t
	}
	w.awake[key] = true
	w.scheduler.At(w.next[key], key)
}

// Timer releases what is open and goes on to the next grid point, if anything
// is left to happen there.
func (w *uniqueTimeBatch) Timer(_ int64, key int32, emit flow.Emit) error {
	now := w.clock.Now()
	if !w.awake[key] || w.next[key] > now {
		return nil
	}
	if w.full[key] {
		w.full[key] = false
	} else {
		w.release(key, now)
	}
	w.next[key] += w.t
	w.awake[key] = w.before[key].Len > 0
	if w.awake[key] {
		w.scheduler.At(w.next[key], key)
	}
	return w.finish(emit)
}

func (w *uniqueTimeBatch) Snapshot(e *state.Encoder) {
	w.byKey.Snapshot(e)
	state.Slice(e, w.next)
	state.Slice(e, w.awake)
	state.Slice(e, w.full)
}

func (w *uniqueTimeBatch) Restore(d *state.Decoder) error {
	w.restoreKeys(d, "unique:timeBatch")
	w.next = readEach(d, w.next, len(w.kept))
	w.awake = readEach(d, w.awake, len(w.kept))
	w.full = readEach(d, w.full, len(w.kept))
	if d.Err() != nil {
		return d.Err()
	}
	for key, awake := range w.awake {
		if awake {
			w.scheduler.At(w.next[key], int32(key))
		}
	}
	return nil
}

package window

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// length keeps the last n rows of each key. A row that arrives at a full window
// comes out behind the row that it pushes out. With n = 0 (or less) each row comes
// out as Current, Expired and Reset.
//
// Source: siddhi-core LengthWindowProcessor.
type length struct {
	*rows
	n     int32
	clock flow.Clock
	kept  []column.Queue // by key
}

func newLength(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &length{n: int32(max(args[0].value, 0)), clock: opts.Clock}
	w.rows = newRows(in, opts, nil, &w.kept)
	w.finds(&w.kept, opts)
	return w, nil
}

func (w *length) Process(b *column.Batch, emit flow.Emit) error {
	if b.N > 1 && b.Ends == nil && b.Key == nil && w.n > 0 {
		w.begin(b)
		w.kept = grow(w.kept, 0, column.EmptyQueue)
		w.slideEach(w.clock.Now())
	} else {
		w.take(b)
	}
	return w.flush(emit)
}

func (w *length) take(b *column.Batch) {
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
		}
		if w.n == 0 {
			w.bounce(b.Time, at, int(end))
		} else if int(end) == at+1 {
			w.slideOne(key, w.in[at], now)
		} else {
			w.slide(key, w.in[at:end], now)
		}
		w.endChunk(key)
		at = int(end)
	}
}

// Exchange implements flow.Exchanger.
func (w *length) Exchange(b *column.Batch) *flow.Exchange {
	if w.logs(b) {
		return w.exchangeLog(b)
	}
	return w.exchanged(b, w.takeEach)
}

// exchangeLog is Exchange where rows are in a log.
func (w *length) exchangeLog(b *column.Batch) *flow.Exchange {
	w.kept = grow(w.kept, 0, column.EmptyQueue)
	q, first := &w.kept[0], w.log(b)
	if q.Len == 0 {
		q.Head = first
	}
	q.Tail = first + int32(b.N) - 1
	q.Len += int32(b.N)
	over := max(0, q.Len-w.n) // each row but the first ones pushes one out
	w.told.Rows = b
	w.told.Before = w.pushedOut(b.N, int(over))
	gone := q.Head
	q.Head += over
	q.Len -= over
	w.tellLog(int(gone), int(over))
	return &w.told
}

// takeEach is take where the rows of a chunk are told of one by one.
func (w *length) takeEach(b *column.Batch) {
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
		}
		for _, slot := range w.in[at:end] {
			w.slideOne(key, slot, 0)
		}
		w.endChunk(key)
		at = int(end)
	}
}

func (w *length) slide(key int32, slots []int32, now int64) {
	q := &w.kept[key]
	full := min(len(slots), int(w.n-q.Len)) // rows until the window is full
	w.push(q, slots)
	w.gain(key, slots)
	w.currents(slots[:full])
	if over := q.Len - w.n; over > 0 {
		from := len(w.dead)
		w.dead = w.pop(q, over, w.dead)
		w.lose(w.dead[from:])
		w.swaps(w.dead[from:], slots[full:], now)
	}
}

// slideOne is slide for one row.
func (w *length) slideOne(key, slot int32, now int64) {
	q := &w.kept[key]
	if q.Len == w.n {
		w.expireFirst(q, now)
	}
	w.pushOne(q, slot)
	w.gainOne(key, slot)
	w.current(slot)
}

// swaps appends pairs of output rows: old as Expired, young as Current.
func (w *length) swaps(old, young []int32, now int64) {
	if w.quiet {
		w.currents(young)
		return
	}
	n := len(old)
	at := len(w.slots)
	w.slots = slices.Grow(w.slots, 2*n)[:at+2*n]
	w.kinds = slices.Grow(w.kinds, 2*n)[:at+2*n]
	slots, kinds := w.slots[at:], w.kinds[at:]
	for i := range n {
		slots[2*i], slots[2*i+1] = old[i], young[i]
		kinds[2*i], kinds[2*i+1] = column.Expired, column.Current
	}
	w.stamps = repeat(w.stamps, now, n)
}

// slideEach is slide for rows outside of partitions of which each is a chunk.
func (w *length) slideEach(now int64) {
	full := min(len(w.in), int(w.n-w.kept[0].Len))
	w.slide(0, w.in, now)
	if w.quiet {
		full = len(w.in)
	}
	w.ends = count(w.ends, 1, int32(full))
	at := len(w.ends)
	w.ends = slices.Grow(w.ends, len(w.in)-full)[:len(w.in)]
	for i := range w.ends[at:] {
		w.ends[at+i] = int32(full + 2*(i+1))
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

func (w *length) Snapshot(e *state.Encoder) {
	w.snapshot(e)
}

func (w *length) Restore(d *state.Decoder) error {
	w.restore(d, "length")
	for _, q := range w.kept {
		if q.Len > w.n {
			d.Fail(fmt.Errorf("the snapshot is of a window of length %d or more, this one has length %d", q.Len, w.n))
		}
	}
	return d.Err()
}

// pass stands for a sliding window whose expired rows nobody wants.
type pass struct{}

func (pass) Process(b *column.Batch, emit flow.Emit) error { return emit(b) }

package window

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// rows is what all windows share: the slab of kept rows and the output that is
// being put together. Everything that goes out is in the slab, so output is a
// list of slots, gathered column by column at the end of the call; slots are
// freed after that.
type rows struct {
	slab  *column.Slab
	out   *column.Buffer
	keyed bool // rows have partition keys

	in   []int32 // slots of the rows of the batch at hand
	runs []int32 // where its runs end
	each []int32 // 1, 2, 3 …: the runs of a batch without chunk marks

	slots  []int32 // output rows
	kinds  []column.Kind
	stamps []int64 // new timestamps of the rows that are not Current, in order
	ends   []int32
	keys   []int32
	dead   []int32 // slots to free once the output is gathered

	owner    liveRows
	live     func(slot int32) bool // r.isLive, bound once
	liveBits []bool
	counted  bool
}

// liveRows is a window that can list the slots in use.
type liveRows interface {
	liveSlots(slots []int32) []int32
}

func newRows(in schema.Attributes, opts Options, owner liveRows) *rows {
	r := &rows{slab: column.NewSlab(in, opts.Need), out: column.NewBuffer(in), owner: owner}
	needed := make([]bool, len(in))
	for _, i := range opts.Need {
		needed[i] = true
	}
	for i := range in {
		if !needed[i] {
			r.out.Cols[i].Type = schema.Invalid
		}
	}
	r.live = r.isLive
	return r
}

// begin stores all rows of b and returns where its runs end. A run is a chunk,
// or the part of it that has one key.
func (r *rows) begin(b *column.Batch) []int32 {
	r.keyed = r.keyed || b.Key != nil
	r.in = r.slab.Add(b, nil, r.in[:0])
	switch {
	case b.Ends == nil:
		for i := len(r.each); i < b.N; i++ {
			r.each = append(r.each, int32(i)+1)
		}
		return r.each[:b.N]
	case b.Key == nil:
		return b.Ends
	}
	r.runs = r.runs[:0]
	at := 0
	for _, end := range b.Ends {
		for at++; at < int(end); at++ {
			if b.Key[at] != b.Key[at-1] {
				r.runs = append(r.runs, int32(at))
			}
		}
		r.runs = append(r.runs, end)
	}
	return r.runs
}

// current, expired and reset append one output row. The latter two say which
// timestamp it gets.
func (r *rows) current(slot int32) {
	r.slots = append(r.slots, slot)
	r.kinds = append(r.kinds, column.Current)
}

func (r *rows) expired(slot int32, at int64) {
	r.slots = append(r.slots, slot)
	r.kinds = append(r.kinds, column.Expired)
	r.stamps = append(r.stamps, at)
}

func (r *rows) reset(slot int32, at int64) {
	r.slots = append(r.slots, slot)
	r.kinds = append(r.kinds, column.Reset)
	r.stamps = append(r.stamps, at)
}

func (r *rows) currents(slots []int32) {
	r.slots = append(r.slots, slots...)
	r.kinds = repeat(r.kinds, column.Current, len(slots))
}

// currentQueue and expiredQueue append all rows of q.
func (r *rows) currentQueue(q *column.Queue) {
	r.slots = q.AppendTo(r.slab, r.slots)
	r.kinds = repeat(r.kinds, column.Current, int(q.Len))
}

func (r *rows) expiredQueue(q *column.Queue, at int64) {
	r.slots = q.AppendTo(r.slab, r.slots)
	r.kinds = repeat(r.kinds, column.Expired, int(q.Len))
	r.stamps = repeat(r.stamps, at, int(q.Len))
}

// push appends slots to q. It is Queue.Push for many, with the queue in registers.
func (r *rows) push(q *column.Queue, slots []int32) {
	if len(slots) == 0 {
		return
	}
	next, last := r.slab.Next, q.Tail
	if last == column.None {
		q.Head = slots[0]
	} else {
		next[last] = slots[0]
	}
	last = slots[0]
	for _, slot := range slots[1:] {
		next[last] = slot
		last = slot
	}
	next[last] = column.None
	q.Tail = last
	q.Len += int32(len(slots))
}

// pop takes the first n rows off q and appends them to the dead.
func (r *rows) pop(q *column.Queue, n int32) {
	next, at := r.slab.Next, q.Head
	for range n {
		r.dead = append(r.dead, at)
		at = next[at]
	}
	q.Head = at
	if at == column.None {
		q.Tail = column.None
	}
	q.Len -= n
}

// drop frees the rows of q when the output is out, and empties it.
func (r *rows) drop(q *column.Queue) {
	r.dead = q.AppendTo(r.slab, r.dead)
	*q = column.EmptyQueue
}

// endChunk ends an output chunk of rows with that key, if it has rows.
func (r *rows) endChunk(key int32) {
	n := len(r.slots)
	if m := len(r.ends); m == 0 && n == 0 || m > 0 && int(r.ends[m-1]) == n {
		return
	}
	r.ends = append(r.ends, int32(n))
	if r.keyed {
		for len(r.keys) < n {
			r.keys = append(r.keys, key)
		}
	}
}

// flush emits what was put together, as one batch, and frees the dead.
func (r *rows) flush(emit flow.Emit) error {
	var err error
	if len(r.slots) > 0 {
		r.slab.Gather(r.out, r.slots)
		r.out.Kind, r.out.Ends = r.kinds, r.ends
		if r.keyed {
			r.out.Key = r.keys
		}
		if len(r.stamps) > 0 {
			stamp(r.out.Time, r.kinds, r.stamps)
		}
		err = emit(&r.out.Batch)
		r.slots, r.kinds, r.stamps = r.slots[:0], r.kinds[:0], r.stamps[:0]
		r.ends, r.keys = r.ends[:0], r.keys[:0]
	}
	if len(r.dead) > 0 {
		for _, slot := range r.dead {
			r.slab.Free(slot)
		}
		r.dead = r.dead[:0]
		r.counted = false
		r.slab.Compact(r.live)
	}
	return err
}

// repeat appends v n times.
func repeat[T any](list []T, v T, n int) []T {
	old := len(list)
	list = slices.Grow(list, n)[:old+n]
	for i := range list[old:] {
		list[old+i] = v
	}
	return list
}

func stamp(times []int64, kinds []column.Kind, stamps []int64) {
	times = times[:len(kinds)]
	next := 0
	for i, k := range kinds {
		if k != column.Current {
			times[i] = stamps[next]
			next++
		}
	}
}

// isLive says whether a slot is in use. Only a compaction asks, so the answer
// is worked out when it first does.
func (r *rows) isLive(slot int32) bool {
	if !r.counted {
		r.counted = true
		r.liveBits = append(r.liveBits[:0], make([]bool, r.slab.Cap())...)
		for _, s := range r.owner.liveSlots(nil) {
			r.liveBits[s] = true
		}
	}
	return r.liveBits[slot]
}

// grow makes list longer, filled up with v, so that it has an entry for key.
func grow[T any](list []T, key int32, v T) []T {
	for int(key) >= len(list) {
		list = append(list, v)
	}
	return list
}

func (r *rows) encode(e *state.Encoder) {
	e.Bool(r.keyed)
	r.slab.Encode(e)
}

func (r *rows) decode(d *state.Decoder) {
	r.keyed = d.Bool()
	r.slab.Decode(d)
}

func encodeQueues(e *state.Encoder, queues []column.Queue) {
	e.Uint(uint64(len(queues)))
	for _, q := range queues {
		e.Int(int64(q.Head))
		e.Int(int64(q.Tail))
		e.Int(int64(q.Len))
	}
}

// queues reads what encodeQueues wrote for the rows in the slab. Chains that do
// not hold together are refused: later calls trust them.
func (r *rows) queues(d *state.Decoder) []column.Queue {
	list := make([]column.Queue, d.Count(3))
	room := r.slab.Live()
	for i := range list {
		q := column.Queue{Head: int32(d.Int()), Tail: int32(d.Int()), Len: int32(d.Int())}
		last := column.None
		var n int32
		for at := q.Head; at != column.None && d.Err() == nil; at = r.slab.Next[at] {
			if at < 0 || int(at) >= r.slab.Cap() || room == 0 {
				d.Fail(state.ErrCorrupt)
				break
			}
			last = at
			n++
			room--
		}
		if last != q.Tail || n != q.Len {
			d.Fail(state.ErrCorrupt)
		}
		list[i] = q
	}
	return list
}

func listQueues(r *rows, queues []column.Queue, slots []int32) []int32 {
	for i := range queues {
		slots = queues[i].AppendTo(r.slab, slots)
	}
	return slots
}

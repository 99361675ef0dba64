package window

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// byKey is rows of which at most one is kept for each key: what some expressions
// give for it, for each partition key apart. The rows of a partition key are chained
// in the order in which their keys came; any of them can be replaced or taken out.
type byKey struct {
	*rows
	exprs []*expr.Program
	index *column.KeyIndex // of partition keys and what exprs give
	cols  []*column.Column // the key of the rows at hand
	part  column.Column    // partition keys, where there are any

	ids    []int32        // of the rows at hand
	kept   []column.Queue // by partition key
	slotOf []int32        // by id: the row that is kept, or None
	idOf   []int32        // by slot
	prev   []int32        // by slot: the one before it in its queue
	sent   []int32        // by id: a row that was released and can come again; empty if none can
	loose  []int32        // ids that may have lost their row
}

// newByKey makes the rows of a window that tells them apart by the given types.
func newByKey(in schema.Attributes, opts Options, types []schema.Type, extra []int, more ...*[]column.Queue) *byKey {
	k := &byKey{part: column.Column{Type: schema.Int}}
	k.rows = newRows(in, opts, extra, append([]*[]column.Queue{&k.kept}, more...)...)
	k.chain(true)
	k.index = column.NewKeyIndex(append([]schema.Type{schema.Int}, types...)...)
	k.cols = make([]*column.Column, 1+len(types))
	return k
}

// compileKeys makes the programs of the arguments that tell rows apart.
func compileKeys(args []argument, opts Options) (programs []*expr.Program, types []schema.Type, err error) {
	for i, a := range args {
		p, err := expr.Compile(opts.window.Args[i], opts.Env)
		if err != nil {
			return nil, nil, err
		}
		programs, types = append(programs, p), append(types, a.typ)
	}
	return programs, types, nil
}

// identify finds the ids of the rows of b; those of new keys are new. sweep must follow.
func (k *byKey) identify(b *column.Batch) error {
	for i, p := range k.exprs {
		c, err := p.Eval(b)
		if err != nil {
			return err
		}
		k.cols[1+i] = c
	}
	k.number(b)
	return nil
}

// number is identify once k.cols has the keys.
func (k *byKey) number(b *column.Batch) {
	if b.Key != nil {
		k.part.I32 = b.Key
	} else {
		k.part.Resize(b.N)
		clear(k.part.I32)
	}
	k.cols[0] = &k.part
	k.ids = k.index.Insert(k.cols, b.N, k.ids[:0])
	for len(k.slotOf) < k.index.Cap() {
		k.slotOf = append(k.slotOf, column.None)
	}
}

// room makes room for a partition key.
func (k *byKey) room(key int32) {
	if int(key) >= len(k.kept) {
		k.kept = grow(k.kept, key, column.EmptyQueue)
	}
	for n := len(k.slab.Time); len(k.prev) < n; {
		k.prev, k.idOf = append(k.prev, column.None), append(k.idOf, column.None)
	}
}

// put appends the row of a key that has none.
func (k *byKey) put(key, id, slot int32) {
	q := &k.kept[key]
	k.prev[slot] = q.Tail
	k.pushOne(q, slot)
	k.slotOf[id], k.idOf[slot] = slot, id
	k.gainOne(key, slot)
}

// replace puts a row in the place of the one that its key has, and returns that.
func (k *byKey) replace(key, id, slot int32) (old int32) {
	q := &k.kept[key]
	old = k.slotOf[id]
	next := k.slab.Next
	k.prev[slot], next[slot] = k.prev[old], next[old]
	if p := k.prev[slot]; p == column.None {
		q.Head = slot
	} else {
		next[p] = slot
	}
	if n := next[slot]; n == column.None {
		q.Tail = slot
	} else {
		k.prev[n] = slot
	}
	k.slotOf[id], k.idOf[slot] = slot, id
	k.gainOne(key, slot)
	k.loseOne(old)
	return old
}

// take takes a row out of its queue.
func (k *byKey) take(key, slot int32) {
	q := &k.kept[key]
	next := k.slab.Next
	before, behind := k.prev[slot], next[slot]
	if before == column.None {
		q.Head = behind
	} else {
		next[before] = behind
	}
	if behind == column.None {
		q.Tail = before
	} else {
		k.prev[behind] = before
	}
	q.Len--
	id := k.idOf[slot]
	k.slotOf[id] = column.None
	k.loose = append(k.loose, id)
	k.loseOne(slot)
}

// takeAll empties the queue of a partition key into another.
func (k *byKey) takeAll(key int32, to *column.Queue) {
	q := &k.kept[key]
	for at := q.Head; at != column.None; at = k.slab.Next[at] {
		id := k.idOf[at]
		k.slotOf[id] = column.None
		k.loose = append(k.loose, id)
	}
	k.loseQueue(q)
	*to, *q = *q, column.EmptyQueue
}

// sweep forgets keys without a row. It is for the end of a call, since the rows at hand
// have their ids already.
func (k *byKey) sweep() {
	for _, id := range k.loose {
		if k.slotOf[id] == column.None && k.index.Used(id) && (len(k.sent) == 0 || k.sent[id] == column.None) {
			k.index.Remove(id)
		}
	}
	k.loose = k.loose[:0]
}

// finish sweeps and emits.
func (k *byKey) finish(emit flow.Emit) error {
	k.sweep()
	return k.flush(emit)
}

func (k *byKey) Snapshot(e *state.Encoder) {
	k.rows.snapshot(e)
	k.index.Encode(e)
	for i := range k.kept {
		for at := k.kept[i].Head; at != column.None; at = k.slab.Next[at] {
			e.Uint(uint64(k.idOf[at]))
		}
	}
}

func (k *byKey) restoreKeys(d *state.Decoder, window string) (version uint64) {
	version = k.rows.restore(d, window)
	k.index.Decode(d)
	if d.Err() != nil {
		return version
	}
	k.slotOf = slices.Repeat([]int32{column.None}, k.index.Cap())
	k.prev = slices.Repeat([]int32{column.None}, len(k.slab.Time))
	k.idOf = slices.Repeat([]int32{column.None}, len(k.slab.Time))
	for i := range k.kept {
		before := column.None
		for at := k.kept[i].Head; at != column.None; at = k.slab.Next[at] {
			id := d.Uint()
			if d.Err() != nil || id >= uint64(len(k.slotOf)) || !k.index.Used(int32(id)) || k.slotOf[id] != column.None {
				d.Fail(state.ErrCorrupt)
				k.kept = nil
				return version
			}
			k.slotOf[id], k.idOf[at], k.prev[at] = at, int32(id), before
			before = at
		}
	}
	return version
}

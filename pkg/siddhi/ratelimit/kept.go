package ratelimit

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// kept has the rows that a limiter keeps, in slots, and its output.
type kept struct {
	slab    *column.Slab
	attrs   schema.Attributes
	withKey bool // inside a partition: the output has keys
	// By slot: what the row is, and which key and unit it belongs to.
	kindOf []column.Kind
	keyOf  []int32
	unitOf []int32

	out   *column.Buffer
	slots []int32 // of the output
	ends  []int32
	freed []int32  // slots that are free once the output is made
	row   [1]int32 // that is added
	added [1]int32
	view  column.Batch // of the slab
}

func newKept(opts Options) kept {
	return kept{
		slab: column.NewSlab(opts.Out, nil), attrs: opts.Out, withKey: opts.Keyed, out: column.NewBuffer(opts.Out),
	}
}

// add keeps a row and returns its slot.
func (k *kept) add(b *column.Batch, row int, unit int32) int32 {
	k.row[0] = int32(row)
	slot := k.slab.Add(b, k.row[:], k.added[:0])[0]
	k.kindOf, k.keyOf, k.unitOf = grow(k.kindOf, slot), grow(k.keyOf, slot), grow(k.unitOf, slot)
	k.kindOf[slot], k.keyOf[slot], k.unitOf[slot] = b.KindOf(row), b.KeyOf(row), unit
	return slot
}

// replace puts a row into a slot that is taken.
func (k *kept) replace(slot int32, b *column.Batch, row int) {
	for c := range k.attrs {
		k.slab.Set(slot, c, b.Cols[c], row)
	}
	k.slab.Time[slot], k.kindOf[slot] = b.Time[row], b.KindOf(row)
}

// show puts a copy of a row out, since the row may change before the output is
// made, and returns its slot.
func (k *kept) show(slot int32) int32 {
	v := &k.view
	v.Time, v.Kind, v.Key, v.Cols = k.slab.Time, k.kindOf, k.keyOf, v.Cols[:0]
	for c := range k.slab.Cols {
		v.Cols = append(v.Cols, &k.slab.Cols[c])
	}
	shown := k.add(v, int(slot), k.unitOf[slot])
	k.slots = append(k.slots, shown)
	k.freed = append(k.freed, shown)
	return shown
}

// endChunk makes one chunk of what was put since the last one, if anything was.
func (k *kept) endChunk() {
	n := int32(len(k.slots))
	if n > 0 && (len(k.ends) == 0 || k.ends[len(k.ends)-1] < n) {
		k.ends = append(k.ends, n)
	}
}

// fill makes the output of what was put.
func (k *kept) fill() {
	k.slab.Gather(k.out, k.slots)
	k.out.UseEnds()
	k.out.Ends = append(k.out.Ends, k.ends...)
	if k.withKey {
		k.out.UseKey()
		for _, slot := range k.slots {
			k.out.Key = append(k.out.Key, k.keyOf[slot])
		}
	}
	for _, slot := range k.slots {
		if k.kindOf[slot] != column.Current {
			k.useKinds()
			break
		}
	}
}

func (k *kept) useKinds() {
	k.out.UseKind()
	for _, slot := range k.slots {
		k.out.Kind = append(k.out.Kind, k.kindOf[slot])
	}
}

// flush emits the output.
func (k *kept) flush(emit flow.Emit) error {
	if len(k.slots) == 0 {
		k.release()
		return nil
	}
	k.fill()
	k.release()
	return emit(&k.out.Batch)
}

// release frees what is not kept any more and begins a new output.
func (k *kept) release() {
	for _, slot := range k.freed {
		k.unitOf[slot] = column.None
		k.slab.Free(slot)
	}
	k.slots, k.ends, k.freed = k.slots[:0], k.ends[:0], k.freed[:0]
	k.slab.Compact(k.live)
}

// live says whether a slot is taken.
func (k *kept) live(slot int32) bool { return k.unitOf[slot] != column.None }

// encode writes the rows of lists by key, with what belongs to them.
func (k *kept) encode(e *state.Encoder, lists []column.Queue) {
	lengths := make([]int32, len(lists))
	for i := range lists {
		lengths[i] = lists[i].Len
	}
	state.Slice(e, lengths)
	k.encodeRows(e, k.listed(lists))
}

// listed returns the slots of all lists.
func (k *kept) listed(lists []column.Queue) []int32 {
	var slots []int32
	for i := range lists {
		slots = lists[i].AppendTo(k.slab, slots)
	}
	return slots
}

func (k *kept) encodeRows(e *state.Encoder, slots []int32) {
	b := column.NewBuffer(k.attrs)
	k.slab.Gather(b, slots)
	state.Slice(e, b.Time)
	for i := range b.Cols {
		b.Cols[i].Encode(e)
	}
	kinds, units := make([]column.Kind, len(slots)), make([]int32, len(slots))
	for i, slot := range slots {
		kinds[i], units[i] = k.kindOf[slot], k.unitOf[slot]
	}
	state.Slice(e, kinds)
	state.Slice(e, units)
}

// decode reads what encode wrote. known says which units there are.
func (k *kept) decode(d *state.Decoder, known func(unit int32) bool) []column.Queue {
	lengths := state.ReadSlice[int32](d, nil)
	slots := k.decodeRows(d, known)
	lists := make([]column.Queue, len(lengths))
	for key, n := range lengths {
		lists[key] = column.EmptyQueue
		if n < 0 || int(n) > len(slots) {
			d.Fail(state.ErrCorrupt)
			return nil
		}
		for _, slot := range slots[:n] {
			k.keyOf[slot] = int32(key)
			lists[key].Push(k.slab, slot)
		}
		slots = slots[n:]
	}
	if len(slots) != 0 {
		d.Fail(state.ErrCorrupt)
	}
	return lists
}

// decodeRows reads what encodeRows wrote and returns the slots of the rows.
func (k *kept) decodeRows(d *state.Decoder, known func(unit int32) bool) []int32 {
	b := column.NewBuffer(k.attrs)
	b.Time = state.ReadSlice(d, b.Time)
	b.N = len(b.Time)
	for i := range b.Cols {
		b.Cols[i].Decode(d)
		if b.Cols[i].Len() != b.N {
			d.Fail(state.ErrCorrupt)
		}
	}
	kinds, units := state.ReadSlice[column.Kind](d, nil), state.ReadSlice[int32](d, nil)
	if len(kinds) != b.N || len(units) != b.N {
		d.Fail(state.ErrCorrupt)
	}
	for i := range units {
		if !known(units[i]) || kinds[i] > column.Expired {
			d.Fail(state.ErrCorrupt)
			break
		}
	}
	k.slab.Clear()
	if d.Err() != nil {
		return nil
	}
	slots := k.slab.Add(&b.Batch, nil, nil)
	for i, slot := range slots {
		k.kindOf, k.keyOf, k.unitOf = grow(k.kindOf, slot), grow(k.keyOf, slot), grow(k.unitOf, slot)
		k.kindOf[slot], k.unitOf[slot] = kinds[i], units[i]
	}
	return slots
}

package aggregate

import (
	"math/bits"

	"millrace/pkg/siddhi/state"
)

// deques are double-ended queues of values, one for each group: rings of a
// power of two of places, all of them in one pool.
type deques[T number] struct {
	pool  []T
	of    []deque     // by group
	freed [32][]int32 // by log2 of the size: rings to be used again
}

// deque is where a group's ring lies, and which part of it is in use. first
// and past count on; the place of a value is its number modulo size.
type deque struct {
	at, size    int32 // size 0: no ring yet
	first, past uint32
}

// leastRing is the size of a group's first ring.
const leastRing = 4

func (d *deques[T]) grow(groups int) { d.of = grow(d.of, groups) }

// place returns the index in the pool of value i of q.
func (q *deque) place(i uint32) int { return int(q.at) + int(i&uint32(q.size-1)) }

func (q *deque) empty() bool { return q.first == q.past }

// push appends v.
func (d *deques[T]) push(q *deque, v T) {
	if q.past-q.first == uint32(q.size) {
		d.enlarge(q)
	}
	d.pool[q.place(q.past)] = v
	q.past++
}

// remove takes value i out of q.
func (d *deques[T]) remove(q *deque, i uint32) {
	for ; i != q.first; i-- {
		d.pool[q.place(i)] = d.pool[q.place(i-1)]
	}
	q.first++
}

// enlarge moves q to a ring of twice the size.
func (d *deques[T]) enlarge(q *deque) {
	old := *q
	q.size = max(leastRing, 2*old.size)
	q.at = d.ring(q.size)
	q.first, q.past = 0, old.past-old.first
	for i := range q.past {
		d.pool[q.place(i)] = d.pool[old.place(old.first+i)]
	}
	d.release(&old)
}

// ring returns a place in the pool for a ring.
func (d *deques[T]) ring(size int32) int32 {
	free := &d.freed[bits.TrailingZeros32(uint32(size))]
	if n := len(*free); n > 0 {
		at := (*free)[n-1]
		*free = (*free)[:n-1]
		return at
	}
	at := int32(len(d.pool))
	d.pool = grow(d.pool, len(d.pool)+int(size))
	return at
}

// release gives q's ring back.
func (d *deques[T]) release(q *deque) {
	if q.size > 0 {
		free := &d.freed[bits.TrailingZeros32(uint32(q.size))]
		*free = append(*free, q.at)
	}
}

// reset empties q and gives its ring back.
func (d *deques[T]) reset(q *deque) {
	d.release(q)
	*q = deque{}
}

// encode writes how many values each group has, then all values.
func (d *deques[T]) encode(e *state.Encoder) {
	lengths, values := make([]int32, len(d.of)), []T{}
	for g := range d.of {
		q := &d.of[g]
		lengths[g] = int32(q.past - q.first)
		for i := q.first; i != q.past; i++ {
			values = append(values, d.pool[q.place(i)])
		}
	}
	state.Slice(e, lengths)
	state.Slice(e, values)
}

// decode reads what encode wrote for as many groups as there are.
func (d *deques[T]) decode(dec *state.Decoder) error {
	lengths, values := state.ReadSlice[int32](dec, nil), state.ReadSlice[T](dec, nil)
	left := len(values)
	for _, n := range lengths {
		if n < 0 || int(n) > left {
			dec.Fail(state.ErrCorrupt)
			break
		}
		left -= int(n)
	}
	if left != 0 {
		dec.Fail(state.ErrCorrupt)
	}
	if err := restored(dec, len(d.of), len(lengths)); err != nil {
		return err
	}
	*d = deques[T]{of: make([]deque, len(lengths))}
	for g, n := range lengths {
		for _, v := range values[:n] {
			d.push(&d.of[g], v)
		}
		values = values[n:]
	}
	return nil
}

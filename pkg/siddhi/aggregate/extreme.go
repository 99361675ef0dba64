package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// NaN is the least and the greatest value at once: it is the result of min and
// of max as long as it is among the values, in whatever order they came.

// extreme is min or max where no value is ever taken back, minForever or
// maxForever where that changes nothing.
type extreme[T number] struct {
	in   view[T]
	max  bool
	best []T
	has  []bool
}

func (f *extreme[T]) Grow(n int) { f.best, f.has = grow(f.best, n), grow(f.has, n) }

func (f *extreme[T]) Update(args []*column.Column, _ []column.Kind, groups []int32, lo, hi int, out *column.Column) {
	in, res := f.in(args[0]), f.in(out)
	nulls := args[0].HasNulls()
	for row := lo; row < hi; row++ {
		g := groups[row]
		if v := in[row]; !nulls || !args[0].Nulls[row] {
			if !f.has[g] || beats(v, f.best[g], f.max) {
				f.best[g], f.has[g] = v, true
			}
		}
		if f.has[g] {
			res[row] = f.best[g]
		} else {
			out.SetNull(row)
		}
	}
}

func (f *extreme[T]) Reset(g int32) { f.best[g], f.has[g] = 0, false }

func (f *extreme[T]) Empty(g int32) bool { return !f.has[g] }

func (f *extreme[T]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.best)
	state.Slice(e, f.has)
}

func (f *extreme[T]) Restore(d *state.Decoder) error {
	d.Version("min/max", 1)
	n := len(f.best)
	f.best, f.has = state.ReadSlice(d, f.best), state.ReadSlice(d, f.has)
	return restored(d, n, len(f.best), len(f.has))
}

// beats says whether v replaces best as the result.
func beats[T number](v, best T, most bool) bool {
	if v != v {
		return best == best
	}
	if most {
		return v > best
	}
	return v < best
}

// slidingExtreme is min or max over values that leave in the order in which
// they came: a monotonic deque for each group, all of them in one pool of nodes.
// A value that is worse than a later one can never be the result again and is
// dropped when that one comes; equal ones stay.
type slidingExtreme[T number] struct {
	in         view[T]
	max        bool
	head, tail []int32 // by group; node+1, 0 for none
	value      []T     // by node
	next, prev []int32 // by node; column.None at the ends
	free       int32   // first unused node, chained by next
}

func (f *slidingExtreme[T]) Grow(n int) { f.head, f.tail = grow(f.head, n), grow(f.tail, n) }

func (f *slidingExtreme[T]) Update(args []*column.Column, kinds []column.Kind, groups []int32, lo, hi int, out *column.Column) {
	in, res := f.in(args[0]), f.in(out)
	nulls := args[0].HasNulls()
	for row := lo; row < hi; row++ {
		g := groups[row]
		switch v := in[row]; {
		case nulls && args[0].Nulls[row]:
		case expired(kinds, row):
			if h := f.head[g] - 1; h >= 0 && equal(f.value[h], v) {
				f.popFront(g)
			}
		default:
			f.push(g, v)
		}
		if h := f.head[g] - 1; h >= 0 {
			res[row] = f.value[h]
		} else {
			out.SetNull(row)
		}
	}
}

// equal is ==, but NaN equals NaN.
func equal[T number](a, b T) bool { return a == b || a != a && b != b }

func (f *slidingExtreme[T]) push(g int32, v T) {
	t := f.tail[g] - 1
	for t >= 0 && beats(v, f.value[t], f.max) {
		t = f.dropBack(g, t)
	}
	n := f.node()
	f.value[n], f.next[n], f.prev[n] = v, column.None, t
	if t >= 0 {
		f.next[t] = n
	} else {
		f.head[g] = n + 1
	}
	f.tail[g] = n + 1
}

func (f *slidingExtreme[T]) dropBack(g, t int32) int32 {
	before := f.prev[t]
	f.release(t)
	f.tail[g] = before + 1
	if before < 0 {
		f.head[g] = 0
	} else {
		f.next[before] = column.None
	}
	return before
}

func (f *slidingExtreme[T]) popFront(g int32) {
	h := f.head[g] - 1
	after := f.next[h]
	f.release(h)
	f.head[g] = after + 1
	if after < 0 {
		f.tail[g] = 0
	} else {
		f.prev[after] = column.None
	}
}

func (f *slidingExtreme[T]) node() int32 {
	if n := f.free; n != column.None {
		f.free = f.next[n]
		return n
	}
	f.value, f.next, f.prev = append(f.value, 0), append(f.next, column.None), append(f.prev, column.None)
	return int32(len(f.value) - 1)
}

func (f *slidingExtreme[T]) release(n int32) { f.next[n], f.free = f.free, n }

func (f *slidingExtreme[T]) Reset(g int32) {
	for f.head[g] != 0 {
		f.popFront(g)
	}
}

func (f *slidingExtreme[T]) Empty(g int32) bool { return f.head[g] == 0 }

func (f *slidingExtreme[T]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.head)
	state.Slice(e, f.tail)
	state.Slice(e, f.value)
	state.Slice(e, f.next)
	state.Slice(e, f.prev)
	e.Int(int64(f.free))
}

func (f *slidingExtreme[T]) Restore(d *state.Decoder) error {
	d.Version("min/max", 1)
	n := len(f.head)
	f.head, f.tail = state.ReadSlice(d, f.head), state.ReadSlice(d, f.tail)
	f.value = state.ReadSlice(d, f.value)
	f.next, f.prev = state.ReadSlice(d, f.next), state.ReadSlice(d, f.prev)
	f.free = int32(d.Int())
	nodes := int32(len(f.value))
	for _, links := range [][]int32{f.next, f.prev, {f.free}} {
		for _, l := range links {
			if l < column.None || l >= nodes {
				d.Fail(state.ErrCorrupt)
			}
		}
	}
	for _, links := range [][]int32{f.head, f.tail} {
		for _, l := range links {
			if l < 0 || l > nodes {
				d.Fail(state.ErrCorrupt)
			}
		}
	}
	if len(f.next) != len(f.value) || len(f.prev) != len(f.value) {
		d.Fail(state.ErrCorrupt)
	}
	return restored(d, n, len(f.head), len(f.tail))
}

package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// extreme is min or max where no value is ever taken back, minForever or
// maxForever where that changes nothing. As in Siddhi NaN is compared like any
// value: it stays if it is the first one, else it changes nothing.
type extreme[T number] struct {
	in   view[T]
	max  bool
	best []T
	has  []bool
}

func (f *extreme[T]) Grow(n int) { f.best, f.has = grow(f.best, n), grow(f.has, n) }

func (f *extreme[T]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	in, res := f.in(args[0])[rows.Lo:rows.Hi], f.in(out)[rows.Lo:rows.Hi]
	nulls := args[0].HasNulls()
	for i, g := range rows.groups() {
		if v := in[i]; !nulls || !args[0].Nulls[rows.Lo+i] {
			if best := f.best[g]; !f.has[g] || f.max && v > best || !f.max && v < best {
				f.best[g], f.has[g] = v, true
			}
		}
		if f.has[g] {
			res[i] = f.best[g]
		} else {
			rows.null(out, i)
		}
	}
}

// Exchange implements Exchanger: what leaves changes nothing.
func (f *extreme[T]) Exchange(x *Exchange, coming, _ []*column.Column, out *column.Column) {
	f.Update(coming, &Rows{Hi: len(x.Coming), Groups: x.Coming}, out)
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

// beats says whether v replaces best as the result. NaN is the least and the
// greatest value at once: it is the result of min and of max as long as it is
// among the values that can leave, in whatever order they came.
func beats[T number](v, best T, most bool) bool {
	if v != v {
		return best == best
	}
	if most {
		return v > best
	}
	return v < best
}

// slidingExtreme is min or max over values that leave: a monotonic deque for
// each group. A value that is worse than a later one is dropped when that one
// comes; equal ones stay. A value that leaves takes the first equal one with it,
// as in Siddhi: if it was dropped itself, and an equal one came later, that one
// is gone, and the result is wrong until others come.
type slidingExtreme[T number] struct {
	in  view[T]
	max bool
	deques[T]
}

func (f *slidingExtreme[T]) Grow(n int) { f.grow(n) }

func (f *slidingExtreme[T]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	of, kinds, nulls, most := f.of, rows.kinds(), args[0].HasNulls(), f.max
	in, res := f.in(args[0])[rows.Lo:rows.Hi], f.in(out)[rows.Lo:rows.Hi]
	for i, g := range rows.groups() {
		q := &of[g]
		switch v := in[i]; {
		case nulls && args[0].Nulls[rows.Lo+i]:
		case expired(kinds, i):
			if !q.empty() && equal(f.pool[q.place(q.first)], v) {
				q.first++
			} else {
				f.takeBack(q, v)
			}
			if rows.Silent {
				continue
			}
		default:
			past := q.past
			for past != q.first && beats(v, f.pool[q.place(past-1)], most) {
				past--
			}
			q.past = past
			f.push(q, v)
		}
		if q.empty() {
			rows.null(out, i)
		} else {
			res[i] = f.pool[q.place(q.first)]
		}
	}
}

// Exchange implements Exchanger.
func (f *slidingExtreme[T]) Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column) {
	of, pool, at := f.of, f.pool, 0
	in, nulls, res := f.in(coming[0]), coming[0].Nulls, f.in(out)
	old, oldNulls := f.in(leaving[0]), leaving[0].Nulls
	for i := 0; ; i++ {
		for n := x.gone(i); at < n; at++ {
			q := &of[x.Leaving[at]]
			if len(oldNulls) != 0 && oldNulls[at] || q.empty() {
				continue
			}
			if b := old[at]; equal(pool[q.place(q.first)], b) {
				q.first++
			} else {
				f.takeBack(q, b)
			}
		}
		if i == len(x.Coming) {
			return
		}
		q := &of[x.Coming[i]]
		if len(nulls) == 0 || !nulls[i] {
			v := in[i]
			q.past -= beaten(q, pool, v, f.max)
			if q.past-q.first == uint32(q.size) {
				f.enlarge(q)
				pool = f.pool
			}
			pool[q.place(q.past)] = v
			q.past++
		} else if q.empty() {
			out.SetNull(i)
			continue
		}
		res[i] = pool[q.place(q.first)]
	}
}

// beaten returns how many of q's last values v beats. Mostly it is one or two, and
// hard to foresee: so four are compared without a branch.
func beaten[T number](q *deque, pool []T, v T, most bool) uint32 {
	n := q.past - q.first
	if n == 0 {
		return 0
	}
	var k uint32
	a, b, c, d := pool[q.place(q.past-1)], pool[q.place(q.past-2)], pool[q.place(q.past-3)], pool[q.place(q.past-4)]
	switch {
	case v != v:
	case most:
		k = one(v > a)
		k2 := k & one(v > b)
		k3 := k2 & one(v > c)
		k += k2 + k3 + k3&one(v > d)
	default:
		k = one(v < a)
		k2 := k & one(v < b)
		k3 := k2 & one(v < c)
		k += k2 + k3 + k3&one(v < d)
	}
	if k = min(k, n); k == 4 || v != v { // places in front of q's first hold anything
		for k < n && beats(v, pool[q.place(q.past-k-1)], most) {
			k++
		}
	}
	return k
}

// one is 1 for true, 0 for false.
func one(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// takeBack removes the first value of q that equals v. q is in order, the best first.
func (f *slidingExtreme[T]) takeBack(q *deque, v T) {
	lo, hi := q.first, q.past
	for lo != hi {
		middle := lo + (hi-lo)/2
		if beats(f.pool[q.place(middle)], v, f.max) {
			lo = middle + 1
		} else {
			hi = middle
		}
	}
	if lo != q.past && equal(f.pool[q.place(lo)], v) {
		f.remove(q, lo)
	}
}

// equal is ==, but NaN equals NaN.
func equal[T number](a, b T) bool { return a == b || a != a && b != b }

func (f *slidingExtreme[T]) Reset(g int32) { f.reset(&f.of[g]) }

func (f *slidingExtreme[T]) Empty(g int32) bool { return f.of[g].empty() }

func (f *slidingExtreme[T]) Snapshot(e *state.Encoder) {
	e.Uint(2)
	f.encode(e)
}

func (f *slidingExtreme[T]) Restore(d *state.Decoder) error {
	d.Version("min/max", 2)
	return f.decode(d)
}

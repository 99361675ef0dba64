package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// sum adds up T as S: ints and longs exactly, as longs that wrap; floats and
// doubles as doubles, with whatever rounding adding and taking back leaves, until
// the last value is gone.
type sum[T number, S int64 | float64] struct {
	in    view[T]
	out   func(*column.Column) []S
	sums  []S
	count []int64
}

func (f *sum[T, S]) Grow(n int) { f.sums, f.count = grow(f.sums, n), grow(f.count, n) }

func (f *sum[T, S]) Update(args []*column.Column, kinds []column.Kind, groups []int32, lo, hi int, out *column.Column) {
	in, res := f.in(args[0]), f.out(out)
	if kinds == nil && !args[0].HasNulls() {
		for row := lo; row < hi; row++ {
			g := groups[row]
			f.sums[g] += S(in[row])
			f.count[g]++
			res[row] = f.sums[g]
		}
		return
	}
	for row := lo; row < hi; row++ {
		g := groups[row]
		if !args[0].IsNull(row) {
			sign := sign(kinds, row)
			f.sums[g] += S(sign) * S(in[row])
			f.count[g] += sign
		}
		if f.count[g] == 0 {
			f.sums[g] = 0
			out.SetNull(row)
		} else {
			res[row] = f.sums[g]
		}
	}
}

func (f *sum[T, S]) Reset(g int32) { f.sums[g], f.count[g] = 0, 0 }

func (f *sum[T, S]) Empty(g int32) bool { return f.count[g] == 0 }

func (f *sum[T, S]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.sums)
	state.Slice(e, f.count)
}

func (f *sum[T, S]) Restore(d *state.Decoder) error {
	d.Version("sum", 1)
	n := len(f.sums)
	f.sums, f.count = state.ReadSlice(d, f.sums), state.ReadSlice(d, f.count)
	return restored(d, n, len(f.sums), len(f.count))
}

// restored checks that a state has as many groups as the selector said.
func restored(d *state.Decoder, groups int, lengths ...int) error {
	for _, n := range lengths {
		if n != groups {
			d.Fail(state.ErrCorrupt)
		}
	}
	return d.Err()
}

// avg is the mean, computed in doubles.
type avg[T number] struct {
	in    view[T]
	sums  []float64
	count []int64
}

func (f *avg[T]) Grow(n int) { f.sums, f.count = grow(f.sums, n), grow(f.count, n) }

func (f *avg[T]) Update(args []*column.Column, kinds []column.Kind, groups []int32, lo, hi int, out *column.Column) {
	in, res := f.in(args[0]), out.F64
	if kinds == nil && !args[0].HasNulls() {
		for row := lo; row < hi; row++ {
			g := groups[row]
			f.sums[g] += float64(in[row])
			f.count[g]++
			res[row] = f.sums[g] / float64(f.count[g])
		}
		return
	}
	for row := lo; row < hi; row++ {
		g := groups[row]
		if !args[0].IsNull(row) {
			sign := sign(kinds, row)
			f.sums[g] += float64(sign) * float64(in[row])
			f.count[g] += sign
		}
		if f.count[g] == 0 {
			f.sums[g] = 0
			out.SetNull(row)
		} else {
			res[row] = f.sums[g] / float64(f.count[g])
		}
	}
}

func (f *avg[T]) Reset(g int32) { f.sums[g], f.count[g] = 0, 0 }

func (f *avg[T]) Empty(g int32) bool { return f.count[g] == 0 }

func (f *avg[T]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.sums)
	state.Slice(e, f.count)
}

func (f *avg[T]) Restore(d *state.Decoder) error {
	d.Version("avg", 1)
	n := len(f.sums)
	f.sums, f.count = state.ReadSlice(d, f.sums), state.ReadSlice(d, f.count)
	return restored(d, n, len(f.sums), len(f.count))
}

// count counts rows, whatever their values.
type count struct{ n []int64 }

func (f *count) Grow(n int) { f.n = grow(f.n, n) }

func (f *count) Update(_ []*column.Column, kinds []column.Kind, groups []int32, lo, hi int, out *column.Column) {
	res := out.I64
	for row := lo; row < hi; row++ {
		g := groups[row]
		if expired(kinds, row) {
			f.n[g]--
		} else {
			f.n[g]++
		}
		res[row] = f.n[g]
	}
}

func (f *count) Reset(g int32) { f.n[g] = 0 }

func (f *count) Empty(g int32) bool { return f.n[g] == 0 }

func (f *count) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.n)
}

func (f *count) Restore(d *state.Decoder) error {
	d.Version("count", 1)
	n := len(f.n)
	f.n = state.ReadSlice(d, f.n)
	return restored(d, n, len(f.n))
}

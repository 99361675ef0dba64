package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// sum adds up T as S: ints and longs exactly, as longs that wrap; floats and
// doubles as doubles, with whatever rounding adding and taking back leaves, until
// the last value is gone.
type sum[T number, S int64 | float64] struct {
	in     view[T]
	out    func(*column.Column) []S
	totals []total[S] // by group
}

// total is a sum and of how many values; together, as they are always used so.
type total[S int64 | float64] struct {
	sum S
	n   int64
}

func (f *sum[T, S]) Grow(n int) { f.totals = grow(f.totals, n) }

func (f *sum[T, S]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	in, res := f.in(args[0]), f.out(out)
	if rows.Kinds == nil && !args[0].HasNulls() {
		for row := rows.Lo; row < rows.Hi; row++ {
			t := &f.totals[rows.Groups[row]]
			t.sum += S(in[row])
			t.n++
			res[row] = t.sum
		}
		return
	}
	for row := rows.Lo; row < rows.Hi; row++ {
		t := &f.totals[rows.Groups[row]]
		if !args[0].IsNull(row) {
			sign := rows.sign(row)
			t.sum += S(sign) * S(in[row])
			t.n += sign
		}
		if t.n == 0 {
			t.sum = 0
			rows.null(out, row)
		} else {
			res[row] = t.sum
		}
	}
}

func (f *sum[T, S]) Reset(g int32) { f.totals[g] = total[S]{} }

func (f *sum[T, S]) Empty(g int32) bool { return f.totals[g].n == 0 }

func (f *sum[T, S]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	encodeTotals(e, f.totals)
}

func (f *sum[T, S]) Restore(d *state.Decoder) error {
	d.Version("sum", 1)
	return decodeTotals(d, f.totals)
}

// encodeTotals writes sums and counts apart, which packs better.
func encodeTotals[S int64 | float64](e *state.Encoder, totals []total[S]) {
	sums, counts := make([]S, len(totals)), make([]int64, len(totals))
	for g, t := range totals {
		sums[g], counts[g] = t.sum, t.n
	}
	state.Slice(e, sums)
	state.Slice(e, counts)
}

func decodeTotals[S int64 | float64](d *state.Decoder, totals []total[S]) error {
	sums, counts := state.ReadSlice[S](d, nil), state.ReadSlice[int64](d, nil)
	if err := restored(d, len(totals), len(sums), len(counts)); err != nil {
		return err
	}
	for g := range totals {
		totals[g] = total[S]{sums[g], counts[g]}
	}
	return nil
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
	in     view[T]
	totals []total[float64] // by group
}

func (f *avg[T]) Grow(n int) { f.totals = grow(f.totals, n) }

func (f *avg[T]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	in, res := f.in(args[0]), out.F64
	if rows.Kinds == nil && !args[0].HasNulls() {
		for row := rows.Lo; row < rows.Hi; row++ {
			t := &f.totals[rows.Groups[row]]
			t.sum += float64(in[row])
			t.n++
			res[row] = t.sum / float64(t.n)
		}
		return
	}
	for row := rows.Lo; row < rows.Hi; row++ {
		t := &f.totals[rows.Groups[row]]
		if !args[0].IsNull(row) {
			sign := rows.sign(row)
			t.sum += float64(sign) * float64(in[row])
			t.n += sign
		}
		if t.n == 0 {
			t.sum = 0
			rows.null(out, row)
		} else if !rows.silent(row) {
			res[row] = t.sum / float64(t.n)
		}
	}
}

func (f *avg[T]) Reset(g int32) { f.totals[g] = total[float64]{} }

func (f *avg[T]) Empty(g int32) bool { return f.totals[g].n == 0 }

func (f *avg[T]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	encodeTotals(e, f.totals)
}

func (f *avg[T]) Restore(d *state.Decoder) error {
	d.Version("avg", 1)
	return decodeTotals(d, f.totals)
}

// count counts rows, whatever their values.
type count struct{ n []int64 }

func (f *count) Grow(n int) { f.n = grow(f.n, n) }

func (f *count) Update(_ []*column.Column, rows *Rows, out *column.Column) {
	res := out.I64
	for row := rows.Lo; row < rows.Hi; row++ {
		g := rows.Groups[row]
		if rows.expired(row) {
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

package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/state"
)

// sum adds up T as S: ints and longs as longs that wrap; floats and doubles as
// doubles, with whatever rounding adding and taking back leaves: as in Siddhi it
// stays when the last value is gone.
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
	totals, groups, kinds := f.totals, rows.groups(), rows.kinds()
	in, res := f.in(args[0])[rows.Lo:rows.Hi], f.out(out)[rows.Lo:rows.Hi]
	if kinds == nil && !args[0].HasNulls() {
		for i, g := range groups {
			t := &totals[g]
			t.sum += S(in[i])
			t.n++
			res[i] = t.sum
		}
		return
	}
	nulls := args[0].HasNulls()
	for i, g := range groups {
		t := &totals[g]
		has := t.n != 0
		switch {
		case nulls && args[0].Nulls[rows.Lo+i]:
		case expired(kinds, i):
			if v := S(in[i]); sameInDoubles(t.sum, v) {
				t.sum -= v
			} else {
				t.sum = inDoubles(t.sum, v)
			}
			t.n--
			has = t.n != 0
		default:
			t.sum += S(in[i])
			t.n++
			has = true // also if it has expired already
		}
		if has {
			res[i] = t.sum
		} else {
			rows.null(out, i)
		}
	}
}

// Exchange implements Exchanger.
func (f *sum[T, S]) Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column) {
	totals, at := f.totals, 0
	in, nulls, res := f.in(coming[0]), coming[0].Nulls, f.out(out)
	old, oldNulls := f.in(leaving[0]), leaving[0].Nulls
	for i := 0; ; i++ {
		for n := x.gone(i); at < n; at++ {
			if len(oldNulls) == 0 || !oldNulls[at] {
				t := &totals[x.Leaving[at]]
				if v := S(old[at]); sameInDoubles(t.sum, v) {
					t.sum -= v
				} else {
					t.sum = inDoubles(t.sum, v)
				}
				t.n--
			}
		}
		if i == len(x.Coming) {
			return
		}
		t := &totals[x.Coming[i]]
		if len(nulls) == 0 || !nulls[i] {
			t.sum += S(in[i])
			t.n++
		} else if t.n == 0 {
			out.SetNull(i)
			continue
		}
		res[i] = t.sum
	}
}

// sameInDoubles says whether the difference needs no more digits than a double has.
func sameInDoubles[S int64 | float64](a, b S) bool {
	const less = 1 << 52
	return S(1)/2 != 0 || uint64((int64(a)+less)|(int64(b)+less)) < 2*less
}

// inDoubles is a - b for sums of longs beyond 2^53, which lose digits: Siddhi takes
// values back in doubles.
func inDoubles[S int64 | float64](a, b S) S {
	return S(javatext.Saturated[int64](float64(a) - float64(b)))
}

func (f *sum[T, S]) Reset(g int32) { f.totals[g] = total[S]{} }

func (f *sum[T, S]) Empty(g int32) bool { return f.totals[g].n == 0 }

// Left implements Leftover.
func (f *sum[T, S]) Left(g int32) bool { return f.totals[g].sum != 0 }

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
	totals, groups, kinds := f.totals, rows.groups(), rows.kinds()
	in, res := f.in(args[0])[rows.Lo:rows.Hi], out.F64[rows.Lo:rows.Hi]
	if kinds == nil && !args[0].HasNulls() {
		for i, g := range groups {
			t := &totals[g]
			t.sum += float64(in[i])
			t.n++
			res[i] = t.sum / float64(t.n)
		}
		return
	}
	nulls := args[0].HasNulls()
	for i, g := range groups {
		t := &totals[g]
		leaves := expired(kinds, i)
		switch {
		case nulls && args[0].Nulls[rows.Lo+i]:
		case leaves:
			t.sum -= float64(in[i])
			t.n--
		default:
			t.sum += float64(in[i])
			t.n++
		}
		switch {
		case leaves && rows.Silent:
		case t.n == 0:
			rows.null(out, i)
		default:
			res[i] = t.sum / float64(t.n)
		}
	}
}

// Exchange implements Exchanger.
func (f *avg[T]) Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column) {
	totals, at := f.totals, 0
	in, nulls, res := f.in(coming[0]), coming[0].Nulls, out.F64
	old, oldNulls := f.in(leaving[0]), leaving[0].Nulls
	for i := 0; ; i++ {
		for n := x.gone(i); at < n; at++ {
			if len(oldNulls) == 0 || !oldNulls[at] {
				t := &totals[x.Leaving[at]]
				t.sum -= float64(old[at])
				t.n--
			}
		}
		if i == len(x.Coming) {
			return
		}
		t := &totals[x.Coming[i]]
		if len(nulls) == 0 || !nulls[i] {
			t.sum += float64(in[i])
			t.n++
		} else if t.n == 0 {
			out.SetNull(i)
			continue
		}
		res[i] = t.sum / float64(t.n)
	}
}

func (f *avg[T]) Reset(g int32) { f.totals[g] = total[float64]{} }

func (f *avg[T]) Empty(g int32) bool { return f.totals[g].n == 0 }

// Left implements Leftover.
func (f *avg[T]) Left(g int32) bool { return f.totals[g].sum != 0 }

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
	n, kinds, res := f.n, rows.kinds(), out.I64[rows.Lo:rows.Hi]
	for i, g := range rows.groups() {
		n[g] += sign(kinds, i)
		res[i] = n[g]
	}
}

// Exchange implements Exchanger.
func (f *count) Exchange(x *Exchange, _, _ []*column.Column, out *column.Column) {
	n, res, at := f.n, out.I64, 0
	for i := 0; ; i++ {
		for gone := x.gone(i); at < gone; at++ {
			n[x.Leaving[at]]--
		}
		if i == len(x.Coming) {
			return
		}
		g := x.Coming[i]
		n[g]++
		res[i] = n[g]
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

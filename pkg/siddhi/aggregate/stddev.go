package aggregate

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// stdDev is the population standard deviation by Welford's running algorithm
// ("Note on a Method for Calculating Corrected Sums of Squares and Products",
// Technometrics 4(3), 1962), with the inverse step for values taken back.
type stdDev[T number] struct {
	in           view[T]
	sum, mean, m []float64 // m: sum of squared deviations
	count        []int64
}

func (f *stdDev[T]) Grow(n int) {
	f.sum, f.mean, f.m, f.count = grow(f.sum, n), grow(f.mean, n), grow(f.m, n), grow(f.count, n)
}

func (f *stdDev[T]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	in, res := f.in(args[0]), out.F64
	nulls := args[0].HasNulls()
	for row := rows.Lo; row < rows.Hi; row++ {
		g := rows.Groups[row]
		switch v := float64(in[row]); {
		case nulls && args[0].Nulls[row]:
		case expired(rows.Kinds, row):
			f.remove(g, v)
		default:
			f.add(g, v)
		}
		if f.count[g] == 0 {
			rows.null(out, row-rows.Lo)
		} else {
			res[row] = f.result(g)
		}
	}
}

// result is the deviation of a group that has values.
func (f *stdDev[T]) result(g int32) float64 {
	if f.count[g] == 1 {
		return 0
	}
	return math.Sqrt(f.m[g] / float64(f.count[g])) // NaN where rounding leaves less than 0, as in Siddhi
}

// Exchange implements Exchanger.
func (f *stdDev[T]) Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column) {
	in, old, at := f.in(coming[0]), f.in(leaving[0]), 0
	for i := 0; ; i++ {
		for n := x.gone(i); at < n; at++ {
			if !leaving[0].IsNull(at) {
				f.remove(x.Leaving[at], float64(old[at]))
			}
		}
		if i == len(x.Coming) {
			return
		}
		g := x.Coming[i]
		if !coming[0].IsNull(i) {
			f.add(g, float64(in[i]))
		}
		if f.count[g] == 0 {
			out.SetNull(i)
		} else {
			out.F64[i] = f.result(g)
		}
	}
}

func (f *stdDev[T]) add(g int32, v float64) {
	f.count[g]++
	switch f.count[g] {
	case 0: // more had left than had come: as in Siddhi this one changes nothing
		return
	case 1:
		f.sum[g], f.mean[g], f.m[g] = v, v, 0
		return
	}
	old := f.mean[g]
	f.sum[g] += v
	f.mean[g] = f.sum[g] / float64(f.count[g])
	f.m[g] += (v - old) * (v - f.mean[g])
}

func (f *stdDev[T]) remove(g int32, v float64) {
	f.count[g]--
	if f.count[g] == 0 {
		f.sum[g], f.mean[g], f.m[g] = 0, 0, 0
		return
	}
	old := f.mean[g]
	f.sum[g] -= v
	f.mean[g] = f.sum[g] / float64(f.count[g])
	f.m[g] -= (v - old) * (v - f.mean[g])
}

func (f *stdDev[T]) Reset(g int32) { f.sum[g], f.mean[g], f.m[g], f.count[g] = 0, 0, 0, 0 }

func (f *stdDev[T]) Empty(g int32) bool {
	return f.count[g] == 0 && f.sum[g] == 0 && f.mean[g] == 0 && f.m[g] == 0
}

func (f *stdDev[T]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.sum)
	state.Slice(e, f.mean)
	state.Slice(e, f.m)
	state.Slice(e, f.count)
}

func (f *stdDev[T]) Restore(d *state.Decoder) error {
	d.Version("stdDev", 1)
	n := len(f.sum)
	f.sum, f.mean, f.m = state.ReadSlice(d, f.sum), state.ReadSlice(d, f.mean), state.ReadSlice(d, f.m)
	f.count = state.ReadSlice(d, f.count)
	return restored(d, n, len(f.sum), len(f.mean), len(f.m), len(f.count))
}

package aggregate

import (
	"math"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

var nan = math.NaN()

// percentile is math:percentile: the values of each group, ascending, of which
// one, or the mean of two, is the result.
type percentile[T number] struct {
	in     view[T]
	values [][]float64 // by group
}

func (f *percentile[T]) Grow(n int) { f.values = grow(f.values, n) }

func (f *percentile[T]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	in := f.in(args[0])
	for row := rows.Lo; row < rows.Hi; row++ {
		g := rows.Groups[row]
		if !args[0].IsNull(row) {
			at, found := slices.BinarySearchFunc(f.values[g], float64(in[row]), javaOrder)
			switch {
			case !expired(rows.Kinds, row):
				f.values[g] = slices.Insert(f.values[g], at, float64(in[row]))
			case found:
				f.values[g] = slices.Delete(f.values[g], at, at+1)
			}
		}
		if len(f.values[g]) == 0 {
			rows.null(out, row-rows.Lo)
			continue
		}
		out.F64[row] = rank(f.values[g], args[1].F64[row])
	}
}

// rank returns the value at p percent of the ascending values, of which the
// first is number 1: the nearest one, or the mean of two if p ends at one exactly.
func rank(values []float64, p float64) float64 {
	place := float64(len(values)) * p / 100
	i := int(math.Floor(place + 0.5))
	switch {
	case i >= len(values):
		return values[len(values)-1]
	case i < 1:
		return values[0]
	case float64(i) == place:
		return (values[i-1] + values[i]) / 2
	}
	return values[i-1]
}

// javaOrder is the order of Double.compareTo: -0.0 before 0.0, NaN last.
func javaOrder(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	case a == b && a != 0:
		return 0
	}
	return order(a) - order(b)
}

// order tells values apart that are not unequal to <.
func order(v float64) int {
	switch {
	case v != v:
		return 2
	case v == 0 && !math.Signbit(v):
		return 1
	}
	return 0
}

func (f *percentile[T]) Reset(g int32) { f.values[g] = f.values[g][:0] }

func (f *percentile[T]) Empty(g int32) bool { return len(f.values[g]) == 0 }

func (f *percentile[T]) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Uint(uint64(len(f.values)))
	for _, values := range f.values {
		state.Slice(e, values)
	}
}

func (f *percentile[T]) Restore(d *state.Decoder) error {
	d.Version("math:percentile", 1)
	if err := restored(d, len(f.values), d.Count(1)); err != nil {
		return err
	}
	for g := range f.values {
		f.values[g] = state.ReadSlice(d, f.values[g])
		if !slices.IsSortedFunc(f.values[g], javaOrder) {
			d.Fail(state.ErrCorrupt)
		}
	}
	return d.Err()
}

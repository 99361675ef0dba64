package maths

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// rounding has math:round: a float gives an int, a double a long.
func rounding() []*function.Function {
	d := declare("round", schema.Long, "Returns the nearest whole number, halves upwards: an int of a float, a long of a double.", "round(x)",
		[]extension.Param{function.Param("p1", function.Real)})
	d.Returns = func(args []schema.Type) (schema.Type, error) {
		if args[0] == schema.Float {
			return schema.Int, nil
		}
		return schema.Long, nil
	}
	return []*function.Function{{Declaration: d, Nulls: absorb, New: func(c *function.Call) (function.Kernel, error) {
		if c.Result == schema.Int {
			return roundFloats, nil
		}
		return roundDoubles, nil
	}}}
}

func roundFloats(args []*column.Column, out *column.Column) error {
	for i, v := range args[0].F32[:len(out.I32)] {
		out.I32[i] = int32(rounded(float64(v), math.MinInt32, math.MaxInt32))
	}
	return nil
}

func roundDoubles(args []*column.Column, out *column.Column) error {
	for i, v := range args[0].F64[:len(out.I64)] {
		out.I64[i] = rounded(v, math.MinInt64, math.MaxInt64)
	}
	return nil
}

// rounded is Java's Math.round: NaN is 0, what is too big becomes the limit.
func rounded(v float64, least, greatest int64) int64 {
	whole := math.Floor(v)
	if v-whole >= 0.5 {
		whole++
	}
	switch {
	case v != v:
		return 0
	case whole <= float64(least):
		return least
	case whole >= float64(greatest):
		return greatest
	}
	return int64(whole)
}

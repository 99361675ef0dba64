package maths

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// asking has the functions that ask what kind of number a value is. Null is none.
func asking() []*function.Function {
	real := []extension.Param{function.Param("p1", function.Real)}
	number := []extension.Param{function.Param("p1", function.Numbers)}
	return []*function.Function{
		{
			Declaration: declare("isInfinite", schema.Bool, "Says whether the number is infinite.", "isInfinite(x)", real),
			Widen:       schema.Double, New: func(*function.Call) (function.Kernel, error) { return isInfinite, nil },
		},
		{
			Declaration: declare("isNan", schema.Bool, "Says whether the value is not a number.", "isNan(x)", real),
			Widen:       schema.Double, New: func(*function.Call) (function.Kernel, error) { return isNaN, nil },
		},
		{
			Declaration: declare("signum", schema.Int, "Returns 1, 0 or -1: the sign of the number.", "signum(x)", number),
			Nulls:       absorb, Widen: schema.Double, New: func(*function.Call) (function.Kernel, error) { return signum, nil },
		},
		{
			Declaration: declare("getExponent", schema.Int, "Returns the exponent of the number's binary form.", "getExponent(x)", number),
			Nulls:       absorb, Widen: schema.Double, New: func(*function.Call) (function.Kernel, error) { return exponent, nil },
		},
	}
}

func isInfinite(args []*column.Column, out *column.Column) error {
	for i, v := range args[0].F64[:len(out.Bool)] {
		out.Bool[i] = math.IsInf(v, 0)
	}
	return nil
}

func isNaN(args []*column.Column, out *column.Column) error {
	for i, v := range args[0].F64[:len(out.Bool)] {
		out.Bool[i] = v != v
	}
	return nil
}

func signum(args []*column.Column, out *column.Column) error {
	for i, v := range args[0].F64[:len(out.I32)] {
		out.I32[i] = 0
		if v > 0 {
			out.I32[i] = 1
		} else if v < 0 {
			out.I32[i] = -1
		}
	}
	return nil
}

// exponent reads the bits of the number: -1023 of zero and what is next to it,
// 1024 of NaN and the infinities.
func exponent(args []*column.Column, out *column.Column) error {
	for i, v := range args[0].F64[:len(out.I32)] {
		out.I32[i] = int32(math.Float64bits(v)>>52&0x7ff) - 1023
	}
	return nil
}

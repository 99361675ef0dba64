package maths

import (
	"errors"
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// The loops behind singles and pairs: dst and the operands have one length.

// each is the loop of a function that takes longer than a call of it.
func each(f func(float64) float64) func(dst, x []float64) {
	return func(dst, x []float64) {
		for i, v := range x {
			dst[i] = f(v)
		}
	}
}

func abs(dst, x []float64) {
	for i, v := range x {
		dst[i] = math.Abs(v)
	}
}

func ceil(dst, x []float64) {
	for i, v := range x {
		dst[i] = math.Ceil(v)
	}
}

func floor(dst, x []float64) {
	for i, v := range x {
		dst[i] = math.Floor(v)
	}
}

// log2 is a quotient, as in Siddhi: the result can be one digit off a power of two.
func log2(dst, x []float64) {
	for i, v := range x {
		dst[i] = natural(v) / math.Ln2
	}
}

func sqrt(dst, x []float64) {
	for i, v := range x {
		dst[i] = math.Sqrt(v)
	}
}

// Java's factors, so that the last digit is the same.
const (
	radian = 57.29577951308232    // in degrees
	degree = 0.017453292519943295 // in radians
)

func toDegrees(dst, x []float64) {
	for i, v := range x {
		dst[i] = v * radian
	}
}

func toRadians(dst, x []float64) {
	for i, v := range x {
		dst[i] = v * degree
	}
}

// copySign takes NaN for positive, as Java does with a NaN that has no sign.
func copySign(dst, x, y []float64) {
	for i, v := range x {
		dst[i] = math.Copysign(v, y[i])
	}
}

func greater(dst, x, y []float64) {
	for i, v := range x {
		dst[i] = max(v, y[i])
	}
}

func lesser(dst, x, y []float64) {
	for i, v := range x {
		dst[i] = min(v, y[i])
	}
}

func power(dst, x, y []float64) {
	for i, v := range x {
		dst[i] = raise(v, y[i])
	}
}

var errBaseOne = errors.New("there is no logarithm of base 1")

// logarithm is math:log of any base but 1, which as in Siddhi fails.
func logarithm() *function.Function {
	d := declare("log", schema.Double, "Returns the logarithm of the first number in the base of the second.", "log(x, 8)",
		two("number", "base"))
	d.Fails = extension.Always
	return &function.Function{
		Declaration: d, Nulls: absorb, Widen: schema.Double,
		New: func(*function.Call) (function.Kernel, error) {
			return func(args []*column.Column, out *column.Column) error {
				base := args[1].F64
				for i, v := range args[0].F64[:len(out.F64)] {
					if base[i] == 1 {
						return errBaseOne
					}
					out.F64[i] = natural(v) / natural(base[i])
				}
				return nil
			}, nil
		},
	}
}

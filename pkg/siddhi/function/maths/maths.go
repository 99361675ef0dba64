// Package maths has the functions of namespace math, named and behaving as in
// siddhi-execution-math. Nearly all of them compute with doubles, whatever
// number they are given, and null of null.
//
// It imports column, extension, function, javatext and schema.
package maths

import (
	"math"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// Functions returns the functions of this package.
func Functions() []*function.Function {
	return slices.Concat(singles(), pairs(), constants(), asking(), rounding(), digits(), parsing(), chance())
}

// declare makes a declaration of namespace math.
func declare(name string, returns schema.Type, summary, example string, overloads ...[]extension.Param) extension.Declaration {
	return extension.Declaration{
		Namespace: "math", Name: name, Overloads: overloads, Returns: extension.Gives(returns),
		Summary: summary, Example: "from S select math:" + example + " as r insert into Out;",
	}
}

var absorb = []function.Nulls{function.Absorb}

// singles has the functions of one number that return a double.
func singles() []*function.Function {
	var all []*function.Function
	for _, s := range []struct {
		name, summary string
		types         []schema.Type
		compute       func(dst, x []float64)
	}{
		{"abs", "Returns the absolute value.", function.Numbers, abs},
		{"acos", "Returns the arc cosine in radians; NaN outside of -1 to 1.", function.Real, each(inverseCosine)},
		{"asin", "Returns the arc sine in radians; NaN outside of -1 to 1.", function.Real, each(inverseSine)},
		{"cbrt", "Returns the cube root.", function.Numbers, each(cubeRoot)},
		{"ceil", "Returns the least whole number that is not less.", function.Real, ceil},
		{"cos", "Returns the cosine of an angle in radians.", function.Numbers, each(Cos)},
		{"cosh", "Returns the hyperbolic cosine.", function.Numbers, each(hyperbolicCosine)},
		{"exp", "Returns e to that power.", function.Numbers, each(exponent2)},
		{"floor", "Returns the greatest whole number that is not greater.", function.Numbers, floor},
		{"ln", "Returns the natural logarithm.", function.Numbers, each(natural)},
		{"log10", "Returns the logarithm of base 10.", function.Numbers, each(decimal)},
		{"log2", "Returns the logarithm of base 2.", function.Numbers, log2},
		{"sin", "Returns the sine of an angle in radians.", function.Numbers, each(Sin)},
		{"sinh", "Returns the hyperbolic sine.", function.Numbers, each(hyperbolicSine)},
		{"sqrt", "Returns the square root; NaN of a negative number.", function.Numbers, sqrt},
		{"tan", "Returns the tangent of an angle in radians.", function.Numbers, each(tangent)},
		{"tanh", "Returns the hyperbolic tangent.", function.Numbers, each(hyperbolicTangent)},
		{"toDegrees", "Turns an angle from radians into degrees.", function.Numbers, toDegrees},
		{"toRadians", "Turns an angle from degrees into radians.", function.Numbers, toRadians},
	} {
		all = append(all, &function.Function{
			Declaration: declare(s.name, schema.Double, s.summary, s.name+"(x)", []extension.Param{function.Param("p1", s.types)}),
			Nulls:       absorb, Widen: schema.Double,
			New: func(*function.Call) (function.Kernel, error) {
				return func(args []*column.Column, out *column.Column) error {
					s.compute(out.F64, args[0].F64[:len(out.F64)])
					return nil
				}, nil
			},
		})
	}
	return all
}

// pairs has the functions of two numbers that return a double.
func pairs() []*function.Function {
	var all []*function.Function
	for _, p := range []struct {
		name, a, b, summary string
		compute             func(dst, x, y []float64)
	}{
		{"copySign", "magnitude", "sign", "Returns the first number with the sign of the second.", copySign},
		{"max", "p1", "p2", "Returns the greater number; NaN if one is.", greater},
		{"min", "p1", "p2", "Returns the lesser number; NaN if one is.", lesser},
		{"power", "value", "to.power", "Returns the first number to the power of the second.", power},
	} {
		all = append(all, &function.Function{
			Declaration: declare(p.name, schema.Double, p.summary, p.name+"(x, y)", two(p.a, p.b)),
			Nulls:       absorb, Widen: schema.Double,
			New: func(*function.Call) (function.Kernel, error) {
				return func(args []*column.Column, out *column.Column) error {
					n := len(out.F64)
					p.compute(out.F64, args[0].F64[:n], args[1].F64[:n])
					return nil
				}, nil
			},
		})
	}
	return append(all, arcTangent(), logarithm())
}

func two(a, b string) []extension.Param {
	return []extension.Param{function.Param(a, function.Numbers), function.Param(b, function.Numbers)}
}

// arcTangent is math:atan, of a number or of a point's coordinates.
func arcTangent() *function.Function {
	return &function.Function{
		Declaration: declare("atan", schema.Double, "Returns the arc tangent in radians, of a number or of p1/p2 in the quadrant of that point.",
			"atan(x)", []extension.Param{function.Param("p1", function.Numbers)}, two("p1", "p2")),
		Nulls: absorb, Widen: schema.Double,
		New: func(*function.Call) (function.Kernel, error) {
			return func(args []*column.Column, out *column.Column) error {
				for i, y := range args[0].F64[:len(out.F64)] {
					if len(args) == 2 {
						out.F64[i] = angle(y, args[1].F64[i])
					} else {
						out.F64[i] = inverseTangent(y)
					}
				}
				return nil
			}, nil
		},
	}
}

// constants has e and pi.
func constants() []*function.Function {
	var all []*function.Function
	for _, c := range []struct {
		name, summary string
		value         float64
	}{{"e", "Returns Euler's number.", math.E}, {"pi", "Returns the ratio of a circle's circumference to its diameter.", math.Pi}} {
		all = append(all, &function.Function{
			Declaration: declare(c.name, schema.Double, c.summary, c.name+"()", nil),
			New: func(*function.Call) (function.Kernel, error) {
				return func(_ []*column.Column, out *column.Column) error {
					for i := range out.F64 {
						out.F64[i] = c.value
					}
					return nil
				}, nil
			},
		})
	}
	return all
}

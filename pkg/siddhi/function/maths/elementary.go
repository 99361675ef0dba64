package maths

import "math"

// The functions below round correctly but for rare cases, as Java's Math does with
// what it computes by the processor's means; strict.go has the others.
// What is infinite, not a number, zero or at the border of the range is left to
// Go's, which agree there.

// ordinary says whether x is finite and not near zero.
func ordinary(x float64) bool {
	a := math.Abs(x)
	return a > 1e-290 && a <= math.MaxFloat64
}

// Sin returns the sine of x.
func Sin(x float64) float64 {
	if a := math.Abs(x); !(a > 1e-8 && a <= math.MaxFloat64) {
		return math.Sin(x)
	}
	s, _ := sineCosine(x)
	return s.value()
}

// Cos returns the cosine of x.
func Cos(x float64) float64 {
	if !(math.Abs(x) <= math.MaxFloat64) {
		return math.NaN()
	}
	_, c := sineCosine(x)
	return c.value()
}

func tangent(x float64) float64 {
	if a := math.Abs(x); !(a > 1e-8 && a <= math.MaxFloat64) {
		return math.Tan(x)
	}
	s, c := sineCosine(x)
	return s.div(c).value()
}

func exponent2(x float64) float64 {
	if !(math.Abs(x) < 709.7) {
		return math.Exp(x)
	}
	m, k := exponential(double2{x, 0})
	return math.Ldexp(m.value(), k)
}

func natural(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log(x)
	}
	return logarithmOf(x).value()
}

func decimal(x float64) float64 {
	if !(x > 0) || math.IsInf(x, 1) {
		return math.Log10(x)
	}
	return logarithmOf(x).div(ln10).value()
}

// raise is x to the power of y.
func raise(x, y float64) float64 {
	rough := math.Pow(x, y)
	switch {
	case y != y || math.Abs(x) == 1 && math.IsInf(y, 0):
		return math.NaN() // in Java, not in Go
	case !ordinary(rough) || !ordinary(x) || x == 1:
		return rough
	case y == 0.5: // which may lie in the middle of two doubles but for digits that nothing below keeps
		return math.Sqrt(x)
	}
	if n := math.Abs(y); n <= 64 && n == math.Floor(n) {
		return math.Copysign(repeatedly(math.Abs(x), int(n), y < 0), rough)
	}
	m, k := exponential(logarithmOf(math.Abs(x)).mul(double2{y, 0}))
	return math.Copysign(math.Ldexp(m.value(), k), rough)
}

// repeatedly multiplies x with itself: exactly as long as 106 bits hold the
// power, so that one in the middle of two doubles is rounded the right way.
func repeatedly(x float64, n int, inverse bool) float64 {
	power, square := double2{1, 0}, double2{x, 0}
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			power = power.mul(square)
		}
		if n > 1 {
			square = square.mul(square)
		}
	}
	if inverse {
		return double2{1, 0}.div(power).value()
	}
	return power.value()
}

// cubeRoot makes, as Java's does, one step of Newton's from a root of 20 bits.
func cubeRoot(x float64) float64 {
	if !ordinary(x) {
		return math.Cbrt(x)
	}
	const high = 1<<64 - 1<<32
	t := math.Float64frombits((math.Float64bits(math.Cbrt(math.Abs(x))) + 1<<32) & high)
	r := math.Abs(x) / (t * t)
	r = (r - t) / (t + t + r)
	return math.Copysign(t+t*r, x)
}

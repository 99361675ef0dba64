package maths

import "math"

// The functions below round correctly but for rare cases, as Java's Math does.
// What is infinite, not a number, zero or at the border of the range is left to
// Go's, which agree there.

// ordinary says whether x is finite, not zero and far from both ends of the range.
func ordinary(x float64) bool {
	a := math.Abs(x)
	return a > 1e-290 && a < 1e290
}

// Sin returns the sine of x.
func Sin(x float64) float64 {
	if a := math.Abs(x); !(a > 1e-8 && a < maxAngle) {
		return math.Sin(x)
	}
	s, _ := sineCosine(double2{x, 0})
	return s.value()
}

// Cos returns the cosine of x.
func Cos(x float64) float64 {
	if !(math.Abs(x) < maxAngle) {
		return math.Cos(x)
	}
	_, c := sineCosine(double2{x, 0})
	return c.value()
}

func tangent(x float64) float64 {
	if a := math.Abs(x); !(a > 1e-8 && a < maxAngle) {
		return math.Tan(x)
	}
	s, c := sineCosine(double2{x, 0})
	return s.div(c).value()
}

func exponent2(x float64) float64 {
	if !(math.Abs(x) < 700) {
		return math.Exp(x)
	}
	m, _, k := exponential(double2{x, 0})
	return math.Ldexp(m.value(), k)
}

// exponentMinus1 is e^x - 1.
func exponentMinus1(x float64) float64 {
	if a := math.Abs(x); !(a > 1e-16 && a < 700) {
		return math.Expm1(x)
	}
	m, minus1, k := exponential(double2{x, 0})
	if k == 0 {
		return minus1.value()
	}
	return m.scaled(math.Ldexp(1, k)).sub(double2{1, 0}).value()
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
	}
	if n := math.Abs(y); n <= 64 && n == math.Floor(n) {
		return math.Copysign(repeatedly(math.Abs(x), int(n), y < 0), rough)
	}
	m, _, k := exponential(logarithmOf(math.Abs(x)).mul(double2{y, 0}))
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

// arcSine of a number from 0 to 1/2.
func arcSine(a double2) double2 {
	y := math.Asin(a.hi)
	s, c := sineCosine(double2{y, 0})
	return double2{y, 0}.add(a.sub(s).div(c))
}

// upperArc is the arc cosine of x from 1/2 to 1: twice the arc sine of the root of (1-x)/2.
func upperArc(x float64) double2 {
	return arcSine(sum(1, -x).scaled(0.5).sqrt()).scaled(2)
}

func inverseSine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a > 1e-8 && a < 1):
		return math.Asin(x)
	case a <= 0.5:
		return arcSine(double2{x, 0}).value()
	}
	return math.Copysign(pi.scaled(0.5).sub(upperArc(a)).value(), x)
}

func inverseCosine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 1) || a == 0:
		return math.Acos(x)
	case a <= 0.5:
		return pi.scaled(0.5).sub(arcSine(double2{x, 0})).value()
	case x > 0:
		return upperArc(a).value()
	}
	return pi.sub(upperArc(a)).value()
}

// inverseTangent is the arc tangent of x.
func inverseTangent(x float64) float64 {
	rough := math.Atan(x)
	if a := math.Abs(x); !(a > 1e-8 && a < 1e16) {
		return rough
	}
	s, c := sineCosine(double2{rough, 0})
	px := double2{x, 0}
	return double2{rough, 0}.add(px.mul(c).sub(s).div(c.add(px.mul(s)))).value()
}

// angle is the angle of the point (x, y), by way of the rounded quotient as in Java.
func angle(y, x float64) float64 {
	if !ordinary(x) || !ordinary(y) || math.Abs(float64(math.Ilogb(y)-math.Ilogb(x))) > 60 {
		return math.Atan2(y, x)
	}
	z := inverseTangent(math.Abs(y / x))
	if x < 0 {
		z = pi.hi - (z - pi.lo)
	}
	return math.Copysign(z, y)
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

// The hyperbolic functions use the same identities as Java's, over e^x - 1.

func hyperbolicCosine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 709):
		return math.Cosh(x)
	case a < 0.5*math.Ln2:
		t := exponentMinus1(a)
		w := 1 + t
		if a < 1e-17 {
			return w
		}
		return 1 + t*t/(w+w)
	case a < 22:
		t := exponent2(a)
		return 0.5*t + 0.5/t
	}
	return 0.5 * exponent2(a)
}

func hyperbolicSine(x float64) float64 {
	a, half := math.Abs(x), math.Copysign(0.5, x)
	switch {
	case !(a > 1e-8 && a < 709):
		return math.Sinh(x)
	case a < 1:
		t := exponentMinus1(a)
		return half * (2*t - t*t/(t+1))
	case a < 22:
		t := exponentMinus1(a)
		return half * (t + t/(t+1))
	}
	return half * exponent2(a)
}

func hyperbolicTangent(x float64) float64 {
	a := math.Abs(x)
	var z float64
	switch {
	case !(a > 1e-16 && a < 22):
		return math.Tanh(x)
	case a >= 1:
		z = 1 - 2/(exponentMinus1(2*a)+2)
	default:
		t := exponentMinus1(-2 * a)
		z = -t / (t + 2)
	}
	return math.Copysign(z, x)
}

package maths

import "math"

// Java computes the functions of this file by the polynomials of fdlibm (Sun's
// "freely distributable" library), which are off by one digit in the last place
// now and then. Its results are the same on every machine; so that ours are the
// same too, products are rounded (float64(..)) before they are added to.

// polynomial is c[0] + c[1] x + ...
func polynomial(x float64, c ...float64) float64 {
	s := 0.0
	for i := len(c) - 1; i >= 0; i-- {
		s = float64(s*x) + c[i]
	}
	return s
}

// highHalf is x without the lower 32 bits.
func highHalf(x float64) float64 {
	return math.Float64frombits(math.Float64bits(x) &^ (1<<32 - 1))
}

const (
	halfPiHigh = 1.57079632679489655800e+00
	halfPiLow  = 6.12323399573676603587e-17
)

// arcSineOver is (asin(x)-x)/x, of z = x*x, for |x| up to 1/2.
func arcSineOver(z float64) float64 {
	p := z * polynomial(z, 1.66666666666666657415e-01, -3.25565818622400915405e-01, 2.01212532134862925881e-01,
		-4.00555345006794114027e-02, 7.91534994289814532176e-04, 3.47933107596021167570e-05)
	q := polynomial(z, 1, -2.40339491173441421878e+00, 2.02094576023350569471e+00,
		-6.88283971605453293030e-01, 7.70381505559019352791e-02)
	return p / q
}

func inverseSine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 1):
		return math.Asin(x)
	case a < 1.0/(1<<27):
		return x
	case a < 0.5:
		return x + float64(x*arcSineOver(x*x))
	}
	z := (1 - a) * 0.5
	r, s := arcSineOver(z), math.Sqrt(z)
	if a >= 0.975 {
		return math.Copysign(halfPiHigh-(2*(s+float64(s*r))-halfPiLow), x)
	}
	w := highHalf(s)
	c := (z - float64(w*w)) / (s + w)
	p := float64(2*s*r) - (halfPiLow - 2*c)
	return math.Copysign(halfPiHigh/2-(p-(halfPiHigh/2-2*w)), x)
}

func inverseCosine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 1):
		return math.Acos(x)
	case a <= 1.0/(1<<57):
		return halfPiHigh
	case a < 0.5:
		return halfPiHigh - (x - (halfPiLow - float64(x*arcSineOver(x*x))))
	case x < 0:
		z := (1 + x) * 0.5
		s := math.Sqrt(z)
		return math.Pi - 2*(s+(float64(arcSineOver(z)*s)-halfPiLow))
	}
	z := (1 - x) * 0.5
	s := math.Sqrt(z)
	w := highHalf(s)
	c := (z - float64(w*w)) / (s + w)
	return 2 * (w + (float64(arcSineOver(z)*s) + c))
}

// inverseTangent is the arc tangent of x: that of the nearest of 0, 1/2, 1, 3/2
// and infinity, and a polynomial for what is left.
func inverseTangent(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 1<<66):
		return math.Atan(x)
	case a < 1.0/(1<<29):
		return x
	}
	var near, low float64
	switch {
	case a < 7.0/16:
		return math.Copysign(a-arcTangentRest(a), x)
	case a < 11.0/16:
		near, low, a = 4.63647609000806093515e-01, 2.26987774529616870924e-17, (2*a-1)/(2+a)
	case a < 19.0/16:
		near, low, a = halfPiHigh/2, halfPiLow/2, (a-1)/(a+1)
	case a < 39.0/16:
		near, low, a = 9.82793723247329054082e-01, 1.39033110312309984516e-17, (a-1.5)/(1+float64(1.5*a))
	default:
		near, low, a = halfPiHigh, halfPiLow, -1/a
	}
	return math.Copysign(near-((arcTangentRest(a)-low)-a), x)
}

// arcTangentRest is x - atan(x) for small x.
func arcTangentRest(x float64) float64 {
	z := x * x
	w := z * z
	odd := z * polynomial(w, 3.33333333333329318027e-01, 1.42857142725034663711e-01, 9.09088713343650656196e-02,
		6.66107313738753120669e-02, 4.97687799461593236017e-02, 1.62858201153657823623e-02)
	even := w * polynomial(w, -1.99999999998764832476e-01, -1.11111104054623557880e-01, -7.69187620504482999495e-02,
		-5.83357013379057348645e-02, -3.65315727442169155270e-02)
	return x * (odd + even)
}

// angle is the angle of the point (x, y), by way of the rounded quotient as in Java.
func angle(y, x float64) float64 {
	if !ordinary(x) || !ordinary(y) {
		return math.Atan2(y, x)
	}
	var z float64
	switch k := math.Ilogb(y) - math.Ilogb(x); {
	case k > 60:
		z = halfPiHigh
	case k >= -60 || x > 0:
		z = inverseTangent(math.Abs(y / x))
	}
	if x < 0 {
		z = pi.hi - (z - pi.lo)
	}
	return math.Copysign(z, y)
}

// strictExp is e^x for 0 < x < 709.7, which the hyperbolic functions use; Java's
// own e^x (exponent2) has fewer errors in the last digit.
func strictExp(x float64) float64 {
	const high, low = 6.93147180369123816490e-01, 1.90821492927058770002e-10 // ln 2
	k, hi, lo := 0, x, 0.0
	if x > 0.5*math.Ln2 {
		k = 1
		if x >= 1.5*math.Ln2 {
			k = int(float64(1.44269504088896338700e+00*x) + 0.5)
		}
		hi, lo = x-float64(float64(k)*high), float64(k)*low
	}
	x = hi - lo
	t := x * x
	c := x - float64(t*polynomial(t, 1.66666666666666019037e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05,
		-1.65339022054652515390e-06, 4.13813679705723846039e-08))
	if k == 0 {
		return 1 - (x*c/(c-2) - x)
	}
	return math.Ldexp(1-((lo-x*c/(2-c))-hi), k)
}

// halfExp is e^x/2 where e^x may be out of range.
func halfExp(x float64) float64 {
	if !(x < 711) {
		return x * math.MaxFloat64 // infinite, or not a number
	}
	w := strictExp(0.5 * x)
	return 0.5 * w * w
}

func hyperbolicCosine(x float64) float64 {
	a := math.Abs(x)
	switch {
	case !(a < 709.7):
		return halfExp(a)
	case a < 0.5*math.Ln2:
		t := math.Expm1(a)
		w := 1 + t
		if a < 1.0/(1<<55) {
			return w
		}
		return 1 + t*t/(w+w)
	case a < 22:
		t := strictExp(a)
		return 0.5*t + 0.5/t
	}
	return 0.5 * strictExp(a)
}

func hyperbolicSine(x float64) float64 {
	a, half := math.Abs(x), math.Copysign(0.5, x)
	switch {
	case !(a < 709.7):
		return math.Copysign(halfExp(a), x)
	case a < 1.0/(1<<28):
		return x
	case a < 1:
		t := math.Expm1(a)
		return half * (2*t - t*t/(t+1))
	case a < 22:
		t := math.Expm1(a)
		return half * (t + t/(t+1))
	}
	return half * strictExp(a)
}

func hyperbolicTangent(x float64) float64 {
	a := math.Abs(x)
	var z float64
	switch {
	case !(a < 22):
		return math.Tanh(x)
	case a < 1.0/(1<<55):
		return x * (1 + x)
	case a >= 1:
		z = 1 - 2/(math.Expm1(2*a)+2)
	default:
		t := math.Expm1(-2 * a)
		z = -t / (t + 2)
	}
	return math.Copysign(z, x)
}

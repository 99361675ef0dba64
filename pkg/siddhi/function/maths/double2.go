package maths

import "math"

// double2 is a number as an unevaluated sum of two doubles, hi the nearest to it:
// some 106 bits. Java's Math rounds nearly all of its results correctly, Go's
// differ in the last digit now and then; computing with twice the digits and
// rounding once gives what Java gives.
//
// The algorithms are those of Dekker, "A floating-point technique for extending
// the available precision", Numerische Mathematik 18 (1971), with the fused
// multiply-add for the error of a product.
type double2 struct{ hi, lo float64 }

func (a double2) value() float64 { return a.hi + a.lo }

// sum is a + b exactly.
func sum(a, b float64) double2 {
	s := a + b
	v := s - a
	return double2{s, (a - (s - v)) + (b - v)}
}

// quickSum is sum for |a| >= |b|.
func quickSum(a, b float64) double2 {
	s := a + b
	return double2{s, b - (s - a)}
}

// product is a * b exactly.
func product(a, b float64) double2 {
	p := a * b
	return double2{p, math.FMA(a, b, -p)}
}

func (a double2) add(b double2) double2 {
	s, t := sum(a.hi, b.hi), sum(a.lo, b.lo)
	s = quickSum(s.hi, s.lo+t.hi)
	return quickSum(s.hi, s.lo+t.lo)
}

func (a double2) sub(b double2) double2 { return a.add(double2{-b.hi, -b.lo}) }

func (a double2) mul(b double2) double2 {
	p := product(a.hi, b.hi)
	return quickSum(p.hi, p.lo+(a.hi*b.lo+a.lo*b.hi))
}

// scaled is a times a power of two.
func (a double2) scaled(f float64) double2 { return double2{a.hi * f, a.lo * f} }

func (a double2) div(b double2) double2 {
	q := a.hi / b.hi
	r := a.sub(b.mul(double2{q, 0}))
	q2 := r.hi / b.hi
	r = r.sub(b.mul(double2{q2, 0}))
	return quickSum(q, q2).add(double2{r.hi / b.hi, 0})
}

func (a double2) sqrt() double2 {
	if a.hi == 0 {
		return a
	}
	x := math.Sqrt(a.hi)
	r := a.sub(product(x, x))
	return quickSum(x, r.hi/(2*x))
}

// inverseFactorials has 1/n! at n-1.
var inverseFactorials = [...]double2{
	{1.0, 0.0},
	{0.5, 0.0},
	{0.16666666666666666, 9.25185853854297e-18},
	{0.041666666666666664, 2.3129646346357427e-18},
	{0.008333333333333333, 1.1564823173178714e-19},
	{0.001388888888888889, -5.300543954373577e-20},
	{0.0001984126984126984, 1.7209558293420705e-22},
	{2.48015873015873e-05, 2.1511947866775882e-23},
	{2.7557319223985893e-06, -1.858393274046472e-22},
	{2.755731922398589e-07, 2.3767714622250297e-23},
	{2.505210838544172e-08, -1.448814070935912e-24},
	{2.08767569878681e-09, -1.20734505911326e-25},
	{1.6059043836821613e-10, 1.2585294588752098e-26},
	{1.1470745597729725e-11, 2.0655512752830745e-28},
	{7.647163731819816e-13, 7.03872877733453e-30},
	{4.779477332387385e-14, 4.399205485834081e-31},
	{2.8114572543455206e-15, 1.6508842730861433e-31},
	{1.5619206968586225e-16, 1.1910679660273754e-32},
	{8.22063524662433e-18, 2.2141894119604265e-34},
	{4.110317623312165e-19, 1.4412973378659527e-36},
	{1.9572941063391263e-20, -1.3643503830087908e-36},
	{8.896791392450574e-22, -7.911402614872376e-38},
	{3.868170170630684e-23, -8.843177655482344e-40},
	{1.6117375710961184e-24, -3.6846573564509766e-41},
	{6.446950284384474e-26, -1.9330404233703465e-42},
	{2.4795962632247976e-27, -1.2953730964765229e-43},
	{9.183689863795546e-29, 1.4303150396787322e-45},
}

var (
	ln2  = double2{0.6931471805599453, 2.3190468138462996e-17}
	ln10 = double2{2.302585092994046, -2.1707562233822494e-16}
	pi   = double2{3.141592653589793, 1.2246467991473532e-16}
)

// halfPi is a quarter of a turn as three doubles.
var halfPi = [3]float64{1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33}

// exponential is e to the power of a as m times two to the power of k.
func exponential(a double2) (m double2, k int) {
	if math.Abs(a.hi) > 0.3 {
		k = int(math.Round(a.hi / ln2.hi))
		a = a.sub(ln2.mul(double2{float64(k), 0}))
	}
	const halvings = 6
	a = a.scaled(1.0 / (1 << halvings))
	tail := 0.0 // what is so small that doubles do
	for n := 9; n >= 4; n-- {
		tail = a.hi*tail + inverseFactorials[n].hi
	}
	s := double2{tail, 0}
	for n := 3; n >= 0; n-- { // a + a^2/2! + ...
		s = a.mul(s).add(inverseFactorials[n])
	}
	s = a.mul(s)
	for range halvings { // (1+s)^2 - 1
		s = s.scaled(2).add(s.mul(s))
	}
	return s.add(double2{1, 0}), k
}

// logarithmOf is the natural logarithm of a positive finite x.
func logarithmOf(x float64) double2 {
	if math.Abs(x-1) < 1.0/1024 {
		// 2 atanh((x-1)/(x+1)), since Newton's step would lose digits to 1.
		s := sum(x, -1).div(sum(x, 1))
		square := s.mul(s)
		t := double2{}
		for n := 13; n >= 1; n -= 2 {
			t = t.mul(square).add(double2{1, 0}.div(double2{float64(n), 0}))
		}
		return t.mul(s).scaled(2)
	}
	f, k := math.Frexp(x)
	y := math.Log(f)
	m, shift := exponential(double2{-y, 0})
	e := m.mul(double2{f, 0}).scaled(math.Ldexp(1, shift)).sub(double2{1, 0}) // f/e^y - 1
	y2 := double2{y, 0}.add(e.sub(e.mul(e).scaled(0.5)))
	return ln2.mul(double2{float64(k), 0}).add(y2)
}

// maxAngle bounds the angles for which halfPi has digits enough.
const maxAngle = 1 << 40

// sineCosine is the sine and cosine of a finite x.
func sineCosine(x float64) (s, c double2) {
	if math.Abs(x) >= maxAngle {
		return ofQuarter(withinTurn(x))
	}
	a, k := double2{x, 0}, math.Round(x/halfPi[0])
	for _, part := range halfPi {
		p := product(k, part)
		a = a.sub(p)
	}
	return ofQuarter(a, int64(k)&3)
}

// ofQuarter is the sine and cosine of a, at most an eighth of a turn in size, plus so many quarters.
func ofQuarter(a double2, quarters int64) (s, c double2) {
	square := a.mul(a)
	sTail, cTail := 0.0, 0.0 // what is so small that doubles do
	for n := 22; n >= 10; n -= 2 {
		sTail = inverseFactorials[n].hi - square.hi*sTail
		cTail = inverseFactorials[n-1].hi - square.hi*cTail
	}
	s, c = double2{sTail, 0}, double2{cTail, 0}
	for n := 8; n >= 2; n -= 2 { // a^9/9!, ..., backwards
		s = inverseFactorials[n].sub(square.mul(s))
		c = inverseFactorials[n-1].sub(square.mul(c))
	}
	one := double2{1, 0}
	s, c = a.mul(one.sub(square.mul(s))), one.sub(square.mul(c))
	switch quarters {
	case 1:
		return c, double2{-s.hi, -s.lo}
	case 2:
		return double2{-s.hi, -s.lo}, double2{-c.hi, -c.lo}
	case 3:
		return double2{-c.hi, -c.lo}, s
	}
	return s, c
}

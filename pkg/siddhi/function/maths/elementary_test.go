package maths

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// ulps is how many doubles apart two numbers are.
func ulps(a, b float64) float64 {
	if a == b || a != a && b != b {
		return 0
	}
	return math.Abs(float64(int64(math.Float64bits(a)) - int64(math.Float64bits(b))))
}

// TestNearGo holds that the functions give Go's results but for the last digits.
func TestNearGo(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for _, f := range []struct {
		name      string
		ours, gos func(float64) float64
		value     func() float64
	}{
		{"sin", Sin, math.Sin, func() float64 { return rnd.NormFloat64() * 100 }},
		{"cos", Cos, math.Cos, func() float64 { return rnd.NormFloat64() * 100 }},
		{"tan", tangent, math.Tan, func() float64 { return rnd.NormFloat64() }},
		{"asin", inverseSine, math.Asin, func() float64 { return 2*rnd.Float64() - 1 }},
		{"acos", inverseCosine, math.Acos, func() float64 { return 2*rnd.Float64() - 1 }},
		{"atan", inverseTangent, math.Atan, func() float64 { return rnd.NormFloat64() * 10 }},
		{"exp", exponent2, math.Exp, func() float64 { return rnd.NormFloat64() * 100 }},
		{"log", natural, math.Log, func() float64 { return math.Exp(rnd.NormFloat64() * 50) }},
		{"log near 1", natural, math.Log, func() float64 { return 1 + rnd.NormFloat64()*1e-4 }},
		{"log10", decimal, math.Log10, func() float64 { return math.Exp(rnd.NormFloat64() * 50) }},
		{"cbrt", cubeRoot, math.Cbrt, func() float64 { return rnd.NormFloat64() * 1e6 }},
		{"cosh", hyperbolicCosine, math.Cosh, func() float64 { return rnd.NormFloat64() * 20 }},
		{"sinh", hyperbolicSine, math.Sinh, func() float64 { return rnd.NormFloat64() * 20 }},
		{"tanh", hyperbolicTangent, math.Tanh, func() float64 { return rnd.NormFloat64() }},
	} {
		for range 2000 {
			x := f.value()
			if ours, gos := f.ours(x), f.gos(x); ulps(ours, gos) > 4 && math.Abs(ours-gos) > 1e-14 {
				t.Errorf("%s(%v) = %v, Go gives %v", f.name, x, ours, gos)
			}
		}
		for _, x := range []float64{0, math.Copysign(0, -1), math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, 1e300, 1, -1, 2, 0.5} {
			if ours, gos := f.ours(x), f.gos(x); ulps(ours, gos) > 2 {
				t.Errorf("%s(%v) = %v, Go gives %v", f.name, x, ours, gos)
			}
		}
	}
}

// TestPowersOfWholeNumbers compares with exact arithmetic.
func TestPowersOfWholeNumbers(t *testing.T) {
	for base := int64(2); base < 40; base++ {
		for n := int64(0); n < 150; n++ {
			exact := new(big.Int).Exp(big.NewInt(base), big.NewInt(n), nil)
			want, _ := new(big.Float).SetInt(exact).Float64()
			if got := raise(float64(base), float64(n)); got != want {
				t.Errorf("%d^%d = %v, want %v", base, n, got, want)
			}
			if got := raise(-float64(base), float64(n)); math.Abs(got) != want || (got < 0) != (n%2 == 1) {
				t.Errorf("(-%d)^%d = %v", base, n, got)
			}
		}
	}
}

func TestPowerBorders(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct{ x, y, want float64 }{
		{1, nan, nan}, {1, inf, nan}, {-1, inf, nan}, {nan, 0, 1}, {2, inf, inf}, {0.5, inf, 0}, {0, -1, inf}, {-8, 1.0 / 3, nan},
		{10, 400, inf}, {10, -400, 0}, {2, 0.5, math.Sqrt2}, {math.MaxFloat64, 0.5, math.Sqrt(math.MaxFloat64)}, {1, 5, 1}, {inf, -1, 0},
	} {
		if got := raise(c.x, c.y); ulps(got, c.want) != 0 {
			t.Errorf("%v^%v = %v, want %v", c.x, c.y, got, c.want)
		}
	}
}

func TestAngles(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		y, x := rnd.NormFloat64(), rnd.NormFloat64()
		if got, want := angle(y, x), math.Atan2(y, x); math.Abs(got-want) > 1e-15 {
			t.Errorf("angle(%v, %v) = %v, want %v", y, x, got, want)
		}
	}
}

// TestDouble2 checks sums and products of two doubles against big numbers.
func TestDouble2(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	wide := func(a double2) *big.Float {
		return new(big.Float).SetPrec(300).Add(big.NewFloat(a.hi).SetPrec(300), big.NewFloat(a.lo).SetPrec(300))
	}
	near := func(name string, got double2, want *big.Float) {
		off := new(big.Float).SetPrec(300).Sub(wide(got), want)
		if want.Sign() != 0 {
			off.Quo(off, want)
		}
		if f, _ := off.Float64(); math.Abs(f) > 1e-29 {
			t.Errorf("%s is off by %g", name, f)
		}
	}
	for range 2000 {
		a, b := sum(rnd.NormFloat64(), rnd.NormFloat64()*1e-17), sum(3+rnd.Float64(), rnd.NormFloat64()*1e-17)
		near("add", a.add(b), new(big.Float).SetPrec(300).Add(wide(a), wide(b)))
		near("mul", a.mul(b), new(big.Float).SetPrec(300).Mul(wide(a), wide(b)))
		near("div", a.div(b), new(big.Float).SetPrec(300).Quo(wide(a), wide(b)))
		near("sqrt", b.sqrt(), new(big.Float).SetPrec(300).Sqrt(wide(b)))
	}
}

func BenchmarkSin(b *testing.B) {
	x, dst := make([]float64, 1024), make([]float64, 1024)
	for i := range x {
		x[i] = float64(i) * 0.37
	}
	sin := each(Sin)
	b.ReportAllocs()
	for b.Loop() {
		sin(dst, x)
	}
}

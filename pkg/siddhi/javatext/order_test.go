package javatext

import (
	"cmp"
	"math"
	"testing"
)

func TestCompareFloats(t *testing.T) {
	want := []float64{math.Inf(-1), -1, math.Copysign(0, -1), 0, 1, math.Inf(1), math.NaN()}
	for i, a := range want {
		for k, b := range want {
			sign := 0
			if i < k {
				sign = -1
			} else if i > k {
				sign = 1
			}
			if got := CompareFloats(a, b); got != sign {
				t.Errorf("CompareFloats(%v, %v) = %d, want %d", a, b, got, sign)
			}
			if got := CompareFloats(float32(a), float32(b)); got != sign {
				t.Errorf("CompareFloats(%v, %v) of float32 = %d, want %d", a, b, got, sign)
			}
		}
	}
}

func TestCompareIgnoreCase(t *testing.T) {
	want := [][]string{{""}, {"1"}, {"_"}, {"a", "A"}, {"ab", "aB", "AB"}, {"b", "B"}, {"Z", "z"}, {"Za"}, {"é", "É"}}
	for i, as := range want {
		for k, bs := range want {
			for _, a := range as {
				for _, b := range bs {
					if got := CompareIgnoreCase(a, b); got != cmp.Compare(i, k) {
						t.Errorf("CompareIgnoreCase(%q, %q) = %d, want %d", a, b, got, cmp.Compare(i, k))
					}
				}
			}
		}
	}
}

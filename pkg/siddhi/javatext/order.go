package javatext

import (
	"cmp"
	"math"
)

// CompareFloats orders numbers as Java's Double.compareTo does: NaN is the
// greatest and equal to itself, and -0.0 is less than 0.0.
func CompareFloats[T float32 | float64](a, b T) int {
	switch {
	case a != a || b != b:
		return -cmp.Compare(a, b) // which has NaN first
	case a == 0 && b == 0:
		return cmp.Compare(math.Copysign(1, float64(a)), math.Copysign(1, float64(b)))
	}
	return cmp.Compare(a, b)
}

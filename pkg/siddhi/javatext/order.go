package javatext

import (
	"cmp"
	"math"
	"unicode"
	"unicode/utf8"
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

// CompareIgnoreCase orders texts as Java's String.compareToIgnoreCase does: by their
// characters in lower case, where those are not one in upper case.
func CompareIgnoreCase(a, b string) int {
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			x, y = unicode.ToUpper(x), unicode.ToUpper(y)
			if order := cmp.Compare(unicode.ToLower(x), unicode.ToLower(y)); order != 0 {
				return order
			}
		}
		a, b = a[n:], b[m:]
	}
	return cmp.Compare(len(a), len(b))
}

package javatext

import "math"

// Saturated truncates v toward zero, as Java's casts do: what is too big becomes
// the greatest or least integer, NaN becomes 0.
func Saturated[D ~int32 | ~int64](v float64) D {
	bits := 8 * sizeOf[D]()
	limit := float64(uint64(1) << (bits - 1)) // one above the greatest integer
	switch {
	case v >= limit:
		return D(uint64(1)<<(bits-1) - 1)
	case v < -limit:
		return D(-1) << (bits - 1)
	case v != v:
		return 0
	}
	return D(v)
}

func sizeOf[D ~int32 | ~int64]() int {
	if D(math.MaxInt32)+1 < 0 {
		return 4
	}
	return 8
}

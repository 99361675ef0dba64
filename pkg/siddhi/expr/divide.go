package expr

import (
	"math/bits"

	"millrace/pkg/siddhi/ast"
)

// A processor takes many times longer to divide integers than to multiply them.
// The quotient by a constant d > 1 is the high part of a product with 2^k/d
// rounded up, plus one for negative dividends: Granlund and Montgomery,
// "Division by Invariant Integers using Multiplication", PLDI 1994, theorem 5.1.

// intDivider returns the loop that divides ints by d, or nil.
func intDivider(op ast.Op, d int32) func(dst, x []int32) {
	if d < 2 {
		return nil
	}
	shift := 31 + uint(bits.Len32(uint32(d)-1)) // 2^shift = 2^31 * 2^ceil(log2 d)
	factor := int64(uint64(1)<<shift/uint64(d) + 1)
	if op == ast.Div {
		return func(dst, x []int32) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = int32(int64(v)*factor>>(shift&63)) - v>>31
			}
		}
	}
	return func(dst, x []int32) {
		dst = dst[:len(x)]
		for i, v := range x {
			dst[i] = v - d*(int32(int64(v)*factor>>(shift&63))-v>>31)
		}
	}
}

// longDivider returns the loop that divides longs by d, or nil.
func longDivider(op ast.Op, d int64) func(dst, x []int64) {
	if d < 2 {
		return nil
	}
	shift := uint(bits.Len64(uint64(d)-1)) - 1 // 2^(shift+64) = 2^63 * 2^ceil(log2 d)
	factor, _ := bits.Div64(uint64(1)<<shift, 0, uint64(d))
	factor++
	quotient := func(v int64) int64 {
		sign := v >> 63
		hi, _ := bits.Mul64(uint64(v), factor)
		hi -= factor & uint64(sign) // Mul64 takes v for an unsigned number
		return int64(hi)>>(shift&63) - sign
	}
	if op == ast.Div {
		return func(dst, x []int64) {
			dst = dst[:len(x)]
			for i, v := range x {
				dst[i] = quotient(v)
			}
		}
	}
	return func(dst, x []int64) {
		dst = dst[:len(x)]
		for i, v := range x {
			dst[i] = v - d*quotient(v)
		}
	}
}

// floatDivider returns the loop that divides by d, which is not zero, or nil.
func floatDivider[T float](op ast.Op, d T) func(dst, x []T) {
	if op != ast.Div || d == 0 {
		return nil
	}
	return func(dst, x []T) {
		dst = dst[:len(x)]
		for i, v := range x {
			dst[i] = v / d
		}
	}
}

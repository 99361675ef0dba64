// Package javatext writes values as Java's String.valueOf does, reads numbers as
// its parse functions do and narrows them as its casts do: what apps that move
// here rely on.
//
// It imports column, schema and state.
package javatext

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
	"unsafe"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// view shows bytes as a string; it is valid while they stay as they are.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// AppendKey appends value i and the end mark of a value of a key that Siddhi puts
// together of several: of tables, groups and aggregations.
func AppendKey(dst []byte, c *column.Column, i int) []byte {
	if c.IsNull(i) {
		dst = AppendNull(dst, c, i)
	} else {
		dst = AppendValue(dst, c, i)
	}
	return append(dst, ":-:"...)
}

// AppendNull appends value i, which is null: as null, or as the value of another type
// that stands there.
func AppendNull(dst []byte, c *column.Column, i int) []byte {
	v, ok := c.Stray(i)
	if !ok {
		return append(dst, "null"...)
	}
	one := column.Column{Type: column.TypeOf(v)}
	one.AppendAny(v)
	return AppendValue(dst, &one, 0)
}

// AppendValue appends value i, which is not null, as Java's String.valueOf.
func AppendValue(dst []byte, c *column.Column, i int) []byte {
	switch c.Type {
	case schema.String:
		return append(dst, c.String(i)...)
	case schema.Int:
		return strconv.AppendInt(dst, int64(c.I32[i]), 10)
	case schema.Long:
		return strconv.AppendInt(dst, c.I64[i], 10)
	case schema.Float:
		return AppendFloat(dst, float64(c.F32[i]), 32)
	case schema.Double:
		return AppendFloat(dst, c.F64[i], 64)
	case schema.Bool:
		return strconv.AppendBool(dst, c.Bool[i])
	case schema.Object:
		return AppendObject(dst, c.Obj[i])
	}
	return dst
}

// AppendFloat appends v as Double.toString and Float.toString: the shortest
// digits that give v back, at least two of them, and of great whole numbers all
// digits that count, as up to Java 18.
func AppendFloat(dst []byte, v float64, size int) []byte {
	switch a := math.Abs(v); {
	case v != v:
		return append(dst, "NaN"...)
	case math.IsInf(v, 1):
		return append(dst, "Infinity"...)
	case math.IsInf(v, -1):
		return append(dst, "-Infinity"...)
	case a == 0 || a >= 1e-3 && a < 1e7:
		start := len(dst)
		dst = strconv.AppendFloat(dst, v, 'f', -1, size)
		if !slices.Contains(dst[start:], '.') {
			dst = append(dst, ".0"...)
		}
		return dst
	}
	if math.Abs(v) >= 1e7 && math.Abs(v) < 1<<63 && v == math.Trunc(v) {
		return appendWhole(dst, v, size)
	}
	var buf [32]byte
	text := strconv.AppendFloat(buf[:0], v, 'e', -1, size)
	mantissa, exponent, _ := strings.Cut(view(text), "e")
	if !strings.Contains(mantissa, ".") {
		// One digit is enough to tell v; Java takes the two that are nearest.
		var two [32]byte
		if t := strconv.AppendFloat(two[:0], v, 'e', 1, size); sameFloat(view(t), v, size) {
			mantissa, exponent, _ = strings.Cut(view(t), "e")
		}
	}
	dst = append(dst, mantissa...)
	if !strings.Contains(mantissa, ".") {
		dst = append(dst, ".0"...)
	}
	dst = append(dst, 'E')
	if exponent[0] == '-' {
		dst = append(dst, '-')
	}
	return append(dst, strings.TrimLeft(exponent[1:], "0")...)
}

// appendWhole appends a whole number from 10,000,000 on: its decimal digits up to
// those that the next number of the type would have, too.
func appendWhole(dst []byte, v float64, size int) []byte {
	if v < 0 {
		dst, v = append(dst, '-'), -v
	}
	precision := 53
	if size == 32 {
		precision = 24
	}
	n, dropped := uint64(v), 0
	if spare := math.Ilogb(v) - precision - 1; spare > 1 {
		dropped = spare * 30103 / 100000 // decimal digits in that many bits
		unit := uint64(1)
		for range dropped {
			unit *= 10
		}
		n = (n + unit/2) / unit
	}
	var buf [20]byte
	digits := strconv.AppendUint(buf[:0], n, 10)
	exponent := len(digits) - 1 + dropped
	for len(digits) > 2 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
	}
	dst = append(append(append(dst, digits[0], '.'), digits[1:]...), 'E')
	return strconv.AppendInt(dst, int64(exponent), 10)
}

func sameFloat(text string, v float64, size int) bool {
	f, err := strconv.ParseFloat(text, size)
	return err == nil && f == v
}

// AppendObject appends a host value: lists, sets and maps in Java's notation, the
// members of sets and the keys of maps in order.
func AppendObject(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return append(dst, v...)
	case bool:
		return strconv.AppendBool(dst, v)
	case int32:
		return strconv.AppendInt(dst, int64(v), 10)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float32:
		return AppendFloat(dst, float64(v), 32)
	case float64:
		return AppendFloat(dst, v, 64)
	case []any:
		dst = append(dst, '[')
		for i, x := range v {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = AppendObject(dst, x)
		}
		return append(dst, ']')
	case state.Set:
		return append(append(append(dst, '['), strings.Join(members(v), ", ")...), ']')
	case map[string]any:
		dst = append(dst, '{')
		for i, k := range Keys(v) {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(append(dst, k...), '=')
			dst = AppendObject(dst, v[k])
		}
		return append(dst, '}')
	}
	return fmt.Append(dst, v)
}

// IsTrue is Boolean.parseBoolean.
func IsTrue(text string) bool { return len(text) == 4 && strings.EqualFold(text, "true") }

// ParseInteger is Integer.parseInt and Long.parseLong: the digits of all scripts count.
func ParseInteger(text string, size uint) (int64, bool) {
	digits, negative := text, false
	if digits != "" && (digits[0] == '+' || digits[0] == '-') {
		negative = digits[0] == '-'
		digits = digits[1:]
	}
	if digits == "" {
		return 0, false
	}
	limit := uint64(1) << (size - 1) // of the negative side
	if !negative {
		limit--
	}
	var v uint64
	for _, r := range digits {
		d, ok := digit(r)
		if !ok || v > (limit-d)/10 {
			return 0, false
		}
		v = 10*v + d
	}
	if negative {
		return -int64(v), true
	}
	return int64(v), true
}

// digit is Character.digit of a char, for the base ten: Unicode has the digits of a script in a row, from 0 to 9.
func digit(r rune) (uint64, bool) {
	if uint32(r-'0') <= 9 {
		return uint64(r - '0'), true
	}
	if r < utf8.RuneSelf {
		return 0, false
	}
	for _, rows := range unicode.Nd.R16 {
		if lo := rune(rows.Lo); r <= rune(rows.Hi) {
			return uint64(r-lo) % 10, r >= lo
		}
	}
	return 0, false
}

// Trim is String.trim: what is no greater than a blank goes at both ends.
func Trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool { return r <= ' ' })
}

// ParseFloat is Double.parseDouble and Float.ParseFloat: blanks around the
// number and a type suffix are allowed, too much becomes infinite.
func ParseFloat(text string, size int) (float64, bool) {
	text = Trim(text)
	unsigned := strings.TrimPrefix(text, "-")
	if len(unsigned) == len(text) {
		unsigned = strings.TrimPrefix(text, "+")
	}
	switch unsigned {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		if text[0] == '-' {
			return math.Inf(-1), true
		}
		return math.Inf(1), true
	}
	if n := len(unsigned); n > 0 && strings.IndexByte("fFdD", unsigned[n-1]) >= 0 && !isHexWithoutExponent(unsigned) {
		text, unsigned = text[:len(text)-1], unsigned[:n-1]
	}
	if !isJavaNumber(unsigned) {
		return 0, false
	}
	v, err := strconv.ParseFloat(text, size)
	if err != nil && !math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// isHexWithoutExponent says whether a last f or d is a digit rather than a suffix.
func isHexWithoutExponent(s string) bool {
	return len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x' && !strings.ContainsAny(s, "pP")
}

// isJavaNumber says whether s, without sign and suffix, is a decimal number or
// a hexadecimal one, which needs a binary exponent.
func isJavaNumber(s string) bool {
	digit, mark := "0123456789", byte('e')
	hex := len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x'
	if hex {
		s, digit, mark = s[2:], "0123456789abcdefABCDEF", 'p'
	}
	rest, whole := skip(s, digit)
	fraction := 0
	if rest != "" && rest[0] == '.' {
		rest, fraction = skip(rest[1:], digit)
	}
	if whole+fraction == 0 {
		return false
	}
	if rest == "" {
		return !hex
	}
	if rest[0]|0x20 != mark {
		return false
	}
	rest = rest[1:]
	if rest != "" && (rest[0] == '+' || rest[0] == '-') {
		rest = rest[1:]
	}
	rest, n := skip(rest, "0123456789")
	return rest == "" && n > 0
}

// skip cuts off the characters of set at the start of s and counts them.
func skip(s, set string) (rest string, n int) {
	for n < len(s) && strings.IndexByte(set, s[n]) >= 0 {
		n++
	}
	return s[n:], n
}

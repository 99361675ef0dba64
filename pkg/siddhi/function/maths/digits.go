package maths

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// digits has the functions that write numbers in other bases.
func digits() []*function.Function {
	whole := []extension.Param{function.Param("p1", function.Whole)}
	number := []extension.Param{function.Param("p1", function.Numbers)}
	conv := declare("conv", schema.String, "Writes a whole number, given as text in one base, in another base.", "conv('7f', 16, 10)",
		[]extension.Param{function.Param("a", function.Text), function.Param("from.base", function.Ints), function.Param("to.base", function.Ints)})
	conv.Fails = extension.Always
	in := func(base int) func(*function.Call) (function.Kernel, error) {
		return func(c *function.Call) (function.Kernel, error) { return written(c.Args[0].Type, base), nil }
	}
	return []*function.Function{
		{Declaration: declare("bin", schema.String, "Writes a whole number in binary digits; a negative one as its two's complement.", "bin(x)", whole),
			Nulls: absorb, New: in(2)},
		{Declaration: declare("oct", schema.String, "Writes a whole number in octal digits; a negative one as its two's complement.", "oct(x)", whole),
			Nulls: absorb, New: in(8)},
		{Declaration: declare("hex", schema.String, "Writes a number in hexadecimal digits.", "hex(x)", number), Nulls: absorb, New: in(16)},
		{Declaration: conv, Nulls: absorb, New: func(*function.Call) (function.Kernel, error) { return convert, nil }},
	}
}

// written writes numbers of type t in a base.
func written(t schema.Type, base int) function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		x := args[0]
		for i := range out.Str {
			switch t {
			case schema.Int:
				buf = strconv.AppendUint(buf[:0], uint64(uint32(x.I32[i])), base)
			case schema.Long:
				buf = strconv.AppendUint(buf[:0], uint64(x.I64[i]), base)
			case schema.Float:
				buf = appendHex(buf[:0], float64(x.F32[i]), -126)
			case schema.Double:
				buf = appendHex(buf[:0], x.F64[i], -1022)
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}

// appendHex is Java's Double.toHexString; numbers below the exponent least
// begin with a zero digit.
func appendHex(dst []byte, v float64, least int) []byte {
	switch {
	case v != v:
		return append(dst, "NaN"...)
	case math.IsInf(v, 0):
		if v < 0 {
			dst = append(dst, '-')
		}
		return append(dst, "Infinity"...)
	}
	if math.Signbit(v) {
		dst = append(dst, '-')
		v = -v
	}
	if v == 0 {
		return append(dst, "0x0.0p0"...)
	}
	lead, exponent := byte('1'), math.Ilogb(v)
	fraction := math.Ldexp(v, -exponent) - 1
	if exponent < least {
		lead, fraction, exponent = '0', math.Ldexp(v, -least), least
	}
	dst = append(dst, '0', 'x', lead, '.')
	for first := true; first || fraction != 0; first = false {
		fraction *= 16
		digit := math.Floor(fraction)
		dst = append(dst, "0123456789abcdef"[int(digit)])
		fraction -= digit
	}
	dst = append(dst, 'p')
	return strconv.AppendInt(dst, int64(exponent), 10)
}

// convert is Java's Integer.toString(Integer.parseInt(a, from), to): a target
// base that does not exist means 10.
func convert(args []*column.Column, out *column.Column) error {
	for i := range out.Str {
		text, from, to := args[0].String(i), int(args[1].I32[i]), int(args[2].I32[i])
		if from < 2 || from > 36 || strings.Contains(text, "_") {
			return fmt.Errorf("%q is no whole number of base %d", text, from)
		}
		v, err := strconv.ParseInt(text, from, 32)
		if err != nil {
			return fmt.Errorf("%q is no whole number of base %d", text, from)
		}
		if to < 2 || to > 36 {
			to = 10
		}
		out.SetString(i, strconv.FormatInt(v, to))
	}
	return nil
}

package text

import (
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// comparing has the functions that compare two texts.
func comparing() []*function.Function {
	two := []extension.Param{function.Param("arg1", function.Text), function.Param("arg2", function.Text)}
	return []*function.Function{
		{
			Declaration: declare("equalsIgnoreCase", schema.Bool, "Says whether two texts are the same but for the case of letters.",
				"str:equalsIgnoreCase(name, 'IBM') as same", two),
			Nulls: []function.Nulls{function.Refuse, function.Seen},
			New:   func(*function.Call) (function.Kernel, error) { return equalsIgnoreCase, nil },
		},
		{
			Declaration: declare("strcmp", schema.Int,
				"Compares two texts: the difference of the first characters that differ, else of their lengths.", "str:strcmp(a, b) as order", two),
			Nulls: refuse,
			New:   func(*function.Call) (function.Kernel, error) { return strcmp, nil },
		},
	}
}

func equalsIgnoreCase(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		out.Bool[i] = !args[1].IsNull(i) && strings.EqualFold(args[0].String(i), args[1].String(i))
	}
	return nil
}

func strcmp(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		out.I32[i] = compare(args[0].String(i), args[1].String(i))
	}
	return nil
}

// compare is Java's String.compareTo.
func compare(a, b string) int32 {
	for len(a) > 0 && len(b) > 0 {
		x, n := utf8.DecodeRuneInString(a)
		y, m := utf8.DecodeRuneInString(b)
		if x != y {
			return unitDifference(x, y)
		}
		a, b = a[n:], b[m:]
	}
	return int32(function.UnitCount(a) - function.UnitCount(b))
}

// unitDifference compares two different characters by their UTF-16 units.
func unitDifference(x, y rune) int32 {
	xHigh, xLow := units(x)
	yHigh, yLow := units(y)
	if xHigh != yHigh {
		return xHigh - yHigh
	}
	return xLow - yLow
}

func units(r rune) (first, second int32) {
	if r <= 0xffff {
		return r, 0
	}
	r -= 0x10000
	return 0xd800 + r>>10, 0xdc00 + r&0x3ff
}

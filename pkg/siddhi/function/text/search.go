package text

import (
	"errors"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// searching has the functions that look for a text in another.
func searching() []*function.Function {
	search := function.Param("search.string", function.Text)
	wanted, within := function.Param("string.to.search.for", function.Text), function.Param("string.to.search.in", function.Text)
	start := extension.Param{Name: "searching.start.position", Types: function.Ints, Default: int32(0)}
	containing := declare("contains", schema.Bool, "Says whether the text contains another; null contains nothing.",
		"str:contains(name, 'bm') as found", []extension.Param{input, search})
	containing.Fails = extension.Always // of a null to search for
	return []*function.Function{
		{
			Declaration: containing,
			New:         func(*function.Call) (function.Kernel, error) { return contains, nil },
		},
		{
			Declaration: declare("charFrequency", schema.Long, "Returns how often a character occurs in the text.",
				"str:charFrequency(name, 'b') as n", []extension.Param{input, function.Param("char", function.Text)}),
			Nulls: refuse,
			New:   func(*function.Call) (function.Kernel, error) { return charFrequency, nil },
		},
		{
			Declaration: declare("locate", schema.Int,
				"Returns the index at which the first text occurs in the second from a start index on; one less than that where it does not.",
				"str:locate('bm', name) as at", []extension.Param{wanted, within, start}),
			Nulls: refuse,
			New:   func(*function.Call) (function.Kernel, error) { return locate, nil },
		},
	}
}

var errNullSearch = errors.New("the text to search for is null")

func contains(args []*column.Column, out *column.Column) error {
	for i := range out.Bool {
		switch {
		case args[0].IsNull(i):
			out.Bool[i] = false
		case args[1].IsNull(i):
			return errNullSearch
		default:
			out.Bool[i] = strings.Contains(args[0].String(i), args[1].String(i))
		}
	}
	return nil
}

var (
	errCharacter = errors.New("str:charFrequency() counts one character; the text to count has more or none")
	errStart     = errors.New("str:locate() cannot start outside of the text")
)

func charFrequency(args []*column.Column, out *column.Column) error {
	for i := range out.I64 {
		c := args[1].String(i)
		if function.UnitCount(c) != 1 {
			return errCharacter
		}
		out.I64[i] = int64(strings.Count(args[0].String(i), c))
	}
	return nil
}

func locate(args []*column.Column, out *column.Column) error {
	for i, start := range args[2].I32 {
		s := args[1].String(i)
		if start < 0 || int(start) > function.UnitCount(s) {
			return errStart
		}
		from := function.UnitOffset(s, int(start))
		out.I32[i] = start - 1
		if at := strings.Index(s[from:], args[0].String(i)); at >= 0 {
			out.I32[i] = int32(function.UnitCount(s[:from+at]))
		}
	}
	return nil
}

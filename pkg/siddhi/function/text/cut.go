package text

import (
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/function/javaregex"
	"millrace/pkg/siddhi/schema"
)

// cutting has the functions that return a part of a text.
func cutting() []*function.Function {
	begin, count := function.Param("begin.index", function.Ints), function.Param("length", function.Ints)
	regex := function.Param("regex", function.Text)
	group := extension.Param{Name: "group.number", Types: function.Ints, Default: int32(0)}
	return []*function.Function{
		{
			Declaration: fallible(declare("charAt", schema.String, "Returns the character at an index, from 0; an index outside of the text is an error.",
				"str:charAt(name, 0) as initial", []extension.Param{function.Param("input.value", function.Text), function.Param("index", function.Ints)})),
			Nulls: refuse,
			New:   func(*function.Call) (function.Kernel, error) { return charAt, nil },
		},
		{
			Declaration: fallible(declare("substr", schema.String,
				"Returns the text from an index on, up to a length, or what a group of a pattern matches in it first.",
				"str:substr(name, 0, 3) as short", []extension.Param{input, begin}, []extension.Param{input, begin, count},
				[]extension.Param{input, regex, group})),
			Nulls: refuse,
			New: func(c *function.Call) (function.Kernel, error) {
				if c.Args[1].Type == schema.String {
					return javaregex.Kernel(c, 1, matched)
				}
				return substr, nil
			},
		},
	}
}

func fallible(d extension.Declaration) extension.Declaration {
	d.Fails = extension.Always
	return d
}

func charAt(args []*column.Column, out *column.Column) error {
	for i, index := range args[1].I32 {
		s := args[0].String(i)
		if n := function.UnitCount(s); index < 0 || int(index) >= n {
			return fmt.Errorf("there is no character %d in %q, which has %d", index, s, n)
		}
		from, to := function.UnitOffset(s, int(index)), function.UnitOffset(s, int(index)+1)
		if from == to || to-from == 4 { // half of a character above U+FFFF
			out.SetString(i, "\ufffd")
			continue
		}
		out.SetString(i, s[from:to])
	}
	return nil
}

// substr cuts by positions: to the end, or with a third argument a length.
func substr(args []*column.Column, out *column.Column) error {
	for i, begin := range args[1].I32 {
		s := args[0].String(i)
		n := int64(function.UnitCount(s))
		end := n
		if len(args) == 3 {
			end = int64(begin) + int64(args[2].I32[i])
		}
		if begin < 0 || end < int64(begin) || end > n {
			return fmt.Errorf("there are no characters from %d to %d in %q, which has %d", begin, end, s, n)
		}
		out.SetString(i, s[function.UnitOffset(s, int(begin)):function.UnitOffset(s, int(end))])
	}
	return nil
}

// matched returns what a group matches first; without a match nothing.
func matched(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) error {
	s, group := args[0].String(row), args[2].I32[row]
	loc := p.Find(s, 0)
	switch {
	case loc == nil:
		out.SetString(row, "")
	case group < 0 || int(group) > p.Groups():
		return fmt.Errorf("the pattern has no group %d", group)
	case loc[2*group] < 0:
		out.SetNull(row)
	default:
		out.SetString(row, s[loc[2*group]:loc[2*group+1]])
	}
	return nil
}

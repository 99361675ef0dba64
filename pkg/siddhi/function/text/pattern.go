package text

import (
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/function/javaregex"
	"millrace/pkg/siddhi/schema"
)

// patterns has the functions that match a text with a Java regular expression.
func patterns() []*function.Function {
	regex := function.Param("regex", function.Text)
	replace := []extension.Param{input, regex, function.Param("replacement.string", function.Text)}
	return []*function.Function{
		{
			Declaration: fallible(declare("regexp", schema.Bool, "Says whether a pattern matches all of the text.",
				"str:regexp(name, '[A-Z]+') as code", []extension.Param{input, regex})),
			Nulls: refuse,
			New:   func(c *function.Call) (function.Kernel, error) { return javaregex.Kernel(c, 1, regexp) },
		},
		{
			Declaration: fallible(declare("replaceAll", schema.String, "Replaces everything that a pattern matches; $1 stands for its first group.",
				"str:replaceAll(name, '[0-9]', '#') as masked", replace)),
			Nulls: refuse,
			New:   func(c *function.Call) (function.Kernel, error) { return replacing(c, true) },
		},
		{
			Declaration: fallible(declare("replaceFirst", schema.String, "Replaces the first text that a pattern matches; $1 stands for its first group.",
				"str:replaceFirst(name, '[0-9]+', '#') as masked", replace)),
			Nulls: refuse,
			New:   func(c *function.Call) (function.Kernel, error) { return replacing(c, false) },
		},
		{
			Declaration: fallible(declare("split", schema.String, "Splits the text where a pattern matches and returns the part of that number, from 0.",
				"str:split(path, '/', 1) as folder",
				[]extension.Param{input, function.Param("split.string", function.Text), function.Param("group.number", function.Ints)})),
			Nulls: refuse, New: split,
		},
	}
}

func regexp(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) error {
	out.Bool[row] = p.Matches(args[0].String(row))
	return nil
}

func replacing(c *function.Call, all bool) (function.Kernel, error) {
	var buf []byte
	return javaregex.Kernel(c, 1, func(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) (err error) {
		if buf, err = p.Replace(buf[:0], args[0].String(row), args[2].String(row), all); err == nil {
			out.SetBytes(row, buf)
		}
		return err
	})
}

func split(c *function.Call) (function.Kernel, error) {
	var parts []string
	return javaregex.Kernel(c, 1, func(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) error {
		group := args[2].I32[row]
		parts = p.Split(parts[:0], args[0].String(row))
		if group < 0 || int(group) >= len(parts) {
			return fmt.Errorf("there is no part %d in %q, which has %d", group, args[0].String(row), len(parts))
		}
		out.SetString(row, parts[group])
		return nil
	})
}

// Package pattern has the functions of namespace regex, named and behaving as in
// siddhi-execution-regex. Patterns are Java's.
//
// It imports column, extension, function, javaregex and schema.
package pattern

import (
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/function/javaregex"
	"millrace/pkg/siddhi/schema"
)

// declare makes a declaration of namespace regex. A pattern that comes with the
// events can be faulty, so every call can fail.
func declare(name string, returns schema.Type, summary, example string, overload []extension.Param) extension.Declaration {
	return extension.Declaration{
		Namespace: "regex", Name: name, Overloads: [][]extension.Param{overload}, Returns: extension.Gives(returns), Fails: extension.Always,
		Summary: summary, Example: "from S select " + example + " as r insert into Out;",
	}
}

// Functions returns the functions of this package.
func Functions() []*function.Function {
	regex, text := function.Param("regex", function.Text), function.Param("input.sequence", function.Text)
	start := extension.Param{Name: "starting.index", Types: function.Ints, Default: int32(0)}
	noText := []function.Nulls{function.Refuse, function.Seen} // a null text matches nothing
	return []*function.Function{
		{
			Declaration: declare("find", schema.Bool, "Says whether the pattern matches somewhere in the text, from an index on.",
				"regex:find('[0-9]+', name)", []extension.Param{regex, text, start}),
			Nulls: noText,
			New:   func(c *function.Call) (function.Kernel, error) { return javaregex.Kernel(c, 0, find) },
		},
		{
			Declaration: declare("lookingAt", schema.Bool, "Says whether the pattern matches at the start of the text.",
				"regex:lookingAt('[0-9]+', name)", []extension.Param{regex, text}),
			Nulls: noText,
			New:   func(c *function.Call) (function.Kernel, error) { return matching(c, (*javaregex.Pattern).LookingAt) },
		},
		{
			Declaration: declare("matches", schema.Bool, "Says whether the pattern matches all of the text.",
				"regex:matches('[0-9]+', name)", []extension.Param{regex, text}),
			Nulls: noText,
			New:   func(c *function.Call) (function.Kernel, error) { return matching(c, (*javaregex.Pattern).Matches) },
		},
		{
			Declaration: declare("group", schema.String, "Returns what a group of the pattern matches first in the text; null if there is no such match or group.",
				"regex:group('([0-9]+) items', name, 1)", []extension.Param{regex, text, function.Param("group.id", function.Ints)}),
			Nulls: []function.Nulls{function.Refuse},
			New:   func(c *function.Call) (function.Kernel, error) { return javaregex.Kernel(c, 0, group) },
		},
	}
}

func matching(c *function.Call, test func(*javaregex.Pattern, string) bool) (function.Kernel, error) {
	return javaregex.Kernel(c, 0, func(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) error {
		out.Bool[row] = !args[1].IsNull(row) && test(p, args[1].String(row))
		return nil
	})
}

// find searches from an index on, which counts UTF-16 units; a null one finds nothing.
func find(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) error {
	if out.Bool[row] = false; args[1].IsNull(row) || args[2].IsNull(row) {
		return nil
	}
	s, start := args[1].String(row), int(args[2].I32[row])
	if start == 0 {
		out.Bool[row] = p.Contains(s)
		return nil
	}
	if start < 0 || start > function.UnitCount(s) {
		return fmt.Errorf("there is no character %d to start from in %q", start, s)
	}
	out.Bool[row] = p.Find(s, function.UnitOffset(s, start)) != nil
	return nil
}

func group(p *javaregex.Pattern, args []*column.Column, out *column.Column, row int) error {
	s, id := args[1].String(row), int(args[2].I32[row])
	loc := p.Find(s, 0)
	switch {
	case loc == nil || id > p.Groups():
		out.SetNull(row)
	case id < 0:
		return fmt.Errorf("there is no group %d", id)
	case loc[2*id] < 0:
		out.SetNull(row)
	default:
		out.SetString(row, s[loc[2*id]:loc[2*id+1]])
	}
	return nil
}

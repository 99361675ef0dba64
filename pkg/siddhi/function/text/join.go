package text

import (
	"fmt"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// joining has the functions that make a text of several values.
func joining() []*function.Function {
	template := function.Param("template", function.Text)
	coalesce := declare("coalesce", schema.String, "Returns the first argument that is not null.", "str:coalesce(nick, name) as called",
		[]extension.Param{{Name: "arg", Types: function.Any, Repeat: true}})
	coalesce.Returns = function.Same
	return []*function.Function{
		{
			Declaration: declare("concat", schema.String, "Joins the texts of its arguments; null adds nothing.", "str:concat(origin, '-', dest) as route",
				[]extension.Param{function.Param("arg", function.Any), {Name: "arg", Types: function.Any, Repeat: true}}),
			New: func(*function.Call) (function.Kernel, error) { return concat(), nil },
		},
		{
			Declaration: coalesce,
			New:         firstNonNull,
		},
		{
			Declaration: fallible(declare("fillTemplate", schema.String,
				"Fills {{1}}, {{2}} ... of a template with the arguments behind it, or {{key}} with the values of a map.",
				"str:fillTemplate('{{1}} at {{2}}', symbol, price) as line",
				[]extension.Param{template, function.Param("map", function.Objects)},
				[]extension.Param{template, {Name: "replacement.type", Types: function.Scalars, Repeat: true}})),
			Nulls: []function.Nulls{function.Refuse, function.Seen},
			New:   fillTemplate,
		},
	}
}

func concat() function.Kernel {
	var buf []byte
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			buf = buf[:0]
			for _, c := range args {
				if !c.IsNull(i) {
					buf = javatext.AppendValue(buf, c, i)
				}
			}
			out.SetBytes(i, buf)
		}
		return nil
	}
}

// firstNonNull is coalesce. Siddhi's does not look at a lone argument and gives null.
func firstNonNull(call *function.Call) (function.Kernel, error) {
	if len(call.Args) == 1 {
		return func(_ []*column.Column, out *column.Column) error {
			for i := range out.Len() {
				out.SetNull(i)
			}
			return nil
		}, nil
	}
	return func(args []*column.Column, out *column.Column) error {
		n := out.Len()
		out.Reset()
		for i := range n {
			chosen := args[len(args)-1]
			for _, c := range args {
				if !c.IsNull(i) {
					chosen = c
					break
				}
			}
			out.AppendFrom(chosen, i)
		}
		return nil
	}, nil
}

// fillTemplate splits a template as Siddhi does: at {{ and }}, so that every
// second piece is a key.
func fillTemplate(c *function.Call) (function.Kernel, error) {
	byName := c.Args[1].Type == schema.Object
	var buf []byte
	var pieces []string
	return func(args []*column.Column, out *column.Column) error {
		for i := range out.Str {
			buf, pieces = buf[:0], splitTemplate(pieces[:0], args[0].String(i))
			for k, piece := range pieces {
				var err error
				switch {
				case k%2 == 0:
					buf = append(buf, piece...)
				case byName:
					buf = fillNamed(buf, piece, args[1], i)
				default:
					buf, err = fillNumbered(buf, piece, args, i)
				}
				if err != nil {
					return err
				}
			}
			out.SetBytes(i, buf)
		}
		return nil
	}, nil
}

// splitTemplate cuts s at {{ and }}; empty pieces at the end are left out.
func splitTemplate(pieces []string, s string) []string {
	for {
		at := strings.Index(s, "{{")
		if end := strings.Index(s, "}}"); at < 0 || end >= 0 && end < at {
			at = end
		}
		if at < 0 {
			break
		}
		pieces, s = append(pieces, s[:at]), s[at+2:]
	}
	pieces = append(pieces, s)
	for len(pieces) > 0 && pieces[len(pieces)-1] == "" {
		pieces = pieces[:len(pieces)-1]
	}
	return pieces
}

// fillNumbered appends argument n of a row. As in Siddhi 0 is the template, and a
// null leaves the number.
func fillNumbered(buf []byte, key string, args []*column.Column, row int) ([]byte, error) {
	n, err := strconv.Atoi(strings.TrimSpace(key))
	if err != nil {
		return buf, fmt.Errorf("{{%s}} is no number of an argument", key)
	}
	if n < 0 || n >= len(args) {
		return buf, fmt.Errorf("{{%d}} needs as many arguments behind the template, there are %d", n, len(args)-1)
	}
	if args[n].IsNull(row) {
		return append(buf, key...), nil
	}
	return javatext.AppendValue(buf, args[n], row), nil
}

// fillNamed appends the value of a key of a row's map, or the key if there is none.
func fillNamed(buf []byte, key string, maps *column.Column, row int) []byte {
	m, _ := maps.Obj[row].(map[string]any)
	if v := m[strings.TrimSpace(key)]; v != nil {
		return javatext.AppendObject(buf, v)
	}
	return append(buf, key...)
}

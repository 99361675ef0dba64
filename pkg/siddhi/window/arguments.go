package window

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// argument is a constant, an attribute or another expression over the input's attributes.
type argument struct {
	typ   schema.Type
	attr  int        // position of the attribute, or -1
	expr  check.Expr // nil for a constant
	value int64
	real  float64
	flag  bool
	text  string
}

type arguments []argument

// readArguments takes the arguments out of a checked window call and refuses,
// as its declaration does, numbers that make no window.
func readArguments(w *check.Window, in schema.Attributes) (arguments, error) {
	var list arguments
	var seen []extension.Arg
	for i, e := range w.Args {
		switch e := e.(type) {
		case *check.Const:
			list = append(list, argument{
				typ: e.Type(), attr: -1, value: e.Const.Int, real: e.Const.Float, flag: e.Const.Bool, text: e.Text,
			})
			seen = append(seen, extension.Arg{Type: e.Type(), Constant: true, Text: e.Text, Int: e.Const.Int, Real: e.Const.Float})
		case *check.Column:
			if e.Index < 0 || e.Index >= len(in) {
				return nil, fmt.Errorf("window %s: argument %d is not an attribute of its input", w.Fn.Name, i+1)
			}
			list = append(list, argument{typ: in[e.Index].Type, attr: e.Index, expr: e})
			seen = append(seen, extension.Arg{Type: in[e.Index].Type})
		default:
			list = append(list, argument{typ: e.Type(), attr: -1, expr: e})
			seen = append(seen, extension.Arg{Type: e.Type()})
		}
	}
	if !fits(w.Fn, list) {
		return nil, fmt.Errorf("window %s does not take these %d arguments", w.Fn.Name, len(list))
	}
	if w.Fn.Validate != nil {
		if err := w.Fn.Validate(seen); err != nil {
			return nil, fmt.Errorf("window %s: %w", w.Fn.Name, err)
		}
	}
	return list, nil
}

// fits says whether the arguments match an overload of the declaration.
func fits(d *extension.Declaration, list arguments) bool {
	for _, params := range d.Overloads {
		repeats := len(params) > 0 && params[len(params)-1].Repeat
		if len(list) < len(params) || len(list) > len(params) && !repeats {
			continue
		}
		ok := true
		for i, a := range list {
			p := params[min(i, len(params)-1)]
			ok = ok && hasType(p.Types, a.typ) && (!p.Constant || a.expr == nil) && (!p.Attribute || a.attr >= 0)
		}
		if ok {
			return true
		}
	}
	return false
}

func hasType(types []schema.Type, t schema.Type) bool {
	for _, have := range types {
		if have == t {
			return true
		}
	}
	return false
}

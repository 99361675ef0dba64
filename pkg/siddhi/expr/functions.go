package expr

import (
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// builtin is a function that needs more than values: its declaration and how its node is made.
type builtin struct {
	extension.Declaration
	// build makes the operand for a call whose arguments are args.
	build func(env Env, e *check.Call, args []operand) (operand, error)
}

// builtins returns the functions by theme.
func builtins() []*builtin {
	return slices.Concat(choosing(), converting(), asking(), sensing())
}

// Declarations returns the functions that this package evaluates.
func Declarations() []*extension.Declaration {
	var all []*extension.Declaration
	for _, f := range builtins() {
		all = append(all, &f.Declaration)
	}
	return all
}

// builders finds the function of a call by its full name.
var builders = func() map[string]*builtin {
	byName := map[string]*builtin{}
	for _, f := range builtins() {
		byName[f.FullName()] = f
	}
	return byName
}()

// call makes the operand of a function call.
func (c *compiler) call(e *check.Call) (operand, error) {
	fn, ok := implementation(e)
	if !ok && (e.Fn == nil || builders[e.Fn.FullName()] == nil) {
		name := "without a declaration"
		if e.Fn != nil {
			name = e.Fn.FullName()
		}
		return operand{}, fmt.Errorf("%s: function %s is not built in", e.Position().Start, name)
	}
	args := make([]operand, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = c.compile(a); err != nil {
			return operand{}, err
		}
	}
	var out operand
	var err error
	if ok {
		out, err = c.kernel(e, fn, args)
	} else {
		out, err = builders[e.Fn.FullName()].build(c.env, e, args)
	}
	if err == nil && e.T == schema.Bool {
		out = settle(out)
	}
	return out, err
}

var (
	anyType  = []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double, schema.Bool, schema.Object}
	numbers  = []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double}
	onlyText = []schema.Type{schema.String}
	onlyBool = []schema.Type{schema.Bool}
)

// common returns the one type that all of args have.
func common(name string, args []schema.Type) (schema.Type, error) {
	for _, t := range args[1:] {
		if t != args[0] {
			return schema.Invalid, fmt.Errorf("%s needs arguments of one type, not %s; use convert(x, '%s') on those that differ",
				name, typeList(args), args[0])
		}
	}
	return args[0], nil
}

func typeList(types []schema.Type) string {
	words := make([]string, len(types))
	for i, t := range types {
		words[i] = t.String()
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}

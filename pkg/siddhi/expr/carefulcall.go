package expr

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// carefulCall makes the careful of a call. Functions that return one of their
// arguments return strays too, those that take values of any type take theirs.
func (c *compiler) carefulCall(e *check.Call) (careful, error) {
	args, err := c.carefulArgs(e.Args)
	if err != nil {
		return nil, err
	}
	switch e.Fn.FullName() {
	case "coalesce", "default":
		return falseForNull(e, firstOf(args)), nil
	case "ifThenElse":
		return falseForNull(e, func(b *column.Batch, row int) (any, error) {
			yes, err := truth(e.Args[0], args[0], b, row)
			if err != nil {
				return nil, err
			}
			if yes {
				return args[1](b, row)
			}
			return args[2](b, row)
		}), nil
	case "convert":
		if e.Args[0].Type() == e.T && e.T != schema.Bool { // it looks at nothing
			return args[0], nil
		}
	case "cast":
		return c.carefulCast(e, args[0])
	}
	return c.carefulFunction(e, args)
}

// falseForNull has a function of type bool return false for null.
func falseForNull(e *check.Call, of careful) careful {
	if e.T != schema.Bool {
		return of
	}
	return func(b *column.Batch, row int) (any, error) {
		v, err := of(b, row)
		if v == nil && err == nil {
			return false, nil
		}
		return v, err
	}
}

// firstOf is the first argument that is not null; all of them are evaluated.
func firstOf(args []careful) careful {
	return func(b *column.Batch, row int) (any, error) {
		var first any
		for _, a := range args {
			v, err := a(b, row)
			if err != nil {
				return nil, err
			}
			if first == nil {
				first = v
			}
		}
		return first, nil
	}
}

// carefulCast hands a stray on.
func (c *compiler) carefulCast(e *check.Call, x careful) (careful, error) {
	compute, err := c.applied(e.Args, typesOf(e.Args), recall(e))
	return func(b *column.Batch, row int) (any, error) {
		v, err := x(b, row)
		if err != nil || !fits(v, e.Args[0].Type()) {
			return v, err
		}
		return compute(b.Time[row], []any{v, nil})
	}, err
}

// carefulFunction computes a function over values of the types that they have.
func (c *compiler) carefulFunction(e *check.Call, args []careful) (careful, error) {
	usual, err := c.applied(e.Args, typesOf(e.Args), recall(e))
	if err != nil {
		return nil, err
	}
	values := make([]any, len(args))
	return func(b *column.Batch, row int) (any, error) {
		var types []schema.Type // where they are others than those of the arguments
		for i, a := range args {
			v, err := a(b, row)
			if err != nil {
				return nil, err
			}
			if !fits(v, e.Args[i].Type()) {
				switch {
				case skips(e.Fn):
					v = nil
				case takesAny(e, i):
					if types == nil {
						types = typesOf(e.Args)
					}
					types[i] = column.TypeOf(v)
				default:
					return nil, strayError(e.Args[i], v)
				}
			}
			values[i] = v
		}
		if types == nil {
			return usual(b.Time[row], values)
		}
		compute, err := c.applied(e.Args, types, recall(e))
		if err != nil {
			return nil, err
		}
		return compute(b.Time[row], values)
	}, nil
}

// skips says whether a function leaves out what is not of its type.
func skips(fn *extension.Declaration) bool {
	return fn.FullName() == "maximum" || fn.FullName() == "minimum"
}

// takesAny says whether argument i can be of any type but object.
func takesAny(e *check.Call, i int) bool {
	if e.Fn.FullName() == "convert" && e.T != schema.String {
		return false // it trusts the type that the argument is declared with
	}
	return slices.ContainsFunc(e.Fn.Overloads, func(params []extension.Param) bool {
		n := len(params)
		if n == 0 || i >= n && !params[n-1].Repeat {
			return false
		}
		types := params[min(i, n-1)].Types
		for t := schema.String; t < schema.Object; t++ {
			if !slices.Contains(types, t) {
				return false
			}
		}
		return true
	})
}

func recall(e *check.Call) func(args []check.Expr) check.Expr {
	return func(args []check.Expr) check.Expr { return &check.Call{Span: e.Span, Fn: e.Fn, Args: args, T: e.T} }
}

func typesOf(args []check.Expr) []schema.Type {
	types := make([]schema.Type, len(args))
	for i, a := range args {
		types[i] = a.Type()
	}
	return types
}

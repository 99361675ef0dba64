package expr

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/javatext"
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
			yes, err := args[0](b, row)
			if err != nil {
				return nil, err
			}
			if yes == true { // as in Siddhi a stray is not
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

// carefulCast hands on what it is given, but between numbers, and what is not a
// bool is not taken for one.
func (c *compiler) carefulCast(e *check.Call, x careful) (careful, error) {
	from := e.Args[0].Type()
	if from == schema.Object || pretends(from, e.T) {
		return falseForNull(e, func(b *column.Batch, row int) (any, error) {
			v, err := x(b, row)
			if err == nil && e.T == schema.Bool && !fits(v, e.T) {
				return nil, strayError(e, v)
			}
			return v, err
		}), nil
	}
	of, err := c.applied(e.Args, typesOf(e.Args), recall(e))
	return func(b *column.Batch, row int) (any, error) {
		v, err := x(b, row)
		if err != nil || !fits(v, e.Args[0].Type()) {
			return v, err
		}
		of.one.Time[0] = b.Time[row]
		of.set(0, v)
		return of.compute()
	}, err
}

// carefulFunction computes a function over values of the types that they have.
func (c *compiler) carefulFunction(e *check.Call, args []careful) (careful, error) {
	usual, err := c.applied(e.Args, typesOf(e.Args), recall(e))
	if err != nil {
		return nil, err
	}
	return func(b *column.Batch, row int) (any, error) {
		if err := usual.take(args, b, row); err != nil {
			return nil, err
		}
		of, err := c.withStrays(e, usual)
		if err != nil {
			return nil, err
		}
		return of.compute()
	}, nil
}

// withStrays returns the application of a call to values of which some may be
// strays: usual, which has taken them, where there are none.
func (c *compiler) withStrays(e *check.Call, usual *application) (*application, error) {
	var types []schema.Type
	for i, col := range usual.one.Cols {
		v, ok := col.Stray(0)
		switch {
		case !ok:
			continue
		case skips(e.Fn):
			n, _ := numberAs(col.Type, v)
			usual.set(i, n)
			continue
		case e.Fn.Namespace == "str" && col.Type == schema.String: // as in Siddhi these take the text of what comes
			usual.set(i, string(javatext.AppendNull(nil, col, 0)))
			continue
		case !takesAny(e, i):
			return nil, strayError(e.Args[i], v)
		case types == nil:
			types = typesOf(e.Args)
		}
		types[i] = column.TypeOf(v)
	}
	if types == nil {
		return usual, nil
	}
	of, err := c.applied(e.Args, types, recall(e))
	if err != nil {
		return nil, err
	}
	of.one.Time[0] = usual.one.Time[0]
	for i, col := range usual.one.Cols {
		of.set(i, col.Any(0))
	}
	return of, nil
}

// skips says whether a function leaves out what is no number, and takes numbers of other types for its own.
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

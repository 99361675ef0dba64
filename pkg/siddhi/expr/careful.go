package expr

import (
	"fmt"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// Programs know nothing of strays, values that are not of the type of their
// column. Where a batch has some in a column that a program computes with, the
// expression is evaluated row by row instead, as Siddhi does it: what only hands a
// value on hands a stray on, what needs its type fails, and what is not evaluated
// cannot fail. That is slow, but such batches are rare.

// StrayError says that a value is not of the type that it is needed in.
type StrayError struct {
	What  string // the attribute or expression
	Type  schema.Type
	Value any
}

func (e *StrayError) Error() string {
	value := fmt.Sprintf("%v", e.Value)
	if s, ok := e.Value.(string); ok {
		value = fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%s is %s %s, but the value %s is %s", e.What, article(e.Type), e.Type, value, describe(e.Value))
}

// NewStrayError says that value of an attribute is not of its type.
func NewStrayError(attr schema.Attribute, value any) *StrayError {
	return &StrayError{"attribute " + attr.Name, attr.Type, value}
}

func strayError(e check.Expr, v any) *StrayError {
	switch e := e.(type) {
	case *check.Column:
		return &StrayError{"attribute " + e.Name, e.T, v}
	case *check.Call:
		return &StrayError{e.Fn.FullName() + "() at " + e.Position().Start.String(), e.T, v}
	}
	return &StrayError{"the expression at " + e.Position().Start.String(), e.Type(), v}
}

// fits says whether v can be taken for a value of type t.
func fits(v any, t schema.Type) bool {
	return v == nil || t == schema.Object || column.TypeOf(v) == t
}

// careful computes the value of an expression for one row: nil, or a value of its
// type, or a stray.
type careful func(b *column.Batch, row int) (any, error)

// carefully makes the careful of an expression that a program could be made of.
func (c *compiler) carefully(e check.Expr) (careful, error) {
	switch e := e.(type) {
	case *check.Column:
		return func(b *column.Batch, row int) (any, error) { return b.Cols[e.Index].Any(row), nil }, nil
	case *check.Binary:
		switch {
		case e.Op.IsLogical():
			return c.carefulLogic(e)
		case e.Op.IsArithmetic():
			return c.carefulArithmetic(e)
		case e.L.Type() == schema.String && e.R.Type() == schema.String:
			return c.carefulText(e)
		}
		return c.strictly(e, []check.Expr{e.L, e.R}, func(args []check.Expr) check.Expr {
			return &check.Binary{Span: e.Span, Op: e.Op, L: args[0], R: args[1], T: e.T}
		})
	case *check.Not:
		return c.strictly(e, []check.Expr{e.X}, func(args []check.Expr) check.Expr { return &check.Not{Span: e.Span, X: args[0]} })
	case *check.IsNull:
		x, err := c.carefully(e.X)
		return func(b *column.Batch, row int) (any, error) {
			v, err := x(b, row)
			return v == nil, err
		}, err
	case *check.Call:
		return c.carefulCall(e)
	case *check.In:
		return c.carefulIn(e)
	}
	return c.strictly(e, nil, func([]check.Expr) check.Expr { return e })
}

// truth evaluates a condition: null is false.
func truth(e check.Expr, of careful, b *column.Batch, row int) (bool, error) {
	v, err := of(b, row)
	if err != nil {
		return false, err
	}
	if !fits(v, schema.Bool) {
		return false, strayError(e, v)
	}
	yes, _ := v.(bool)
	return yes, nil
}

// carefulLogic evaluates the right side only where the left one does not decide.
func (c *compiler) carefulLogic(e *check.Binary) (careful, error) {
	l, err := c.carefully(e.L)
	if err != nil {
		return nil, err
	}
	r, err := c.carefully(e.R)
	return func(b *column.Batch, row int) (any, error) {
		if yes, err := truth(e.L, l, b, row); err != nil || yes == (e.Op == ast.Or) {
			return yes, err
		}
		return truth(e.R, r, b, row)
	}, err
}

// carefulIn fails where the row has a stray that the table's rows would be compared with.
func (c *compiler) carefulIn(e *check.In) (careful, error) {
	program, err := Compile(e, c.env)
	if err != nil {
		return nil, err
	}
	part := newSubset(program.root, e)
	one := make([]int32, 1)
	return func(b *column.Batch, row int) (any, error) {
		for _, col := range part.need {
			if v, ok := b.Cols[col].Stray(row); ok {
				return nil, &StrayError{"an attribute in the condition of `in " + e.Table.Name + "`", b.Cols[col].Type, v}
			}
		}
		one[0] = int32(row)
		v, err := part.eval(b, one)
		if err != nil {
			return nil, err
		}
		return v.Any(0), nil
	}, err
}

// strictly makes the careful of an expression that needs args in their types.
// again makes it anew of others.
func (c *compiler) strictly(e check.Expr, args []check.Expr, again func(args []check.Expr) check.Expr) (careful, error) {
	return c.fitting(args, typesOf(args), again, func(t schema.Type, v any) (any, bool) {
		short, ok := v.(int32)
		return int64(short), ok && t == schema.Long // as in Siddhi an int is a long too
	})
}

// carefulArithmetic takes any number for any other, as Siddhi does.
func (c *compiler) carefulArithmetic(e *check.Binary) (careful, error) {
	again := func(args []check.Expr) check.Expr {
		return &check.Binary{Span: e.Span, Op: e.Op, L: args[0], R: args[1], T: e.T}
	}
	return c.fitting([]check.Expr{e.L, e.R}, []schema.Type{e.T, e.T}, again, numberAs)
}

// fitting makes the careful of an expression that needs args in types; fit makes such
// a value of a stray, if it can.
func (c *compiler) fitting(args []check.Expr, types []schema.Type, again func(args []check.Expr) check.Expr, fit func(t schema.Type, v any) (any, bool)) (careful, error) {
	values, err := c.carefulArgs(args)
	if err != nil {
		return nil, err
	}
	of, err := c.applied(args, types, again)
	if err != nil {
		return nil, err
	}
	return func(b *column.Batch, row int) (any, error) {
		if err := of.take(values, b, row); err != nil {
			return nil, err
		}
		if of.absorbed() {
			return of.compute()
		}
		for i, c := range of.one.Cols {
			v, ok := c.Stray(0)
			if !ok {
				continue
			}
			fitted, ok := fit(types[i], v)
			if !ok {
				return nil, strayError(args[i], v)
			}
			of.set(i, fitted)
		}
		return of.compute()
	}, nil
}

// numberAs returns a number in another type, as Java's Number does.
func numberAs(t schema.Type, v any) (n any, ok bool) {
	switch v := v.(type) {
	case int32:
		return converted(t, v), true
	case int64:
		return converted(t, v), true
	case float32:
		return converted(t, v), true
	case float64:
		return converted(t, v), true
	}
	return nil, false
}

func converted[F number](t schema.Type, v F) any {
	switch t {
	case schema.Int:
		if F(1)/2 != 0 {
			return javatext.Saturated[int32](float64(v))
		}
		return int32(v)
	case schema.Long:
		if F(1)/2 != 0 {
			return javatext.Saturated[int64](float64(v))
		}
		return int64(v)
	case schema.Float:
		return float32(v)
	}
	return float64(v)
}

// carefulText compares texts: what is none is equal to no text.
func (c *compiler) carefulText(e *check.Binary) (careful, error) {
	values, err := c.carefulArgs([]check.Expr{e.L, e.R})
	if err != nil {
		return nil, err
	}
	return func(b *column.Batch, row int) (any, error) {
		l, err := values[0](b, row)
		if err != nil {
			return nil, err
		}
		r, err := values[1](b, row)
		return (l != nil && l == r) == (e.Op == ast.EQ), err
	}, nil
}

func (c *compiler) carefulArgs(args []check.Expr) ([]careful, error) {
	all := make([]careful, len(args))
	for i, a := range args {
		var err error
		if all[i], err = c.carefully(a); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// application computes an expression of values that take the place of some parts of
// it, by a program for a batch of one row.
type application struct {
	one     *column.Batch
	program *Program
}

// applied makes the application of what again makes of values of the given types in
// the place of args. Constants stay where they are.
func (c *compiler) applied(args []check.Expr, types []schema.Type, again func([]check.Expr) check.Expr) (*application, error) {
	attrs := make(schema.Attributes, len(args))
	instead := make([]check.Expr, len(args))
	for i, a := range args {
		attrs[i].Type = types[i]
		instead[i] = a
		if _, ok := a.(*check.Const); !ok {
			instead[i] = &check.Column{Span: a.Position(), Index: i, T: types[i]}
		}
	}
	program, err := Compile(again(instead), c.env)
	if err != nil {
		return nil, err
	}
	a := &application{one: column.NewBatch(attrs), program: program}
	a.one.N, a.one.Time = 1, make([]int64, 1)
	return a, nil
}

// take evaluates the values for a row.
func (a *application) take(values []careful, b *column.Batch, row int) error {
	a.one.Time[0] = b.Time[row]
	for i, value := range values {
		v, err := value(b, row)
		if err != nil {
			return err
		}
		a.set(i, v)
	}
	return nil
}

// absorbed says whether a value is null: as in Siddhi the others are not looked at
// then, and strays among them may be null too.
func (a *application) absorbed() bool {
	found := false
	for _, c := range a.one.Cols {
		found = found || c.IsMissing(0)
	}
	if !found {
		return false
	}
	for i, c := range a.one.Cols {
		if c.HasStrays() {
			a.set(i, nil)
		}
	}
	return true
}

func (a *application) set(i int, v any) {
	a.one.Cols[i].Reset()
	a.one.Cols[i].AppendAny(v)
}

// compute returns the value of the expression.
func (a *application) compute() (any, error) {
	v, err := a.program.root.eval(a.one)
	if err != nil {
		return nil, err
	}
	return v.Any(0), nil
}

package expr

import (
	"fmt"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// compiler makes nodes of resolved expressions.
type compiler struct{ env Env }

// compile makes an operand of e and folds it if its value never changes.
func (c *compiler) compile(e check.Expr) (operand, error) {
	o, err := c.build(e)
	if err != nil {
		return operand{}, err
	}
	if o.node == nil {
		return o, nil
	}
	if o.value != nil || !foldable(e) {
		return withCell(o, e.Type()), nil
	}
	col, err := o.node.eval(&column.Batch{N: 1, Time: []int64{0}})
	if err != nil {
		return o, nil // it fails when a row asks for it, as in Siddhi
	}
	one := column.Column{Type: col.Type}
	one.AppendFrom(col, 0)
	return withCell(newConstant(one), e.Type()), nil
}

func (c *compiler) build(e check.Expr) (operand, error) {
	switch e := e.(type) {
	case *check.Const:
		return newConstant(literal(e)), nil
	case *check.Column:
		return operand{col: e.Index}, nil
	case *check.Binary:
		return c.binary(e)
	case *check.Not:
		x, err := c.compile(e.X)
		if err != nil {
			return operand{}, err
		}
		return operand{node: &not{x: x, out: newResult(schema.Bool, boolLane)}}, nil
	case *check.IsNull:
		x, err := c.compile(e.X)
		if err != nil {
			return operand{}, err
		}
		return operand{node: &isNull{x: x, out: newResult(schema.Bool, boolLane)}}, nil
	case *check.In:
		if c.env.Members == nil {
			return operand{}, fmt.Errorf("%s: `in` cannot be used here", e.Position().Start)
		}
		m, err := c.env.Members(e)
		if err != nil {
			return operand{}, fmt.Errorf("%s: in %s: %w", e.Position().Start, e.Table.Name, err)
		}
		return operand{node: &membership{m: m, out: newResult(schema.Bool, boolLane)}}, nil
	case *check.Call:
		return c.call(e)
	}
	return operand{}, fmt.Errorf("an expression of kind %T cannot be evaluated", e)
}

func literal(e *check.Const) column.Column {
	v := column.Column{Type: e.Const.Type}
	switch v.Type {
	case schema.String:
		v.AppendString(e.Text)
	case schema.Int:
		v.AppendInt(int32(e.Int))
	case schema.Long:
		v.AppendLong(e.Int)
	case schema.Float:
		v.AppendFloat(float32(e.Float))
	case schema.Double:
		v.AppendDouble(e.Float)
	case schema.Bool:
		v.AppendBool(e.Bool)
	}
	return v
}

// binary makes the node of an operator.
func (c *compiler) binary(e *check.Binary) (operand, error) {
	if e.Op.IsLogical() {
		return c.logical(e)
	}
	l, err := c.compile(e.L)
	if err != nil {
		return operand{}, err
	}
	r, err := c.compile(e.R)
	if err != nil {
		return operand{}, err
	}
	lt, rt := e.L.Type(), e.R.Type()
	if e.Op.IsArithmetic() {
		if !lt.Numeric() || !rt.Numeric() {
			return operand{}, mismatch(e, "needs numbers")
		}
		l, r = widen(l, lt, e.T), widen(r, rt, e.T)
		return arithmetic(e.Op, e.T, l, r), nil
	}
	n, err := comparison(e, l, r)
	if err != nil {
		return operand{}, err
	}
	return operand{node: n}, nil
}

func mismatch(e *check.Binary, want string) error {
	return fmt.Errorf("%s: %s %s, not %s %s and %s %s", e.Position().Start, e.Op, want,
		article(e.L.Type()), e.L.Type(), article(e.R.Type()), e.R.Type())
}

func article(t schema.Type) string {
	switch t {
	case schema.Int, schema.Object, schema.Invalid:
		return "an"
	}
	return "a"
}

// comparison makes the node of a comparison. Operands of two number types are
// compared in the one that Siddhi compares them in.
func comparison(e *check.Binary, l, r operand) (node, error) {
	lt, rt := e.L.Type(), e.R.Type()
	switch {
	case lt.Numeric() && rt.Numeric():
		op := e.Op
		if l.value != nil && r.value == nil { // constants go right
			l, r, lt, rt, op = r, l, rt, lt, op.Mirrored()
		}
		t := comparedAs(op, lt, rt)
		if r.value != nil && l.value == nil {
			if o, ok := narrowConstant(r.value, t, lt); ok {
				return numberComparison(op, lt, l, o), nil
			}
		}
		return numberComparison(op, t, widen(l, lt, t), widen(r, rt, t)), nil
	case !e.Op.IsEquality():
		return nil, mismatch(e, "needs numbers")
	case lt == schema.String && rt == schema.String:
		return stringComparison(e.Op == ast.NE, l, r), nil
	case lt == schema.Bool && rt == schema.Bool:
		return &boolEquality{ne: e.Op == ast.NE, l: l, r: r, out: newResult(schema.Bool, boolLane)}, nil
	}
	return nil, mismatch(e, "needs two numbers, strings or bools")
}

// comparedAs is the type in which numbers of types a and b are compared: the
// wider one, as in Java. But for equality of a long and a float Siddhi takes
// doubles, which hold more of the long.
func comparedAs(op ast.Op, a, b schema.Type) schema.Type {
	if op.IsEquality() && (a == schema.Long && b == schema.Float || a == schema.Float && b == schema.Long) {
		return schema.Double
	}
	return max(a, b)
}

// narrowConstant turns a constant that would be compared as wide into one of
// the column's narrower type, if that holds exactly the same value: then the
// column needs no widening. An int column compared as float must be widened,
// because that loses digits.
func narrowConstant(c *constant, wide, t schema.Type) (operand, bool) {
	if c.null() || wide == t {
		return operand{}, false
	}
	one := column.Column{Type: t}
	switch {
	case t == schema.Int && c.one.Type == schema.Long:
		v := int32(c.one.I64[0])
		one.AppendInt(v)
		return newConstant(one), int64(v) == c.one.I64[0]
	case t == schema.Int && c.one.Type == schema.Double:
		v := javatext.Saturated[int32](c.one.F64[0])
		one.AppendInt(v)
		return newConstant(one), float64(v) == c.one.F64[0]
	case t == schema.Float && c.one.Type == schema.Double:
		v := float32(c.one.F64[0])
		one.AppendFloat(v)
		return newConstant(one), float64(v) == c.one.F64[0]
	}
	return operand{}, false
}

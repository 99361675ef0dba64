package expr

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
)

// testClock stands still.
type testClock int64

func (c testClock) Now() int64   { return int64(c) }
func (c testClock) Played() bool { return false }

// resolve gives an expression its types. It knows attributes of one stream.
func resolve(e ast.Expr, attrs schema.Attributes) (check.Expr, error) {
	switch e := e.(type) {
	case *ast.Const:
		return &check.Const{Const: e}, nil
	case *ast.Attr:
		i := attrs.Index(e.Name)
		if i < 0 {
			return nil, fmt.Errorf("no attribute %s", e.Name)
		}
		return &check.Column{Span: e.Span, Index: i, Name: e.Name, T: attrs[i].Type}, nil
	case *ast.Not:
		x, err := resolve(e.X, attrs)
		return &check.Not{Span: e.Span, X: x}, err
	case *ast.IsNull:
		x, err := resolve(e.X, attrs)
		return &check.IsNull{Span: e.Span, X: x}, err
	case *ast.Binary:
		l, err := resolve(e.L, attrs)
		if err != nil {
			return nil, err
		}
		r, err := resolve(e.R, attrs)
		if err != nil {
			return nil, err
		}
		return binaryExpr(e.Op, l, r), nil
	case *ast.Call:
		var args []check.Expr
		for _, a := range e.Args {
			x, err := resolve(a, attrs)
			if err != nil {
				return nil, err
			}
			args = append(args, x)
		}
		return callExpr(e.Name, args...)
	}
	return nil, fmt.Errorf("cannot resolve %T", e)
}

func binaryExpr(op ast.Op, l, r check.Expr) check.Expr {
	t := schema.Bool
	if op.IsArithmetic() {
		t = max(l.Type(), r.Type())
	}
	return &check.Binary{Op: op, L: l, R: r, T: t}
}

func callExpr(name string, args ...check.Expr) (check.Expr, error) {
	reg, err := extension.NewRegistry(Declarations())
	if err != nil {
		return nil, err
	}
	fn := reg.Find(extension.Function, "", name)
	if fn == nil {
		return nil, fmt.Errorf("no function %s", name)
	}
	list := make([]extension.Arg, len(args))
	for i, a := range args {
		list[i].Type = a.Type()
		if c, ok := a.(*check.Const); ok {
			list[i].Constant, list[i].Text, list[i].Int = true, c.Text, c.Int
		}
	}
	t, err := fn.Result(list)
	return &check.Call{Fn: fn, Args: args, T: t}, err
}

// parse resolves the text of an expression.
func parse(t testing.TB, text string, attrs schema.Attributes) check.Expr {
	t.Helper()
	tree, err := parser.ParseExpr(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	e, err := resolve(tree, attrs)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return e
}

func mustCompile(t testing.TB, e check.Expr) *Program {
	t.Helper()
	p, err := Compile(e, Env{Clock: testClock(5000)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// boxed appends a host value to a column.
func boxed(c *column.Column, v any) {
	switch v := v.(type) {
	case nil:
		c.AppendNull()
	case string:
		if c.Type == schema.Object {
			c.AppendObject(v)
			return
		}
		c.AppendString(v)
	default:
		switch c.Type {
		case schema.Int:
			c.AppendInt(v.(int32))
		case schema.Long:
			c.AppendLong(v.(int64))
		case schema.Float:
			c.AppendFloat(v.(float32))
		case schema.Double:
			c.AppendDouble(v.(float64))
		case schema.Bool:
			c.AppendBool(v.(bool))
		case schema.Object:
			c.AppendObject(v)
		}
	}
}

// batchOf makes a batch of boxed rows.
func batchOf(attrs schema.Attributes, rows [][]any) *column.Batch {
	b := column.NewBatch(attrs)
	for i, row := range rows {
		b.N++
		b.Time = append(b.Time, 1000+int64(i))
		for k, v := range row {
			boxed(b.Cols[k], v)
		}
	}
	return b
}

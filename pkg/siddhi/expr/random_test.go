package expr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

var randomAttrs = schema.Attributes{
	{Name: "i", Type: schema.Int}, {Name: "j", Type: schema.Int}, {Name: "l", Type: schema.Long}, {Name: "m", Type: schema.Long},
	{Name: "f", Type: schema.Float}, {Name: "g", Type: schema.Float}, {Name: "d", Type: schema.Double}, {Name: "e", Type: schema.Double},
	{Name: "a", Type: schema.Bool}, {Name: "b", Type: schema.Bool}, {Name: "s", Type: schema.String}, {Name: "t", Type: schema.String},
	{Name: "o", Type: schema.Object},
}

// TestRandomExpressions compares programs and predicates with the naive
// evaluator: for whole batches, for batches of one row, with and without nulls.
func TestRandomExpressions(t *testing.T) {
	for seed := range uint64(1500) {
		g := generator{rand.New(rand.NewPCG(seed, 1))}
		e := g.expr(schema.Type(1+g.IntN(6)), 1+g.IntN(4))
		rows := g.rows(1+g.IntN(40), g.IntN(3) > 0)
		p, err := Compile(e, Env{})
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, show(e), err)
		}
		whole := batchOf(randomAttrs, rows)
		compareWithNaive(t, seed, e, p, whole, rows)
		for i := range min(len(rows), 5) { // the functions for lone rows
			one := batchOf(randomAttrs, rows[i:i+1])
			compareWithNaive(t, seed, e, p, one, rows[i:i+1])
			if e.Type() == schema.Bool {
				compareSelection(t, seed, e, one, rows[i:i+1])
			}
		}
		compareWithNaive(t, seed, e, p, whole, rows) // the nodes' columns are used again
		if e.Type() == schema.Bool {
			compareSelection(t, seed, e, whole, rows)
		}
		if t.Failed() {
			return
		}
	}
}

func compareWithNaive(t *testing.T, seed uint64, e check.Expr, p *Program, b *column.Batch, rows [][]any) {
	t.Helper()
	got, err := p.Eval(b)
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, show(e), err)
	}
	if got.Len() != b.N {
		t.Fatalf("seed %d: %s: %d values for %d rows", seed, show(e), got.Len(), b.N)
	}
	for i, row := range rows {
		want, err := naive(e, row, b.Time[i])
		if err != nil {
			t.Fatal(err)
		}
		if !equalNumbers(got.Any(i), want) {
			t.Fatalf("seed %d: %s of %v = %v (%T), want %v (%T)", seed, show(e), row, got.Any(i), got.Any(i), want, want)
		}
		if want == nil && !zeroUnderNull(got, i) {
			t.Fatalf("seed %d: %s: the value under a null is not zero", seed, show(e))
		}
	}
	if constant, ok := p.Const(); ok && b.N > 0 && !equalNumbers(constant, got.Any(0)) {
		t.Fatalf("seed %d: %s: constant %v, value %v", seed, show(e), constant, got.Any(0))
	}
}

// equalNumbers is same, but for the sign of zero, which min and max may choose.
func equalNumbers(a, b any) bool { return same(a, b) || a == b }

func zeroUnderNull(c *column.Column, i int) bool {
	switch c.Type {
	case schema.String:
		return c.Str[i] == column.Str{}
	case schema.Int:
		return c.I32[i] == 0
	case schema.Long:
		return c.I64[i] == 0
	case schema.Float:
		return c.F32[i] == 0
	case schema.Double:
		return c.F64[i] == 0
	case schema.Bool:
		return !c.Bool[i]
	}
	return c.Obj[i] == nil
}

func compareSelection(t *testing.T, seed uint64, e check.Expr, b *column.Batch, rows [][]any) {
	t.Helper()
	p, err := CompilePredicate(e, Env{})
	if err != nil {
		t.Fatalf("seed %d: %v", seed, err)
	}
	got, err := p.Select(b, []int32{-7}) // what is there already stays
	if err != nil {
		t.Fatalf("seed %d: %s: %v", seed, show(e), err)
	}
	want := []int32{-7}
	for i, row := range rows {
		if v, _ := naive(e, row, b.Time[i]); v == true {
			want = append(want, int32(i))
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("seed %d: %s selects %v, want %v", seed, show(e), got, want)
	}
	if b.N == 1 {
		if holds, err := p.Holds(b); err != nil || holds != (len(want) > 1) {
			t.Fatalf("seed %d: %s of %v: Holds says %v, %v", seed, show(e), rows[0], holds, err)
		}
	}
}

// Lone rows of what is common take the way that is made for them.
func TestLoneRowsNeedNoColumns(t *testing.T) {
	attrs := tradeAttrs
	for _, text := range projections {
		p := mustCompile(t, parse(t, text, attrs))
		if _, isColumn := p.Column(); !isColumn && p.Cell() == nil {
			t.Errorf("%s has no function for lone rows", text)
		}
	}
	for _, text := range filters {
		p, err := CompilePredicate(parse(t, text, attrs), Env{})
		if err != nil {
			t.Fatal(err)
		}
		if p.tests == nil {
			t.Errorf("%s has no function for lone rows", text)
		}
	}
}

// generator makes random values and expressions of a given type.
type generator struct{ *rand.Rand }

func (g generator) rows(n int, nulls bool) [][]any {
	rows := make([][]any, n)
	for i := range rows {
		for _, a := range randomAttrs {
			v := g.value(a.Type)
			if nulls && g.IntN(4) == 0 {
				v = nil
			}
			rows[i] = append(rows[i], v)
		}
	}
	return rows
}

func pickOne[T any](g generator, from ...T) T { return from[g.IntN(len(from))] }

func (g generator) value(t schema.Type) any {
	switch t {
	case schema.String:
		return pickOne(g, "", "a", "n7", "twelve bytes", "thirteen byte", "null", "a string that is rather long")
	case schema.Int:
		return pickOne(g, 0, 1, -1, 7, int32(g.Uint32()), math.MaxInt32, math.MinInt32, 16777217)
	case schema.Long:
		return pickOne(g, 0, 1, -1, 1000, int64(g.Uint64()), math.MaxInt64, math.MinInt64, 9007199254740993)
	case schema.Float:
		return pickOne(g, 0, 1.5, float32(math.Copysign(0, -1)), 16777216, g.Float32(), float32(math.NaN()), float32(math.Inf(1)), -2)
	case schema.Double:
		return pickOne(g, 0, 1.5, math.Copysign(0, -1), 9007199254740992, g.Float64(), math.NaN(), math.Inf(-1), 0.1)
	case schema.Bool:
		return g.IntN(2) == 0
	}
	return pickOne[any](g, "x", int32(5), int64(6), 1.5, true)
}

func (g generator) constant(t schema.Type) check.Expr {
	c := &ast.Const{Type: t}
	switch v := g.value(t).(type) {
	case string:
		c.Text = v
	case int32:
		c.Int = int64(v)
	case int64:
		c.Int = v
	case float32:
		c.Float = float64(v)
	case float64:
		c.Float = v
	case bool:
		c.Bool = v
	}
	return &check.Const{Const: c}
}

func (g generator) column(t schema.Type) check.Expr {
	for {
		if i := g.IntN(len(randomAttrs)); randomAttrs[i].Type == t {
			return &check.Column{Index: i, Name: randomAttrs[i].Name, T: t}
		}
	}
}

func (g generator) call(name string, args ...check.Expr) check.Expr {
	e, err := callExpr(name, args...)
	if err != nil {
		panic(err)
	}
	return e
}

func (g generator) expr(t schema.Type, depth int) check.Expr {
	if depth == 0 || g.IntN(8) == 0 {
		if g.IntN(3) == 0 {
			return g.constant(t)
		}
		return g.column(t)
	}
	depth--
	switch g.IntN(6) {
	case 0:
		return g.call("ifThenElse", g.expr(schema.Bool, depth), g.expr(t, depth), g.expr(t, depth))
	case 1:
		return g.call("coalesce", g.expr(t, depth), g.expr(t, depth), g.expr(t, depth))
	}
	switch {
	case t == schema.Bool:
		return g.truth(depth)
	case t == schema.String:
		return g.call("default", g.expr(t, depth), g.expr(t, depth))
	case t == schema.Int && g.IntN(5) == 0:
		o := g.column(schema.Object)
		return g.call("ifThenElse", g.call("instanceOfInteger", o), g.call("cast", o, text("int")), g.expr(t, depth))
	case t == schema.Long && g.IntN(8) == 0:
		return g.call("eventTimestamp")
	case g.IntN(4) == 0:
		return g.call(pickOne(g, "maximum", "minimum"), g.expr(t, depth), g.expr(t, depth))
	}
	// The other operand may be of any type that t includes.
	l, r := g.expr(t, depth), g.expr(schema.Int+schema.Type(g.IntN(int(t-schema.Int)+1)), depth)
	if g.IntN(2) == 0 {
		l, r = r, l
	}
	return binaryExpr(pickOne(g, ast.Add, ast.Sub, ast.Mul, ast.Div, ast.Mod), l, r)
}

func text(s string) check.Expr { return &check.Const{Const: &ast.Const{Type: schema.String, Text: s}} }

func (g generator) truth(depth int) check.Expr {
	switch g.IntN(8) {
	case 0:
		return &check.Not{X: g.expr(schema.Bool, depth)}
	case 1:
		return &check.IsNull{X: g.expr(schema.Type(1+g.IntN(6)), depth)}
	case 2:
		t := pickOne(g, schema.String, schema.Bool)
		return binaryExpr(pickOne(g, ast.EQ, ast.NE), g.expr(t, depth), g.expr(t, depth))
	case 3, 4:
		return binaryExpr(pickOne(g, ast.And, ast.Or), g.expr(schema.Bool, depth), g.expr(schema.Bool, depth))
	case 5: // the right side would fail for the rows that the left one keeps from it
		o := g.column(schema.Object)
		is := g.call("instanceOfInteger", o)
		fits := binaryExpr(ast.GT, g.call("cast", o, text("int")), g.expr(schema.Int, depth))
		if g.IntN(2) == 0 {
			return binaryExpr(ast.And, is, fits)
		}
		return binaryExpr(ast.Or, &check.Not{X: is}, fits)
	}
	number := func() check.Expr { return g.expr(schema.Int+schema.Type(g.IntN(4)), depth) }
	return binaryExpr(pickOne(g, ast.LT, ast.LE, ast.GT, ast.GE, ast.EQ, ast.NE), number(), number())
}

// show renders an expression for a message.
func show(e check.Expr) string {
	switch e := e.(type) {
	case *check.Const:
		return fmt.Sprintf("%s(%q %d %v %v)", e.Type(), e.Text, e.Int, e.Float, e.Bool)
	case *check.Column:
		return e.Name
	case *check.Not:
		return "not " + show(e.X)
	case *check.IsNull:
		return "(" + show(e.X) + " is null)"
	case *check.Binary:
		return "(" + show(e.L) + " " + e.Op.String() + " " + show(e.R) + ")"
	case *check.Call:
		s := e.Fn.Name + "("
		for i, a := range e.Args {
			if i > 0 {
				s += ", "
			}
			s += show(a)
		}
		return s + ")"
	}
	return "?"
}

package expr

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

func TestConstantsAreFolded(t *testing.T) {
	f := func(text string, want any) {
		t.Helper()
		got, ok := mustCompile(t, parse(t, text, randomAttrs)).Const()
		if !ok || got != want {
			t.Errorf("%s: constant %v (%v), want %v", text, got, ok, want)
		}
	}
	f("1 + 2 * 3", int32(7))
	f("10L / 4", int64(2))
	f("1 / 0", nil)
	f("ifThenElse(2 > 1, 'yes', 'no')", "yes")
	f("convert('12', 'int') == 12", true)
	f("coalesce(5 / 0, 9)", int32(9))
	f("not (1 == 1)", false)

	g := func(text string) {
		t.Helper()
		if v, ok := mustCompile(t, parse(t, text, randomAttrs)).Const(); ok {
			t.Errorf("%s was folded to %v", text, v)
		}
	}
	g("UUID()")
	g("currentTimeMillis()")
	g("eventTimestamp() + 1")
	g("i + 0")
}

func TestAttributeIsNotCopied(t *testing.T) {
	b := batchOf(randomAttrs, generator{}.nothing(3))
	p := mustCompile(t, parse(t, "s", randomAttrs))
	c, err := p.Eval(b)
	if err != nil || c != b.Cols[10] {
		t.Errorf("got another column (%v)", err)
	}
}

func (generator) nothing(n int) [][]any {
	rows := make([][]any, n)
	for i := range rows {
		rows[i] = make([]any, len(randomAttrs))
	}
	return rows
}

func TestEmptyBatch(t *testing.T) {
	b := batchOf(randomAttrs, nil)
	for _, text := range []string{"5", "i + j", "i % 7", "s == t", "ifThenElse(a, s, t)", "convert(d, 'string')", "a and b"} {
		c, err := mustCompile(t, parse(t, text, randomAttrs)).Eval(b)
		if err != nil || c.Len() != 0 {
			t.Errorf("%s: %d values, %v", text, c.Len(), err)
		}
	}
}

func TestAnalysis(t *testing.T) {
	f := func(text string, columns string, fallible, clock bool) {
		t.Helper()
		e := parse(t, text, randomAttrs)
		if got := fmt.Sprint(Columns(e)); got != columns {
			t.Errorf("%s reads %s, want %s", text, got, columns)
		}
		if got := Fallible(e); got != fallible {
			t.Errorf("%s: fallible %v", text, got)
		}
		if got := UsesClock(e); got != clock {
			t.Errorf("%s: uses the clock %v", text, got)
		}
	}
	f("l * i + i", "[0 2]", false, false)
	f("cast(o, 'int') > 3 and not a", "[8 12]", true, false)
	f("cast(i, 'long')", "[0]", false, false)
	f("coalesce(s, t) is null", "[10 11]", false, false)
	f("currentTimeMillis() - eventTimestamp()", "[]", false, true)
	f("5", "[]", false, false)

	in := &check.In{Cond: binaryExpr(ast.EQ, &check.Column{Index: 2, T: schema.Long}, &check.Column{Index: 14, T: schema.Long}),
		Table: &check.Table{Name: "T"}, Width: 13}
	if got := fmt.Sprint(Columns(in)); got != "[2]" {
		t.Errorf("in reads %s", got)
	}
}

// What casts an object is not asked what it is until its type is needed.
func TestCastOfAnotherType(t *testing.T) {
	attrs := schema.Attributes{{Name: "o", Type: schema.Object}, {Name: "a", Type: schema.Bool}}
	b := batchOf(attrs, [][]any{{int32(1), true}, {"x", true}})
	for _, text := range []string{"cast(o, 'int') + 1", "cast(o, 'long')", "ifThenElse(a, cast(o, 'int'), 0)", "a and cast(o, 'int') > 3",
		"a or cast(o, 'bool')", "not a or cast(o, 'double') > 1.0"} {
		_, err := mustCompile(t, parse(t, text, attrs)).Eval(b)
		fails := strings.Contains(text, "+") || strings.Contains(text, ">")
		if (err != nil) != fails || err != nil && !strings.Contains(err.Error(), "cast() at") {
			t.Errorf("%s: error %v", text, err)
		}
	}
	cast, err := mustCompile(t, parse(t, "cast(o, 'long')", attrs)).Eval(b)
	if err != nil || cast.Any(0) != int32(1) || cast.Any(1) != "x" || !cast.IsNull(1) {
		t.Errorf("cast(o, 'long'): %v, %v, %v", cast.Any(0), cast.Any(1), err)
	}
	p, err := CompilePredicate(parse(t, "a and cast(o, 'int') > 0", attrs), Env{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = p.Select(b, nil); err == nil || !strings.Contains(err.Error(), `the value "x" is a string`) {
		t.Errorf("select: error %v", err)
	}
	if rows, err := p.Select(batchOf(attrs, [][]any{{int32(1), true}, {"x", false}, {int32(0), true}}), nil); err != nil || fmt.Sprint(rows) != "[0]" {
		t.Errorf("select: %v, %v", rows, err)
	}
}

// evens is a table that holds the even numbers, and counts what it is asked.
type evens struct{ asked int }

func (m *evens) Contains(b *column.Batch, out []bool) error {
	for i := range b.N {
		m.asked++
		v := b.Cols[0].I32[i]
		if v == 13 {
			return errors.New("thirteen")
		}
		out[i] = v%2 == 0
	}
	return nil
}

func TestMembership(t *testing.T) {
	attrs := schema.Attributes{{Name: "i", Type: schema.Int}}
	i := &check.Column{Index: 0, T: schema.Int}
	in := &check.In{Cond: binaryExpr(ast.EQ, i, &check.Column{Index: 1, T: schema.Int}), Table: &check.Table{Name: "T"}, Width: 1}
	m := &evens{}
	env := Env{Members: func(*check.In) (Membership, error) { return m, nil }}
	e := binaryExpr(ast.And, binaryExpr(ast.LT, i, &check.Const{Const: &ast.Const{Type: schema.Int, Int: 10}}), in)
	b := batchOf(attrs, [][]any{{int32(2)}, {int32(13)}, {int32(3)}, {int32(4)}, {int32(20)}})

	p, err := CompilePredicate(e, env)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := p.Select(b, nil)
	if err != nil || fmt.Sprint(rows) != "[0 3]" || m.asked != 3 {
		t.Errorf("selects %v (%v), asked %d times", rows, err, m.asked)
	}
	v, err := Compile(e, env)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := v.Eval(b); err != nil || fmt.Sprint(c.Bool) != "[true false false true false]" {
		t.Errorf("values %v, %v", c.Bool, err)
	}
	if _, err := Compile(in, Env{}); err == nil {
		t.Error("compiled without tables")
	}
	alone, err := Compile(in, env)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alone.Eval(b); err == nil || err.Error() != "thirteen" {
		t.Errorf("error %v", err)
	}
}

func TestRefusedTypes(t *testing.T) {
	f := func(want, name string, args ...check.Expr) {
		t.Helper()
		_, err := callExpr(name, args...)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", name, err, want)
		}
	}
	i, d := &check.Column{T: schema.Int}, &check.Column{T: schema.Double}
	s, o := &check.Column{T: schema.String}, &check.Column{T: schema.Object}
	f("one type", "coalesce", i, d)
	f("one type", "maximum", i, i, d)
	f("one type", "ifThenElse", &check.Column{T: schema.Bool}, i, s)
	f("one of int, long", "convert", i, text("integer"))
	f("one of int, long", "cast", o, text("object"))
	f("cannot turn an object", "convert", o, text("int"))
	f("in quotes", "convert", i, s)

	if _, err := Compile(binaryExpr(ast.Add, i, s), Env{}); err == nil {
		t.Error("int + string compiled")
	}
	if _, err := Compile(binaryExpr(ast.LT, s, s), Env{}); err == nil {
		t.Error("string < string compiled")
	}
	if _, err := Compile(binaryExpr(ast.EQ, o, o), Env{}); err == nil {
		t.Error("object == object compiled")
	}
	if _, err := CompilePredicate(i, Env{}); err == nil {
		t.Error("an int was taken for a condition")
	}
	now, err := callExpr("currentTimeMillis")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Compile(now, Env{}); err == nil {
		t.Error("compiled a look at the clock without one")
	}
	other := &check.Call{Fn: &extension.Declaration{Name: "sqrt", Namespace: "math"}, T: schema.Double}
	if _, err := Compile(other, Env{}); err == nil || !strings.Contains(err.Error(), "math:sqrt") {
		t.Errorf("unknown function: %v", err)
	}
}

func TestDeclarations(t *testing.T) {
	for _, d := range Declarations() {
		if d.Summary == "" || d.Example == "" || len(d.Overloads) == 0 || d.Returns == nil && d.ReturnsFor == nil {
			t.Errorf("%s is not described", d.Name)
		}
	}
}

// TestConstantDivisors divides numbers around the multiples of divisors, where
// a quotient by multiplication would go wrong first.
func TestConstantDivisors(t *testing.T) {
	attrs := schema.Attributes{{Name: "i", Type: schema.Int}, {Name: "l", Type: schema.Long}}
	for _, d := range []int64{1, 2, 3, 5, 7, 10, 16, 1000, 641, 1<<31 - 1, 1<<30 + 1, 1<<32 + 1, 1<<62 + 1, 1<<63 - 1, -1, -7} {
		var rows [][]any
		for _, k := range []int64{0, 1, -1, 2, 1<<63 - 1, -1 << 63} {
			for _, n := range []int64{-2, -1, 0, 1, 2} {
				q := new(big.Int).Mul(big.NewInt(k), big.NewInt(d))
				v := q.Int64() + n // wraps as it likes: any number will do
				rows = append(rows, []any{int32(v), v})
			}
		}
		b := batchOf(attrs, rows)
		for _, op := range []ast.Op{ast.Div, ast.Mod} {
			for col, typ := range []schema.Type{schema.Int, schema.Long} {
				if typ == schema.Int && int64(int32(d)) != d {
					continue
				}
				e := binaryExpr(op, &check.Column{Index: col, T: typ}, &check.Const{Const: &ast.Const{Type: typ, Int: d}})
				compareWithNaive(t, uint64(d), e, mustCompile(t, e), b, rows)
			}
		}
	}
}

func TestJavaNumbers(t *testing.T) {
	f := func(v float64, size int, want string) {
		t.Helper()
		if got := string(javatext.AppendFloat(nil, v, size)); got != want {
			t.Errorf("%v as %d bits = %s, want %s", v, size, got, want)
		}
	}
	f(1e23, 64, "1.0E23")
	f(5e-324, 64, "4.9E-324")
	f(math.SmallestNonzeroFloat32, 32, "1.4E-45")
	f(float64(float32(3e10)), 32, "3.0000001E10")
	f(0.001, 64, "0.001")
	f(9999999.999, 64, "9999999.999")
	f(1e7, 64, "1.0E7")
	f(-0.0001, 64, "-1.0E-4")
	f(1e100, 64, "1.0E100")
}

// What fails for a lone row does not hold for it: whoever asks need not look at the error first.
func TestLoneRowThatFails(t *testing.T) {
	attrs := schema.Attributes{{Name: "o", Type: schema.Object}, {Name: "v", Type: schema.Int}}
	for _, text := range []string{"v > 0 and cast(o, 'int') > 0", "cast(o, 'int') > 0", "v > 0 and (v > 5 or cast(o, 'int') > 0)"} {
		p, err := CompilePredicate(parse(t, text, attrs), Env{})
		if err != nil {
			t.Fatal(err)
		}
		if ok, err := p.Holds(batchOf(attrs, [][]any{{"x", int32(1)}})); ok || err == nil {
			t.Errorf("%s: holds %v, error %v", text, ok, err)
		}
	}
}

package check

import (
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// faulty stands for an expression with a reported mistake, so that nothing
// else is said about what uses it. It never leaves this package.
type faulty struct{ ast.Span }

func (faulty) Type() schema.Type { return schema.Invalid }
func (faulty) expr()             {}

func wrong(at ast.Node) Expr { return faulty{at.Position()} }

// expr resolves an expression; its type is Invalid if a mistake was reported.
func (s *scope) expr(e ast.Expr) Expr {
	switch e := e.(type) {
	case *ast.Const:
		return &Const{e}
	case *ast.Attr:
		return s.column(e)
	case *ast.Binary:
		return s.binary(e)
	case *ast.Not:
		x := s.condition(e.X, "the operand of not")
		return unless(&Not{e.Span, x}, x)
	case *ast.IsNull:
		return s.isNull(e)
	case *ast.In:
		return s.in(e)
	case *ast.Call:
		return s.call(e)
	}
	s.c.unsupported(e, "a whole event as a value is", "name an attribute of it")
	return wrong(e)
}

// unless returns e, or a faulty expression in its place if an operand is faulty.
func unless(e Expr, operands ...Expr) Expr {
	for _, o := range operands {
		if o.Type() == schema.Invalid {
			return wrong(e)
		}
	}
	return e
}

// condition resolves an expression that must be true or false; role says in messages what it is.
func (s *scope) condition(e ast.Expr, role string) Expr {
	return s.judge(e, s.expr(e), role)
}

// judge refuses x, which e has been resolved to, if it is neither true nor false.
func (s *scope) judge(e ast.Expr, x Expr, role string) Expr {
	if t := x.Type(); t != schema.Bool && t != schema.Invalid {
		s.c.fail(e, role+" must be true or false, this is "+article(t), "compare it with something")
		return wrong(e)
	}
	return x
}

func (s *scope) binary(e *ast.Binary) Expr {
	if e.Op.IsLogical() {
		role := "an operand of " + e.Op.String()
		l, r := s.condition(e.L, role), s.condition(e.R, role)
		return unless(&Binary{e.Span, e.Op, l, r, schema.Bool}, l, r)
	}
	l, r := s.expr(e.L), s.expr(e.R)
	lt, rt := l.Type(), r.Type()
	if lt == schema.Invalid || rt == schema.Invalid {
		return wrong(e)
	}
	t := schema.Bool
	var msg, hint string
	switch {
	case e.Op.IsArithmetic():
		msg, hint = arithmeticMistake(e, lt, rt)
		if lt.Numeric() != rt.Numeric() { // accepted, as in Siddhi
			s.c.warn(e, msg+"; as in Siddhi, it fails for each event whose value is no number", hint)
			l, r, msg = s.taken(l, rt), s.taken(r, lt), ""
		}
		t = wider(l.Type(), r.Type())
	case e.Op.IsOrdering():
		msg, hint = orderingMistake(e, lt, rt)
	default:
		msg, hint = equalityMistake(lt, rt)
	}
	if msg != "" {
		s.c.fail(e, msg, hint)
		return wrong(e)
	}
	return &Binary{e.Span, e.Op, l, r, t}
}

// taken returns x, or if it is no number what takes its values for such of type t: what
// computes with one fails.
func (s *scope) taken(x Expr, t schema.Type) Expr {
	if x.Type().Numeric() {
		return x
	}
	return s.c.retyped("cast", x, t)
}

// retyped returns x as the function of a name, cast or convert, gives it as one of type t; nil if
// there is no such function.
func (c *checker) retyped(function string, x Expr, t schema.Type) Expr {
	fn := c.reg.Find(extension.Function, "", function)
	if fn == nil {
		return nil
	}
	at := x.Position()
	return &Call{Span: at, Fn: fn, Args: []Expr{x, &Const{&ast.Const{Span: at, Type: schema.String, Text: t.String()}}}, T: t}
}

func wider(l, r schema.Type) schema.Type {
	return max(l, r) // int < long < float < double
}

func arithmeticMistake(e *ast.Binary, l, r schema.Type) (msg, hint string) {
	if l.Numeric() && r.Numeric() {
		return "", ""
	}
	msg = "'" + e.Op.String() + "' needs numbers, got " + l.String() + " and " + r.String()
	if l == schema.String && r == schema.String && e.Op == ast.Add {
		return msg, "there is no operator that joins strings"
	}
	operand, t := e.L, l
	if l.Numeric() {
		operand, t = e.R, r
	}
	if t == schema.Bool {
		return msg, "use ifThenElse(condition, 1, 0) for a bool"
	}
	return msg, "convert it: convert(" + ast.Print(operand) + ", 'double')"
}

func orderingMistake(e *ast.Binary, l, r schema.Type) (msg, hint string) {
	if l.Numeric() && r.Numeric() {
		return "", ""
	}
	return "'" + e.Op.String() + "' compares numbers only, got " + l.String() + " and " + r.String(), ""
}

func equalityMistake(l, r schema.Type) (msg, hint string) {
	switch {
	case l == schema.Object || r == schema.Object:
		return "an object cannot be compared", "cast it first: cast(x, 'string')"
	case l == r, l.Numeric() && r.Numeric():
		return "", ""
	}
	return "cannot compare " + article(l) + " with " + article(r), "convert one of them, as in convert(x, '" + l.String() + "')"
}

// in resolves cond in table: its condition sees the table's columns, qualified.
func (s *scope) in(e *ast.In) Expr {
	if s.held != nil {
		s.c.fail(e, "the text of a window cannot look into tables", "filter before the window, or add what is found as an attribute in an earlier query")
		return wrong(e)
	}
	t := s.c.tables[e.Table]
	if t == nil {
		s.c.noTable(e, e.Table)
		return wrong(e)
	}
	inner := s.with(t)
	if s.output {
		inner.place = "what stands before in"
	}
	x := inner.asked(e.X, "what stands before in", t, s.width)
	return unless(&In{e.Span, x, t, s.width}, x)
}

// article puts a or an before a type.
func article(t schema.Type) string { return indefinite(t.String()) }

// indefinite writes a word with its article.
func indefinite(word string) string {
	if strings.ContainsRune("aeiou", rune(word[0])) {
		return "an " + word
	}
	return "a " + word
}

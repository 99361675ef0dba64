package table

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/schema"
)

// otherKeys returns the condition of a search over a stream of width columns, in
// which a null is a key like any other if the search is for the rows with another
// primary key and nothing else: `T.k != k` and `not (T.k == k)`. Siddhi answers it
// with the rows that its hash map has for k, and leaves these out. Numbers are
// left as they are, as they cannot be null in a key.
func (t *Memory) otherKeys(on check.Expr, width int) check.Expr {
	if t.primary == nil || len(t.primary.attrs) != 1 {
		return on
	}
	equal := denied(on)
	if equal == nil {
		return on
	}
	is, ok := termOf(equal, width, width+len(t.def.Attrs))
	if !ok || is.op != ast.EQ || is.attr != t.primary.attrs[0] || t.def.Attrs[is.attr].Type.Numeric() {
		return on
	}
	span := on.Position()
	null := &check.Binary{Span: span, Op: ast.And, L: &check.IsNull{Span: span, X: equal.L}, R: &check.IsNull{Span: span, X: equal.R}, T: schema.Bool}
	return &check.Not{Span: span, X: &check.Binary{Span: span, Op: ast.Or, L: equal, R: null, T: schema.Bool}}
}

// denied returns the comparison for equality of which e is the opposite, or nil.
func denied(e check.Expr) *check.Binary {
	if not, ok := e.(*check.Not); ok {
		b, _ := not.X.(*check.Binary)
		return b
	}
	b, ok := e.(*check.Binary)
	if !ok || b.Op != ast.NE {
		return nil
	}
	equal := *b
	equal.Op = ast.EQ
	return &equal
}

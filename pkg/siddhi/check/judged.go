package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// asked is condition for those that, as in Siddhi, need not be true or false: each
// row that is held against one that is neither is an error. t is the table that
// is searched, if there is one, and first the first of its columns.
func (s *scope) asked(e ast.Expr, role string, t *Table, first int) Expr {
	x := s.expr(e)
	kind := x.Type()
	if kind == schema.Bool || kind == schema.Invalid {
		return x
	}
	choose, taken := s.c.reg.Find(extension.Function, "", "ifThenElse"), s.c.retyped("cast", x, schema.Bool)
	if choose == nil || taken == nil {
		return s.judge(e, x, role)
	}
	msg, hint := role+" must be true or false, this is "+article(kind), "compare it with something"
	if t != nil && len(t.PrimaryKey) == 1 {
		if c, ok := x.(*Column); ok && c.Index == first+t.PrimaryKey[0] {
			s.c.warn(e, msg+"; as in Siddhi, a primary key alone finds no row", hint)
			return &Const{&ast.Const{Span: e.Position(), Type: schema.Bool}}
		}
	}
	s.c.warn(e, msg+"; as in Siddhi, each event for which it is asked is an error", hint)
	at := e.Position()
	null := s.c.retyped("cast", &Const{&ast.Const{Span: at, Type: schema.String, Text: "null"}}, schema.Bool)
	return &Call{Span: at, Fn: choose, Args: []Expr{&IsNull{at, x}, null, taken}, T: schema.Bool}
}

package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// Expr is a resolved, typed expression: a *Const, *Column, *Binary, *Not,
// *IsNull, *In or *Call. It is evaluated over a batch whose columns its Scope
// laid out; names are gone, a Column says which one.
type Expr interface {
	Type() schema.Type
	Position() ast.Span
	expr()
}

// Const is a literal; which field counts is as in ast.Const.
type Const struct{ *ast.Const }

// Column is the value of one column of the batch.
type Column struct {
	ast.Span
	Index int
	Name  string // for messages and explain
	T     schema.Type
}

// Binary is an operator with two operands. Arithmetic has the wider type of its
// operands (int < long < float < double), everything else is bool.
type Binary struct {
	ast.Span
	Op   ast.Op
	L, R Expr
	T    schema.Type
}

// Not is logical negation; not null is true.
type Not struct {
	ast.Span
	X Expr
}

// IsNull tests a value for null.
type IsNull struct {
	ast.Span
	X Expr
}

// In is true for a row if some row of the table satisfies Cond, which is
// evaluated over the row's columns followed by the table's.
type In struct {
	ast.Span
	Cond  Expr
	Table *Table
	Width int // number of the row's columns, so that table column c is Width+c
}

// Call is the call of a function that Fn declares.
type Call struct {
	ast.Span
	Fn   *extension.Declaration
	Args []Expr
	T    schema.Type
}

// Aggregate is the call of an aggregator. Expressions of a select refer to its
// result as a Column behind the input's columns; see Select.
type Aggregate struct {
	ast.Span
	Fn   *extension.Declaration
	Args []Expr // over the input's columns
	T    schema.Type
}

func (e *Const) Type() schema.Type  { return e.Const.Type }
func (e *Column) Type() schema.Type { return e.T }
func (e *Binary) Type() schema.Type { return e.T }
func (e *Not) Type() schema.Type    { return schema.Bool }
func (e *IsNull) Type() schema.Type { return schema.Bool }
func (e *In) Type() schema.Type     { return schema.Bool }
func (e *Call) Type() schema.Type   { return e.T }

func (*Const) expr()  {}
func (*Column) expr() {}
func (*Binary) expr() {}
func (*Not) expr()    {}
func (*IsNull) expr() {}
func (*In) expr()     {}
func (*Call) expr()   {}

// Walk calls f for e and every expression below it.
func Walk(e Expr, f func(Expr)) {
	if e == nil {
		return
	}
	f(e)
	switch e := e.(type) {
	case *Binary:
		Walk(e.L, f)
		Walk(e.R, f)
	case *Not:
		Walk(e.X, f)
	case *IsNull:
		Walk(e.X, f)
	case *In:
		Walk(e.Cond, f)
	case *Call:
		for _, a := range e.Args {
			Walk(a, f)
		}
	}
}

// Conjuncts returns the operands of a chain of ands, left to right; none of nil.
// Null counts as false at each of them, so they may be tested in any order.
func Conjuncts(e Expr) []Expr {
	if e == nil {
		return nil
	}
	if b, ok := e.(*Binary); ok && b.Op == ast.And {
		return append(Conjuncts(b.L), Conjuncts(b.R)...)
	}
	return []Expr{e}
}

// And is the conjunction of two conditions; either may be nil, which is true.
func And(l, r Expr) Expr {
	switch {
	case l == nil:
		return r
	case r == nil:
		return l
	}
	return &Binary{Span: r.Position(), Op: ast.And, L: l, R: r, T: schema.Bool}
}

// Moved returns e with the columns that to gives in the place of its own. It is nil
// if e reads a table: its columns stand behind those of the row.
func Moved(e Expr, to func(*Column) int) Expr {
	switch e := e.(type) {
	case *Column:
		moved := *e
		moved.Index = to(e)
		return &moved
	case *Binary:
		l, r := Moved(e.L, to), Moved(e.R, to)
		if l == nil || r == nil {
			return nil
		}
		return &Binary{Span: e.Span, Op: e.Op, L: l, R: r, T: e.T}
	case *Not:
		if x := Moved(e.X, to); x != nil {
			return &Not{e.Span, x}
		}
		return nil
	case *IsNull:
		if x := Moved(e.X, to); x != nil {
			return &IsNull{e.Span, x}
		}
		return nil
	case *Call:
		args := make([]Expr, len(e.Args))
		for i, a := range e.Args {
			if args[i] = Moved(a, to); args[i] == nil {
				return nil
			}
		}
		return &Call{Span: e.Span, Fn: e.Fn, Args: args, T: e.T}
	case *In:
		return nil
	}
	return e
}

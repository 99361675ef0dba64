package expr

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// slow is the other way to compute an expression: see careful. It is made when a
// stray comes for the first time.
type slow struct {
	e     check.Expr
	env   Env
	reads []int // columns that the expression computes with
	value careful
	out   column.Column
}

func newSlow(e check.Expr, env Env) slow { return slow{e: e, env: env, reads: Columns(e)} }

// casting is the program of an expression with casts, after which values may not be
// of their types. Where such a cast is of objects it is tried first.
type casting struct {
	slow
	first operand
	try   bool
}

// withCasts returns the casting of e, whose program is x, or x itself if it has no such cast.
func withCasts(e check.Expr, x operand, env Env) (o operand, is bool) {
	c := &casting{slow: newSlow(e, env), first: x, try: true}
	visit(e, func(e check.Expr) bool {
		if call, ok := e.(*check.Call); ok && call.Fn.FullName() == "cast" {
			from := call.Args[0].Type()
			is = is || from == schema.Object || pretends(from, call.T)
			c.try = c.try && !pretends(from, call.T)
		}
		return true
	})
	if !is {
		return x, false
	}
	return operand{node: c}, true
}

func (c *casting) eval(b *column.Batch) (*column.Column, error) {
	if c.try && !c.needed(b) {
		if v, err := c.first.eval(b); err == nil {
			return v, nil
		}
	}
	return c.slow.eval(b)
}

// pretends says whether cast from one type to another leaves values that are not of
// the latter. A number becomes one of a wider type.
func pretends(from, to schema.Type) bool {
	return from != to && from != schema.Object && !(from.Numeric() && to.Numeric() && from < to)
}

// needed says whether a column that the expression computes with has strays.
func (s *slow) needed(b *column.Batch) bool { return b.HasStrays(s.reads) }

func (s *slow) make() error {
	if s.value != nil {
		return nil
	}
	c := compiler{env: s.env}
	var err error
	s.value, err = c.carefully(s.e)
	return err
}

func (s *slow) eval(b *column.Batch) (*column.Column, error) {
	if err := s.make(); err != nil {
		return nil, err
	}
	s.out.Type = s.e.Type()
	s.out.Reset()
	for row := range b.N {
		if b.KindOf(row) == column.Reset { // no event
			s.out.AppendNull()
			continue
		}
		v, err := s.value(b, row)
		if err != nil {
			return nil, err
		}
		s.out.AppendAny(v)
	}
	if s.out.HasStrays() && s.env.Strays != nil {
		*s.env.Strays = true
	}
	return &s.out, nil
}

func (s *slow) selectRows(b *column.Batch, rows []int32) ([]int32, error) {
	if err := s.make(); err != nil {
		return rows, err
	}
	for row := range b.N {
		yes, err := truth(s.e, s.value, b, row)
		if err != nil {
			return rows, err
		}
		if yes {
			rows = append(rows, int32(row))
		}
	}
	return rows, nil
}

// Computes returns the columns that the program computes with. Where one of them
// has strays only Eval knows what to do.
func (p *Program) Computes() []int { return p.slow.reads }

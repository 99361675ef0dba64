package expr

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
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

// needed says whether a column that the expression computes with has strays.
func (s *slow) needed(b *column.Batch) bool {
	for _, c := range s.reads {
		if b.Cols[c].HasStrays() {
			return true
		}
	}
	return false
}

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

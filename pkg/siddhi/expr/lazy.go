package expr

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// subset evaluates an operand for some rows of a batch only.
type subset struct {
	x    operand
	need []int // columns that x reads
	buf  *column.Buffer
}

func newSubset(x operand, e check.Expr) subset {
	return subset{x: x, need: append([]int{}, Columns(e)...)} // never nil: that would mean all
}

// eval returns a column of len(rows) values.
func (s *subset) eval(b *column.Batch, rows []int32) (*column.Column, error) {
	if len(rows) == b.N {
		return s.x.eval(b)
	}
	if s.buf == nil {
		attrs := make(schema.Attributes, len(b.Cols))
		for i := range b.Cols {
			attrs[i].Type = b.Cols[i].Type
		}
		s.buf = column.NewBuffer(attrs)
	}
	s.buf.Gather(b, rows, s.need)
	return s.x.eval(&s.buf.Batch)
}

// lazyLogic is and or or whose right side is evaluated only where the left one
// does not decide.
type lazyLogic struct {
	or   bool
	l    operand
	r    subset
	rows []int32
	out  result[bool]
}

func (n *lazyLogic) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.l.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	copy(dst, x.Bool)
	n.rows = grown(n.rows, b.N)
	open := n.rows
	if n.or {
		open = open[:selectFalse(open, dst)]
	} else {
		open = open[:selectTrue(open, dst)]
	}
	if len(open) == 0 {
		return &n.out.Column, nil
	}
	y, err := n.r.eval(b, open)
	if err != nil {
		return nil, err
	}
	for i, r := range open {
		dst[r] = y.Bool[i]
	}
	return &n.out.Column, nil
}

// lazyChoice is ifThenElse whose branches are evaluated only where they are taken.
type lazyChoice struct {
	cond     operand
	yes, no  subset
	rows     []int32
	elseRows []int32
	out      column.Column
}

func (n *lazyChoice) eval(b *column.Batch) (*column.Column, error) {
	c, err := n.cond.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Resize(b.N)
	n.rows, n.elseRows = grown(n.rows, b.N), grown(n.elseRows, b.N)
	taken := n.rows[:selectTrue(n.rows, c.Bool[:b.N])]
	rest := n.elseRows[:selectFalse(n.elseRows, c.Bool[:b.N])]
	if err := n.fill(b, &n.yes, taken); err != nil {
		return nil, err
	}
	if err := n.fill(b, &n.no, rest); err != nil {
		return nil, err
	}
	return &n.out, nil
}

func (n *lazyChoice) fill(b *column.Batch, s *subset, rows []int32) error {
	if len(rows) == 0 {
		return nil
	}
	x, err := s.eval(b, rows)
	if err != nil {
		return err
	}
	for i, r := range rows {
		n.out.SetFrom(int(r), x, i)
	}
	return nil
}

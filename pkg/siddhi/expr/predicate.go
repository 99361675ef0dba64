package expr

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
)

// selector says which rows satisfy a condition, without a vector of truth values
// between where there is a way.
type selector interface {
	// all appends the rows of b for which the condition is true.
	all(b *column.Batch, rows []int32) ([]int32, error)
	// narrow keeps, in place, those of some rows of b for which it is true.
	narrow(b *column.Batch, rows []int32) ([]int32, error)
}

// predicate makes the selector of a condition.
func (c *compiler) predicate(e check.Expr) (selector, error) {
	if parts := check.Conjuncts(e); len(parts) > 1 {
		return c.conjunction(parts)
	}
	o, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	if s, ok := o.node.(selector); ok {
		return s, nil
	}
	return &truths{o}, nil
}

func (c *compiler) conjunction(parts []check.Expr) (selector, error) {
	all := make(conjunction, len(parts))
	for i, p := range parts {
		if demanding(p) {
			o, err := c.compile(p)
			if err != nil {
				return nil, err
			}
			all[i] = &lazyTruths{truths{o}, newSubset(o, p)}
			continue
		}
		s, err := c.predicate(p)
		if err != nil {
			return nil, err
		}
		all[i] = s
	}
	return all, nil
}

// conjunction is a chain of ands as the root of a condition.
type conjunction []selector

func (n conjunction) all(b *column.Batch, rows []int32) ([]int32, error) {
	old := len(rows)
	rows, err := n[0].all(b, rows)
	if err != nil {
		return rows, err
	}
	kept, err := conjunction(n[1:]).narrow(b, rows[old:])
	return rows[:old+len(kept)], err
}

func (n conjunction) narrow(b *column.Batch, rows []int32) ([]int32, error) {
	var err error
	for _, s := range n {
		if len(rows) == 0 {
			return rows, nil
		}
		if rows, err = s.narrow(b, rows); err != nil {
			return rows, err
		}
	}
	return rows, nil
}

// truths selects by a vector of truth values.
type truths struct{ x operand }

func (n *truths) all(b *column.Batch, rows []int32) ([]int32, error) {
	return selectTruths(&n.x, b, rows)
}

func (n *truths) narrow(b *column.Batch, rows []int32) ([]int32, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return rows, err
	}
	return rows[:keepTrue(rows, x.Bool)], nil
}

func selectTruths(o *operand, b *column.Batch, rows []int32) ([]int32, error) {
	x, err := o.eval(b)
	if err != nil {
		return rows, err
	}
	old := len(rows)
	rows = slices.Grow(rows, b.N)[:old+b.N]
	return rows[:old+selectTrue(rows[old:], x.Bool[:b.N])], nil
}

// lazyTruths evaluates its condition only for the rows that are left.
type lazyTruths struct {
	truths
	s subset
}

func (n *lazyTruths) narrow(b *column.Batch, rows []int32) ([]int32, error) {
	x, err := n.s.eval(b, rows)
	if err != nil {
		return rows, err
	}
	k := 0
	for i, r := range rows {
		rows[k] = r
		k += bit(x.Bool[i])
	}
	return rows[:k], nil
}

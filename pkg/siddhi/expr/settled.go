package expr

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// settled is what a function of type bool returns: as in Siddhi null is false.
type settled struct {
	x   operand
	out result[bool]
}

func settle(x operand) operand {
	return operand{node: &settled{x: x, out: newResult(schema.Bool, boolLane)}}
}

func (n *settled) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil || len(x.Nulls) == 0 {
		return x, err
	}
	dst := n.out.values(b.N)
	copy(dst, x.Bool) // false under a null
	return &n.out.Column, nil
}

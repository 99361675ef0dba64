package expr

import (
	"unsafe"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Null counts as false in logic, and the value under a null is false: so nulls
// need no loop of their own here.

// logical makes the node of and or or.
func (c *compiler) logical(e *check.Binary) (operand, error) {
	l, err := c.compile(e.L)
	if err != nil {
		return operand{}, err
	}
	r, err := c.compile(e.R)
	if err != nil {
		return operand{}, err
	}
	out := newResult(schema.Bool, boolLane)
	if demanding(e.R) {
		return operand{node: &lazyLogic{or: e.Op == ast.Or, l: l, r: newSubset(r, e.R), out: out}}, nil
	}
	return operand{node: &logic{or: e.Op == ast.Or, l: l, r: r, out: out}}, nil
}

// logic is and or or of two operands that are both evaluated for all rows.
type logic struct {
	or   bool
	l, r operand
	out  result[bool]
}

func (n *logic) row() rowFunc[bool] {
	x, y, or := rowOf(n.l, boolLane), rowOf(n.r, boolLane), n.or
	if x == nil || y == nil {
		return nil
	}
	return func(b *column.Batch) (bool, bool) {
		if l, _ := x(b); l == or {
			return l, false
		}
		r, _ := y(b)
		return r, false
	}
}

func (n *logic) eval(b *column.Batch) (*column.Column, error) {
	x, y, err := evalBoth(&n.l, &n.r, b)
	if err != nil {
		return nil, err
	}
	dst := octets(n.out.values(b.N))
	xs, ys := octets(x.Bool)[:len(dst)], octets(y.Bool)[:len(dst)]
	if n.or {
		for i := range dst {
			dst[i] = xs[i] | ys[i]
		}
	} else {
		for i := range dst {
			dst[i] = xs[i] & ys[i]
		}
	}
	return &n.out.Column, nil
}

// octets shows truth values as the bytes 0 and 1, which Go's operators combine
// without branches.
func octets(b []bool) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b))), len(b))
}

// not is negation; not null is true.
type not struct {
	x   operand
	out result[bool]
}

func (n *not) row() rowFunc[bool] {
	x := rowOf(n.x, boolLane)
	if x == nil {
		return nil
	}
	return func(b *column.Batch) (bool, bool) {
		v, _ := x(b)
		return !v, false
	}
}

func (n *not) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	src := x.Bool[:len(dst)]
	for i, v := range src {
		dst[i] = !v
	}
	return &n.out.Column, nil
}

// isNull tests for null.
type isNull struct {
	x   operand
	out result[bool]
}

func (n *isNull) row() rowFunc[bool] {
	x, ok := newCells(n.x)
	if !ok {
		return nil
	}
	return func(b *column.Batch) (bool, bool) { return x.get(b).IsNull(0), false }
}

func (n *isNull) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	if len(x.Nulls) == 0 {
		clear(dst)
	} else {
		copy(dst, x.Nulls)
	}
	return &n.out.Column, nil
}

// membership is expr in table.
type membership struct {
	m   Membership
	out result[bool]
}

func (n *membership) eval(b *column.Batch) (*column.Column, error) {
	dst := n.out.values(b.N)
	if err := n.m.Contains(b, dst); err != nil {
		return nil, err
	}
	return &n.out.Column, nil
}

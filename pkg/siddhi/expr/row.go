package expr

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// A single send is a batch of one row. Filling a column for each step of an
// expression takes longer there than the steps do, so nodes of numbers and
// bools can also make a function that hands the value of a lone row up in
// registers. It gives what eval puts into row 0; TestRandomExpressions holds
// both to one reference.

// rowFunc computes a value for the only row of b; zero when it is null.
type rowFunc[T any] func(b *column.Batch) (v T, null bool)

// rowNode is a node with a function for lone rows.
type rowNode[T any] interface {
	node
	// row makes the function; nil when an operand can fail, or has its values
	// in columns only.
	row() rowFunc[T]
}

// rowOf makes the function of an operand; nil when there is none.
func rowOf[T any](o operand, of lane[T]) rowFunc[T] {
	if o.value != nil {
		var v T
		null := o.value.null()
		if !null {
			v = first(o.value, of)
		}
		return func(*column.Batch) (T, bool) { return v, null }
	}
	if l, ok := leafOf(o, of); ok {
		return func(b *column.Batch) (T, bool) { return l.load(b) }
	}
	if n, ok := o.node.(rowNode[T]); ok {
		return n.row()
	}
	return nil
}

// leaf is an operand that is a column. Nodes that often stand on one read it
// themselves: half of what a step costs is the call.
type leaf[T any] struct {
	col int
	of  lane[T]
}

func leafOf[T any](o operand, of lane[T]) (leaf[T], bool) { return leaf[T]{o.col, of}, o.node == nil }

func (l leaf[T]) load(b *column.Batch) (T, bool) {
	c := b.Cols[l.col]
	return (*l.of.in(c))[0], c.IsNull(0)
}

// cellFunc returns a column with the value for the only row of b.
type cellFunc func(b *column.Batch) *column.Column

// cellNode is a node that finds such a column without making one of its own.
type cellNode interface {
	node
	cell() cellFunc // nil when an operand can fail or has no cellFunc
}

// withCell gives o, of type t, its function for lone rows, if there is a way.
func withCell(o operand, t schema.Type) operand {
	if o.node == nil || o.cell != nil {
		return o
	}
	if n, ok := o.node.(cellNode); ok {
		if o.cell = n.cell(); o.cell != nil {
			return o
		}
	}
	switch t {
	case schema.Int:
		o.cell = cellOf(o, t, intLane)
	case schema.Long:
		o.cell = cellOf(o, t, longLane)
	case schema.Float:
		o.cell = cellOf(o, t, floatLane)
	case schema.Double:
		o.cell = cellOf(o, t, doubleLane)
	case schema.Bool:
		o.cell = cellOf(o, t, boolLane)
	}
	return o
}

// cellOf makes a column that the values of o are put into.
func cellOf[T any](o operand, t schema.Type, of lane[T]) cellFunc {
	f := rowOf(o, of)
	if f == nil {
		return nil
	}
	out := &column.Column{Type: t}
	out.Resize(1)
	place := &(*of.in(out))[0]
	return func(b *column.Batch) *column.Column {
		v, null := f(b)
		*place = v
		if null {
			out.SetNull(0)
		} else if len(out.Nulls) != 0 {
			out.Nulls = out.Nulls[:0]
		}
		return out
	}
}

// cells is an operand of a cellFunc.
type cells struct {
	f   cellFunc // nil: column col of the batch
	col int
}

// newCells returns false when o has no function for lone rows.
func newCells(o operand) (cells, bool) {
	if o.node == nil {
		return cells{col: o.col}, true
	}
	f := o.cell
	if n, ok := o.node.(cellNode); ok && f == nil {
		f = n.cell()
	}
	return cells{f: f}, f != nil
}

func (c *cells) get(b *column.Batch) *column.Column {
	if c.f != nil {
		return c.f(b)
	}
	return b.Cols[c.col]
}

// tests returns the conditions that a lone row must meet to satisfy s, or nil
// if one of them cannot be told without columns.
func tests(s selector) []rowFunc[bool] {
	switch s := s.(type) {
	case conjunction:
		var all []rowFunc[bool]
		for _, part := range s {
			these := tests(part)
			if these == nil {
				return nil
			}
			all = append(all, these...)
		}
		return all
	case *truths:
		if f := rowOf(s.x, boolLane); f != nil {
			return []rowFunc[bool]{f}
		}
	case rowNode[bool]:
		if f := s.row(); f != nil {
			return []rowFunc[bool]{f}
		}
	}
	return nil
}

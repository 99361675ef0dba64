package expr

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// numberComparison makes the node that compares two operands of number type t.
func numberComparison(op ast.Op, t schema.Type, l, r operand) node {
	switch t {
	case schema.Int:
		return newCompare(op, l, r, intLane)
	case schema.Long:
		return newCompare(op, l, r, longLane)
	case schema.Float:
		return newCompare(op, l, r, floatLane)
	}
	return newCompare(op, l, r, doubleLane)
}

// compare is a comparison of numbers. With a null operand it is false, != true.
type compare[T number] struct {
	op       ast.Op
	l, r     operand
	c        T // instead of r when constant is set
	constant bool
	of       lane[T]
	out      result[bool]
}

func newCompare[T number](op ast.Op, l, r operand, of lane[T]) *compare[T] {
	n := &compare[T]{op: op, l: l, r: r, of: of, out: newResult(schema.Bool, boolLane)}
	switch {
	case r.value != nil && !r.value.null():
		n.constant, n.c = true, first(r.value, of)
	case op == ast.GT || op == ast.GE:
		n.op, n.l, n.r = op.Mirrored(), r, l
	}
	return n
}

func (n *compare[T]) row() rowFunc[bool] {
	op, c := n.op, n.c
	x, y := rowOf(n.l, n.of), rowOf(n.r, n.of)
	switch l, isLeaf := leafOf(n.l, n.of); {
	case x == nil || y == nil:
		return nil
	case n.constant && isLeaf:
		return func(b *column.Batch) (bool, bool) {
			v, null := l.load(b)
			if null {
				return op == ast.NE, false
			}
			return compares(op, v, c), false
		}
	}
	return func(b *column.Batch) (bool, bool) {
		l, lNull := x(b)
		r, rNull := y(b)
		if lNull || rNull {
			return op == ast.NE, false
		}
		return compares(op, l, r), false
	}
}

// operands evaluates both sides; y is nil for a constant.
func (n *compare[T]) operands(b *column.Batch) (x, y *column.Column, err error) {
	x, err = n.l.eval(b)
	if err != nil || n.constant {
		return x, nil, err
	}
	y, err = n.r.eval(b)
	return x, y, err
}

func (n *compare[T]) eval(b *column.Batch) (*column.Column, error) {
	x, y, err := n.operands(b)
	if err != nil {
		return nil, err
	}
	return n.truth(b.N, x, y), nil
}

func (n *compare[T]) truth(rows int, x, y *column.Column) *column.Column {
	dst := n.out.values(rows)
	xs := (*n.of.in(x))[:rows]
	if n.constant {
		compareConst(n.op, dst, xs, n.c)
	} else {
		compareColumns(n.op, dst, xs, *n.of.in(y))
		if len(y.Nulls) != 0 {
			decideNulls(dst, y.Nulls, n.op == ast.NE)
		}
	}
	if len(x.Nulls) != 0 {
		decideNulls(dst, x.Nulls, n.op == ast.NE)
	}
	return &n.out.Column
}

// decideNulls sets the outcome of comparisons with null.
func decideNulls(dst, nulls []bool, outcome bool) {
	nulls = nulls[:len(dst)]
	for i, null := range nulls {
		if null {
			dst[i] = outcome
		}
	}
}

func (n *compare[T]) all(b *column.Batch, rows []int32) ([]int32, error) {
	x, y, err := n.operands(b)
	if err != nil {
		return rows, err
	}
	old := len(rows)
	rows = slices.Grow(rows, b.N)[:old+b.N]
	got := rows[old:]
	var k int
	switch xs := (*n.of.in(x))[:b.N]; {
	case n.op == ast.NE && hasNulls(x, y):
		k = selectTrue(got, n.truth(b.N, x, y).Bool)
	case n.constant:
		k = selectConst(n.op, got, xs, n.c)
	default:
		k = selectColumns(n.op, got, xs, *n.of.in(y))
	}
	return rows[:old+n.withoutNulls(got[:k], x, y)], nil
}

func (n *compare[T]) narrow(b *column.Batch, rows []int32) ([]int32, error) {
	x, y, err := n.operands(b)
	if err != nil {
		return rows, err
	}
	var k int
	switch xs := *n.of.in(x); {
	case n.op == ast.NE && hasNulls(x, y):
		k = keepTrue(rows, n.truth(b.N, x, y).Bool)
	case n.constant:
		k = keepConst(n.op, rows, xs, n.c)
	default:
		k = keepColumns(n.op, rows, xs, *n.of.in(y))
	}
	return rows[:n.withoutNulls(rows[:k], x, y)], nil
}

func hasNulls(x, y *column.Column) bool {
	return len(x.Nulls) != 0 || y != nil && len(y.Nulls) != 0
}

// withoutNulls keeps the rows in which no operand is null; != has dealt with
// nulls already.
func (n *compare[T]) withoutNulls(rows []int32, x, y *column.Column) int {
	k := len(rows)
	if n.op == ast.NE {
		return k
	}
	if len(x.Nulls) != 0 {
		k = dropNulls(rows, x.Nulls)
	}
	if y != nil && len(y.Nulls) != 0 {
		k = dropNulls(rows[:k], y.Nulls)
	}
	return k
}

// boolEquality is == or != of truth values.
type boolEquality struct {
	ne   bool
	l, r operand
	out  result[bool]
}

func (n *boolEquality) row() rowFunc[bool] {
	x, y, ne := rowOf(n.l, boolLane), rowOf(n.r, boolLane), n.ne
	if x == nil || y == nil {
		return nil
	}
	return func(b *column.Batch) (bool, bool) {
		l, lNull := x(b)
		r, rNull := y(b)
		if lNull || rNull {
			return ne, false
		}
		return (l != r) == ne, false
	}
}

func (n *boolEquality) eval(b *column.Batch) (*column.Column, error) {
	x, y, err := evalBoth(&n.l, &n.r, b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	xs, ys := x.Bool[:len(dst)], y.Bool[:len(dst)]
	for i := range dst {
		dst[i] = (xs[i] != ys[i]) == n.ne
	}
	decideBoth(dst, x, y, n.ne)
	return &n.out.Column, nil
}

func decideBoth(dst []bool, x, y *column.Column, outcome bool) {
	if len(x.Nulls) != 0 {
		decideNulls(dst, x.Nulls, outcome)
	}
	if len(y.Nulls) != 0 {
		decideNulls(dst, y.Nulls, outcome)
	}
}

// stringComparison makes the node of == or != of strings.
func stringComparison(ne bool, l, r operand) node {
	if l.value != nil {
		l, r = r, l
	}
	n := &stringEquality{ne: ne, l: l, r: r, out: newResult(schema.Bool, boolLane)}
	if r.value != nil && !r.value.null() && r.value.one.Str[0].Inline() {
		n.short, n.c = true, r.value.one.Str[0]
	}
	return n
}

// stringEquality is == or != of strings.
type stringEquality struct {
	ne    bool
	l, r  operand
	short bool       // r is the constant c, which lies in its Str whole
	c     column.Str // then equal strings have equal words
	out   result[bool]
}

func (n *stringEquality) row() rowFunc[bool] {
	x, xOK := newCells(n.l)
	y, yOK := newCells(n.r)
	if !xOK || !yOK {
		return nil
	}
	ne, c := n.ne, n.c
	if n.short {
		return func(b *column.Batch) (bool, bool) {
			l := x.get(b)
			if l.IsNull(0) {
				return ne, false
			}
			return (l.Str[0] == c) != ne, false
		}
	}
	return func(b *column.Batch) (bool, bool) {
		l, r := x.get(b), y.get(b)
		if l.IsNull(0) || r.IsNull(0) {
			return ne, false
		}
		return column.Equal(l.Str[0], l.Arena, r.Str[0], r.Arena) != ne, false
	}
}

func (n *stringEquality) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.l.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	xs := x.Str[:len(dst)]
	if n.short {
		for i := range xs {
			dst[i] = (xs[i] == n.c) != n.ne
		}
		if len(x.Nulls) != 0 {
			decideNulls(dst, x.Nulls, n.ne)
		}
		return &n.out.Column, nil
	}
	y, err := n.r.eval(b)
	if err != nil {
		return nil, err
	}
	ys := y.Str[:len(dst)]
	for i := range dst {
		dst[i] = column.Equal(xs[i], x.Arena, ys[i], y.Arena) != n.ne
	}
	decideBoth(dst, x, y, n.ne)
	return &n.out.Column, nil
}

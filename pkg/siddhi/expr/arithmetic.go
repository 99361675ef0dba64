package expr

import (
	"math"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// arithmetic makes the node of + - * / %, whose operands have type t.
func arithmetic(op ast.Op, t schema.Type, l, r operand) operand {
	switch t {
	case schema.Int:
		return arithmeticOf(op, t, l, r, intLane, kernels[int32]{divideIntegers[int32], intDivider})
	case schema.Long:
		return arithmeticOf(op, t, l, r, longLane, kernels[int64]{divideIntegers[int64], longDivider})
	case schema.Float:
		return arithmeticOf(op, t, l, r, floatLane, kernels[float32]{divideFloats[float32], floatDivider[float32]})
	}
	return arithmeticOf(op, t, l, r, doubleLane, kernels[float64]{divideFloats[float64], floatDivider[float64]})
}

func arithmeticOf[T number](op ast.Op, t schema.Type, l, r operand, of lane[T], divide kernels[T]) operand {
	if l.value != nil && r.value == nil && (op == ast.Add || op == ast.Mul) {
		l, r = r, l // both commute: the constant goes right
	}
	if op == ast.Div || op == ast.Mod {
		n := &division[T]{op: op, l: l, r: r, columns: divide.columns, out: newResult(t, of)}
		if r.value != nil && !r.value.null() {
			n.byConst = divide.byConst(op, first(r.value, of))
		}
		return operand{node: n}
	}
	if r.value != nil && !r.value.null() {
		c := first(r.value, of)
		if op == ast.Sub {
			// Also exact for floats: a - c and a + (-c) round alike.
			op, c = ast.Add, -c
		}
		return operand{node: &withConst[T]{op: op, x: l, c: c, out: newResult(t, of)}}
	}
	return operand{node: &binary[T]{op: op, l: l, r: r, out: newResult(t, of)}}
}

// kernels are the loops of division for one type.
type kernels[T number] struct {
	columns func(op ast.Op, dst, x, y []T) (zeros bool)
	byConst func(op ast.Op, d T) func(dst, x []T) // nil where columns is as good
}

// binary is + - or * of two columns.
type binary[T number] struct {
	op   ast.Op
	l, r operand
	out  result[T]
}

func (n *binary[T]) row() rowFunc[T] {
	x, y := rowOf(n.l, n.out.of), rowOf(n.r, n.out.of)
	if x == nil || y == nil {
		return nil
	}
	op := n.op
	return func(b *column.Batch) (T, bool) {
		l, lNull := x(b)
		r, rNull := y(b)
		switch {
		case lNull || rNull:
			return 0, true
		case op == ast.Add:
			return l + r, false
		case op == ast.Sub:
			return l - r, false
		}
		return l * r, false
	}
}

func (n *binary[T]) eval(b *column.Batch) (*column.Column, error) {
	x, y, err := evalBoth(&n.l, &n.r, b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	combine(n.op, dst, *n.out.of.in(x), *n.out.of.in(y))
	if len(x.Nulls)+len(y.Nulls) != 0 {
		unionNulls(&n.out, dst, x.Nulls, y.Nulls)
	}
	return &n.out.Column, nil
}

func combine[T number](op ast.Op, dst, x, y []T) {
	x, y = x[:len(dst)], y[:len(dst)]
	switch op {
	case ast.Add:
		for i := range dst {
			dst[i] = x[i] + y[i]
		}
	case ast.Sub:
		for i := range dst {
			dst[i] = x[i] - y[i]
		}
	case ast.Mul:
		for i := range dst {
			dst[i] = x[i] * y[i]
		}
	}
}

// withConst is + or * of a column and a constant.
type withConst[T number] struct {
	op  ast.Op
	x   operand
	c   T
	out result[T]
}

func (n *withConst[T]) row() rowFunc[T] {
	x, c, add := rowOf(n.x, n.out.of), n.c, n.op == ast.Add
	if x == nil {
		return nil
	}
	return func(b *column.Batch) (T, bool) {
		v, null := x(b)
		switch {
		case null:
			return 0, true
		case add:
			return v + c, false
		}
		return v * c, false
	}
}

func (n *withConst[T]) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	src, c := (*n.out.of.in(x))[:len(dst)], n.c
	if n.op == ast.Add {
		for i, v := range src {
			dst[i] = v + c
		}
	} else {
		for i, v := range src {
			dst[i] = v * c
		}
	}
	if len(x.Nulls) != 0 {
		unionNulls(&n.out, dst, x.Nulls, nil)
	}
	return &n.out.Column, nil
}

// division is / or %. Where the divisor is zero the result is null.
type division[T number] struct {
	op      ast.Op
	l, r    operand
	columns func(op ast.Op, dst, x, y []T) (zeros bool)
	byConst func(dst, x []T) // set for constant divisors that have a quicker way
	out     result[T]
}

func (n *division[T]) row() rowFunc[T] {
	x, y := rowOf(n.l, n.out.of), rowOf(n.r, n.out.of)
	if x == nil || y == nil {
		return nil
	}
	quotient, dividend, divisor := make([]T, 1), make([]T, 1), make([]T, 1)
	if byConst := n.byConst; byConst != nil {
		return func(b *column.Batch) (T, bool) {
			v, null := x(b)
			if null {
				return 0, true
			}
			dividend[0] = v
			byConst(quotient, dividend)
			return quotient[0], false
		}
	}
	op, columns := n.op, n.columns
	return func(b *column.Batch) (T, bool) {
		l, lNull := x(b)
		r, rNull := y(b)
		if lNull || rNull || r == 0 {
			return 0, true
		}
		dividend[0], divisor[0] = l, r
		columns(op, quotient, dividend, divisor)
		return quotient[0], false
	}
}

func (n *division[T]) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.l.eval(b)
	if err != nil {
		return nil, err
	}
	if n.byConst != nil {
		dst := n.out.values(b.N)
		n.byConst(dst, (*n.out.of.in(x))[:len(dst)])
		if len(x.Nulls) != 0 {
			unionNulls(&n.out, dst, x.Nulls, nil)
		}
		return &n.out.Column, nil
	}
	y, err := n.r.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	ys := (*n.out.of.in(y))[:len(dst)]
	zeros := n.columns(n.op, dst, (*n.out.of.in(x))[:len(dst)], ys)
	if len(x.Nulls)+len(y.Nulls) != 0 {
		unionNulls(&n.out, dst, x.Nulls, y.Nulls)
	}
	if zeros {
		for i, v := range ys {
			if v == 0 {
				setNull(&n.out, dst, i)
			}
		}
	}
	return &n.out.Column, nil
}

func divideIntegers[T integer](op ast.Op, dst, x, y []T) (zeros bool) {
	x, y = x[:len(dst)], y[:len(dst)]
	if op == ast.Div {
		for i := range dst {
			if d := y[i]; d != 0 {
				dst[i] = x[i] / d
			} else {
				zeros = true
			}
		}
		return zeros
	}
	for i := range dst {
		if d := y[i]; d != 0 {
			dst[i] = x[i] % d
		} else {
			zeros = true
		}
	}
	return zeros
}

func divideFloats[T float](op ast.Op, dst, x, y []T) (zeros bool) {
	x, y = x[:len(dst)], y[:len(dst)]
	if op == ast.Div {
		for i := range dst {
			d := y[i]
			dst[i] = x[i] / d
			zeros = zeros || d == 0
		}
		return zeros
	}
	for i := range dst {
		d := y[i]
		dst[i] = T(math.Mod(float64(x[i]), float64(d)))
		zeros = zeros || d == 0
	}
	return zeros
}

package expr

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// numberCast is a plain change of number type: D(v), as Go and Java both do it except
// from float types to integers.
type numberCast[D, S number] struct {
	x    operand
	from lane[S]
	out  result[D]
}

func (n *numberCast[D, S]) row() rowFunc[D] {
	if l, ok := leafOf(n.x, n.from); ok {
		return func(b *column.Batch) (D, bool) {
			v, null := l.load(b)
			return D(v), null
		}
	}
	x := rowOf(n.x, n.from)
	if x == nil {
		return nil
	}
	return func(b *column.Batch) (D, bool) {
		v, null := x(b)
		return D(v), null
	}
}

func (n *numberCast[D, S]) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	src := (*n.from.in(x))[:len(dst)]
	for i, v := range src {
		dst[i] = D(v)
	}
	if len(x.Nulls) != 0 {
		unionNulls(&n.out, dst, x.Nulls, nil)
	}
	return &n.out.Column, nil
}

// truncation turns floats into integers as Java does.
type truncation[D integer, S float] struct {
	x    operand
	from lane[S]
	out  result[D]
}

func (n *truncation[D, S]) row() rowFunc[D] {
	x := rowOf(n.x, n.from)
	if x == nil {
		return nil
	}
	return func(b *column.Batch) (D, bool) {
		v, null := x(b)
		return javatext.Saturated[D](float64(v)), null
	}
}

func (n *truncation[D, S]) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	src := (*n.from.in(x))[:len(dst)]
	for i, v := range src {
		dst[i] = javatext.Saturated[D](float64(v))
	}
	unionNulls(&n.out, dst, x.Nulls, nil)
	return &n.out.Column, nil
}

// widen returns o, of type from, as a number of type to.
func widen(o operand, from, to schema.Type) operand {
	if from == to {
		return o
	}
	n := number2number(o, from, to)
	if o.value == nil {
		return operand{node: n}
	}
	col, _ := n.eval(&column.Batch{N: 1}) // a number cast of a constant cannot fail
	one := column.Column{Type: to}
	one.AppendFrom(col, 0)
	return newConstant(one)
}

// number2number makes the node that turns numbers of one type into another.
func number2number(o operand, from, to schema.Type) node {
	switch from {
	case schema.Int:
		return castFrom(o, to, intLane)
	case schema.Long:
		return castFrom(o, to, longLane)
	case schema.Float:
		return castFloat(o, to, floatLane)
	}
	return castFloat(o, to, doubleLane)
}

func castFrom[S number](o operand, to schema.Type, from lane[S]) node {
	switch to {
	case schema.Int:
		return &numberCast[int32, S]{o, from, newResult(to, intLane)}
	case schema.Long:
		return &numberCast[int64, S]{o, from, newResult(to, longLane)}
	case schema.Float:
		return &numberCast[float32, S]{o, from, newResult(to, floatLane)}
	}
	return &numberCast[float64, S]{o, from, newResult(to, doubleLane)}
}

func castFloat[S float](o operand, to schema.Type, from lane[S]) node {
	switch to {
	case schema.Int:
		return &truncation[int32, S]{o, from, newResult(to, intLane)}
	case schema.Long:
		return &truncation[int64, S]{o, from, newResult(to, longLane)}
	}
	return castFrom(o, to, from)
}

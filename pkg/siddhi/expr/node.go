package expr

import (
	"slices"
	"unsafe"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// node computes a column of b.N values, which is valid until its next call.
type node interface {
	eval(b *column.Batch) (*column.Column, error)
}

// operand is an input of a node: a column of the batch, a constant or a node.
// Columns are told apart to save a call each.
type operand struct {
	node  node // nil: column col of the batch
	col   int
	value *constant // set when node is a constant
	cell  cellFunc  // for batches of one row, where node is not needed for them
}

func (o *operand) eval(b *column.Batch) (*column.Column, error) {
	if o.node == nil {
		return b.Cols[o.col], nil
	}
	if b.N == 1 && o.cell != nil {
		return o.cell(b), nil
	}
	return o.node.eval(b)
}

func evalBoth(l, r *operand, b *column.Batch) (x, y *column.Column, err error) {
	if x, err = l.eval(b); err == nil {
		y, err = r.eval(b)
	}
	return x, y, err
}

// constant repeats one value.
type constant struct {
	one  column.Column // the value
	full column.Column // copies of it, as many as a batch ever needed
	view column.Column // the first b.N of full
}

func newConstant(one column.Column) operand {
	c := &constant{one: one, full: column.Column{Type: one.Type}, view: column.Column{Type: one.Type}}
	return operand{node: c, value: c, cell: func(*column.Batch) *column.Column { return &c.one }}
}

func (c *constant) null() bool { return c.one.IsNull(0) }

func (c *constant) eval(b *column.Batch) (*column.Column, error) {
	if c.view.Len() != b.N {
		for c.full.Len() < b.N {
			c.full.AppendFrom(&c.one, 0)
		}
		c.view = c.full.Slice(0, b.N)
	}
	return &c.view, nil
}

type integer interface{ ~int32 | ~int64 }

type float interface{ ~float32 | ~float64 }

type number interface{ integer | float }

// lane says where in a column the values of one Go type lie: the offset of the
// slice in the struct, so that generic code gets at it without a call.
type lane[T any] uintptr

const (
	intLane    = lane[int32](unsafe.Offsetof(column.Column{}.I32))
	longLane   = lane[int64](unsafe.Offsetof(column.Column{}.I64))
	floatLane  = lane[float32](unsafe.Offsetof(column.Column{}.F32))
	doubleLane = lane[float64](unsafe.Offsetof(column.Column{}.F64))
	boolLane   = lane[bool](unsafe.Offsetof(column.Column{}.Bool))
	stringLane = lane[column.Str](unsafe.Offsetof(column.Column{}.Str))
	objectLane = lane[any](unsafe.Offsetof(column.Column{}.Obj))
)

// in returns the slice of c.
func (l lane[T]) in(c *column.Column) *[]T { return (*[]T)(unsafe.Add(unsafe.Pointer(c), l)) }

// view shows bytes as a string; it is valid while they stay as they are.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// result is a column that a node fills.
type result[T any] struct {
	column.Column
	of lane[T]
}

func newResult[T any](t schema.Type, of lane[T]) result[T] {
	return result[T]{Column: column.Column{Type: t}, of: of}
}

// values returns n places for results, none of them null.
func (r *result[T]) values(n int) []T {
	v := r.of.in(&r.Column)
	if len(*v) != n { // a store of a pointer less, for batches of one size
		*v = grown(*v, n)
	}
	if len(r.Nulls) != 0 {
		r.Nulls = r.Nulls[:0]
	}
	return *v
}

func grown[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return slices.Grow(s[:0], n)[:n]
}

// unionNulls makes those results null of which an operand is null. The values
// under them become zero.
func unionNulls[T any](r *result[T], dst []T, a, b []bool) {
	if len(a) == 0 {
		a, b = b, nil
	}
	if len(a) == 0 {
		return
	}
	nulls := grown(r.Nulls, len(dst))
	copy(nulls, a)
	if len(b) != 0 {
		b = b[:len(nulls)]
		for i := range nulls {
			nulls[i] = nulls[i] || b[i]
		}
	}
	r.Nulls = nulls
	zeroNulls(dst, nulls)
}

func zeroNulls[T any](dst []T, nulls []bool) {
	var zero T
	nulls = nulls[:len(dst)]
	for i, null := range nulls {
		if null {
			dst[i] = zero
		}
	}
}

// setNull is Column.SetNull for a result of n values.
func setNull[T any](r *result[T], dst []T, i int) {
	if len(r.Nulls) == 0 {
		r.Nulls = grown(r.Nulls, len(dst))
		clear(r.Nulls)
	}
	var zero T
	dst[i] = zero
	r.Nulls[i] = true
}

// first returns the one value of a constant that is not null.
func first[T any](c *constant, of lane[T]) T { return (*of.in(&c.one))[0] }

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

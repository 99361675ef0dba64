package table

import (
	"math"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// term is a conjunct of a condition that an index can answer: an attribute of
// the table compared with something that only reads the stream.
type term struct {
	attr  int
	op    ast.Op // EQ, LT, LE, GT or GE, the attribute on the left
	value check.Expr
}

// termOf returns e as a term over a stream of width columns; those of the table end at end.
func termOf(e check.Expr, width, end int) (term, bool) {
	b, ok := e.(*check.Binary)
	if !ok || !(b.Op == ast.EQ || b.Op.IsOrdering()) {
		return term{}, false
	}
	if t, ok := sided(b.L, b.R, b.Op, width, end); ok {
		return t, true
	}
	return sided(b.R, b.L, b.Op.Mirrored(), width, end)
}

func sided(attr, value check.Expr, op ast.Op, width, end int) (term, bool) {
	c, ok := attr.(*check.Column)
	if !ok || c.Index < width || c.Index >= end || !streamOnly(value, width) || !exact(c.T, value.Type(), op) {
		return term{}, false
	}
	return term{c.Index - width, op, value}, true
}

// exact says whether comparing with the value turned into the attribute's kind
// of number is the comparison that the condition means. A whole number beside
// a broken one is compared as the latter, which can lose digits.
func exact(attr, value schema.Type, op ast.Op) bool {
	whole := func(t schema.Type) bool { return t == schema.Int || t == schema.Long }
	switch {
	case !attr.Numeric() || !value.Numeric():
		return attr == value && attr != schema.Object && op == ast.EQ
	case whole(attr):
		return whole(value)
	case attr == schema.Float && value == schema.Long:
		return op != ast.EQ // which takes doubles
	}
	return true
}

func streamOnly(e check.Expr, width int) bool {
	if expr.Fallible(e) {
		return false
	}
	return !slices.ContainsFunc(expr.Columns(e), func(col int) bool { return col >= width })
}

// probe is the value that rows of the stream ask an index for.
type probe struct {
	value *expr.Program
	conv  column.Column // the values as the attribute's type; no match is null
}

// eval returns the values in the attribute's type. A value that no attribute
// of the type can have becomes null, which nothing equals.
func (p *probe) eval(b *column.Batch) (*column.Column, error) {
	v, err := p.value.Eval(b)
	if err == nil {
		v, err = typed(v, b.N)
	}
	if err != nil || v.Type == p.conv.Type {
		return v, err
	}
	p.conv.Resize(b.N)
	for r := range b.N {
		if v.IsNull(r) || !convertNumber(&p.conv, v, r) {
			p.conv.SetNull(r)
		}
	}
	return &p.conv, nil
}

// convertNumber sets value r of dst to that of src, if it has it.
func convertNumber(dst, src *column.Column, r int) bool {
	switch dst.Type {
	case schema.Int:
		dst.I32[r] = int32(src.I64[r])
		return int64(dst.I32[r]) == src.I64[r]
	case schema.Long:
		dst.I64[r] = int64(src.I32[r])
	case schema.Float:
		switch src.Type {
		case schema.Int:
			dst.F32[r] = float32(src.I32[r])
		case schema.Long:
			dst.F32[r] = float32(src.I64[r])
		default:
			dst.F32[r] = float32(src.F64[r])
			return float64(dst.F32[r]) == src.F64[r]
		}
	case schema.Double:
		dst.F64[r] = double(src, r)
	}
	return true
}

func double(c *column.Column, r int) float64 {
	switch c.Type {
	case schema.Int:
		return float64(c.I32[r])
	case schema.Long:
		return float64(c.I64[r])
	case schema.Float:
		return float64(c.F32[r])
	}
	return c.F64[r]
}

// bound is one end of a range.
type bound struct {
	value *expr.Program // nil: open
	op    ast.Op
	vals  *column.Column
}

func (b *bound) eval(in *column.Batch) (err error) {
	if b.value != nil {
		if b.vals, err = b.value.Eval(in); err == nil {
			_, err = typed(b.vals, in.N)
		}
	}
	return err
}

// limit narrows [lo, hi], sortable values of an attribute of type t, to what
// compares with value r as the bound says. It reports whether anything can.
func (b *bound) limit(t schema.Type, r int, lo, hi *uint64) bool {
	if b.value == nil {
		return true
	}
	if b.vals.IsNull(r) {
		return false
	}
	at := sortableAs(t, b.vals, r)
	if at == math.MaxUint64 && (t == schema.Float || t == schema.Double) {
		return false // not a number
	}
	switch b.op {
	case ast.GT:
		if at == math.MaxUint64 {
			return false
		}
		*lo = max(*lo, at+1)
	case ast.GE:
		*lo = max(*lo, at)
	case ast.LT:
		if at == 0 {
			return false
		}
		*hi = min(*hi, at-1)
	case ast.LE:
		*hi = min(*hi, at)
	}
	return true
}

// sortableAs is sortable of a number that stands for one of type t. Of a double
// beside a float it is that of the double, which need not be a float.
func sortableAs(t schema.Type, c *column.Column, r int) uint64 {
	switch {
	case t == schema.Float && c.Type == schema.Int:
		return sortableFloat(float64(float32(c.I32[r])))
	case t == schema.Float && c.Type == schema.Long:
		return sortableFloat(float64(float32(c.I64[r])))
	case t == schema.Float || t == schema.Double:
		return sortableFloat(double(c, r))
	}
	return sortable(c, r)
}

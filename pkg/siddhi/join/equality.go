package join

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// equalities are the values that one side brings into the equalities of a
// condition, each in the type in which it is compared.
type equalities struct {
	programs []*expr.Program
	as       []column.Column // values in another type than they come
	reads    []int
	cols     []*column.Column
}

// split takes out of a condition the equalities between something that only
// reads the triggering side and something that only reads the searched one, and
// returns what both sides bring into them and the rest of the condition, nil if
// none is left.
func split(on check.Expr, l *Layout, env expr.Env) (own, other *equalities, rest check.Expr, err error) {
	own, other = &equalities{}, &equalities{}
	for _, e := range check.Conjuncts(on) {
		mine, its, t := equality(e, l)
		if t == schema.Invalid {
			rest = check.And(rest, e)
			continue
		}
		if err := own.add(mine, t, env); err != nil {
			return nil, nil, nil, err
		}
		if err := other.add(its, t, env); err != nil {
			return nil, nil, nil, err
		}
	}
	return own, other, rest, nil
}

// equality returns what the two sides bring into e and the type in which it is
// compared; Invalid if an index cannot answer e.
func equality(e check.Expr, l *Layout) (own, other check.Expr, t schema.Type) {
	b, ok := e.(*check.Binary)
	if !ok || b.Op != ast.EQ {
		return nil, nil, schema.Invalid
	}
	t = common(b.L.Type(), b.R.Type())
	if t == schema.Invalid || !steady(b.L) || !steady(b.R) || slices.ContainsFunc(expr.Columns(b), l.timed) {
		return nil, nil, schema.Invalid
	}
	lo, lt := sides(b.L, l)
	ro, rt := sides(b.R, l)
	switch {
	case !lt && rt && !ro:
		return b.L, b.R, t
	case !rt && lt && !lo:
		return b.R, b.L, t
	}
	return nil, nil, schema.Invalid
}

// sides says which sides e reads.
func sides(e check.Expr, l *Layout) (own, other bool) {
	for _, c := range expr.Columns(e) {
		if l.own(c) {
			own = true
		} else {
			other = true
		}
	}
	return own, other
}

// steady says whether e has one value for a row, whenever it is asked for.
func steady(e check.Expr) bool {
	if expr.Fallible(e) || expr.UsesClock(e) {
		return false
	}
	ok := true
	check.Walk(e, func(e check.Expr) {
		switch e.(type) {
		case *check.Call, *check.In:
			ok = false
		}
	})
	return ok
}

// common returns the type in which values of two types are compared for
// equality, if equal means the same there as in an index.
func common(a, b schema.Type) schema.Type {
	is := func(t schema.Type, of ...schema.Type) bool { return slices.Contains(of, t) }
	switch {
	case a == b && is(a, schema.String, schema.Bool, schema.Int, schema.Long, schema.Float, schema.Double):
		return a
	case is(a, schema.Int, schema.Long) && is(b, schema.Int, schema.Long):
		return schema.Long
	case is(a, schema.Float, schema.Double) && is(b, schema.Float, schema.Double):
		return schema.Double
	}
	return schema.Invalid
}

func (q *equalities) add(e check.Expr, t schema.Type, env expr.Env) error {
	p, err := expr.Compile(e, env)
	if err != nil {
		return fmt.Errorf("on: %w", err)
	}
	q.programs = append(q.programs, p)
	q.as = append(q.as, column.Column{Type: t})
	q.cols = append(q.cols, nil)
	q.reads = append(q.reads, expr.Columns(e)...)
	slices.Sort(q.reads)
	q.reads = slices.Compact(q.reads)
	return nil
}

func (q *equalities) types() []schema.Type {
	all := make([]schema.Type, len(q.as))
	for i := range q.as {
		all[i] = q.as[i].Type
	}
	return all
}

// eval returns the values for the rows of b.
func (q *equalities) eval(b *column.Batch) ([]*column.Column, error) {
	for i, p := range q.programs {
		v, err := p.Eval(b)
		if err != nil {
			return nil, err
		}
		q.cols[i] = compared(v, &q.as[i], b.N)
	}
	return q.cols, nil
}

// compared returns the first n values of v as they are compared: in as, of its
// type, unless v can stay. A float is taken for what it is equal to: -0.0 for
// 0.0, NaN, which is equal to nothing, for null.
func compared(v, as *column.Column, n int) *column.Column {
	switch {
	case as.Type == schema.Long && v.Type == schema.Int:
		as.Resize(n)
		widen(as.I64, v.I32[:n])
	case as.Type == schema.Double && v.Type == schema.Float:
		as.Resize(n)
		widen(as.F64, v.F32[:n])
		noNaN(as, as.F64)
	case as.Type == schema.Double:
		as.Resize(n)
		widen(as.F64, v.F64[:n])
		noNaN(as, as.F64)
	case as.Type == schema.Float:
		as.Resize(n)
		widen(as.F32, v.F32[:n])
		noNaN(as, as.F32)
	default:
		return v
	}
	if v.HasNulls() {
		for r := range n {
			if v.Nulls[r] {
				as.SetNull(r)
			}
		}
	}
	return as
}

func widen[T, F int32 | int64 | float32 | float64](to []T, from []F) {
	to = to[:len(from)]
	for i, x := range from {
		to[i] = T(x) + 0 // -0.0 + 0 is 0.0
	}
}

func noNaN[T float32 | float64](c *column.Column, values []T) {
	for i, x := range values {
		if x != x {
			c.SetNull(i)
		}
	}
}

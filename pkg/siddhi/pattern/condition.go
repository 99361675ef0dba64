package pattern

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// condition is what an event must satisfy to take a state, cut into the
// conjuncts that can be had cheaply and the rest. All of them must hold.
type condition struct {
	own     *expr.Predicate // looks at the event alone; nil: nothing
	ownCols []int           // attributes that it reads

	equal []pair       // event attribute == earlier attribute: an index answers
	plain []comparison // event attribute against earlier attribute of the same type
	rest  *remainder   // anything else; nil: nothing

	fallible bool // rest, or at the first state own, can fail
}

// pair is an attribute of an earlier state's event and one of the event at hand.
type pair struct {
	typ   schema.Type
	state int
	attr  int
	event int
}

// comparison is earlier op event.
type comparison struct {
	pair
	op ast.Op
}

// remainder is the part of a condition that is evaluated over a batch of
// candidates: a row for each waiting match, with the event beside it.
type remainder struct {
	pred   *expr.Predicate
	before []pair // columns of earlier events; event is the position in the match
	event  []int  // attributes of the event
	batch  column.Batch
	refs   []int32
	same   []int32
	chosen []int32
}

func (o *Operator) compile(in *check.PatternInput, k int, env expr.Env) (condition, error) {
	var c condition
	filter := in.Slots[k].Filter
	if filter == nil {
		return c, nil
	}
	var own, rest check.Expr
	for _, part := range check.Conjuncts(filter) {
		c.fallible = c.fallible || expr.Fallible(part)
		if c.fallible && k > 0 { // asked where the conjuncts in front of it hold, and those behind it only then
			rest = check.And(rest, part)
			continue
		}
		if o.ownOnly(part, k) {
			own = check.And(own, part)
			continue
		}
		cmp, ok := o.comparison(part, k)
		switch {
		case ok && cmp.op == ast.EQ && indexable(cmp.typ) && !o.sequence:
			c.equal = append(c.equal, cmp.pair)
		case ok:
			c.plain = append(c.plain, cmp)
		default:
			rest = check.And(rest, part)
		}
	}
	var err error
	if own != nil {
		if c.own, err = expr.CompilePredicate(own, env); err != nil {
			return c, err
		}
		for _, col := range expr.Columns(own) {
			c.ownCols = append(c.ownCols, col-o.stages[k].offset)
		}
	}
	if rest != nil {
		if c.rest, err = o.remainder(rest, k, env); err != nil {
			return c, err
		}
	}
	return c, nil
}

// ownOnly says whether e reads nothing but the event at state k.
func (o *Operator) ownOnly(e check.Expr, k int) bool {
	return !slices.ContainsFunc(expr.Columns(e), func(c int) bool { return c < o.stages[k].offset })
}

// indexable types are those whose == is what column.KeyIndex calls the same
// key: floats have NaN and two zeros.
func indexable(t schema.Type) bool {
	return t == schema.String || t == schema.Int || t == schema.Long || t == schema.Bool
}

// comparison recognises a comparison of an attribute of the event at state k
// with an attribute of an earlier one, of the same type.
func (o *Operator) comparison(e check.Expr, k int) (comparison, bool) {
	b, ok := e.(*check.Binary)
	if !ok || !b.Op.IsOrdering() && !b.Op.IsEquality() {
		return comparison{}, false
	}
	l, okL := b.L.(*check.Column)
	r, okR := b.R.(*check.Column)
	if !okL || !okR || l.T != r.T || l.T == schema.Object {
		return comparison{}, false
	}
	op, offset := b.Op, o.stages[k].offset
	if l.Index >= offset { // the event stands first
		l, r = r, l
		op = op.Mirrored()
	}
	if l.Index >= offset || r.Index < offset {
		return comparison{}, false
	}
	state, attr := o.place(l.Index)
	return comparison{pair{l.T, state, attr, r.Index - offset}, op}, true
}

// place returns state and attribute of a column of the match.
func (o *Operator) place(col int) (state, attr int) {
	for state+1 < len(o.stages) && col >= o.stages[state+1].offset {
		state++
	}
	return state, col - o.stages[state].offset
}

func (o *Operator) remainder(e check.Expr, k int, env expr.Env) (*remainder, error) {
	pred, err := expr.CompilePredicate(e, env)
	if err != nil {
		return nil, err
	}
	r := &remainder{pred: pred}
	r.batch.Cols = make([]*column.Column, o.width)
	for i := range r.batch.Cols {
		r.batch.Cols[i] = &column.Column{}
	}
	for _, col := range expr.Columns(e) {
		state, attr := o.place(col)
		if state == k {
			r.event = append(r.event, attr)
		} else {
			r.before = append(r.before, pair{state: state, attr: attr, event: col})
		}
		r.batch.Cols[col].Type = o.stages[state].attrs[attr].Type
	}
	return r, nil
}

// holds compares value i of a, the earlier event's, with value j of b. With a
// null only != holds.
func (c *comparison) holds(a *column.Column, i int, b *column.Column, j int) bool {
	if a.IsNull(i) || b.IsNull(j) {
		return c.op == ast.NE
	}
	switch c.typ {
	case schema.Int:
		return ordered(c.op, a.I32[i], b.I32[j])
	case schema.Long:
		return ordered(c.op, a.I64[i], b.I64[j])
	case schema.Float:
		return ordered(c.op, a.F32[i], b.F32[j])
	case schema.Double:
		return ordered(c.op, a.F64[i], b.F64[j])
	case schema.String:
		return column.Equal(a.Str[i], a.Arena, b.Str[j], b.Arena) == (c.op == ast.EQ)
	case schema.Bool:
		return (a.Bool[i] == b.Bool[j]) == (c.op == ast.EQ)
	}
	return false
}

func ordered[T int32 | int64 | float32 | float64](op ast.Op, a, b T) bool {
	switch op {
	case ast.LT:
		return a < b
	case ast.LE:
		return a <= b
	case ast.GT:
		return a > b
	case ast.GE:
		return a >= b
	case ast.EQ:
		return a == b
	default:
		return a != b
	}
}

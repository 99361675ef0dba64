package window

import (
	"fmt"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// condition is what an expression window holds its rows to: programs over one
// row, which is put together of views of the kept columns, and aggregates of
// what is held. As in Siddhi, and, or and ifThenElse evaluate an
// operand only if it matters, and an aggregate that is not evaluated does not
// see the row: so these make a tree, whose leaves are programs.
type condition struct {
	def   *check.Condition
	tests []test // the last one is the root
	aggs  []aggregation
	reads [3][]int // attributes read of the event, of first and of last

	row   column.Batch
	views []column.Column
}

// test is a node of the tree: a program, or the tests a, b and c under an operator.
type test struct {
	op      testOp
	a, b, c int
	program *expr.Program
	aggs    []int // of the program
}

type testOp uint8

const (
	leaf testOp = iota
	both
	either
	negated
	chosen // b if a, else c
)

// truth is the value of a test.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// aggregation is one aggregator of a condition.
type aggregation struct {
	f      aggregate.Function
	args   []*expr.Program
	cols   []*column.Column
	result *column.Column
	rows   aggregate.Rows
	// fresh is set where the result of a Reset is 0, not null.
	fresh bool
	name  string
	takes [2]bool // strays that come (Current) and that leave (Expired)
}

// noTime is the timestamp of the row of three events that Siddhi evaluates a
// condition over: eventTimestamp() without an argument returns it.
const noTime = -1

var expiredOnly = []column.Kind{column.Expired}

func newCondition(def *check.Condition, env expr.Env) (*condition, error) {
	c := &condition{def: def}
	width := def.Results() + len(def.Aggregates)
	c.views = make([]column.Column, width)
	c.row = column.Batch{N: 1, Time: []int64{noTime}, Cols: make([]*column.Column, width)}
	for i := range c.views {
		c.row.Cols[i] = &c.views[i]
	}
	for i := def.Times(); i < def.Results(); i++ {
		c.views[i] = column.Column{Type: schema.Long, I64: make([]int64, 1)}
	}
	for i, a := range def.Aggregates {
		agg, err := newAggregation(a, &c.views[def.Results()+i], env)
		if err != nil {
			return nil, err
		}
		c.aggs = append(c.aggs, agg)
	}
	c.noteReads()
	if _, err := c.compile(def.Root, env); err != nil {
		return nil, err
	}
	return c, nil
}

func newAggregation(a *check.Aggregate, result *column.Column, env expr.Env) (aggregation, error) {
	agg := aggregation{result: result, rows: aggregate.Rows{Hi: 1, Groups: make([]int32, 1)}, name: a.Fn.FullName()}
	agg.takes[column.Current], agg.takes[column.Expired] = aggregate.TakesStrays(a.Fn)
	result.Type = a.T
	var types []schema.Type
	for _, arg := range a.Args {
		p, err := expr.Compile(arg, env)
		if err != nil {
			return agg, fmt.Errorf("argument of %s: %w", a.Fn.FullName(), err)
		}
		agg.args, types = append(agg.args, p), append(types, arg.Type())
	}
	agg.cols = make([]*column.Column, len(agg.args))
	f, err := aggregate.New(a.Fn, types, aggregate.AnyOrder)
	if err != nil {
		return agg, err
	}
	agg.f = f
	f.Grow(1)
	switch a.Fn.Name {
	case "count", "distinctCount", "minForever", "maxForever":
		agg.fresh = true
	case "sum":
		agg.fresh = a.T == schema.Long
	}
	return agg, nil
}

// noteReads finds the columns that are read.
func (c *condition) noteReads() {
	width := len(c.def.Attrs)
	seen := make([]bool, c.def.Times())
	note := func(e check.Expr) {
		if col, ok := e.(*check.Column); ok && col.Index < c.def.Times() && !seen[col.Index] {
			seen[col.Index] = true
			of := &c.reads[col.Index/width]
			*of = append(*of, col.Index%width)
		}
	}
	check.Walk(c.def.Root, note)
	for _, a := range c.def.Aggregates {
		for _, arg := range a.Args {
			check.Walk(arg, note)
		}
	}
}

// compile appends the test of e and returns its number.
func (c *condition) compile(e check.Expr, env expr.Env) (int, error) {
	t := test{op: leaf}
	var operands []check.Expr
	switch x := e.(type) {
	case *check.Binary:
		switch x.Op {
		case ast.And:
			t.op, operands = both, []check.Expr{x.L, x.R}
		case ast.Or:
			t.op, operands = either, []check.Expr{x.L, x.R}
		}
	case *check.Not:
		t.op, operands = negated, []check.Expr{x.X}
	case *check.Call:
		if x.Fn.Namespace == "" && x.Fn.Name == "ifThenElse" {
			t.op, operands = chosen, x.Args
		}
	}
	t.aggs = c.aggregatesIn(e)
	if t.op == leaf || len(t.aggs) == 0 {
		t.op = leaf
		var err error
		if t.program, err = expr.Compile(e, env); err != nil {
			return 0, err
		}
	} else {
		to := []*int{&t.a, &t.b, &t.c}
		for i, operand := range operands {
			n, err := c.compile(operand, env)
			if err != nil {
				return 0, err
			}
			*to[i] = n
		}
	}
	c.tests = append(c.tests, t)
	return len(c.tests) - 1, nil
}

func (c *condition) aggregatesIn(e check.Expr) []int {
	var list []int
	check.Walk(e, func(e check.Expr) {
		if col, ok := e.(*check.Column); ok && col.Index >= c.def.Results() {
			list = append(list, col.Index-c.def.Results())
		}
	})
	return list
}

// look puts the row together: the event at slot with the time at, and the rows
// that are first and last.
func (c *condition) look(s *store, slot, first, last int32, at, firstAt, lastAt int64) {
	width := len(c.def.Attrs)
	for i, row := range [...]int32{slot, first, last} {
		for _, attr := range c.reads[i] {
			c.views[i*width+attr] = s.column(attr).Slice(int(row), int(row)+1)
		}
	}
	for i, t := range [...]int64{at, firstAt, lastAt} {
		c.views[c.def.Times()+i].I64[0] = t
	}
}

// holds evaluates the condition for the row, which the aggregates take in
// (Current), give back (Expired) or forget all for (Reset).
func (c *condition) holds(kind column.Kind) (truth, error) {
	return c.eval(len(c.tests)-1, kind)
}

func (c *condition) eval(n int, kind column.Kind) (truth, error) {
	t := &c.tests[n]
	if t.op == leaf {
		return c.evalLeaf(t, kind)
	}
	a, err := c.eval(t.a, kind)
	if err != nil {
		return no, err
	}
	next := t.b
	switch t.op {
	case negated:
		return truthOf(a != yes), nil
	case both:
		if a != yes {
			return no, nil
		}
	case either:
		if a == yes {
			return yes, nil
		}
	case chosen:
		if a != yes {
			next = t.c
		}
		return c.eval(next, kind)
	}
	b, err := c.eval(next, kind)
	return truthOf(b == yes), err
}

func (c *condition) evalLeaf(t *test, kind column.Kind) (truth, error) {
	for _, i := range t.aggs {
		if err := c.aggs[i].update(&c.row, kind); err != nil {
			return no, err
		}
	}
	col, err := t.program.Eval(&c.row)
	switch {
	case err != nil:
		return no, err
	case col.IsNull(0):
		return unknown, nil
	}
	return truthOf(col.Bool[0]), nil
}

func (a *aggregation) update(row *column.Batch, kind column.Kind) error {
	a.result.Resize(1)
	if kind == column.Reset {
		a.f.Reset(0)
		a.result.SetNull(0)
		if a.fresh {
			a.result.Nulls[0] = false
		}
		return nil
	}
	for i, p := range a.args {
		col, err := p.Eval(row)
		if err != nil {
			return err
		}
		if v, ok := col.Stray(0); ok && !a.takes[kind&1] {
			return expr.NewStrayError(schema.Attribute{Name: "of " + a.name, Type: col.Type}, v)
		}
		a.cols[i] = col
	}
	a.rows.Kinds = nil
	if kind == column.Expired {
		a.rows.Kinds = expiredOnly
	}
	a.f.Update(a.cols, &a.rows, a.result)
	return nil
}

// forget empties the aggregates.
func (c *condition) forget() {
	for i := range c.aggs {
		c.aggs[i].f.Reset(0)
	}
}

func (c *condition) snapshot(e *state.Encoder) {
	for i := range c.aggs {
		c.aggs[i].f.Snapshot(e)
	}
}

func (c *condition) restore(d *state.Decoder) {
	for i := range c.aggs {
		if err := c.aggs[i].f.Restore(d); err != nil {
			d.Fail(err)
			return
		}
	}
}

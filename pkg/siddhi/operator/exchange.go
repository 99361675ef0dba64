package operator

import (
	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
)

// Exchange is a sliding window and the selector behind it in one step, with the
// Tag in front of them if there is one. Nobody sees the rows that leave: the
// output is computed over the rows that come as they are, and only what
// aggregates take back is read of those that leave.
type Exchange struct {
	tag    *Tag // may be nil
	window flow.Exchanger
	sel    *Select
	both   *column.Buffer // see merged
}

// NewExchange makes the step for a selector of which Exchanges says true. What
// the window emits otherwise, when time has passed, goes to the selector itself.
func NewExchange(tag *Tag, window flow.Exchanger, sel *Select) *Exchange {
	return &Exchange{tag: tag, window: window, sel: sel}
}

// Into implements flow.Direct.
func (e *Exchange) Into(next flow.Emit) flow.Emit {
	return func(b *column.Batch) error { return e.Process(b, next) }
}

// Process implements flow.Operator.
func (e *Exchange) Process(b *column.Batch, emit flow.Emit) error {
	if e.tag != nil {
		b = e.tag.mark(b)
	}
	x := e.window.Exchange(b)
	if e.sel.hasStrays(x.Rows) || x.Leaving.N > 0 && e.sel.hasStrays(x.Leaving) {
		return e.sel.Process(e.merged(x), emit)
	}
	return e.sel.exchange(x, emit)
}

// Exchanges says whether the selector can stand in an Exchange: expired rows do
// not leave the query, nothing that is computed can fail for one of them, and the
// arguments of aggregates are for a row that leaves what they were when it came.
func (s *Select) Exchanges() bool {
	if s.groups == nil || s.events != ast.CurrentEvents || s.fallible || !s.groups.sliding {
		return false
	}
	if s.groups.seen != nil || s.having.asks() { // what aggregators that are told of some rows only find is read at each
		return false
	}
	for i, a := range s.sel.Aggregates {
		if _, ok := s.groups.aggs[i].(aggregate.Exchanger); !ok {
			return false
		}
		for _, arg := range a.Args {
			if !expr.Lasting(arg) {
				return false
			}
		}
	}
	return len(s.sel.GroupBy) == 0 || s.groups.carried > 0
}

// Arguments returns the input columns that the arguments of aggregates read: in
// an Exchange nothing else is asked of the rows that leave.
func Arguments(sel *check.Select) []int {
	used := make([]bool, len(sel.In))
	noteArguments(sel, used)
	return indexes(used)
}

// noteArguments sets used for the columns that the arguments of aggregates read.
func noteArguments(sel *check.Select, used []bool) {
	for _, a := range sel.Aggregates {
		for _, c := range columnsOf(a.Args) {
			used[c] = true
		}
	}
}

// exchange computes the output for the rows of x that came.
func (s *Select) exchange(x *flow.Exchange, emit flow.Emit) error {
	b := x.Rows
	coming, err := s.groups.exchange(x)
	if err != nil || b.N == 0 {
		return err
	}
	in := s.extend(b)
	if s.having == nil && (b.Ends == nil || s.every) { // every row leaves
		if err := s.project(in); err != nil {
			return err
		}
		return s.finish(emit)
	}
	s.groupOf = append(s.groups.ids[:0], coming...) // having closes the gaps between the rows that it lets pass
	s.groups.ids = s.groupOf
	s.rows = s.wantedRows(in, s.rows[:0])
	return s.leave(in, emit)
}

// trade is the part of groups that exchanges rows.
type trade struct {
	aggregate.Exchange
	aggs    []aggregate.Exchanger // those of groups
	leaving arguments
	zeros   []int32
}

// arguments are those of several aggregates, one after the other.
type arguments struct {
	items []item
	cols  []*column.Column // their values
}

func (a *arguments) add(items []item) {
	a.items = append(a.items, items...)
	for range items {
		a.cols = append(a.cols, column.Unread)
	}
}

// evaluate computes the first n arguments for all rows of b into a.cols.
func (a *arguments) evaluate(b *column.Batch, n int) error {
	cols := a.cols[:n]
	for i := range cols {
		var c *column.Column
		if n := a.items[i].column; n >= 0 {
			c = b.Cols[n]
		} else {
			var err error
			if c, err = a.items[i].program.Eval(b); err != nil {
				return err
			}
		}
		if cols[i] != c { // the same as last time, mostly: a store of a pointer less
			cols[i] = c
		}
	}
	return nil
}

// exchange folds rows in and out and returns the groups of those that came.
// g.results then has the aggregates as they stood after each of these.
func (g *groups) exchange(x *flow.Exchange) ([]int32, error) {
	t := &g.trade
	if err := g.coming.evaluate(x.Rows, len(g.coming.items)); err != nil {
		return nil, err
	}
	if x.Leaving.N > 0 { // else their columns are empty, as those of last time were when they were read
		if err := t.leaving.evaluate(x.Leaving, len(t.leaving.items)); err != nil {
			return nil, err
		}
	}
	t.Before = x.Before
	g.assignExchanged(x)
	coming, leaving := g.coming.cols, t.leaving.cols
	for i, f := range t.aggs {
		out, n := g.results[i], len(g.args[i])
		out.Resize(x.Rows.N)
		f.Exchange(&t.Exchange, coming[:n], leaving[:n], out)
		coming, leaving = coming[n:], leaving[n:]
	}
	if g.carried > 0 {
		g.lose(nil, t.Leaving)
		g.discard()
	}
	return t.Coming, nil
}

// assignExchanged finds the groups of the rows of x.
func (g *groups) assignExchanged(x *flow.Exchange) {
	t, came, left := &g.trade, x.Rows, x.Leaving
	switch {
	case g.carried > 0:
		t.Coming, t.Leaving = came.Cols[g.carried].I32[:came.N], left.Cols[g.carried].I32[:left.N]
	case came.Key == nil:
		if n := max(came.N, left.N); n > len(t.zeros) {
			t.zeros = make([]int32, n)
		}
		t.Coming, t.Leaving = t.zeros[:came.N], t.zeros[:left.N]
		g.grow(1)
	default:
		t.Coming, t.Leaving = came.Key[:came.N], left.Key[:left.N]
		for _, k := range t.Coming {
			if int(k) >= g.cap {
				g.grow(int(k) + 1)
			}
		}
	}
}

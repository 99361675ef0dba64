package operator

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
)

// part is what an aggregator needs of which not every row is told: as in Siddhi
// and, or and ifThenElse evaluate an operand only where it matters, and an
// aggregator in one that is not evaluated does not see the row.
type part struct {
	when   *expr.Predicate // which rows it is told of
	need   []int           // columns that its arguments read
	some   *column.Buffer  // those rows, their groups, and the results
	rows   []int32
	groups []int32
	args   []*column.Column
	found  column.Column
	// where has, for each row, its place in found; spread the results at all
	// rows, null at those that it was not told of: nobody asks for these.
	where  []int32
	spread column.Column
}

// partView is what parts are evaluated over: some rows of a batch, with the
// results of the aggregates that come before.
type partView struct {
	rows   column.Batch
	slices []column.Column // of the batch's columns, then of the results
	inputs int             // columns of the input
}

// makeParts finds the aggregators that are not told of every row.
func (g *groups) makeParts(c clause, opts Options) error {
	g.parts = make([]*part, len(c.calls))
	for i, when := range conditions(c) {
		if when == nil {
			continue
		}
		p := &part{need: columnsOf(c.calls[i].Args), some: column.NewBuffer(c.in)}
		p.found.Type, p.spread.Type = c.calls[i].T, c.calls[i].T
		var err error
		if p.when, err = expr.CompilePredicate(when, opts.Env); err != nil {
			return err
		}
		g.parts[i] = p
		g.seen = newPartView(len(c.in), len(c.calls))
	}
	return nil
}

func columnsOf(all []check.Expr) []int {
	need := []int{} // never nil: that would mean all
	for _, e := range all {
		need = append(need, expr.Columns(e)...)
	}
	return need
}

// conditions returns for each aggregator the condition under which it is
// evaluated; nil stands for always.
func conditions(c clause) []check.Expr {
	when := make([]check.Expr, len(c.calls))
	var visit func(e, path check.Expr)
	visit = func(e, path check.Expr) {
		switch e := e.(type) {
		case *check.Column:
			if e.Index >= len(c.in) {
				when[e.Index-len(c.in)] = path
			}
		case *check.Binary:
			visit(e.L, path)
			switch e.Op {
			case ast.And:
				path = check.And(path, e.L)
			case ast.Or:
				path = check.And(path, &check.Not{Span: e.Span, X: e.L})
			}
			visit(e.R, path)
		case *check.Not:
			visit(e.X, path)
		case *check.IsNull:
			visit(e.X, path)
		case *check.Call:
			if e.Fn.FullName() != "ifThenElse" {
				for _, a := range e.Args {
					visit(a, path)
				}
				return
			}
			visit(e.Args[0], path)
			visit(e.Args[1], check.And(path, e.Args[0]))
			visit(e.Args[2], check.And(path, &check.Not{Span: e.Span, X: e.Args[0]}))
		}
	}
	for _, e := range c.reads {
		visit(e, nil)
	}
	return when
}

func newPartView(inputs, results int) *partView {
	n := inputs + results
	return &partView{rows: column.Batch{Cols: make([]*column.Column, n)}, slices: make([]column.Column, n), inputs: inputs}
}

// begin makes v a view of rows lo to hi of b.
func (v *partView) begin(b *column.Batch, results []*column.Column, lo, hi int) {
	v.rows.N, v.rows.Time = hi-lo, b.Time[lo:hi]
	v.rows.Kind, v.rows.Key = nil, nil
	if b.Kind != nil {
		v.rows.Kind = b.Kind[lo:hi]
	}
	if b.Key != nil {
		v.rows.Key = b.Key[lo:hi]
	}
	for i := range v.rows.Cols {
		var c *column.Column
		if i < v.inputs {
			c = b.Cols[i]
		} else {
			c = results[i-v.inputs]
		}
		v.rows.Cols[i] = c
		if hi-lo < b.N {
			v.slices[i] = c.Slice(lo, hi)
			v.rows.Cols[i] = &v.slices[i]
		}
	}
}

// tellPart tells aggregator i of those rows of g.seen that it is evaluated for.
// The first of them is row lo of the batch.
func (g *groups) tellPart(i, lo int) error {
	p, b := g.parts[i], &g.seen.rows
	var err error
	if p.rows, err = p.when.Select(b, p.rows[:0]); err != nil {
		return err
	}
	p.some.Gather(b, p.rows, p.need)
	p.groups, p.where = p.groups[:0], p.where[:0]
	for range b.N {
		p.where = append(p.where, column.None)
	}
	for k, r := range p.rows {
		p.groups = append(p.groups, g.ids[lo+int(r)])
		p.where[r] = int32(k)
	}
	if len(p.rows) > 0 {
		if err := g.tell(i, p); err != nil {
			return err
		}
	}
	p.spread.GatherOrNull(&p.found, p.where)
	g.seen.rows.Cols[g.seen.inputs+i] = &p.spread
	g.results[i].AppendColumn(&p.spread, b.N)
	return nil
}

// tell has aggregator i fold the rows of its part.
func (g *groups) tell(i int, p *part) error {
	b := &p.some.Batch
	p.args = p.args[:0]
	for k := range g.args[i] {
		c, err := g.args[i][k].eval(b)
		if err != nil {
			return err
		}
		p.args = append(p.args, c)
	}
	rows := g.rows
	rows.Lo, rows.Hi, rows.Groups, rows.Kinds = 0, b.N, p.groups, nil
	if g.sliding {
		rows.Kinds = b.Kind
	}
	p.found.Resize(b.N)
	g.aggs[i].Update(p.args, &rows, &p.found)
	return nil
}

// skipReset gives the parts no result at a Reset row.
func (g *groups) skipReset() {
	for i, p := range g.parts {
		if p != nil {
			g.results[i].AppendNull()
		}
	}
}

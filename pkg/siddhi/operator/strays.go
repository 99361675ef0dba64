package operator

import (
	"errors"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// argument is that of an aggregator, where strays may come.
type argument struct {
	attr            schema.Attribute
	coming, leaving bool // rows of which the aggregator takes strays
}

func newArgument(call *check.Aggregate, arg check.Expr) *argument {
	a := &argument{attr: schema.Attribute{Name: "of " + call.Fn.FullName(), Type: arg.Type()}}
	if c, ok := arg.(*check.Column); ok {
		a.attr.Name = c.Name
	}
	a.coming, a.leaving = aggregate.TakesStrays(call.Fn)
	return a
}

// refuses returns the error of the first row of b with a stray that the aggregator
// does not take; c has the values.
func (a *argument) refuses(b *column.Batch, c *column.Column) error {
	for row := range b.N {
		v, ok := c.Stray(row)
		if !ok {
			continue
		}
		switch k := b.KindOf(row); {
		case k == column.Current && !a.coming, k == column.Expired && !a.leaving:
			return expr.NewStrayError(a.attr, v)
		}
	}
	return nil
}

// fails returns the error of a place for rows of b.
func (p *place) fails(b *column.Batch) error {
	if !p.present(b) {
		return nil
	}
	c, err := p.item.eval(b)
	if err == nil && p.arg != nil && c.HasStrays() {
		return p.arg.refuses(b, c)
	}
	return err
}

// stray tells the aggregate that has failed on its argument at the only row of b, if
// that changes it.
func (g *groups) stray(at *place, b *column.Batch, err error) {
	f, ok := g.aggs[at.left].(aggregate.Strayed)
	if stray := (*expr.StrayError)(nil); !ok || !errors.As(err, &stray) || at.item.column < 0 {
		return
	}
	g.ids = g.ids[:0]
	g.assign(b, 0, 1)
	f.Stray(g.ids[0], b.KindOf(0) == column.Expired)
}

// present says whether a batch has the columns that a place reads: of rows that leave
// a window of an Exchange there are only the arguments of aggregates.
func (p *place) present(b *column.Batch) bool {
	if p.item.column >= 0 {
		return b.Cols[p.item.column].Len() >= b.N
	}
	return hasAll(b, p.item.program.Computes())
}

func hasAll(b *column.Batch, cols []int) bool {
	for _, c := range cols {
		if b.Cols[c].Len() < b.N {
			return false
		}
	}
	return true
}

// typedColumns returns the input columns that a select computes with, or its
// aggregators.
func typedColumns(sel *check.Select, items []item) []int {
	used := make([]bool, len(sel.In)+len(sel.Aggregates))
	for i := range items {
		for _, c := range items[i].program.Computes() {
			used[c] = true
		}
	}
	noteArguments(sel, used)
	return indexes(used[:len(sel.In)])
}

// hasStrays says whether a column that the select needs typed values of has others.
func (s *Select) hasStrays(b *column.Batch) bool { return *s.strays && b.HasStrays(s.typed) }

// earlyFor returns the places that can fail for a row.
func (s *Select) earlyFor(strays bool) *early {
	if strays {
		return &s.strayed
	}
	return &s.early
}

// merged brings the rows of x that came and those that left into the order in
// which the window would have emitted them: where one of them is refused, those
// behind it in the chunk do not count.
func (e *Exchange) merged(x *flow.Exchange) *column.Batch {
	b, left := x.Rows, x.Leaving
	if e.both == nil {
		attrs := make(schema.Attributes, len(b.Cols))
		for i := range b.Cols {
			attrs[i].Type = b.Cols[i].Type
		}
		e.both = column.NewBuffer(attrs)
	}
	m := e.both
	m.Reset()
	m.UseKind()
	m.UseEnds()
	if b.Key != nil {
		m.UseKey()
	}
	gone := 0
	for chunk := range b.Chunks() {
		lo, hi := b.Chunk(chunk)
		for row := lo; row < hi; row++ {
			for ; gone < int(x.Before[row]); gone++ {
				appendRow(m, left, gone, column.Expired)
			}
			appendRow(m, b, row, column.Current)
		}
		if chunk == b.Chunks()-1 {
			for ; gone < left.N; gone++ {
				appendRow(m, left, gone, column.Expired)
			}
		}
		m.Ends = append(m.Ends, int32(m.N))
	}
	return &m.Batch
}

// appendRow appends a row of b; what b has not of it becomes null.
func appendRow(m *column.Buffer, b *column.Batch, row int, kind column.Kind) {
	m.N++
	m.Time = append(m.Time, b.Time[row])
	m.Kind = append(m.Kind, kind)
	if m.Key != nil {
		m.Key = append(m.Key, b.KeyOf(row))
	}
	for i, c := range m.Cols {
		if row < b.Cols[i].Len() {
			c.AppendFrom(b.Cols[i], row)
		} else if c.Type != schema.Invalid {
			c.AppendNull()
		}
	}
}

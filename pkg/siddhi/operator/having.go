package operator

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
)

// having decides which rows of a selector's output are kept. As in Siddhi its
// aggregators have states of their own: in a partition for each group of a key, else
// one over the rows of all groups. They see every current and expired row, also those that are rejected or would not
// leave. Reset rows do not reset them: they go on from one batch to the next.
type having struct {
	holds  *expr.Predicate
	groups *groups      // nil without aggregators
	shown  int          // columns of the output
	inputs int          // columns of the input
	fails  bool         // it can, also for a row that would not leave
	view   column.Batch // both, then the aggregators' results
}

// newHaving makes the having of a select clause that has one.
func newHaving(sel *check.Select, opts Options) (*having, error) {
	h := &having{shown: len(sel.Items), inputs: len(sel.In)}
	var err error
	if h.holds, err = expr.CompilePredicate(sel.Having, opts.Env); err != nil {
		return nil, err
	}
	h.view.Cols = make([]*column.Column, sel.HavingResults()+len(sel.HavingAggregates))
	h.fails = HavingFails(sel)
	if len(sel.HavingAggregates) == 0 {
		return h, nil
	}
	var by []*check.Column
	if opts.Keyed {
		for _, c := range sel.GroupBy {
			behind := *c
			behind.Index += h.shown
			by = append(by, &behind)
		}
	}
	// What they find at rows that expire is read, whatever leaves. As in Siddhi their
	// min and max do not know the values that are left when the result leaves.
	opts.Events, opts.Tagged, opts.Unkept = ast.AllEvents, false, true
	h.groups, err = newGroups(clause{
		in: append(itemAttrs(sel), sel.In...), calls: sel.HavingAggregates, reads: []check.Expr{sel.Having}, by: by, lasting: true,
	}, opts)
	if err != nil {
		return nil, err
	}
	for i, a := range sel.HavingAggregates {
		c := &column.Column{Type: a.T}
		h.groups.results = append(h.groups.results, c)
		h.view.Cols[sel.HavingResults()+i] = c
	}
	return h, nil
}

// noteHaving sets used for the columns, of the input and behind it the
// aggregates, that having reads.
func noteHaving(sel *check.Select, used []bool) {
	if sel.Having == nil {
		return
	}
	read := expr.Columns(sel.Having)
	for _, a := range sel.HavingAggregates {
		read = append(read, columnsOf(a.Args)...)
		for _, c := range sel.GroupBy { // which tell their states apart
			read = append(read, len(sel.Items)+c.Index)
		}
	}
	for _, c := range read {
		if c >= len(sel.Items) && c < sel.HavingResults() {
			used[c-len(sel.Items)] = true
		}
	}
}

// HavingFails says whether having can fail for a row that leaves the window, or would not leave
// the query: with aggregates or groups Siddhi asks it of every row.
func HavingFails(sel *check.Select) bool {
	return sel.Having != nil && expr.Fallible(sel.Having) && (sel.Aggregating() || len(sel.GroupBy) > 0)
}

// asks says whether having looks at rows that would not leave.
func (h *having) asks() bool { return h.counts() || h != nil && h.fails }

// counts says whether having has aggregators.
func (h *having) counts() bool { return h != nil && h.groups != nil }

// keep appends the rows that meet the condition; out has the output for the rows of in.
func (h *having) keep(out, in *column.Batch, rows []int32) ([]int32, error) {
	v := &h.view
	v.N, v.Time, v.Kind, v.Ends, v.Key = in.N, in.Time, in.Kind, in.Ends, in.Key
	copy(v.Cols, out.Cols)
	copy(v.Cols[h.shown:], in.Cols[:h.inputs])
	if h.groups != nil {
		if _, err := h.groups.update(v); err != nil {
			return rows, err
		}
	}
	return h.holds.Select(v, rows)
}

// firstParts drops what follows the first chunk of b of which rows has some, but
// not the last: in Siddhi the rest is hung onto the row that was refused.
func firstParts(b *column.Batch, rows []int32) []int32 {
	next := 0
	for c := range b.Chunks() {
		_, hi := b.Chunk(c)
		first := next
		for next < len(rows) && int(rows[next]) < hi {
			next++
		}
		if next > first && int(rows[next-1]) < hi-1 {
			return rows[:next]
		}
	}
	return rows
}

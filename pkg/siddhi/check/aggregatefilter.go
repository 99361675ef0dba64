package check

import "millrace/pkg/siddhi/ast"

// aggregating says whether an expression calls an aggregator, also in the condition of in.
func (c *checker) aggregating(e ast.Expr) bool {
	found := false
	ast.Exprs(e, func(e ast.Expr) {
		if call, ok := e.(*ast.Call); ok {
			found = found || c.isAggregator(call)
		}
	})
	return found
}

// expires says whether rows that have left a window come out of the stream.
func (s *Stream) expires() bool {
	return s.Window != nil && s.Window.Events != ast.CurrentEvents
}

// aggregateFilter resolves a filter that aggregates. As in Siddhi its aggregators
// have a state of their own, which sees the rows that come to the filter one by
// one: what passes is no more than having lets out of select *.
func (c *checker) aggregateFilter(f *ast.Filter, sc *scope) *AggregateFilter {
	row := sc.origins[0]
	sel := Select{In: row.attrs, Limit: -1}
	for i, a := range row.attrs {
		sel.add(a.Name, row.at(i, f.Span))
	}
	behind := sc.at("a filter")
	behind.width = len(sel.Items) + sc.width
	behind.output = true
	c.aggregates(f.Cond, behind.at("the argument of an aggregator"), behind, &sel.HavingAggregates, false)
	sel.Having = behind.condition(f.Cond, "a filter")
	c.warn(f, "as in Siddhi, an aggregator in a filter is over all events that have come to the filter, of whatever group, and none ever leaves it",
		"to filter by the aggregate of a window or group, write having, or filter in a later query")
	return &AggregateFilter{Select: sel}
}

// Aggregating says whether a query aggregates, in its select clause or in a filter.
func (q *Query) Aggregating() bool {
	var inputs []*SingleInput
	switch in := q.Input.(type) {
	case *SingleInput:
		inputs = append(inputs, in)
	case *JoinInput:
		inputs = append(inputs, in.Left.Input, in.Right.Input)
	}
	for _, in := range inputs {
		if in == nil {
			continue
		}
		for _, h := range in.Before {
			if _, ok := h.(*AggregateFilter); ok {
				return true
			}
		}
	}
	return q.Select.Aggregating()
}

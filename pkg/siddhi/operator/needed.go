package operator

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// itemAttrs has the types of a select clause's items.
func itemAttrs(sel *check.Select) schema.Attributes {
	attrs := make(schema.Attributes, len(sel.Items))
	for i, it := range sel.Items {
		attrs[i] = schema.Attribute{Name: it.Name, Type: it.Expr.Type()}
	}
	return attrs
}

// itemExprs has what a select clause's items compute.
func itemExprs(sel *check.Select) []check.Expr {
	all := make([]check.Expr, len(sel.Items))
	for i, it := range sel.Items {
		all[i] = it.Expr
	}
	return all
}

// Needed returns the input columns that a select clause reads, in order.
func Needed(sel *check.Select) []int {
	used := projectedColumns(sel)
	noteArguments(sel, used)
	for _, g := range sel.GroupBy {
		used[g.Index] = true
	}
	return indexes(used[:len(sel.In)])
}

// projected returns which columns, of the input and behind it the aggregates,
// the output is computed from.
func projected(sel *check.Select) []int { return indexes(projectedColumns(sel)) }

// projectedColumns marks them.
func projectedColumns(sel *check.Select) []bool {
	used := make([]bool, len(sel.In)+len(sel.Aggregates))
	for _, it := range sel.Items {
		for _, c := range expr.Columns(it.Expr) {
			used[c] = true
		}
	}
	noteHaving(sel, used)
	return used
}

// indexes returns where used is true, in order.
func indexes(used []bool) []int {
	list := []int{}
	for i, u := range used {
		if u {
			list = append(list, i)
		}
	}
	return list
}

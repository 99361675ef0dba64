package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// tableFilters returns a join's condition with the filters behind its table or named window:
// which rows are found and then filtered, or found by both, is the same, also
// in an outer join. Other handlers mean nothing there.
func (c *checker) tableFilters(side *ast.StreamInput, table origin, on Expr) Expr {
	for _, h := range side.Handlers {
		f, ok := h.(*ast.Filter)
		if !ok {
			c.fail(h, "a table has no events for a window or function to take", "remove it; a filter can stand here")
			continue
		}
		sc := &scope{c: c, origins: []origin{table}, width: table.offset + len(table.attrs), place: "a filter of " + table.name()}
		cond := sc.condition(f.Cond, "a filter")
		if on == nil {
			on = cond
			continue
		}
		on = unless(&Binary{Span: f.Span, Op: ast.And, L: on, R: cond, T: schema.Bool}, on, cond)
	}
	return on
}

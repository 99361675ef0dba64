package check

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// onOrigins returns what the on condition of a join can name. As in Siddhi, where
// a table has a primary key or an index, a bare name that both sides have means
// the other side, if that has no alias.
func onOrigins(in *ast.JoinInput, j *JoinInput, origins []origin) []origin {
	table, at, other := j.Left.Table, 0, in.Right
	if table == nil {
		table, at, other = j.Right.Table, 1, in.Left
	}
	if table == nil || len(table.PrimaryKey)+len(table.Indexes) == 0 || other.Alias != "" {
		return origins
	}
	origins = slices.Clone(origins)
	origins[at].rank++
	return origins
}

// tableFilters returns a join's condition with the filters behind its table or named window:
// which rows are found and then filtered, or found by both, is the same, also
// in an outer join. Other handlers mean nothing there.
func (c *checker) tableFilters(side *ast.StreamInput, table origin, on Expr) Expr {
	sc := &scope{c: c, origins: []origin{table}, width: table.offset + len(table.attrs), place: "a filter of " + table.name()}
	for _, h := range side.Handlers {
		f, ok := h.(*ast.Filter)
		if !ok {
			c.idleHandler(h, sc)
			continue
		}
		cond := sc.condition(f.Cond, "a filter")
		if on == nil {
			on = cond
			continue
		}
		on = unless(&Binary{Span: f.Span, Op: ast.And, L: on, R: cond, T: schema.Bool}, on, cond)
	}
	return on
}

// idleHandler warns of a window or function behind a table, which sc has.
func (c *checker) idleHandler(h ast.Handler, sc *scope) {
	ok := false
	switch h := h.(type) {
	case *ast.WindowHandler:
		ok = c.window(h, sc) != nil
	case *ast.StreamFunction:
		ok = c.streamFunction(h, sc) != nil
	}
	if ok {
		c.warn(h, "a table has no events for a window or function to take; as in Siddhi, it does nothing", "remove it; a filter can stand here")
	}
}

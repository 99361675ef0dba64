package check

import "millrace/pkg/siddhi/ast"

// OnDemand is a resolved on-demand query.
type OnDemand struct {
	AST *ast.OnDemandQuery
	// Table, Window or Aggregation is what a find reads; all are nil for a change.
	Table       *Table
	Window      *NamedWindow
	Aggregation *AggregationRead
	On          Expr // over what is read, as in table.Search; nil: every row
	// Select is over the same columns. A change reads one row: with
	// select *, or without a select clause, of the table's attributes, all null; else
	// without attributes.
	Select Select
	Output Output // what a change does; nil for a find
}

// CheckOnDemand resolves an on-demand query of an app. text is what it was
// parsed from; the error, of type Errors, shows its lines.
func CheckOnDemand(q *ast.OnDemandQuery, text string, app *App) (*OnDemand, error) {
	c := newChecker(text, &App{
		Name: app.Name, AST: app.AST, Registry: app.Registry, Tables: app.Tables, Windows: app.Windows, Aggregations: app.Aggregations,
	})
	for _, s := range app.Streams {
		c.streams[s.Name] = s
	}
	for _, t := range app.Tables {
		c.tables[t.Name] = t
	}
	for _, a := range app.Aggregations {
		c.aggregated[a.Name] = a
	}
	resolved := &OnDemand{AST: q}
	if q.From != nil {
		c.askOnDemand(q, resolved)
	} else {
		c.changeOnDemand(q, resolved)
	}
	if len(c.errs) > 0 {
		return nil, sorted(c.errs)
	}
	return resolved, nil
}

// askOnDemand resolves a query that reads.
func (c *checker) askOnDemand(q *ast.OnDemandQuery, out *OnDemand) {
	from := origin{id: ast.StreamID{Name: q.From.Name}}
	kind := ""
	if a := c.aggregated[q.From.Name]; a != nil {
		if out.Aggregation = c.askAggregation(q.From, a); out.Aggregation == nil {
			return
		}
		from.attrs = a.Out
		c.findOnDemand(q, from, out)
		return
	}
	switch out.Table, out.Window = c.readable(q.From); {
	case out.Table != nil:
		from.attrs, kind = out.Table.Attrs, "table"
	case out.Window != nil:
		from.attrs, kind = out.Window.Out.Attrs, "window"
	default:
		return
	}
	if q.From.Within != nil || q.From.Per != nil {
		c.fail(start(q.From), "within and per belong to aggregations, '"+q.From.Name+"' is a "+kind, "remove them")
		return
	}
	c.findOnDemand(q, from, out)
}

// findOnDemand resolves what a query makes of the rows that it reads.
func (c *checker) findOnDemand(q *ast.OnDemandQuery, from origin, out *OnDemand) {
	width := len(from.attrs)
	if out.Aggregation == nil { // the timestamps of what asks, which has none, and of what is found
		from.time = width + 1
		width += 2
	}
	in := &source{scope: &scope{c: c, origins: []origin{from}, width: width, place: "the select clause"}, star: []origin{from}, many: true}
	if q.From.On != nil {
		out.On = in.scope.at("the on condition").asked(q.From.On, "an on condition", out.Table, 0)
	}
	out.Select, _ = c.selection(q.Select, in)
}

// readable returns what a query reads, or nothing after saying why it cannot be read.
func (c *checker) readable(in *ast.OnDemandInput) (*Table, *NamedWindow) {
	if t := c.tables[in.Name]; t != nil {
		return t, nil
	}
	names := c.tableNames()
	for _, w := range c.out.Windows {
		if w.Name == in.Name {
			if !c.searched(start(in), w) {
				return nil, nil
			}
			return nil, w
		}
		names = append(names, w.Name)
	}
	for _, a := range c.out.Aggregations {
		names = append(names, a.Name)
	}
	if c.streams[in.Name] != nil {
		c.fail(start(in), "'"+in.Name+"' is a stream: it keeps no rows that can be asked for", "insert its events into a table or a window and ask that")
		return nil, nil
	}
	if d := c.app.Definition(in.Name); d != nil {
		c.fail(start(in), "'"+in.Name+"' is "+indefinite(d.DefinitionKind())+": it keeps no rows that can be asked for", "ask a table, a window or an aggregation")
		return nil, nil
	}
	c.unknown(start(in), "there is no table, window or aggregation '"+in.Name+"'", "", in.Name, names)
	return nil, nil
}

// changeOnDemand resolves a query that changes a table.
func (c *checker) changeOnDemand(q *ast.OnDemandQuery, out *OnDemand) {
	id, ok := ast.OutputTarget(q.Output)
	if !ok {
		c.fail(start(q), "the query changes nothing", "write insert into, update, delete or update or insert into")
		return
	}
	t := c.changeable(id)
	if t == nil {
		return
	}
	in := &source{scope: &scope{c: c, place: "the select clause"}}
	if q.Select == nil || q.Select.Star {
		row := origin{id: ast.StreamID{Name: t.Name}, attrs: t.Attrs}
		in.scope.origins, in.scope.width = []origin{row}, len(t.Attrs)
		in.star = in.scope.origins
	}
	sel, sound := c.selection(q.Select, in)
	out.Select = sel
	if sound {
		out.Output = c.output(q.Output, sel.Out, nil)
	}
}

func (c *checker) changeable(id ast.StreamID) *Table {
	if t := c.tables[id.Name]; t != nil && !id.Inner && !id.Fault {
		return t
	}
	if d := c.app.Definition(id.Name); d != nil {
		c.fail(id, "'"+id.String()+"' is "+indefinite(d.DefinitionKind())+": an on-demand query changes tables only", "send events to change anything else")
		return nil
	}
	c.noTable(id, id.Name)
	return nil
}

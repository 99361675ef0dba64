package randomapp

import (
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/parser"
)

// Smaller returns variants of an app that lack a part each: steps, rows,
// queries, handlers, clauses, attributes. The largest parts come first. Whether
// a variant is still an app, and still shows what is looked for, is the caller's
// to find out.
func Smaller(a *App) []*App {
	steps, text := fewerSteps(a), lessText(a)
	// In turn, so that a few tries show both.
	var all []*App
	for i := range max(len(steps), len(text)) {
		if i < len(text) {
			all = append(all, text[i])
		}
		if i < len(steps) {
			all = append(all, steps[i])
		}
	}
	return all
}

// Focus returns the app with only what a source depends on, "query:NAME" or
// "stream:NAME", and with no steps behind the time at.
func Focus(a *App, source string, at int64) *App {
	tree, err := parser.Parse(a.Text)
	if err != nil {
		return a
	}
	wanted := map[string]bool{}
	needed := map[*ast.Query]bool{}
	kind, name, _ := strings.Cut(source, ":")
	if kind == "stream" {
		wanted[name] = true
	}
	queries := tree.Queries()
	for again := true; again; {
		again = false
		for _, q := range queries {
			to, _ := ast.OutputTarget(q.Output)
			if needed[q] || !wanted[to.String()] && !(kind == "query" && q.Name() == name) {
				continue
			}
			needed[q], again = true, true
			for _, id := range reads(q) {
				wanted[id] = true
			}
		}
	}
	drop := func(q *ast.Query) bool { return !needed[q] }
	var elements []ast.Element
	for _, e := range tree.Elements {
		switch e := e.(type) {
		case *ast.Query:
			if drop(e) {
				continue
			}
		case *ast.Partition:
			if e.Queries = slices.DeleteFunc(e.Queries, drop); len(e.Queries) == 0 {
				continue
			}
		}
		elements = append(elements, e)
	}
	tree.Elements = elements
	small := &App{Name: a.Name, Text: ast.Print(tree)}
	for _, s := range a.Steps {
		if s.At <= at {
			small.Steps = append(small.Steps, s)
		}
	}
	return small
}

// reads returns what a query reads, tables that only conditions name included.
func reads(q *ast.Query) []string {
	var all []string
	ast.Walk(q, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.StreamInput:
			all = append(all, n.ID.String())
		case *ast.In:
			all = append(all, n.Table)
		}
		return true
	})
	return all
}

// fewerSteps leaves out runs of steps, then single rows.
func fewerSteps(a *App) []*App {
	var all []*App
	for size := len(a.Steps) / 2; size >= 1; size /= 2 {
		for at := 0; at < len(a.Steps); at += size {
			end := min(at+size, len(a.Steps))
			all = append(all, a.withSteps(slices.Concat(a.Steps[:at], a.Steps[end:])))
		}
	}
	for i := range a.Steps {
		rows := a.Steps[i].Rows
		if len(rows) < 2 {
			continue
		}
		for k := range rows {
			steps := slices.Clone(a.Steps)
			steps[i].Rows = slices.Concat(rows[:k], rows[k+1:])
			if ts := steps[i].Timestamps; ts != nil {
				steps[i].Timestamps = slices.Concat(ts[:k], ts[k+1:])
			}
			all = append(all, a.withSteps(steps))
		}
	}
	return all
}

func (a *App) withSteps(steps []Step) *App {
	return &App{Name: a.Name, Text: a.Text, Steps: steps}
}

// lessText leaves out parts of the text.
func lessText(a *App) []*App {
	tree, err := parser.Parse(a.Text)
	if err != nil {
		return nil
	}
	var all []*App
	for i := range cuts(tree) {
		fresh, err := parser.Parse(a.Text)
		if err != nil {
			return all
		}
		cuts(fresh)[i]()
		all = append(all, &App{Name: a.Name, Text: ast.Print(fresh), Steps: a.Steps})
	}
	return all
}

// cuts returns what can be done to a tree, one of which is to be done.
func cuts(app *ast.App) []func() {
	var all []func()
	for i := range app.Elements {
		all = append(all, func() { app.Elements = slices.Delete(app.Elements, i, i+1) })
	}
	for i := range app.Definitions {
		all = append(all, func() { app.Definitions = slices.Delete(app.Definitions, i, i+1) })
	}
	for i := range app.Annotations {
		all = append(all, func() { app.Annotations = slices.Delete(app.Annotations, i, i+1) })
	}
	for _, t := range app.Tables() {
		for i := range t.Annotations {
			all = append(all, func() { t.Annotations = slices.Delete(t.Annotations, i, i+1) })
		}
	}
	for i, e := range app.Elements {
		switch e := e.(type) {
		case *ast.Query:
			all = append(all, queryCuts(e)...)
		case *ast.Partition:
			all = append(all, partitionCuts(app, i, e)...)
		}
	}
	return all
}

func partitionCuts(app *ast.App, at int, p *ast.Partition) []func() {
	var all []func()
	if !slices.ContainsFunc(p.Queries, readsInner) {
		all = append(all, func() {
			var queries []ast.Element
			for _, q := range p.Queries {
				queries = append(queries, q)
			}
			app.Elements = slices.Replace(app.Elements, at, at+1, queries...)
		})
	}
	for i := range p.Queries {
		if len(p.Queries) > 1 {
			all = append(all, func() { p.Queries = slices.Delete(p.Queries, i, i+1) })
		}
	}
	for i := range p.With {
		if len(p.With) > 1 {
			all = append(all, func() { p.With = slices.Delete(p.With, i, i+1) })
		}
	}
	for _, q := range p.Queries {
		all = append(all, queryCuts(q)...)
	}
	return all
}

func readsInner(q *ast.Query) bool {
	id, _ := ast.OutputTarget(q.Output)
	return id.Inner
}

func queryCuts(q *ast.Query) []func() {
	var all []func()
	switch in := q.From.(type) {
	case *ast.StreamInput:
		all = append(all, handlerCuts(in)...)
	case *ast.JoinInput:
		all = append(all, handlerCuts(in.Left)...)
		all = append(all, handlerCuts(in.Right)...)
		if in.On != nil {
			all = append(all, func() { in.On = nil })
		}
		all = append(all, exprCuts(in.On, func(e ast.Expr) { in.On = e })...)
		if in.Kind != ast.InnerJoin {
			all = append(all, func() { in.Kind = ast.InnerJoin })
		}
		if in.Unidirectional != ast.BothSides {
			all = append(all, func() { in.Unidirectional = ast.BothSides })
		}
	}
	if q.Rate != nil {
		all = append(all, func() { q.Rate = nil })
	}
	if in, ok := q.Output.(*ast.Insert); ok && in.Events != ast.CurrentEvents {
		all = append(all, func() { in.Events = ast.CurrentEvents })
	}
	if q.Select != nil {
		all = append(all, selectCuts(q.Select)...)
	}
	return all
}

func handlerCuts(in *ast.StreamInput) []func() {
	var all []func()
	for i, h := range in.Handlers {
		all = append(all, func() { in.Handlers = slices.Delete(in.Handlers, i, i+1) })
		if f, ok := h.(*ast.Filter); ok {
			all = append(all, exprCuts(f.Cond, func(e ast.Expr) { f.Cond = e })...)
		}
	}
	return all
}

func selectCuts(s *ast.Select) []func() {
	var all []func()
	for i := range s.Outputs {
		if len(s.Outputs) > 1 {
			all = append(all, func() { s.Outputs = slices.Delete(s.Outputs, i, i+1) })
		}
	}
	if s.Having != nil {
		all = append(all, func() { s.Having = nil })
		all = append(all, exprCuts(s.Having, func(e ast.Expr) { s.Having = e })...)
	}
	for i := range s.GroupBy {
		all = append(all, func() { s.GroupBy = slices.Delete(s.GroupBy, i, i+1) })
	}
	for i := range s.OrderBy {
		all = append(all, func() { s.OrderBy = slices.Delete(s.OrderBy, i, i+1) })
	}
	if s.Limit != nil {
		all = append(all, func() { s.Limit = nil })
	}
	if s.Offset != nil {
		all = append(all, func() { s.Offset = nil })
	}
	for _, o := range s.Outputs {
		all = append(all, exprCuts(o.Expr, func(e ast.Expr) { o.Expr = e })...)
	}
	return all
}

// exprCuts put an operand in the place of an expression.
func exprCuts(e ast.Expr, set func(ast.Expr)) []func() {
	var all []func()
	part := func(child ast.Expr, place func(ast.Expr)) {
		if child == nil {
			return
		}
		all = append(all, func() { set(child) })
		all = append(all, exprCuts(child, place)...)
	}
	switch e := e.(type) {
	case *ast.Binary:
		part(e.L, func(x ast.Expr) { e.L = x })
		part(e.R, func(x ast.Expr) { e.R = x })
	case *ast.Not:
		part(e.X, func(x ast.Expr) { e.X = x })
	case *ast.Call:
		for i := range e.Args {
			part(e.Args[i], func(x ast.Expr) { e.Args[i] = x })
		}
	}
	return all
}

package topology

import (
	"slices"

	"millrace/pkg/siddhi/ast"
)

// access is how an element uses what it names.
type access uint8

const (
	reads access = iota
	writes
	searches // x in table
)

// ref is one place where an element names a stream, table, window or trigger.
type ref struct {
	id     ast.StreamID
	how    access
	at     ast.Span
	nested bool // inside a partition
}

// refsOf returns everything that an element names, in text order; inner
// streams, which never leave it, are left out.
func refsOf(e ast.Element) []ref {
	switch e := e.(type) {
	case *ast.Query:
		return queryRefs(e, false)
	case *ast.Partition:
		var all []ref
		for _, k := range e.With {
			// A key without a query that reads the stream still needs it.
			all = append(all, ref{id: ast.StreamID{Name: k.Stream}, at: k.Position(), nested: true})
		}
		for _, q := range e.Queries {
			all = append(all, queryRefs(q, true)...)
		}
		return all
	}
	return nil
}

func queryRefs(q *ast.Query, nested bool) []ref {
	var all []ref
	add := func(id ast.StreamID, how access, at ast.Span) {
		if !at.Start.Known() {
			at = q.Position()
		}
		if !id.Inner {
			all = append(all, ref{id: id, how: how, at: at, nested: nested})
		}
	}
	for _, id := range inputIDs(q.From) {
		add(id, reads, id.Position())
	}
	ast.Exprs(q, func(e ast.Expr) {
		if in, ok := e.(*ast.In); ok {
			add(ast.StreamID{Name: in.Table}, searches, in.Position())
		}
	})
	if id, ok := ast.OutputTarget(q.Output); ok {
		add(id, writes, id.Position())
	}
	return all
}

// inputIDs returns what a query's input reads, in text order.
func inputIDs(in ast.Input) []ast.StreamID {
	switch in := in.(type) {
	case *ast.StreamInput:
		return []ast.StreamID{in.ID}
	case *ast.JoinInput:
		return []ast.StreamID{in.Left.ID, in.Right.ID}
	case *ast.PatternInput:
		var ids []ast.StreamID
		for _, state := range ast.StreamStates(in.State) {
			ids = append(ids, state.ID)
		}
		return ids
	case *ast.AnonymousInput:
		return inputIDs(in.Query.From)
	}
	return nil
}

// names returns what the group names and want accepts, each once, in text order.
func (g *group) names(want func(ref) bool) []string {
	var names []string
	for _, r := range g.refs {
		if want(r) && !slices.Contains(names, r.id.Name) {
			names = append(names, r.id.Name)
		}
	}
	return names
}

func (g *group) uses(name string, how access) bool {
	return slices.ContainsFunc(g.refs, func(r ref) bool { return r.id.Name == name && r.how == how })
}

// isStream reports whether a name is that of a stream, defined or inferred, so
// that it can go through a topic.
func (s *splitter) isStream(name string) bool {
	switch s.defs[name].(type) {
	case nil, *ast.StreamDef:
		return true
	}
	return false
}

// calledFunctions returns the definitions of the script functions that the group calls.
func (s *splitter) calledFunctions(g *group) []*ast.FunctionDef {
	called := map[string]bool{}
	for _, e := range g.elements {
		ast.Walk(e, func(n ast.Node) bool {
			if c, ok := n.(*ast.Call); ok && c.Namespace == "" {
				called[c.Name] = true
			}
			return true
		})
	}
	var found []*ast.FunctionDef
	for _, f := range s.app.Functions() {
		if called[f.Name] {
			found = append(found, f)
		}
	}
	return found
}

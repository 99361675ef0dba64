package topology

import (
	"millrace/pkg/siddhi/ast"
)

// checkRules refuses what would give other results in several instances or groups than in one process.
func (s *splitter) checkRules() {
	for _, g := range s.groups {
		s.checkFaultStreams(g)
		s.checkInnerStreams(g)
		if g.parallel > 1 {
			s.checkQueries(g)
			s.checkStrategies(g)
		}
	}
	for _, d := range s.app.Definitions {
		switch d := d.(type) {
		case *ast.TableDef:
			if !isStored(d) {
				s.checkShared("in-memory table", d, "give it a @store")
			}
		case *ast.AggregationDef:
			s.checkShared("aggregation", d, "aggregate the stream in each group")
		case *ast.WindowDef:
			s.checkShared("window", d, "use a window of the query's own")
		}
	}
}

// checkFaultStreams refuses readers of fault streams: the fault may happen in another group.
func (s *splitter) checkFaultStreams(g *group) {
	for _, r := range g.refs {
		if r.id.Fault {
			s.refuse(r.at, "fault stream %s: fault streams cannot be used in a cluster yet; use @OnError(action='log')", r.id)
		}
	}
}

// checkInnerStreams refuses inner streams outside of partitions where there are several groups: they have no topic.
func (s *splitter) checkInnerStreams(g *group) {
	for _, e := range g.elements {
		q, plain := e.(*ast.Query)
		if !plain || len(s.groups) == 1 && g.parallel == 1 {
			continue
		}
		if id, ok := ast.OutputTarget(q.Output); ok && id.Inner {
			s.refuse(id.Position(), "%s, outside of a partition, is a stream of one process; remove the #", id)
		}
	}
}

// isStored reports whether a table's rows are in a store outside of the app.
func isStored(d *ast.TableDef) bool { return d.Annotations.Find("store") != nil }

// checkShared refuses rows in memory that two instances would need.
func (s *splitter) checkShared(kind string, d ast.Definition, instead string) {
	var user *group
	for _, g := range s.groups {
		for _, r := range g.refs {
			if r.id.Name != d.DefinedName() {
				continue
			}
			switch {
			case g.parallel > 1:
				s.refuse(r.at, "%s %s is used in group %s with parallel='%d', but each instance would have rows of its own; use parallel='1', or %s",
					kind, r.id.Name, g.label, g.parallel, instead)
			case user != nil && user != g:
				s.refuse(r.at, "%s %s is used in groups %s and %s, but its rows are in one process; put its users into one execGroup, or %s",
					kind, r.id.Name, user.label, g.label, instead)
			default:
				user = g
				continue
			}
			break // one message per group is enough
		}
	}
}

// checkQueries refuses plain queries that remember events, unless the instances share a stream of theirs by key.
func (s *splitter) checkQueries(g *group) {
	for _, e := range g.elements {
		q, plain := e.(*ast.Query)
		if !plain {
			continue
		}
		kind := s.remembers(q.From)
		if s.readsKeyed(g, q) {
			continue
		}
		if kind == "" {
			s.noteAggregation(g, q)
			continue
		}
		what := "a " + kind + " query"
		if q.Name() != "" {
			what += " (" + q.Name() + ")"
		}
		s.refuse(q.From.Position(), "%s is not allowed with parallel='%d' outside of a partition: each instance of group %s would see only its share of the events; use parallel='1', or put it into a partition",
			what, g.parallel, g.label)
	}
}

// noteAggregation warns of totals that are each of a share of the events only. WSO2 SP takes such apps, so it is no error.
func (s *splitter) noteAggregation(g *group, q *ast.Query) {
	if s.aggregates[q] || q.Select != nil && len(q.Select.GroupBy) > 0 {
		s.note("query at %s: each of the %d instances of group %s aggregates its own share of the events; put the query into a partition to have one total for each key",
			q.From.Position().Start, g.parallel, g.label)
	}
}

func (s *splitter) readsKeyed(g *group, q *ast.Query) bool {
	for _, id := range inputIDs(q.From) {
		if g.keys[id.Name] != "" {
			return true
		}
	}
	return false
}

// remembers says what kind of memory an input has: "" if none.
func (s *splitter) remembers(in ast.Input) string {
	switch in := in.(type) {
	case *ast.StreamInput:
		if in.Window() != nil {
			return "window"
		}
	case *ast.JoinInput:
		if s.remembers(in.Left) != "" || s.remembers(in.Right) != "" || !s.isTable(in.Left) && !s.isTable(in.Right) {
			return "join"
		}
	case *ast.PatternInput:
		if in.Kind == ast.Sequence {
			return "sequence"
		}
		return "pattern"
	case *ast.AnonymousInput:
		return s.remembers(in.Query.From)
	}
	return ""
}

// isTable says whether an input is only searched: a table or an aggregation.
func (s *splitter) isTable(in *ast.StreamInput) bool {
	switch s.defs[in.ID.Name].(type) {
	case *ast.TableDef, *ast.AggregationDef:
		return true
	}
	return false
}

// checkStrategies refuses streams that a parallel group would need in two ways, or in a way that its own output cannot have.
func (s *splitter) checkStrategies(g *group) {
	wanted := map[string]Strategy{}
	for _, r := range g.refs {
		if r.how != reads || !s.isStream(r.id.Name) || r.id.Fault {
			continue
		}
		name, strategy := r.id.Name, g.strategyOf(r)
		switch before, again := wanted[name]; {
		case !again:
			wanted[name] = strategy
			s.checkOwnOutput(g, r, strategy)
		case before != strategy:
			s.refuse(r.at, "stream %s is wanted with conflicting strategies in group %s (parallel='%d'): a partition that does not list it needs every event in each instance (ALL), a plain query each event once (ROUND_ROBIN); put one of them into another execGroup",
				name, g.label, g.parallel)
			wanted[name] = strategy
		}
	}
}

// checkOwnOutput refuses a stream that an instance makes itself and of which it needs what other instances make.
func (s *splitter) checkOwnOutput(g *group, r ref, strategy Strategy) {
	if strategy == RoundRobin || !g.uses(r.id.Name, writes) {
		return
	}
	s.refuse(r.at, "stream %s is made in group %s, and a partition of the same group reads it with parallel='%d': an instance would miss the events that the others make; partitions may be parallel only on streams of a source or of other groups, so put the query that makes it into another execGroup",
		r.id.Name, g.label, g.parallel)
}

// strategyOf returns how a parallel group needs a stream for one of its readers.
func (g *group) strategyOf(r ref) Strategy {
	switch {
	case g.parallel == 1:
		return All
	case g.keys[r.id.Name] != "":
		return FieldGrouping
	case r.nested:
		return All
	}
	return RoundRobin
}

// strategy returns how the group needs a stream that it reads.
func (g *group) strategy(stream string) Strategy {
	for _, r := range g.refs {
		if r.id.Name == stream && r.how == reads {
			return g.strategyOf(r)
		}
	}
	return All
}

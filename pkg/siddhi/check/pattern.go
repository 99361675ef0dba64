package check

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// pattern resolves a chain of states that take one event each.
func (c *checker) pattern(in *ast.PatternInput, p *Partition) *source {
	resolved := &PatternInput{Kind: in.Kind}
	if in.Within != nil {
		resolved.Within = in.Within.Int
	}
	states, ok := c.chain(in, resolved)
	if !ok {
		return nil
	}
	var origins []origin
	width := 0
	for _, state := range states {
		s := c.inputStream(state.ID, p)
		if s == nil {
			ok = false
			continue
		}
		id := ast.StreamID{Name: state.Ref}
		if state.Ref == "" {
			id = state.ID
		}
		label := ""
		if slices.ContainsFunc(origins, func(o origin) bool { return o.called(id) }) {
			c.warn(start(state), "two states are called '"+id.String()+"'; as in Siddhi, that means the first one", "give each its own name: e1=..., e2=...")
			id, label = ast.StreamID{}, "a later state"
		}
		resolved.Slots = append(resolved.Slots, Slot{Name: state.Name(), Stream: s, Offset: width})
		origins = append(origins, origin{id: id, label: label, attrs: s.Attrs, offset: width, slot: true, time: width + len(s.Attrs)})
		width += len(s.Attrs) + 1
	}
	if !ok {
		return nil
	}
	for i, state := range states {
		resolved.Slots[i].Filter = c.slotFilter(state, slotScope(c, origins, i, width))
	}
	sc := &scope{c: c, origins: origins, width: width, place: "the select clause"}
	return &source{input: resolved, scope: sc, star: origins, many: true}
}

// chain returns the states in order. It refuses everything but single events
// and an every around the first one.
func (c *checker) chain(in *ast.PatternInput, resolved *PatternInput) ([]*ast.StreamState, bool) {
	var states []*ast.StreamState
	ok := true
	for i, s := range ast.Chain(in.State) {
		if every, is := s.(*ast.Every); is && i == 0 {
			if inner := ast.Chain(every.State); len(inner) == 1 {
				resolved.Every, s = true, inner[0]
			}
		}
		state, single := s.(*ast.StreamState)
		if !single {
			c.refuseState(s)
			ok = false
			continue
		}
		states = append(states, state)
	}
	return states, ok
}

func (c *checker) refuseState(s ast.State) {
	switch s := s.(type) {
	case *ast.Every:
		if len(ast.Chain(s.State)) > 1 {
			c.unsupported(s, "every around several states is", "write every before the first state only: it then starts with each event that fits")
			return
		}
		c.unsupported(s, "every behind the first state is", "")
	case *ast.Count:
		c.unsupported(s, "a state that collects several events (<m:n>, *, +, ?) is", "")
	case *ast.Logical:
		c.unsupported(s, "a state of two sides (and, or) is", "")
	case *ast.Absent:
		c.unsupported(s, "a state that waits for no event (not) is", "")
	default:
		c.unsupported(s, "this state is", "")
	}
}

// slotScope is what the filter of state i sees: bare names mean its own
// event, those before it are read by name, those behind it not at all. As in
// Siddhi the timestamp of a match is that of the last event that is part of it,
// which the candidate is not yet; it is -1 where there is none.
func slotScope(c *checker, origins []origin, i, width int) *scope {
	sc := &scope{c: c, width: width, place: "this state's filter", stamp: noTime()}
	if i > 0 {
		sc.stamp = &Column{Index: origins[i-1].time, Name: "eventTimestamp()", T: schema.Long}
	}
	for j, o := range origins {
		switch {
		case j == i:
			o.time = rowTime
		case j < i:
			o.rank = qualifiedOnly
		case j > i:
			o.rank, o.refused = qualifiedOnly, "its event comes later in the pattern"
		}
		sc.origins = append(sc.origins, o)
	}
	return sc
}

func (c *checker) slotFilter(state *ast.StreamState, sc *scope) Expr {
	var all Expr
	for _, h := range state.Handlers {
		switch h := h.(type) {
		case *ast.Filter:
			cond := sc.condition(h.Cond, "a filter")
			if all == nil {
				all = cond
				continue
			}
			all = unless(&Binary{Span: h.Span, Op: ast.And, L: all, R: cond, T: cond.Type()}, all, cond)
		case *ast.StreamFunction:
			c.unsupported(h, "the stream function #"+h.Call.FullName()+"() in a pattern is", "apply it in an earlier query and read its output here")
		case *ast.WindowHandler:
			c.fail(h, "a state of a pattern cannot have a window", "")
		}
	}
	return all
}

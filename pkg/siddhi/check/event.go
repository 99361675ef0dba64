package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// This file resolves what can be asked of a whole event: whether it is missing,
// and when it was.

// isNull resolves x is null, where x can be a whole event.
func (s *scope) isNull(e *ast.IsNull) Expr {
	switch x := e.X.(type) {
	case *ast.Attr:
		id := ast.StreamID{Name: x.Name}
		if x.Stream == "" && x.Function == "" && (s.namesOrigin(x.Name) || s.several() && s.origin(id) != nil) {
			return s.missing(e, ast.StreamID{Span: x.Span, Name: x.Name}, nil)
		}
	case *ast.StreamRef:
		return s.missing(e, x.ID, x.Index)
	}
	x := s.expr(e.X)
	return unless(&IsNull{e.Span, x}, x)
}

// several reports whether there are several inputs: as in Siddhi their names
// come before those of attributes where an event can be meant.
func (s *scope) several() bool { return s.held == nil && len(s.origins) > 1 }

// namesOrigin reports whether a bare name is that of an input and of no attribute.
func (s *scope) namesOrigin(name string) bool {
	named := false
	for i := range s.origins {
		o := &s.origins[i]
		if o.rank != qualifiedOnly && o.attrs.Index(name) >= 0 {
			return false
		}
		named = named || o.called(ast.StreamID{Name: name})
	}
	return named
}

// missing says whether an input has no event in a row: of a pattern each state
// has one, of a join the side that found nothing has none.
func (s *scope) missing(e *ast.IsNull, id ast.StreamID, index *ast.Index) Expr {
	o := s.origin(id)
	switch {
	case o == nil:
		s.noEvent(e, id)
		return wrong(e)
	case o.refused != "":
		s.c.fail(e, "'"+o.name()+"' cannot be read here: "+o.refused, "")
		return wrong(e)
	case o.missing > 0 && (index == nil || index.Offset == 0):
		return &Column{Span: e.Span, Index: o.missing, Name: ast.Print(e), T: schema.Bool}
	}
	// As in Siddhi the index counts only where several events could be meant.
	second := index != nil && index.Offset > 0 && s.several()
	return &Const{&ast.Const{Span: e.Span, Type: schema.Bool, Bool: second}}
}

// origin returns the input of that name, or nil.
func (s *scope) origin(id ast.StreamID) *origin {
	for i := range s.origins {
		if s.origins[i].called(id) {
			return &s.origins[i]
		}
	}
	return nil
}

func (s *scope) noEvent(at ast.Node, id ast.StreamID) {
	var exist []string
	for _, o := range s.origins {
		if o.id.Name != "" {
			exist = append(exist, o.id.String())
		}
	}
	s.c.unknown(at, "there is no event '"+id.String()+"' in "+s.place, "", id.String(), exist)
}

// timedEvent returns the input that eventTimestamp(input) asks.
func (s *scope) timedEvent(e *ast.Call) (ast.StreamID, bool) {
	if e.FullName() != "eventTimestamp" || len(e.Args) != 1 {
		return ast.StreamID{}, false
	}
	a, ok := e.Args[0].(*ast.Attr)
	if !ok || a.Stream != "" || a.Function != "" || !s.namesOrigin(a.Name) {
		return ast.StreamID{}, false
	}
	return ast.StreamID{Span: a.Span, Name: a.Name}, true
}

// timeOf resolves eventTimestamp(id), where fn declares the function.
func (s *scope) timeOf(e *ast.Call, fn *extension.Declaration, id ast.StreamID) Expr {
	switch o := s.origin(id); {
	case o.refused != "":
		s.c.fail(e, "'"+o.name()+"' cannot be read here: "+o.refused, "")
	case o.time == rowTime:
		return &Call{Span: e.Span, Fn: fn, T: schema.Long}
	case o.time > 0:
		return &Column{Span: e.Span, Index: o.time, Name: ast.Print(e), T: schema.Long}
	case len(s.origins) == 1:
		s.c.fail(e, "eventTimestamp() needs no event where there is one only", "write eventTimestamp()")
	default:
		s.c.fail(e, "rows of '"+o.name()+"' have no timestamp here", "")
	}
	return wrong(e)
}

// noTime is what eventTimestamp() is where, in Siddhi, the rows of several inputs
// stand beside each other before they are a row.
func noTime() Expr { return &Const{&ast.Const{Type: schema.Long, Int: -1}} }

// stamped is eventTimestamp() where it is not the row's timestamp.
func (s *scope) stamped(e *ast.Call) Expr {
	if _, ok := s.stamp.(*Const); ok {
		s.c.warn(e, "eventTimestamp() is -1 in "+s.place, "say of which input: eventTimestamp(S), or select it under a name first")
	}
	return s.stamp
}

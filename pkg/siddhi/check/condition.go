package check

import (
	"errors"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
)

// Condition is the text of an expression window, resolved. It is over the
// attributes of the event that comes or goes, then those of the first event that
// the window holds, then those of the last; behind them are the timestamps of
// the three, and the aggregators' results.
type Condition struct {
	Text string
	Root Expr // a bool
	// Aggregates has each call by itself, also equal ones: the operands of and
	// and or are evaluated from left to right until the result is known, and
	// only aggregators that are evaluated take an event in.
	Aggregates []*Aggregate // over the event's, first's and last's columns
	Attrs      schema.Attributes
}

// First and Last return the first of the columns of those events.
func (c *Condition) First() int { return len(c.Attrs) }
func (c *Condition) Last() int  { return 2 * len(c.Attrs) }

// Times returns the column of the event's timestamp; first's and last's are behind it.
func (c *Condition) Times() int { return 3 * len(c.Attrs) }

// Results returns the first of the columns of the aggregators' results.
func (c *Condition) Results() int { return 3*len(c.Attrs) + 3 }

// Reads returns which attributes of events the condition reads.
func (c *Condition) Reads() []int {
	used := make([]bool, len(c.Attrs))
	note := func(e Expr) {
		if col, ok := e.(*Column); ok && col.Index < c.Times() {
			used[col.Index%len(c.Attrs)] = true
		}
	}
	Walk(c.Root, note)
	for _, a := range c.Aggregates {
		for _, arg := range a.Args {
			Walk(arg, note)
		}
	}
	var list []int
	for i, u := range used {
		if u {
			list = append(list, i)
		}
	}
	return list
}

// text resolves the arguments of a window that are texts of conditions. It says
// false after reporting a mistake in one.
func (c *checker) text(w *Window, call *ast.Call, overload []extension.Param, s *scope) bool {
	for i, arg := range w.Args {
		if !param(overload, i).Condition {
			continue
		}
		attrs, id := s.origins[0].attrs, s.origins[0].id
		if s.alias != "" {
			id = ast.StreamID{Name: s.alias} // as in Siddhi, the only name
		}
		k, constant := arg.(*Const)
		if !constant {
			// The app's definitions are all that a text can name; queries that
			// follow do not change what is known here.
			known := *c
			w.Resolve = func(text string) (*Condition, error) {
				cond, errs := known.condition(text, attrs, id)
				if len(errs) > 0 {
					return nil, sorted(errs)
				}
				return cond, nil
			}
			continue
		}
		cond, errs := c.condition(k.Text, attrs, id)
		for _, e := range errs {
			c.report(ast.Span(c.inside(call.Args[i], k.Text, e.Span)), e.Msg, e.Hint, e.Suggestion)
		}
		if len(errs) > 0 {
			return false
		}
		w.Condition = cond
	}
	return true
}

// inside returns where in the app a part of the text of a string literal stands.
func (c *checker) inside(literal ast.Node, text string, part ast.Span) ast.Span {
	whole := literal.Position()
	source := whole.Text(c.source)
	at := strings.Index(source, text)
	if at < 0 || text == "" || !part.Start.Known() {
		return whole
	}
	move := func(p ast.Pos) ast.Pos {
		if p.Line == 1 {
			p.Column += whole.Start.Column + at
		}
		return ast.Pos{Line: p.Line + whole.Start.Line - 1, Column: p.Column, Offset: p.Offset + whole.Start.Offset + at}
	}
	return ast.Span{Start: move(part.Start), End: move(part.End)}
}

// condition resolves the text of a condition on events with the given
// attributes. The places in the errors are places of the text.
func (c *checker) condition(text string, attrs schema.Attributes, id ast.StreamID) (*Condition, Errors) {
	sub := *c
	sub.source, sub.errs, sub.tables = text, nil, nil
	tree, err := parser.ParseExpr(text)
	if err != nil {
		return nil, sub.syntax(err)
	}
	cond := &Condition{Text: text, Attrs: attrs}
	s := &scope{c: &sub, place: "the text of a window", held: cond, width: cond.Results(), origins: []origin{
		{id: id, attrs: attrs},
		{id: ast.StreamID{Name: "first"}, attrs: attrs, offset: cond.First(), rank: qualifiedOnly},
		{id: ast.StreamID{Name: "last"}, attrs: attrs, offset: cond.Last(), rank: qualifiedOnly},
	}}
	cond.Root = s.condition(tree, "the text of a window")
	return cond, sub.errs
}

// syntax turns the parser's errors into errors of the checker.
func (c *checker) syntax(err error) Errors {
	var list parser.Errors
	if !errors.As(err, &list) {
		return Errors{{App: c.out.Name, Msg: err.Error()}}
	}
	for _, e := range list {
		at := ast.Span{Start: ast.Pos{Line: e.Line, Column: e.Column - 1, Offset: e.Offset}}
		at.End = at.Start
		if n := e.End - e.Offset; n > 0 {
			at.End.Column += n
			at.End.Offset += n
		}
		c.report(at, e.Msg, "", e.Suggestion)
	}
	return c.errs
}

// gather adds the call of an aggregator in the text of a window.
func (s *scope) gather(e *ast.Call) Expr {
	fn := s.c.reg.Find(extension.Aggregator, e.Namespace, e.Name)
	inner := s.at("the argument of an aggregator")
	inner.held, inner.nested = s.held, true
	args, ok := inner.arguments(e, fn)
	if !ok {
		return wrong(e)
	}
	t, ok := inner.result(e, fn, args)
	if !ok {
		return wrong(e)
	}
	s.held.Aggregates = append(s.held.Aggregates, &Aggregate{Span: e.Span, Fn: fn, Args: args, T: t})
	return &Column{Span: e.Span, Index: s.held.Results() + len(s.held.Aggregates) - 1, Name: ast.Print(e), T: t}
}

// timestamp resolves eventTimestamp(first), eventTimestamp(last) and
// eventTimestamp(S) in the text of a window; nil stands for another call.
func (s *scope) timestamp(e *ast.Call) Expr {
	if e.Namespace != "" || e.Name != "eventTimestamp" || len(e.Args) != 1 {
		return nil
	}
	a, ok := e.Args[0].(*ast.Attr)
	if !ok || a.Stream != "" || s.held.Attrs.Index(a.Name) >= 0 {
		return nil
	}
	for i, o := range s.origins {
		if o.called(ast.StreamID{Name: a.Name}) {
			return &Column{Span: e.Span, Index: s.held.Times() + i, Name: ast.Print(e), T: schema.Long}
		}
	}
	return nil
}

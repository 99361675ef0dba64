package parser

import "millrace/pkg/siddhi/ast"

// clauseWords are the words that can follow an input. Behind every or not they show that the word was a name.
func (t token) isClause() bool {
	return t.isWord("select", "output", "insert", "delete", "update", "return", "as", "join", "inner", "left", "right",
		"full", "outer", "unidirectional", "within", "on")
}

// input reads what follows the word from.
func (p *parser) input() ast.Input {
	if p.seesAnonymous() {
		return p.anonymous()
	}
	start := p.start()
	if p.startsState() {
		return p.pattern(start, nil)
	}
	s := p.source()
	switch {
	case p.failed:
		return s
	case p.continuesPattern():
		return p.pattern(start, p.asState(s))
	case p.seesJoin():
		return p.join(start, s)
	}
	p.refuseAlias(s)
	s.Handlers = append(s.Handlers, p.handlers(s.Window() == nil)...)
	s.Span = p.from(start)
	return s
}

// refuseAlias reports an alias where there is nothing to tell apart.
func (p *parser) refuseAlias(s *ast.StreamInput) {
	if s.Alias != "" {
		p.report(s.Span, "an alias is only for the inputs of a join")
	}
}

// seesAnonymous reports whether a query comes next, perhaps in parentheses.
func (p *parser) seesAnonymous() bool {
	n := 0
	for p.peek(n).isSymbol("(") {
		n++
	}
	if !p.peek(n).isWord("from") {
		return false
	}
	next := p.peek(n + 1)
	starts := next.isName() && !next.isClause() || next.isSymbol("(") || next.isSymbol("!")
	return starts || next.isSymbol("#") && n > 0
}

func (p *parser) anonymous() *ast.AnonymousInput {
	start := p.start()
	defer p.leave()
	if !p.enter() {
		return nil
	}
	if p.accept("(") {
		in := p.anonymous()
		p.expect(")")
		return in
	}
	q := &ast.Query{}
	p.queryHead(q)
	q.Output = p.returns(q.UnsaidEvents())
	q.Span = p.from(start)
	return &ast.AnonymousInput{Query: q, Span: q.Span}
}

// streamInput reads one stream with handlers on both sides of its window.
func (p *parser) streamInput() *ast.StreamInput {
	start := p.start()
	s := p.source()
	p.refuseAlias(s)
	s.Handlers = append(s.Handlers, p.handlers(s.Window() == nil)...)
	s.Span = p.from(start)
	return s
}

// source reads a stream with its handlers and its alias.
func (p *parser) source() *ast.StreamInput {
	start := p.start()
	s := &ast.StreamInput{ID: p.streamID("a stream")}
	s.Handlers = p.handlers(true)
	if p.acceptWord("as") {
		s.Alias = p.name("an alias")
	}
	s.Span = p.from(start)
	return s
}

// streamID reads a name with its # or !.
func (p *parser) streamID(what string) ast.StreamID {
	start := p.start()
	id := ast.StreamID{}
	switch {
	case p.tok().isSymbol("#"):
		p.advance()
		id.Inner = true
	case p.tok().isSymbol("!"):
		p.advance()
		id.Fault = true
	}
	if t := p.tok(); (id.Inner || id.Fault) && (t.isSymbol("#") || t.isSymbol("!")) {
		p.failAt(t.span, "a stream is either inner (#) or a fault stream (!), not both")
	}
	id.Name = p.name(what)
	id.Span = p.from(start)
	return id
}

// handlers reads filters, stream functions and, if one may come, a window.
func (p *parser) handlers(windowAllowed bool) []ast.Handler {
	var handlers []ast.Handler
	for {
		p.want(expectation{text: "[", literal: true})
		p.want(expectation{text: "#", literal: true})
		start := p.start()
		t, next := p.tok(), p.peek(1)
		switch {
		case t.isSymbol("["), t.isSymbol("#") && next.isSymbol("["):
			handlers = append(handlers, p.filter())
		case t.isSymbol("#") && next.isName() && p.peek(2).isSymbol("."):
			w := p.window()
			if !windowAllowed {
				p.failAt(w.Span, "an input has one window at most")
			}
			windowAllowed = false
			handlers = append(handlers, w)
		case t.isSymbol("#"):
			p.advance()
			p.describe("a stream function or 'window.'")
			f := &ast.StreamFunction{Call: p.call()}
			f.Span = p.from(start)
			handlers = append(handlers, f)
		default:
			return handlers
		}
	}
}

func (p *parser) filter() *ast.Filter {
	start := p.start()
	p.accept("#")
	p.expect("[")
	f := &ast.Filter{Cond: p.expr()}
	p.expect("]")
	f.Span = p.from(start)
	return f
}

func (p *parser) window() *ast.WindowHandler {
	start := p.start()
	p.advance()
	p.expectWord("window")
	p.expect(".")
	p.describe("a window such as length(5)")
	w := &ast.WindowHandler{Call: p.call()}
	w.Span = p.from(start)
	return w
}

func (p *parser) seesJoin() bool {
	words := [...]string{"join", "left", "right", "full", "inner", "outer", "unidirectional"}
	for _, w := range words {
		p.want(expectation{text: w, literal: true})
	}
	return p.tok().isWord(words[:]...)
}

// join reads what follows the left side of a join.
func (p *parser) join(start ast.Pos, left *ast.StreamInput) *ast.JoinInput {
	j := &ast.JoinInput{Left: left}
	p.refuseHandlersBehindWindow(left)
	if p.acceptWord("unidirectional") {
		j.Unidirectional = ast.LeftSide
	}
	j.Kind = p.joinKind()
	j.Right = p.source()
	p.refuseHandlersBehindWindow(j.Right)
	if t := p.tok(); p.acceptWord("unidirectional") {
		if j.Unidirectional != ast.BothSides {
			p.report(t.span, "only one side of a join can be unidirectional")
		}
		j.Unidirectional = ast.RightSide
	}
	if p.acceptWord("on") {
		j.On = p.expr()
	}
	j.Within, j.Per = p.withinPer()
	j.Span = p.from(start)
	return j
}

func (p *parser) refuseHandlersBehindWindow(s *ast.StreamInput) {
	if n := len(s.Handlers); n > 0 && s.Window() != nil {
		if last := s.Handlers[n-1]; last != ast.Handler(s.Window()) {
			p.report(last.Position(), "the input of a join has no handlers behind its window")
		}
	}
}

func (p *parser) joinKind() ast.JoinKind {
	kind := ast.InnerJoin
	switch t := p.tok(); {
	case p.acceptWord("left"):
		kind = ast.LeftOuterJoin
	case p.acceptWord("right"):
		kind = ast.RightOuterJoin
	case p.acceptWord("full"):
		kind = ast.FullOuterJoin
	case p.acceptWord("outer"):
		p.failAt(t.span, "an outer join is left, right or full: write 'left outer join'")
	default:
		p.acceptWord("inner")
	}
	if kind != ast.InnerJoin {
		p.expectWord("outer")
	}
	p.expectWord("join")
	return kind
}

// withinPer reads within start[, end] per granularity if it comes next.
func (p *parser) withinPer() (*ast.WithinRange, ast.Expr) {
	start := p.start()
	if !p.acceptWord("within") {
		return nil, nil
	}
	w := &ast.WithinRange{Start: p.expr()}
	if p.accept(",") {
		w.End = p.expr()
	}
	w.Span = p.from(start)
	p.expectWord("per")
	return w, p.expr()
}

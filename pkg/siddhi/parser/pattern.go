package parser

import "millrace/pkg/siddhi/ast"

// startsState reports whether a pattern comes next that a single stream cannot start with.
func (p *parser) startsState() bool {
	t, next := p.tok(), p.peek(1)
	return t.isSymbol("(") || p.seesStateWord() || t.isName() && next.isSymbol("=")
}

// seesStateWord tells every and not from streams of that name: a stream, a reference or a group follows them.
func (p *parser) seesStateWord() bool {
	t, next := p.tok(), p.peek(1)
	switch {
	case !t.isWord("every", "not"):
		return false
	case next.isSymbol("("), next.isSymbol("!"), next.kind == quoted:
		return true
	case next.isSymbol("#"):
		handler := p.peek(3).isSymbol("(") || p.peek(3).isSymbol(":") || p.peek(3).isSymbol(".")
		return p.peek(2).isName() && !handler
	}
	return next.kind == word && !next.isClause() && !next.isWord("and", "or", "for")
}

// continuesPattern reports whether the stream just read is the first state of a pattern.
func (p *parser) continuesPattern() bool {
	for _, s := range [...]string{"->", ",", "<", "*", "+", "?"} {
		if p.sees(s) {
			return true
		}
	}
	p.hint("and", "or", "within")
	return p.tok().isWord("and", "or", "within")
}

// patternReader reads the states of one pattern or sequence. Which of the two it is shows in the first separator.
type patternReader struct {
	*parser
	kind      ast.PatternKind
	known     bool     // kind has been seen
	shortForm ast.Span // of a count * + or ?, which only sequences have
	everies   []every
}

// every is where an every stands, for the rules that need to know the kind.
type every struct {
	span  ast.Span
	first bool // it starts the whole pattern
	group bool // it is about several states
}

// pattern reads a pattern or sequence; first is its first state if that has been read already.
func (p *parser) pattern(start ast.Pos, first *ast.StreamState) *ast.PatternInput {
	r := &patternReader{parser: p}
	in := &ast.PatternInput{State: r.chain(start, first, false)}
	if p.acceptWord("within") {
		in.Within = p.timeValue()
	}
	in.Kind = r.kind
	in.Span = p.from(start)
	r.check(in)
	return in
}

// check reports what the kind of the pattern does not allow.
func (r *patternReader) check(in *ast.PatternInput) {
	if r.failed {
		return
	}
	if r.kind == ast.Pattern && r.shortForm.Start.Known() {
		r.report(r.shortForm, "the counts * + ? are for sequences (a, b); in a pattern write <0:>, <1:> or <0:1>")
	}
	for _, e := range r.everies {
		switch {
		case r.kind == ast.Sequence && !e.first:
			r.report(e.span, "in a sequence 'every' can only stand before the first state")
		case r.kind == ast.Sequence && e.group:
			r.report(e.span, "in a sequence 'every' is about the first state only, not about a group")
		}
	}
}

// chain reads states with separators between them. A single state stays what it is.
func (r *patternReader) chain(start ast.Pos, first *ast.StreamState, inEvery bool) ast.State {
	var states []ast.State
	if first != nil {
		states = append(states, r.rest(start, first))
	} else {
		states = append(states, r.element(inEvery, len(r.everies) == 0 && r.isFirst()))
	}
	for !r.failed && r.separator() {
		states = append(states, r.element(inEvery, false))
	}
	if len(states) == 1 {
		return states[0]
	}
	return &ast.Next{States: ast.Chain(&ast.Next{States: states}), Span: r.from(start)}
}

// isFirst reports whether nothing of the pattern but opening parentheses has been read.
func (r *patternReader) isFirst() bool {
	i := r.at - 1
	for i >= 0 && r.tokens[i].isSymbol("(") {
		i--
	}
	return i >= 0 && r.tokens[i].isWord("from")
}

// separator reads -> or a comma if one comes next; all of a pattern must be the same.
func (r *patternReader) separator() bool {
	t := r.tok()
	kind := ast.Pattern
	switch {
	case r.accept("->"):
	case r.accept(","):
		kind = ast.Sequence
	default:
		return false
	}
	if r.known && kind != r.kind {
		r.failAt(t.span, "a pattern has '->' between its states, a sequence ','; they cannot be mixed")
	}
	r.kind, r.known = kind, true
	return true
}

// element reads one state, a group of states, or every before either.
func (r *patternReader) element(inEvery, first bool) ast.State {
	defer r.leave()
	if !r.enter() {
		return nil
	}
	start := r.start()
	switch {
	case r.tok().isWord("every") && r.seesStateWord():
		at := r.advance().span
		if inEvery {
			r.failAt(at, "'every' cannot stand inside another 'every'")
		}
		mark := every{span: at, first: first}
		var state ast.State
		if r.tok().isSymbol("(") {
			state = r.group(true)
		} else {
			state = r.single()
		}
		_, mark.group = state.(*ast.Next)
		r.everies = append(r.everies, mark)
		return &ast.Every{State: state, Span: r.from(start)}
	case r.tok().isSymbol("("):
		return r.group(inEvery)
	}
	return r.single()
}

func (r *patternReader) group(inEvery bool) ast.State {
	r.expect("(")
	s := r.chain(r.start(), nil, inEvery)
	r.expect(")")
	return s
}

// single reads a state that is not a group: a stream, an absent stream, or two of them with and or or.
func (r *patternReader) single() ast.State {
	start := r.start()
	if r.tok().isWord("not") && r.seesStateWord() {
		return r.logical(start, r.absent())
	}
	return r.rest(start, r.streamState())
}

// rest reads what follows the stream of a state: a count, or and or or with another stream.
func (r *patternReader) rest(start ast.Pos, s *ast.StreamState) ast.State {
	if c := r.collect(s); c != nil {
		c.Span = r.from(start)
		return c
	}
	return r.logical(start, s)
}

func (r *patternReader) streamState() *ast.StreamState {
	start := r.start()
	s := &ast.StreamState{}
	if r.tok().isName() && r.peek(1).isSymbol("=") {
		s.Ref = r.advance().value
		r.advance()
	}
	in := r.stateSource()
	s.ID, s.Handlers = in.ID, in.Handlers
	s.Span = r.from(start)
	return s
}

// stateSource reads a stream with handlers but without window and alias.
func (p *parser) stateSource() *ast.StreamInput {
	start := p.start()
	in := &ast.StreamInput{ID: p.streamID("a stream")}
	in.Handlers = p.handlers(true)
	in.Span = p.from(start)
	p.refuseWindow(in)
	return in
}

func (p *parser) refuseWindow(in *ast.StreamInput) {
	if w := in.Window(); w != nil {
		p.report(w.Span, "a state of a pattern or sequence cannot have a window")
	}
}

// asState makes a state of a stream that turned out to start a pattern.
func (p *parser) asState(in *ast.StreamInput) *ast.StreamState {
	p.refuseWindow(in)
	if in.Alias != "" {
		p.report(in.Span, "a state has no alias; write a reference in front of it: e1="+shorten(in.ID.String()))
	}
	return &ast.StreamState{ID: in.ID, Handlers: in.Handlers, Span: in.Span}
}

// absent reads not stream [for time].
func (r *patternReader) absent() *ast.Absent {
	start := r.start()
	r.advance()
	if r.tok().isName() && r.peek(1).isSymbol("=") {
		r.failAt(ast.Span{Start: r.start(), End: r.peek(1).span.End}, "an absent state has no event, so it cannot have a reference")
	}
	in := r.stateSource()
	a := &ast.Absent{State: &ast.StreamState{ID: in.ID, Handlers: in.Handlers, Span: in.Span}}
	if r.acceptWord("for") {
		a.For = r.timeValue()
	}
	a.Span = r.from(start)
	return a
}

// logical reads and or or with the other side if it comes next.
func (r *patternReader) logical(start ast.Pos, left ast.State) ast.State {
	l := &ast.Logical{Op: ast.And, Left: left}
	switch {
	case r.acceptWord("and"):
	case r.acceptWord("or"):
		l.Op = ast.Or
	default:
		r.requireFor(left)
		return left
	}
	if r.tok().isWord("not") && r.seesStateWord() {
		l.Right = r.absent()
	} else {
		l.Right = r.streamState()
	}
	l.Span = r.from(start)
	_, leftAbsent := l.Left.(*ast.Absent)
	_, rightAbsent := l.Right.(*ast.Absent)
	if l.Op == ast.Or || leftAbsent && rightAbsent {
		r.requireFor(l.Left)
		r.requireFor(l.Right)
	}
	if t := r.tok(); t.isWord("and", "or") {
		r.failAt(t.span, "a logical state has two sides only")
	}
	return l
}

// requireFor reports an absent state without a time where it needs one.
func (r *patternReader) requireFor(s ast.State) {
	if a, ok := s.(*ast.Absent); ok && a.For == nil {
		r.failAt(a.Span, "an absent state needs 'for' and a time, unless it is joined by 'and' to a stream that is awaited")
	}
}

// collect reads a count if one comes next.
func (r *patternReader) collect(s *ast.StreamState) *ast.Count {
	c := &ast.Count{State: s, Max: ast.Unbounded}
	t := r.tok()
	switch {
	case r.accept("<"):
		r.bounds(c)
		r.expect(">")
		return c
	case r.accept("*"):
	case r.accept("+"):
		c.Min = 1
	case r.accept("?"):
		c.Max = 1
	default:
		return nil
	}
	r.shortForm = t.span
	return c
}

// bounds reads the inside of <n>, <n:m>, <n:> or <:m>.
func (r *patternReader) bounds(c *ast.Count) {
	if r.accept(":") {
		c.Max = r.count()
		return
	}
	c.Min = r.count()
	if !r.accept(":") {
		c.Max = c.Min
		return
	}
	if r.describe("a whole number"); r.tok().kind == integer {
		c.Max = r.count()
	}
}

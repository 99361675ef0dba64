package parser

import (
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/suggest"
)

// Parse reads an app. The error is of type Errors; there is no tree then.
func Parse(src string) (*ast.App, error) {
	p := newParser(src)
	app := p.app()
	return result(p, app)
}

// ParseOnDemand reads one on-demand query. The error is of type Errors; there is no tree then.
func ParseOnDemand(src string) (*ast.OnDemandQuery, error) {
	p := newParser(src)
	query := p.onDemandQuery()
	p.accept(";")
	p.expectEnd()
	return result(p, query)
}

// ParseExpr reads one expression. The error is of type Errors; there is no tree then.
func ParseExpr(src string) (ast.Expr, error) {
	p := newParser(src)
	e := p.expr()
	p.expectEnd()
	return result(p, e)
}

func result[T ast.Node](p *parser, tree T) (T, error) {
	if len(p.errors) == 0 {
		return tree, nil
	}
	slices.SortStableFunc(p.errors, func(a, b *Error) int { return a.Offset - b.Offset })
	if len(p.errors) > maxErrors {
		p.errors = p.errors[:maxErrors]
	}
	for _, e := range p.errors {
		e.App = p.appName
	}
	var none T
	return none, p.errors
}

// parser reads tokens. After a mistake it is failed: it shows nothing but an eof to its functions, which therefore
// come to their ends, until the statement loop calls recover.
type parser struct {
	src      string
	tokens   []token // the last one is an eof
	at       int     // index of the token to read next
	comments []*ast.Comment
	failed   bool
	errors   Errors
	expected []expectation // what the functions asked for at the token to read next
	appName  string
	depth    int // of nested constructs
	chain    int // operators in the expression being read
}

// expectation is something that would fit. Only words and symbols are suggested to those who misspell them, and
// a hint is nothing but such a suggestion.
type expectation struct {
	text    string
	literal bool
	hint    bool
}

// The limits keep hostile texts from using up the stack; no text of a person comes near them.
const (
	maxDepth = 200
	maxChain = 5000
)

func newParser(src string) *parser {
	p := &parser{src: src}
	p.tokens, p.comments = lex(src, p.report)
	return p
}

// tok returns the token to read next.
func (p *parser) tok() token { return p.peek(0) }

// peek returns the token n behind the one to read next.
func (p *parser) peek(n int) token {
	last := len(p.tokens) - 1
	if p.failed {
		return token{kind: eof, span: p.tokens[last].span}
	}
	return p.tokens[min(p.at+n, last)]
}

func (p *parser) advance() token {
	t := p.tok()
	if !p.failed && t.kind != eof {
		p.at++
		p.expected = p.expected[:0]
	}
	return t
}

// start returns where the token to read next starts.
func (p *parser) start() ast.Pos { return p.tokens[p.at].span.Start }

// from returns the span from start to the end of the token read last.
func (p *parser) from(start ast.Pos) ast.Span {
	end := start
	if p.at > 0 {
		if last := p.tokens[p.at-1].span.End; last.Offset > start.Offset {
			end = last
		}
	}
	return ast.Span{Start: start, End: end}
}

func (p *parser) want(e expectation) {
	if !p.failed && !slices.Contains(p.expected, e) {
		p.expected = append(p.expected, e)
	}
}

// describe notes that something other than a literal word or symbol would fit.
func (p *parser) describe(what string) { p.want(expectation{text: what}) }

// hint notes words that are suggested to who misspells them, without being listed as fitting.
func (p *parser) hint(words ...string) {
	for _, w := range words {
		p.want(expectation{text: w, literal: true, hint: true})
	}
}

// isSymbol reports whether t is that symbol.
func (t token) isSymbol(s string) bool { return t.kind == symbol && t.value == s }

// isWord reports whether t is one of those words, in any case.
func (t token) isWord(words ...string) bool {
	if t.kind != word {
		return false
	}
	for _, w := range words {
		if len(w) == len(t.value) && strings.EqualFold(w, t.value) {
			return true
		}
	}
	return false
}

func (t token) isName() bool { return t.kind == word || t.kind == quoted }

// sees reports whether a symbol comes next.
func (p *parser) sees(s string) bool {
	p.want(expectation{text: s, literal: true})
	return p.tok().isSymbol(s)
}

// seesWord reports whether a keyword comes next.
func (p *parser) seesWord(w string) bool {
	p.want(expectation{text: w, literal: true})
	return p.tok().isWord(w)
}

// accept reads a symbol if it comes next.
func (p *parser) accept(s string) bool {
	if p.sees(s) {
		p.advance()
		return true
	}
	return false
}

// acceptWord reads a keyword if it comes next.
func (p *parser) acceptWord(w string) bool {
	if p.seesWord(w) {
		p.advance()
		return true
	}
	return false
}

// acceptWords reads several keywords if they all come next.
func (p *parser) acceptWords(words ...string) bool {
	if !p.seesWord(words[0]) {
		return false
	}
	for i, w := range words {
		if !p.peek(i).isWord(w) {
			return false
		}
	}
	for range words {
		p.advance()
	}
	return true
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.unexpected()
	}
}

func (p *parser) expectWord(w string) {
	if !p.acceptWord(w) {
		p.unexpected()
	}
}

func (p *parser) expectEnd() {
	if p.describe("the end of the text"); p.tok().kind != eof {
		p.unexpected()
	}
}

// name reads a name; every keyword may be one.
func (p *parser) name(what string) string {
	if p.describe(what); p.tok().isName() {
		return p.advance().value
	}
	p.unexpected()
	return ""
}

// identifier reads a name at one of the places where a keyword needs back quotes.
func (p *parser) identifier(what string) string {
	if t := p.tok(); t.kind == word && ast.IsKeyword(t.value) {
		p.failAt(t.span, what+" cannot be the keyword '"+t.value+"'; write it in back quotes")
		return ""
	}
	return p.name(what)
}

// stringValue reads a string literal.
func (p *parser) stringValue(what string) string {
	if p.describe(what); p.tok().kind == text {
		return p.advance().value
	}
	p.unexpected()
	return ""
}

// unexpected fails at the token to read next, with all that was asked for there.
func (p *parser) unexpected() {
	if p.failed {
		return
	}
	t := p.tok()
	var expected, literals []string
	for _, e := range p.expected {
		if e.literal {
			literals = append(literals, e.text)
			e.text = "'" + e.text + "'"
		}
		if !e.hint {
			expected = append(expected, e.text)
		}
	}
	msg := "unexpected " + t.describe()
	if len(expected) > 0 {
		msg = "expected " + alternatives(expected) + ", found " + t.describe()
	}
	suggestion := p.meant(t)
	if t.kind == word {
		suggestion, _ = suggest.Closest(t.value, literals)
	}
	if suggestion != "" {
		msg = "unexpected " + t.describe()
	}
	if t.kind != bad { // the lexer has said what is wrong with those
		at := t.span
		if t.kind == eof && p.at > 0 {
			at.Start = p.tokens[p.at-1].span.End // not behind the empty lines at the end
			at.End = at.Start
		}
		e := p.newError(at, msg)
		e.Found, e.Expected, e.Suggestion = t.describe(), expected, suggestion
		p.errors = append(p.errors, e)
	}
	p.failed = true
}

// meant is the operator that somebody who writes SQL meant by an unexpected symbol.
func (p *parser) meant(t token) string {
	operator := slices.ContainsFunc(p.expected, func(e expectation) bool { return e.text == operatorHere })
	switch {
	case t.isSymbol("=") && operator:
		return "=="
	case t.isSymbol(">") && p.at > 0 && p.tokens[p.at-1].isSymbol("<") && p.tokens[p.at-1].span.End == t.span.Start:
		return "!="
	}
	return ""
}

// failAt reports a mistake that the statement cannot go on from.
func (p *parser) failAt(at ast.Span, msg string) {
	if !p.failed {
		p.report(at, msg)
		p.failed = true
	}
}

// report notes a mistake that the parser can go on from. As the lexer reports before the parser does, each of them
// may report as many as are shown at most.
func (p *parser) report(at ast.Span, msg string) {
	if p.failed || p.tokens == nil && len(p.errors) >= maxErrors {
		return
	}
	e := p.newError(at, msg)
	e.Found = shorten(at.Text(p.src))
	p.errors = append(p.errors, e)
}

func (p *parser) newError(at ast.Span, msg string) *Error {
	return &Error{
		Line: at.Start.Line, Column: at.Start.Column + 1, Offset: at.Start.Offset, End: at.End.Offset,
		Msg: msg, SourceLine: ast.SourceLine(p.src, at.Start.Offset),
	}
}

// enter counts a nested construct; it fails and returns false when they are too many. Leave with leave.
func (p *parser) enter() bool {
	p.depth++
	if p.depth > maxDepth {
		p.failAt(p.tok().span, "nested too deeply")
	}
	return !p.failed
}

func (p *parser) leave() { p.depth-- }

package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/ast"
)

// lexer cuts a text into tokens. Mistakes become bad tokens, or the token that was probably meant, and a report.
type lexer struct {
	src      string
	pos      ast.Pos
	tokens   []token
	comments []*ast.Comment
	report   func(at ast.Span, msg string)
}

// lex returns the tokens of src; the last one is an eof.
func lex(src string, report func(at ast.Span, msg string)) ([]token, []*ast.Comment) {
	l := &lexer{src: src, pos: ast.Pos{Line: 1}, report: report, tokens: make([]token, 0, len(src)/4+1)}
	if strings.HasPrefix(src, "\ufeff") {
		l.pos.Offset = len("\ufeff")
	}
	for l.pos.Offset < len(src) {
		l.next()
	}
	l.emit(eof, "", l.pos)
	return l.tokens, l.comments
}

func (l *lexer) rest() string { return l.src[l.pos.Offset:] }

// advance moves over n bytes and keeps count of lines and columns.
func (l *lexer) advance(n int) {
	part := l.src[l.pos.Offset : l.pos.Offset+n]
	if lines := strings.Count(part, "\n"); lines > 0 {
		l.pos.Line += lines
		l.pos.Column = utf8.RuneCountInString(part[strings.LastIndexByte(part, '\n')+1:])
	} else {
		l.pos.Column += utf8.RuneCountInString(part)
	}
	l.pos.Offset += n
}

func (l *lexer) emit(k kind, value string, start ast.Pos) {
	first := len(l.tokens) == 0 || l.tokens[len(l.tokens)-1].span.End.Line < start.Line
	l.tokens = append(l.tokens, token{kind: k, value: value, span: ast.Span{Start: start, End: l.pos}, first: first})
}

// take makes the next n bytes a token.
func (l *lexer) take(k kind, value string, n int) ast.Span {
	start := l.pos
	l.advance(n)
	l.emit(k, value, start)
	return ast.Span{Start: start, End: l.pos}
}

func (l *lexer) next() {
	rest := l.rest()
	switch c := rest[0]; {
	case c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\v':
		l.advance(len(rest) - len(strings.TrimLeft(rest, " \t\r\n\v")))
	case strings.HasPrefix(rest, "--"):
		end := strings.IndexAny(rest, "\r\n")
		if end < 0 {
			end = len(rest)
		}
		l.comment(end, rest[:end])
	case strings.HasPrefix(rest, "/*"):
		l.blockComment(rest)
	case isLetter(c):
		n := nameLength(rest)
		l.take(word, rest[:n], n)
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		l.number(rest)
	case c == '\'' || c == '"':
		l.string(rest)
	case c == '`':
		l.quotedName(rest)
	case c == '{':
		l.script(rest)
	default:
		l.symbol(rest)
	}
}

func (l *lexer) comment(n int, content string) {
	start := l.pos
	l.advance(n)
	l.comments = append(l.comments, &ast.Comment{Span: ast.Span{Start: start, End: l.pos}, Text: content})
}

// blockComment takes a /* comment; one that is not closed runs to the end of the text.
func (l *lexer) blockComment(rest string) {
	if end := strings.Index(rest[2:], "*/"); end >= 0 {
		l.comment(end+4, rest[:end+4])
		return
	}
	l.comment(len(rest), rest+" */")
}

func (l *lexer) number(rest string) {
	n := digits(rest)
	decimal := false
	if n < len(rest) && rest[n] == '.' {
		fraction := digits(rest[n+1:])
		// 1. is a number only with an exponent or suffix, so that 1...2 and 1.x stay apart.
		if fraction > 0 || numberTail(rest[n+1:]) > 0 {
			n += 1 + fraction
			decimal = true
		}
	}
	if e := exponent(rest[n:]); e > 0 {
		n += e
		decimal = true
	}
	value := rest[:n]
	switch suffix := numberSuffix(rest[n:]); {
	case suffix == 'l' && !decimal:
		l.take(long, value, n+1)
	case suffix == 'f':
		l.take(float, value, n+1)
	case suffix == 'd':
		l.take(double, value, n+1)
	case decimal:
		l.take(double, value, n)
	default:
		l.take(integer, value, n)
	}
}

// numberTail returns the length of an exponent or suffix at the start of s, 0 without one.
func numberTail(s string) int {
	if suffix := numberSuffix(s); suffix == 'f' || suffix == 'd' {
		return 1
	}
	return exponent(s)
}

// numberSuffix returns l, f or d if s starts with that letter, in any case, and the word ends behind it. The letters
// of 2days are no suffix.
func numberSuffix(s string) byte {
	if s == "" || len(s) > 1 && (isLetter(s[1]) || isDigit(s[1])) {
		return 0
	}
	if c := s[0] | 0x20; c == 'l' || c == 'f' || c == 'd' {
		return c
	}
	return 0
}

func exponent(s string) int {
	if s == "" || s[0]|0x20 != 'e' {
		return 0
	}
	n := 1
	if n < len(s) && (s[n] == '+' || s[n] == '-') {
		n++
	}
	if d := digits(s[n:]); d > 0 {
		return n + d
	}
	return 0
}

const longQuotes = `"""`

func (l *lexer) string(rest string) {
	if strings.HasPrefix(rest, longQuotes) {
		if end := strings.Index(rest[3:], longQuotes); end >= 0 {
			l.take(text, rest[3:3+end], end+6)
			return
		}
		at := l.take(bad, rest[:3], 3)
		l.report(at, `string is not closed; """ is missing`)
		l.advance(len(l.rest()))
		return
	}
	quote := rest[0]
	end := 1
	for end < len(rest) && rest[end] >= 0x20 && rest[end] != quote && rest[end] != '"' {
		end++
	}
	if end < len(rest) && rest[end] == quote {
		l.take(text, rest[1:end], end+1)
		return
	}
	l.badString(rest, quote, end)
}

// badString reports why a string literal cannot go on at end, and goes on behind what was probably its end.
func (l *lexer) badString(rest string, quote byte, end int) {
	line, _, _ := strings.Cut(rest, "\n")
	closing := -1
	if end < len(line) {
		closing = strings.IndexByte(line[end:], quote)
	}
	if closing < 0 {
		line = strings.TrimSuffix(strings.TrimRight(line, " \t\r"), ";") // which probably ends the statement
		at := l.take(bad, line, len(line))
		at.End = at.Start
		at.End.Offset++
		l.report(at, fmt.Sprintf(`string is not closed on its line; close it with %c, or write """...""" for several lines`, quote))
		return
	}
	problem := l.take(bad, line[1:end+closing], end+closing+1)
	if line[end] == '"' {
		l.report(problem, `a '...' string cannot hold a double quote; write """...""" around it`)
		return
	}
	l.report(problem, fmt.Sprintf(`a string on one line cannot hold the control character U+%04X; write """...""" around it`, line[end]))
}

func (l *lexer) quotedName(rest string) {
	end := strings.IndexByte(rest[1:], '`')
	switch {
	case end < 0:
		line, _, _ := strings.Cut(rest, "\n")
		at := l.take(bad, "`", len(line))
		at.End = at.Start
		at.End.Offset++
		l.report(at, "name in back quotes is not closed; ` is missing")
	case end == 0:
		l.report(l.take(bad, "``", 2), "a name cannot be empty")
	default:
		l.take(quoted, rest[1:1+end], end+2)
	}
}

// symbols are tried in order, so that the long ones win.
var symbols = [...]string{
	"...", "->", "<=", ">=", "==", "!=",
	":", ";", ".", "(", ")", "[", "]", ",", "=", "*", "+", "?", "-", "/", "%", "<", ">", "@", "#", "!",
}

// foreign are operators of other languages, with ours.
var foreign = map[string]string{"&&": "and", "||": "or"}

func (l *lexer) symbol(rest string) {
	if strings.HasPrefix(rest, "//") {
		line, _, _ := strings.Cut(rest, "\n")
		l.report(l.take(bad, "//", 2), "SiddhiQL has no // comments; write -- or /* */")
		l.advance(len(line) - 2)
		return
	}
	for wrong, right := range foreign {
		if strings.HasPrefix(rest, wrong) {
			l.report(l.take(bad, wrong, len(wrong)), "SiddhiQL has no '"+wrong+"'; write '"+right+"'")
			return
		}
	}
	for _, s := range symbols {
		if strings.HasPrefix(rest, s) {
			l.take(symbol, s, len(s))
			return
		}
	}
	if end, ok := variable(rest); ok {
		l.report(l.take(bad, rest[:end], end), "variable "+shorten(rest[:end])+" has not been replaced by its value")
		return
	}
	r, size := utf8.DecodeRuneInString(rest)
	at := l.take(bad, rest[:size], size)
	if r == utf8.RuneError && size == 1 {
		l.report(at, "the text is not valid UTF-8")
		return
	}
	l.report(at, fmt.Sprintf("unexpected character %q", r))
}

func isLetter(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func digits(s string) int {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return n
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || isDigit(s[n])) {
		n++
	}
	return n
}

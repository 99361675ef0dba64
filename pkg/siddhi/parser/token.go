package parser

import (
	"unicode/utf8"

	"millrace/pkg/siddhi/ast"
)

type kind uint8

const (
	eof     kind = iota
	word         // a name or keyword without quotes
	quoted       // a name in back quotes
	text         // a string literal
	integer      // 12
	long         // 12L
	float        // 1.5f
	double       // 1.5
	script       // { ... }
	symbol       // punctuation and operators
	bad          // something the lexer has already complained about
)

type token struct {
	kind  kind
	value string // name, string content, digits without suffix, script body, symbol
	span  ast.Span
	first bool // first token of its line
}

// describe names a token in messages.
func (t token) describe() string {
	switch t.kind {
	case eof:
		return "the end of the text"
	case text:
		return "the string '" + shorten(t.value) + "'"
	case script:
		return "a script body"
	case quoted:
		return "`" + shorten(t.value) + "`"
	}
	return "'" + shorten(t.value) + "'"
}

// shorten keeps messages on one line of bearable length.
func shorten(s string) string {
	const limit = 40
	for i, r := range s {
		if r < ' ' || i >= limit {
			return s[:i] + "..."
		}
		if r == utf8.RuneError {
			return s[:i] + "..."
		}
	}
	return s
}

package parser

import "strings"

// script takes a body in braces. Braces inside it are counted, save those in "..." on one line and in // comments.
func (l *lexer) script(rest string) {
	depth := 0
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '{':
			depth++
		case '}':
			depth--
			if depth == 0 {
				l.take(script, rest[1:i], i+1)
				return
			}
		case '"':
			line, _, _ := strings.Cut(rest[i+1:], "\n")
			if end := strings.IndexByte(line, '"'); end >= 0 {
				i += end + 1
			}
		case '/':
			if strings.HasPrefix(rest[i:], "//") {
				line, _, _ := strings.Cut(rest[i:], "\n")
				i += len(line) - 1
			}
		}
	}
	at := l.take(bad, "{", 1)
	l.report(at, "script body is not closed; } is missing")
	l.advance(len(l.rest()))
}

package parser

import (
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/ast"
)

// Substitute replaces every ${name} in src, those in strings and comments too, by what lookup returns for the name,
// which is put in as it is. The error, of type Errors, tells the variables that lookup did not know.
func Substitute(src string, lookup func(name string) (value string, ok bool)) (string, error) {
	var out strings.Builder
	var missing Errors
	done := 0
	for {
		start, end, name := nextVariable(src, done)
		if start < 0 {
			break
		}
		value, ok := lookup(name)
		if !ok && len(missing) < maxErrors {
			missing = append(missing, missingVariable(src, start, end, name))
		}
		out.WriteString(src[done:start])
		out.WriteString(value)
		done = end
	}
	if missing != nil {
		return "", missing
	}
	out.WriteString(src[done:])
	return out.String(), nil
}

// nextVariable finds the first ${name} at or behind from; start is negative without one.
func nextVariable(src string, from int) (start, end int, name string) {
	for {
		i := strings.Index(src[from:], "${")
		if i < 0 {
			return -1, -1, ""
		}
		start = from + i
		if n, ok := variable(src[start:]); ok {
			return start, start + n, src[start+2 : start+n-1]
		}
		from = start + 2
	}
}

// variable returns the length of the ${name} that s starts with.
func variable(s string) (int, bool) {
	if !strings.HasPrefix(s, "${") {
		return 0, false
	}
	n := nameLength(s[2:])
	end := 2 + n
	return end + 1, n > 0 && end < len(s) && s[end] == '}'
}

func missingVariable(src string, start, end int, name string) *Error {
	line := src[strings.LastIndexByte(src[:start], '\n')+1 : start]
	at := ast.Pos{Line: strings.Count(src[:start], "\n") + 1, Column: utf8.RuneCountInString(line), Offset: start}
	return &Error{
		Line: at.Line, Column: at.Column + 1, Offset: start, End: end,
		Msg: "variable '" + name + "' has no value", Found: src[start:end], SourceLine: ast.SourceLine(src, start),
	}
}

package parser

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxErrors is how many mistakes one call reports; more help nobody.
const maxErrors = 20

// Error is one mistake in a text.
type Error struct {
	App        string   // the app's name, "" if unknown
	Line       int      // 1-based
	Column     int      // 1-based, in characters
	Offset     int      // 0-based, in bytes
	End        int      // offset just behind the mistake
	Msg        string   // what is wrong, with what would fit where that is known
	Found      string   // what stands there, as shown to the reader
	Expected   []string // what would fit: 'word' for words and symbols, else a description
	Suggestion string   // the word that was probably meant, or ""
	SourceLine string   // the line of the text, without its end
}

// Error returns the place, the mistake and the suggestion on one line.
func (e *Error) Error() string {
	text := "line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + e.Msg
	if e.App != "" {
		text = "app " + e.App + ", " + text
	}
	if e.Suggestion != "" {
		text += "; did you mean '" + e.Suggestion + "'?"
	}
	return text
}

// Detail returns the error followed by its source line and a caret line that marks the place.
func (e *Error) Detail() string {
	var b strings.Builder
	b.WriteString(e.Error())
	b.WriteString("\n    " + e.SourceLine + "\n    ")
	column := 1
	for _, r := range e.SourceLine {
		if column >= e.Column {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
		column++
	}
	b.WriteString(strings.Repeat("^", e.width()))
	return b.String()
}

// width is how many characters of the source line the mistake covers, at least one.
func (e *Error) width() int {
	rest := utf8.RuneCountInString(e.SourceLine) - e.Column + 1
	return max(1, min(e.End-e.Offset, rest))
}

// Errors are the mistakes of a text in text order.
type Errors []*Error

// Error returns the details of all mistakes, one below the other.
func (es Errors) Error() string {
	details := make([]string, len(es))
	for i, e := range es {
		details[i] = e.Detail()
	}
	return strings.Join(details, "\n")
}

// Unwrap gives errors.As access to each mistake.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// sourceLine returns the line of src that holds the byte at offset.
func sourceLine(src string, offset int) string {
	start := strings.LastIndexByte(src[:offset], '\n') + 1
	line, _, _ := strings.Cut(src[start:], "\n")
	return strings.TrimSuffix(line, "\r")
}

// alternatives joins what would fit into "a, b or c".
func alternatives(expected []string) string {
	const shown = 8
	if len(expected) > shown {
		return strings.Join(expected[:shown], ", ") + fmt.Sprintf(" or %d others", len(expected)-shown)
	}
	last := len(expected) - 1
	if last < 1 {
		return strings.Join(expected, "")
	}
	return strings.Join(expected[:last], ", ") + " or " + expected[last]
}

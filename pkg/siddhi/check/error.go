package check

import (
	"slices"
	"strings"
	"unicode/utf8"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/suggest"
)

// Error is one mistake in an app.
type Error struct {
	App        string // the app's name, "" if it has none
	Span       ast.Span
	Msg        string // what is wrong
	Hint       string // what to do, or ""
	Suggestion string // the name that was probably meant, or ""
	Near       string // the text that is wrong, at most its first line
	SourceLine string // the line of the text where it starts, "" if unknown
}

// Error returns the place, the mistake and what to do on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if e.App != "" {
		b.WriteString("app " + e.App + ", ")
	}
	if e.Span.Start.Known() {
		line, column, _ := strings.Cut(e.Span.Start.String(), ":")
		b.WriteString("line " + line + ", column " + column + ": ")
	}
	b.WriteString(e.Msg)
	if e.Suggestion != "" {
		b.WriteString("; did you mean '" + e.Suggestion + "'?")
	}
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Detail returns the error followed by its source line and a line of carets that marks the place.
func (e *Error) Detail() string {
	if e.SourceLine == "" {
		return e.Error()
	}
	return e.Error() + ast.Mark(e.SourceLine, e.Span.Start.Column, max(1, utf8.RuneCountInString(e.Near)))
}

// Errors are the mistakes of an app in text order.
type Errors = ast.Mistakes[*Error]

// sorted returns errors in text order.
func sorted(es Errors) Errors {
	slices.SortStableFunc(es, func(a, b *Error) int { return a.Span.Start.Offset - b.Span.Start.Offset })
	return es
}

// fail reports a mistake at a place; hint says what to do and may be empty.
func (c *checker) fail(at ast.Node, msg, hint string) {
	c.report(at, msg, hint, "")
}

// unknown reports a name that nothing has; the nearest of those that exist is suggested.
func (c *checker) unknown(at ast.Node, msg, hint, name string, exist []string) {
	near, _ := suggest.Closest(name, exist)
	if near != "" {
		hint = ""
	}
	c.report(at, msg, hint, near)
}

// unsupported refuses what Siddhi can and the engine cannot.
func (c *checker) unsupported(at ast.Node, what, hint string) {
	c.report(at, what+" not supported yet", hint, "")
}

func (c *checker) report(at ast.Node, msg, hint, suggestion string) {
	c.errs = append(c.errs, c.mistake(at, msg, hint, suggestion))
}

// warn notes what is right and yet probably not what is wanted.
func (c *checker) warn(at ast.Node, msg, hint string) {
	c.note(at, msg, hint, "")
}

func (c *checker) note(at ast.Node, msg, hint, suggestion string) {
	c.out.Warnings = append(c.out.Warnings, c.mistake(at, msg, hint, suggestion))
}

func (c *checker) mistake(at ast.Node, msg, hint, suggestion string) *Error {
	e := &Error{App: c.out.Name, Span: at.Position(), Msg: msg, Hint: hint, Suggestion: suggestion}
	e.Quote(c.source)
	return e
}

// Quote takes the wrong text and its line from the source of the app, for Detail.
func (e *Error) Quote(source string) {
	start := e.Span.Start
	if !start.Known() || start.Offset < 0 || start.Offset > len(source) {
		return
	}
	e.SourceLine = ast.SourceLine(source, start.Offset)
	near, _, _ := strings.Cut(e.Span.Text(source), "\n")
	e.Near = strings.TrimRight(near, "\r ")
}

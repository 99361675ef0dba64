package topology

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
)

// Error is one reason why an app cannot be distributed.
type Error struct {
	App    string
	Line   int // 1-based; 0 when it is about the app as a whole
	Column int // 1-based, in characters
	Msg    string
}

// Error returns the place and the reason on one line.
func (e *Error) Error() string {
	text := "app " + e.App
	if e.App == "" {
		text = "app without a name"
	}
	if e.Line > 0 {
		text += fmt.Sprintf(", line %d, column %d", e.Line, e.Column)
	}
	return text + ": " + e.Msg
}

// Errors are all reasons why an app cannot be distributed, in text order.
type Errors []*Error

// Error returns all reasons, one per line.
func (es Errors) Error() string {
	lines := make([]string, len(es))
	for i, e := range es {
		lines[i] = e.Error()
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives errors.As access to each reason.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// refuse notes that the app cannot be distributed because of what stands at at.
func (s *splitter) refuse(at ast.Span, format string, args ...any) {
	e := &Error{App: s.app.Name(), Msg: fmt.Sprintf(format, args...)}
	if at.Start.Known() {
		e.Line, e.Column = at.Start.Line, at.Start.Column+1
	}
	s.errors = append(s.errors, e)
}

// err returns the errors found so far in text order, or nil.
func (s *splitter) err() error {
	if len(s.errors) == 0 {
		return nil
	}
	slices.SortStableFunc(s.errors, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return slices.CompactFunc(s.errors, func(a, b *Error) bool { return *a == *b })
}

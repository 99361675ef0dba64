package managerapi

import (
	"errors"
	"net/http"
	"slices"
	"unicode/utf8"

	"millrace/internal/api"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/parser"
)

// Mistakes returns the places in an app's text that an error of the parser, the
// checker or the split names; nil when it names none.
func Mistakes(err error) []api.Mistake {
	var syntax parser.Errors
	var meaning check.Errors
	var split topology.Errors
	var all []api.Mistake
	switch {
	case errors.As(err, &syntax):
		for _, e := range syntax {
			all = append(all, api.Mistake{Line: e.Line, Column: e.Column, Message: e.Msg, Suggestion: e.Suggestion, Text: e.SourceLine})
		}
	case errors.As(err, &meaning):
		for _, e := range meaning {
			all = append(all, ofCheck(e))
		}
	case errors.As(err, &split):
		for _, e := range split {
			all = append(all, api.Mistake{Line: e.Line, Column: e.Column, Message: e.Msg})
		}
	}
	return all
}

func ofCheck(e *check.Error) api.Mistake {
	m := api.Mistake{Message: e.Msg, Suggestion: e.Suggestion, Text: e.SourceLine}
	if e.Hint != "" {
		m.Message += "; " + e.Hint
	}
	if e.Span.Start.Known() {
		m.Line, m.Column = e.Span.Start.Line, e.Span.Start.Column+1
	}
	if utf8.RuneCountInString(m.Text) > longLine {
		m.Text = ""
	}
	return m
}

// longLine is the longest source line, in characters, that is worth sending back.
const longLine = 2000

// InvalidApp makes the answer to an app that cannot be deployed: 400 with every
// mistake's line, column and what to do.
func InvalidApp(err error) *api.Problem {
	p := api.NewProblem(http.StatusBadRequest, api.TypeValidation, "%v", err)
	p.Code = api.CodeInvalidApp
	p.Mistakes = slices.Clip(Mistakes(err))
	return p
}

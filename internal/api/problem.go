package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/parser"
)

// ProblemType is the media type of an error's body (RFC 9457).
const ProblemType = "application/problem+json"

// Codes that WSO2 SP gives in the answers of /siddhi-apps.
const (
	CodeInvalidApp = 800101 // the app has mistakes
	CodeProcessing = 800102 // the node could not do what was asked
)

// Problem is the body of every answer that is an error, and the error that a
// client returns for one.
type Problem struct {
	// Type is a word to decide on: "validation error", "conflict", "not-found", ….
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	// Code and Message repeat type and detail the way WSO2 SP does.
	Code    int    `json:"code,omitempty"`
	Message string `json:"message,omitempty"`
	// Mistakes has the places in the app's text, in text order.
	Mistakes []Mistake `json:"mistakes,omitempty"`
	// Epoch and Generation are, in a conflict, the newest that the node has seen.
	Epoch      int64 `json:"epoch,omitempty"`
	Generation int64 `json:"generation,omitempty"`
}

// Mistake is something wrong at a place in an app's text.
type Mistake struct {
	Line       int    `json:"line"`   // from 1
	Column     int    `json:"column"` // from 1, in characters
	Message    string `json:"message"`
	Hint       string `json:"hint,omitempty"`       // what to do
	Suggestion string `json:"suggestion,omitempty"` // the word that was probably meant
	Text       string `json:"text,omitempty"`       // the source line
}

// The types of problems.
const (
	TypeValidation  = "validation error"
	TypeConflict    = "conflict"
	TypeNotFound    = "not-found"
	TypeBadRequest  = "bad request"
	TypeProcessing  = "file processing error"
	TypeUnavailable = "unavailable"
)

// NewProblem makes a problem of the given HTTP status.
func NewProblem(status int, kind, format string, args ...any) *Problem {
	detail := fmt.Sprintf(format, args...)
	return &Problem{Type: kind, Title: http.StatusText(status), Status: status, Detail: detail, Message: detail}
}

// Error says what is wrong, with every mistake of an app on a line of its own.
func (p *Problem) Error() string {
	if len(p.Mistakes) == 0 {
		return p.Detail
	}
	var b strings.Builder
	for i, m := range p.Mistakes {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(m.String())
	}
	return b.String()
}

// String says where and what.
func (m Mistake) String() string {
	s := fmt.Sprintf("line %d, column %d: %s", m.Line, m.Column, m.Message)
	if m.Suggestion != "" {
		s += fmt.Sprintf("; did you mean '%s'?", m.Suggestion)
	}
	if m.Hint != "" {
		s += "; " + m.Hint
	}
	return s
}

// InvalidApp makes the problem of an app that does not compile: 400, with the
// mistakes that err knows the places of.
func InvalidApp(err error) *Problem {
	mistakes := Mistakes(err)
	detail := err.Error()
	if len(mistakes) > 0 {
		detail = mistakes[0].String()
	}
	if more := len(mistakes) - 1; more > 0 {
		detail += fmt.Sprintf(" (and %d more)", more)
	}
	p := NewProblem(http.StatusBadRequest, TypeValidation, "%s", detail)
	p.Code, p.Mistakes = CodeInvalidApp, mistakes
	return p
}

// Mistakes returns the places that an error of siddhi.Check or Compile names.
func Mistakes(err error) []Mistake {
	var mistakes []Mistake
	var syntax parser.Errors
	if errors.As(err, &syntax) {
		for _, e := range syntax {
			mistakes = append(mistakes, Mistake{Line: e.Line, Column: e.Column, Message: e.Msg, Suggestion: e.Suggestion, Text: e.SourceLine})
		}
	}
	var meaning check.Errors
	if errors.As(err, &meaning) {
		for _, e := range meaning {
			at := e.Span.Start
			mistakes = append(mistakes, Mistake{Line: at.Line, Column: at.Column + 1, Message: e.Msg, Hint: e.Hint, Suggestion: e.Suggestion, Text: e.SourceLine})
		}
	}
	return mistakes
}

// AsProblem returns err as a problem: itself if it is one, otherwise 500.
func AsProblem(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	p = NewProblem(http.StatusInternalServerError, TypeProcessing, "%v", err)
	p.Code = CodeProcessing
	return p
}

// WriteProblem answers a request with an error, which is written as a problem.
func WriteProblem(w http.ResponseWriter, err error) {
	p := AsProblem(err)
	w.Header().Set("Content-Type", ProblemType)
	w.WriteHeader(p.Status)
	// The status is out; a client that has gone is nobody's to tell.
	_ = json.NewEncoder(w).Encode(p)
}

// WriteJSON answers a request with a value.
func WriteJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(value)
}

// maxBody bounds what is read of a request or an answer.
const maxBody = 32 << 20

// ReadJSON reads the body of a request into value. The error is a Problem.
func ReadJSON(r *http.Request, value any) error {
	d := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxBody))
	if err := d.Decode(value); err != nil {
		return NewProblem(http.StatusBadRequest, TypeBadRequest, "the body is not the JSON that %s %s takes: %v", r.Method, r.URL.Path, err)
	}
	return nil
}

// ReadText reads the body of a request as the text of an app. The error is a Problem.
func ReadText(r *http.Request) (string, error) {
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	switch {
	case err != nil:
		return "", NewProblem(http.StatusBadRequest, TypeBadRequest, "read the app's text: %v", err)
	case strings.TrimSpace(string(body)) == "":
		return "", NewProblem(http.StatusBadRequest, TypeBadRequest, "the body is empty; it must be the text of an app")
	}
	return string(body), nil
}

// readProblem makes the error of an answer that is none of success.
func readProblem(resp *http.Response) *Problem {
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	p := &Problem{}
	if json.Unmarshal(body, p) != nil || p.Detail == "" && p.Message == "" {
		p = NewProblem(resp.StatusCode, "", "%s answered %s: %.200s", resp.Request.URL, resp.Status, strings.TrimSpace(string(body)))
	}
	if p.Detail == "" {
		p.Detail = p.Message
	}
	p.Status = resp.StatusCode
	return p
}

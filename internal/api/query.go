package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/runtime"
)

// QueryPath takes on-demand queries: POST with a Query, answered with Records.
// It is WSO2 SP's, which has it on a listener of its own.
const QueryPath = "/stores/query"

// Query asks an app an on-demand query.
type Query struct {
	AppName string `json:"appName"`
	Query   string `json:"query"`
	Details bool   `json:"details,omitempty"` // the answer says what the attributes are
}

// Records are the rows of an answer; a query that changes a table has none.
// Numbers that JSON does not have are text: "NaN", "Infinity", "-Infinity".
type Records struct {
	Records [][]any        `json:"records"`
	Details []RecordDetail `json:"details,omitempty"`
}

// UnmarshalJSON keeps numbers as they are written: a long has more digits than a float64.
func (r *Records) UnmarshalJSON(text []byte) error {
	type plain Records
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode((*plain)(r))
}

// RecordDetail is an attribute of the rows.
type RecordDetail struct {
	Name     string `json:"name"`
	DataType string `json:"dataType"`
}

// Check says what a query lacks, as a Problem.
func (q *Query) Check() error {
	switch {
	case q.AppName == "":
		return NewProblem(http.StatusBadRequest, TypeBadRequest, "appName is empty; it must be the name of an app")
	case strings.TrimSpace(q.Query) == "":
		return NewProblem(http.StatusBadRequest, TypeBadRequest, "query is empty; write one such as from SomeTable select *")
	}
	return nil
}

// NewRecords makes the answer to a query.
func NewRecords(rows *siddhi.Rows, details bool) Records {
	r := Records{Records: make([][]any, rows.Len())}
	for row := range r.Records {
		values := make([]any, len(rows.Attrs))
		for i := range values {
			values[i] = jsonValue(rows.Value(row, i))
		}
		r.Records[row] = values
	}
	if details {
		for _, a := range rows.Attrs {
			r.Details = append(r.Details, RecordDetail{Name: a.Name, DataType: strings.ToUpper(a.Type.String())})
		}
	}
	return r
}

// jsonValue returns a value that JSON can hold.
func jsonValue(v any) any {
	switch x := v.(type) {
	case nil, string, bool, int32, int64:
		return v
	case float32:
		if f := float64(x); math.IsNaN(f) || math.IsInf(f, 0) {
			return notANumber(f)
		}
		return x
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return notANumber(x)
		}
		return x
	}
	if _, err := json.Marshal(v); err != nil {
		return fmt.Sprint(v)
	}
	return v
}

func notANumber(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return "NaN"
}

// QueryFailed makes the problem of a query that was not answered: 400, with the
// places of its mistakes if it has any, and also where it fails on the rows that
// there are; 404 when the app does not run.
func QueryFailed(app string, err error) *Problem {
	if errors.Is(err, runtime.ErrStopped) {
		return NewProblem(http.StatusNotFound, TypeNotFound, "app %s is not active", app)
	}
	mistakes := Mistakes(err)
	if len(mistakes) == 0 {
		return NewProblem(http.StatusBadRequest, TypeBadRequest, "the query fails: %v", err)
	}
	p := NewProblem(http.StatusBadRequest, TypeValidation, "%s", mistakes[0])
	p.Mistakes = mistakes
	return p
}

// Query asks an app, or a part of one, on a worker.
func (c *WorkerClient) Query(ctx context.Context, worker Interface, q Query) (Records, error) {
	var r Records
	body, err := json.Marshal(q)
	if err != nil {
		return r, fmt.Errorf("encode the query: %w", err)
	}
	if err := c.call(ctx, http.MethodPost, worker, QueryPath, body, &r); err != nil {
		return r, fmt.Errorf("ask %s on %s: %w", q.AppName, worker, err)
	}
	return r, nil
}

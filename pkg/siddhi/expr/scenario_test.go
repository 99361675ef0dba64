package expr

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
)

// recording is a scenario recorded on Siddhi, as far as these tests read it.
type recording struct {
	App   string
	Steps []struct {
		At        int64
		Timestamp *int64
		Rows      [][]json.RawMessage
	}
	Types  map[string][][2]string
	Expect []struct {
		At      int64
		From    string
		Current [][]json.RawMessage
	}
}

// TestRecorded evaluates the queries of the recorded scenarios row by row and
// compares with what Siddhi gave.
func TestRecorded(t *testing.T) {
	files, err := filepath.Glob("../../../test/scenarios/expressions/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var r recording
			if err := json.Unmarshal(text, &r); err != nil {
				t.Fatal(err)
			}
			app, err := parser.Parse(r.App)
			if err != nil {
				t.Fatal(err)
			}
			attrs, queries := parts(t, app)
			compared := 0
			for _, q := range queries {
				compared += compareQuery(t, &r, q, attrs)
			}
			if compared == 0 {
				t.Fatal("nothing was compared")
			}
		})
	}
}

// parts returns the attributes of the app's one stream and its plain queries.
func parts(t *testing.T, app *ast.App) (schema.Attributes, []*ast.Query) {
	t.Helper()
	var attrs schema.Attributes
	for _, d := range app.Definitions {
		if s, ok := d.(*ast.StreamDef); ok {
			for _, a := range s.Attributes {
				attrs = append(attrs, schema.Attribute{Name: a.Name, Type: a.Type})
			}
		}
	}
	var queries []*ast.Query
	for _, e := range app.Elements {
		if q, ok := e.(*ast.Query); ok {
			queries = append(queries, q)
		}
	}
	return attrs, queries
}

func compareQuery(t *testing.T, r *recording, q *ast.Query, attrs schema.Attributes) int {
	t.Helper()
	in := q.From.(*ast.StreamInput)
	var filter *Predicate
	for _, h := range in.Handlers {
		f, ok := h.(*ast.Filter)
		if !ok {
			return 0 // a window: not the business of expressions
		}
		e, err := resolve(f.Cond, attrs)
		if err != nil {
			t.Fatal(err)
		}
		if filter, err = CompilePredicate(e, Env{}); err != nil {
			t.Fatal(err)
		}
	}
	want := wantedRows(r, "query:"+q.Name())
	types := r.Types["query:"+q.Name()]
	done := 0
	for _, step := range r.Steps {
		programs := make([]*Program, len(q.Select.Outputs))
		for i, o := range q.Select.Outputs {
			e, err := resolve(o.Expr, attrs)
			if err != nil {
				t.Fatal(err)
			}
			if got := e.Type().String(); got != types[i][1] {
				t.Errorf("%s.%s has type %s, want %s", q.Name(), o.Name(), got, types[i][1])
			}
			p, err := Compile(e, Env{Clock: testClock(step.At)})
			if err != nil {
				t.Fatal(err)
			}
			programs[i] = p
		}
		b := batchOf(attrs, rowsOf(t, step.Rows, attrs))
		for i := range b.Time {
			b.Time[i] = step.At
			if step.Timestamp != nil {
				b.Time[i] = *step.Timestamp
			}
		}
		rows := make([]int32, 0, b.N)
		for i := range b.N {
			rows = append(rows, int32(i))
		}
		if filter != nil {
			var err error
			if rows, err = filter.Select(b, rows[:0]); err != nil {
				t.Fatal(err)
			}
		}
		for _, row := range rows {
			w := want[step.At]
			if len(w) == 0 {
				t.Errorf("%s at %d: a row too many", q.Name(), step.At)
				continue
			}
			want[step.At] = w[1:]
			for i, p := range programs {
				c, err := p.Eval(b)
				if err != nil {
					t.Fatalf("%s at %d: %v", q.Name(), step.At, err)
				}
				o := q.Select.Outputs[i]
				if got, want := c.Any(int(row)), fromJSON(t, w[0][i], o, attrs); !same(got, want) && !sameObject(p.Type(), got, want) {
					t.Errorf("%s.%s at %d = %v, Siddhi gives %v", q.Name(), o.Name(), step.At, got, want)
				}
				done++
			}
		}
	}
	for at, w := range want {
		if len(w) > 0 {
			t.Errorf("%s at %d: a row is missing", q.Name(), at)
		}
	}
	return done
}

func wantedRows(r *recording, from string) map[int64][][]json.RawMessage {
	want := map[int64][][]json.RawMessage{}
	for _, e := range r.Expect {
		if e.From == from {
			want[e.At] = append(want[e.At], e.Current...)
		}
	}
	return want
}

func rowsOf(t *testing.T, rows [][]json.RawMessage, attrs schema.Attributes) [][]any {
	var out [][]any
	for _, row := range rows {
		var values []any
		for i, v := range row {
			values = append(values, value(t, v, attrs[i].Type))
		}
		out = append(out, values)
	}
	return out
}

func fromJSON(t *testing.T, v json.RawMessage, o *ast.OutputAttr, attrs schema.Attributes) any {
	e, err := resolve(o.Expr, attrs)
	if err != nil {
		t.Fatal(err)
	}
	return value(t, v, e.Type())
}

// value reads a JSON value as one of type typ.
func value(t *testing.T, v json.RawMessage, typ schema.Type) any {
	t.Helper()
	text := string(v)
	if text == "null" {
		return nil
	}
	var s string
	if text[0] == '"' {
		if err := json.Unmarshal(v, &s); err != nil {
			t.Fatal(err)
		}
	}
	switch typ {
	case schema.String:
		return s
	case schema.Int, schema.Long:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		if typ == schema.Int {
			return int32(n)
		}
		return n
	case schema.Float, schema.Double:
		if s != "" {
			text = s
		}
		size := 64
		if typ == schema.Float {
			size = 32
		}
		f, err := strconv.ParseFloat(text, size)
		if err != nil {
			t.Fatal(err)
		}
		if typ == schema.Float {
			return float32(f)
		}
		return f
	case schema.Bool:
		return text == "true"
	}
	return object(t, v)
}

// object reads a JSON value as a host value.
func object(t *testing.T, v json.RawMessage) any {
	t.Helper()
	switch text := string(v); {
	case text == "null":
		return nil
	case text == "true" || text == "false":
		return text == "true"
	case text[0] == '"':
		return value(t, v, schema.String)
	case text[0] == '[':
		var items []json.RawMessage
		if err := json.Unmarshal(v, &items); err != nil {
			t.Fatal(err)
		}
		list := []any{}
		for _, i := range items {
			list = append(list, object(t, i))
		}
		return list
	case text[0] == '{':
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(v, &fields); err != nil {
			t.Fatal(err)
		}
		if n, ok := fields["$long"]; ok {
			return value(t, n, schema.Long)
		}
		if n, ok := fields["$float"]; ok {
			return value(t, n, schema.Float)
		}
		m := map[string]any{}
		for k, f := range fields {
			m[k] = object(t, f)
		}
		return m
	case slices.ContainsFunc(v, func(b byte) bool { return b == '.' || b == 'e' }):
		return value(t, v, schema.Double)
	}
	return value(t, v, schema.Int)
}

// sameObject compares host values by their text: a recording does not tell
// types apart.
func sameObject(t schema.Type, a, b any) bool {
	return t == schema.Object && fmt.Sprint(a) == fmt.Sprint(b)
}

// same compares values; NaN is the same as NaN, -0.0 not as 0.0.
func same(a, b any) bool {
	switch x := a.(type) {
	case float32:
		y, ok := b.(float32)
		return ok && (math.Float32bits(x) == math.Float32bits(y) || x != x && y != y)
	case float64:
		y, ok := b.(float64)
		return ok && (math.Float64bits(x) == math.Float64bits(y) || x != x && y != y)
	}
	return fmt.Sprintf("%T %v", a, a) == fmt.Sprintf("%T %v", b, b)
}

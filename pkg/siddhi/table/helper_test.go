package table_test

import (
	"fmt"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/table"
)

const (
	rowAttrs   = "(k string, v int, p double, l long, b bool)"
	eventAttrs = "(k string, n int, x double, m long)"
)

// checked resolves an app of a stream S, a table T with annotations, and a query.
func checked(t testing.TB, annotations, query string) *check.App {
	t.Helper()
	app, err := siddhi.Check("define stream S " + eventAttrs + "; " + annotations + " define table T " + rowAttrs + "; " + query)
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// searching makes a table and a search of it.
func searching(t testing.TB, annotations, on string) (*table.Memory, table.Finder) {
	t.Helper()
	app := checked(t, annotations, "from S join T on "+on+" select S.k as k insert into Out;")
	in := app.Queries[0].Input.(*check.JoinInput)
	m := table.NewMemory(app.Tables[0])
	return m, prepare(t, m, in.On, app.Streams[0].Attrs)
}

func prepare(t testing.TB, m *table.Memory, on check.Expr, stream schema.Attributes) table.Finder {
	t.Helper()
	f, err := m.Search(table.Search{Stream: stream, On: on, Need: []int{0, 1, 2, 3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// changing makes a table and a change of it by the output of query, which reads S.
func changing(t testing.TB, annotations, query string, report func(error)) (*table.Memory, table.Change, schema.Attributes) {
	t.Helper()
	app := checked(t, annotations, "from S "+query+";")
	m := table.NewMemory(app.Tables[0])
	q := app.Queries[0]
	c, err := m.Change(q.Output.(*check.TableWrite), q.Select.Out, expr.Env{}, report)
	if err != nil {
		t.Fatal(err)
	}
	return m, c, q.Select.Out
}

// batch makes rows of values: nil, string, int, float64 or bool.
func batch(attrs schema.Attributes, rows ...[]any) *column.Batch {
	b := column.NewBatch(attrs)
	for _, row := range rows {
		b.N++
		b.Time = append(b.Time, int64(b.N))
		for i, v := range row {
			c := b.Cols[i]
			switch v := v.(type) {
			case nil:
				c.AppendNull()
			case string:
				c.AppendString(v)
			case bool:
				c.AppendBool(v)
			case float64:
				c.AppendDouble(v)
			case int:
				if c.Type == schema.Int {
					c.AppendInt(int32(v))
				} else {
					c.AppendLong(int64(v))
				}
			default:
				panic(fmt.Sprintf("no column for %T", v))
			}
		}
	}
	return b
}

// mustNotReport fails the test if the table refuses a row.
func mustNotReport(t testing.TB) func(error) {
	return func(err error) { t.Helper(); t.Error(err) }
}

// everything returns the rows of a table, in its order, as text.
func everything(t testing.TB, m *table.Memory) []string {
	t.Helper()
	return found(t, prepare(t, m, nil, nil), batch(nil, []any{}))
}

// found returns the pairs of a search as text: the row of the batch, then the row of the table.
func found(t testing.TB, f table.Finder, b *column.Batch) []string {
	t.Helper()
	matches, err := f.Find(b)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for i, slot := range matches.Slots {
		text := []string{fmt.Sprint(matches.Rows[i])}
		for c := range matches.Cols {
			text = append(text, fmt.Sprint(matches.Cols[c].Any(int(slot))))
		}
		all = append(all, strings.Join(text, " "))
	}
	return all
}

func streamAttrs(t testing.TB) schema.Attributes {
	t.Helper()
	return checked(t, "", "from S select k insert into Out;").Streams[0].Attrs
}

package table

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Writer is the end of a query that changes a table. It passes its input on
// unchanged, for whoever watches the query.
type Writer struct {
	t      Table
	change Change // nil: insert
	report func(error)
}

// NewInserter makes the writer of `insert into table`. Rows that cannot be added are given to report.
func NewInserter(t Table, report func(error)) *Writer { return &Writer{t: t, report: report} }

// NewWriter makes the writer of delete, update, or update or insert, whose
// rows have the attributes out.
func NewWriter(t Table, w *check.TableWrite, out schema.Attributes, env expr.Env, report func(error)) (*Writer, error) {
	c, err := t.Change(w, out, env, report)
	if err != nil {
		return nil, err
	}
	return &Writer{t: t, change: c, report: report}, nil
}

// Explain says how the rows to change are found, or "".
func (w *Writer) Explain() string {
	if w.change == nil {
		return ""
	}
	return w.change.Explain()
}

// Process implements flow.Operator.
func (w *Writer) Process(b *column.Batch, emit flow.Emit) error {
	var err error
	if w.change == nil {
		err = w.t.Add(b, w.report)
	} else {
		err = w.change.Apply(b)
	}
	if err != nil {
		return err
	}
	return emit(b)
}

// Members is the test of an `in` expression. It implements expr.Membership.
type Members struct{ find Finder }

// NewMembers prepares the condition of an `in` expression.
func NewMembers(t Table, in *check.In, env expr.Env) (*Members, error) {
	row := make(schema.Attributes, in.Width)
	check.Walk(in.Cond, func(e check.Expr) {
		if c, ok := e.(*check.Column); ok && c.Index < in.Width {
			row[c.Index] = schema.Attribute{Name: c.Name, Type: c.T}
		}
	})
	f, err := t.Search(Search{Stream: row, On: in.Cond, Env: env})
	return &Members{f}, err
}

// Contains implements expr.Membership.
func (m *Members) Contains(b *column.Batch, out []bool) error {
	found, err := m.find.Find(b)
	if err != nil {
		return err
	}
	clear(out[:b.N])
	for _, r := range found.Rows {
		out[r] = true
	}
	return nil
}

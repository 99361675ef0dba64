package plan

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// FromTimer stands for the query where an error is of a timer.
const FromTimer = "timer"

// timerRow makes window.Options.Lost of a query whose window is followed by the given
// handlers, of which steps are the operators, or nil where none of them can fail. As in
// Siddhi the timer of some windows is a row of nulls in what it releases.
func (b *builder) timerRow(q *Query, handlers []check.Handler, steps []Step, attrs schema.Attributes) func(due int64) bool {
	if !behindFails(q.Def) {
		return nil
	}
	var ops []flow.Operator
	for i, h := range handlers {
		if f, ok := h.(*check.StreamFunction); ok && f.Fn.Kind != extension.StreamFunction {
			if f.Fn.FullName() == "log" { // lets it pass
				continue
			}
			break // what it makes of the row is not asked
		}
		ops = append(ops, steps[i].Op)
	}
	ask := flow.Chain(ops, func(*column.Batch) error { return nil })
	row := column.NewBatch(attrs)
	row.N, row.Time = 1, []int64{0}
	for _, c := range row.Cols {
		c.AppendNull()
	}
	return func(due int64) bool {
		row.Time[0] = due
		err := ask(row)
		if err != nil {
			b.env.Report(FromTimer, fmt.Errorf("query %s: the row of a timer: %w", q.Def.Name, err))
		}
		return err != nil
	}
}

package plan

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/table"
)

// OnDemand is an on-demand query that is ready to be asked, again and again.
// The app's owner asks it.
type OnDemand struct {
	def   *check.OnDemand
	env   expr.Env
	sel   *operator.Select
	need  []int          // columns that the select clause reads
	find  table.Finder   // of a query that reads
	write *table.Writer  // of a query that changes
	asks  *column.Batch  // the one row that finds, or acts
	rows  *column.Buffer // what was found
	cut   bool           // see Cut
}

// noTime is the timestamp of the rows of an on-demand query, as in Siddhi.
const noTime = -1

// OnDemand makes the operators of an on-demand query. report is told of rows
// that the table does not take.
func (p *Plan) OnDemand(def *check.OnDemand, report func(error)) (*OnDemand, error) {
	q := &OnDemand{def: def, env: p.env, need: operator.Needed(&def.Select)}
	if err := q.start(); err != nil {
		return nil, err
	}
	var err error
	switch out := def.Output.(type) {
	case nil:
		q.asks = oneRow(nil)
		q.rows = column.NewBuffer(def.Select.In)
		switch {
		case def.Window != nil:
			q.find, err = p.searchWindow(def)
		case def.Aggregation != nil:
			q.find, err = p.searchAggregation(def.Aggregation, def.On, nil, false)
		default:
			q.find, err = p.Tables[def.Table].Search(table.Search{On: def.On, Need: attributes(q.need, len(def.Table.Attrs)), Env: p.env})
		}
	case *check.Insert:
		q.asks = oneRow(def.Select.In)
		q.write = table.NewInserter(p.Tables[out.Table], report)
	case *check.TableWrite:
		q.asks = oneRow(def.Select.In)
		q.write, err = table.NewWriter(p.Tables[out.Table], out, def.Select.Out, p.env, report)
	}
	return q, err
}

// attributes returns those of the columns, which ascend, that are below n.
func attributes(columns []int, n int) []int {
	at, _ := slices.BinarySearch(columns, n)
	return columns[:at]
}

// oneRow makes a row of nulls.
func oneRow(attrs schema.Attributes) *column.Batch {
	b := column.NewBatch(attrs)
	b.N, b.Time = 1, []int64{noTime}
	for _, c := range b.Cols {
		c.AppendNull()
	}
	return b
}

// start gives the query a selector without state.
func (q *OnDemand) start() (err error) {
	if q.sel != nil && !q.def.Select.Aggregating() && len(q.def.Select.GroupBy) == 0 {
		return nil // it has none
	}
	q.sel, err = operator.NewSelect(&q.def.Select, operator.Options{Env: q.env})
	return err
}

// Changes says whether the query changes a table; it has no rows then.
func (q *OnDemand) Changes() bool { return q.write != nil }

// Attrs returns the attributes of the rows.
func (q *OnDemand) Attrs() schema.Attributes { return q.def.Select.Out }

// Run asks the query. It calls emit with the rows, if there are any: all are
// one chunk. The batch is borrowed.
func (q *OnDemand) Run(emit func(*column.Batch) error) error {
	if err := q.start(); err != nil {
		return err
	}
	if q.write != nil {
		return q.sel.Process(q.asks, func(b *column.Batch) error {
			return q.write.Process(b, func(*column.Batch) error { return nil })
		})
	}
	q.cut = false
	found, err := q.find.Find(q.asks)
	if err != nil || len(found.Rows) == 0 {
		return err
	}
	q.gather(found)
	some, err := q.selected(q.sel, emit)
	if some || err != nil {
		return err
	}
	q.cut, err = q.someWithoutLimit()
	return err
}

// selected reports whether the selector gives any rows, which it passes on.
func (q *OnDemand) selected(sel *operator.Select, emit func(*column.Batch) error) (some bool, err error) {
	err = sel.Process(&q.rows.Batch, func(b *column.Batch) error {
		some = some || b.N > 0
		return emit(b)
	})
	return some, err
}

// someWithoutLimit looks, where no rows have come out, whether it was limit and
// offset that took groups or aggregates away.
func (q *OnDemand) someWithoutLimit() (bool, error) {
	all := q.def.Select
	if all.Limit < 0 && all.Offset == 0 || !all.Aggregating() && len(all.GroupBy) == 0 {
		return false, nil
	}
	all.Limit, all.Offset = -1, 0
	sel, err := operator.NewSelect(&all, operator.Options{Env: q.env})
	if err != nil {
		return false, err
	}
	return q.selected(sel, func(*column.Batch) error { return nil })
}

// Cut says whether the last answer would have had rows without limit and offset.
// It is told of groups and aggregates only: Siddhi answers them with no rows
// then, as opposed to null.
func (q *OnDemand) Cut() bool { return q.cut }

// gather makes q.rows what was found.
func (q *OnDemand) gather(found *table.Matches) {
	q.rows.Reset()
	q.rows.N = len(found.Slots)
	for range found.Slots {
		q.rows.Time = append(q.rows.Time, noTime)
	}
	q.rows.UseEnds()
	q.rows.Ends = append(q.rows.Ends, int32(q.rows.N))
	for _, n := range q.need {
		if n < len(found.Cols) {
			q.rows.Cols[n].Gather(&found.Cols[n], found.Slots)
		} else {
			q.rows.Cols[n].GatherTimes(found.Times, found.Slots)
		}
	}
}

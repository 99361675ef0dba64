package plan

import (
	"fmt"
	"strings"
	"time"

	"millrace/pkg/siddhi/aggregation"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/table"
)

// Settings of the process that aggregations read; see Env.Properties.
const (
	zoneProperty  = "aggTimeZone"
	shareProperty = "partitionById"
)

// aggregation makes what fills an aggregation and what purges its tables. For the
// hazards it is a query that writes the table of the finest level.
func (b *builder) aggregation(def *check.Aggregation) error {
	zone, err := b.zone()
	if err != nil {
		return err
	}
	query := aggregates(def)
	q := &Query{Def: query}
	report := func(err error) { b.env.Report(query.Name, err) }
	timers := b.env.NewTimers()
	opts := aggregation.Options{Env: b.expr, Clock: b.env.Clock, Scheduler: timers, Zone: zone, Report: report}
	for _, l := range def.Levels {
		opts.Tables = append(opts.Tables, b.plan.Tables[l.Table])
	}
	op, err := aggregation.New(def, opts)
	if err != nil {
		return err
	}
	steps, _, err := b.handlers(q, def.Input.Before, def.Input.Attrs, schema.Positions(len(def.Input.Attrs)))
	if err != nil {
		return err
	}
	for _, e := range expressions(query) {
		b.noteExpr(e)
	}
	steps = append(steps, Step{Op: op, Text: "aggregate", timers: timers})
	for i, s := range steps {
		if st, ok := s.Op.(flow.Stateful); ok {
			b.plan.States = append(b.plan.States, Named{fmt.Sprintf("aggregation/%s/%d", def.Name, i), st})
		}
		if t, ok := s.Op.(flow.Timed); ok && s.timers != nil {
			s.timers.Bind(t, chain(steps[i+1:], nothing))
		}
	}
	b.plan.Streams[def.Input.Stream].subscribe(query, chain(steps, nothing), nil)
	b.plan.aggregations[def] = op
	b.plan.pseudo = append(b.plan.pseudo, query)
	b.plan.timeless[query] = def.Time != nil
	b.plan.UsesClock, b.plan.Timed = true, true
	if def.PurgeEvery > 0 {
		return b.purger(def, opts.Tables, zone, report)
	}
	return nil
}

func (b *builder) purger(def *check.Aggregation, tables []table.Table, zone *time.Location, report func(error)) error {
	timers := b.env.NewWallTimers()
	p, err := aggregation.NewPurger(def, tables, zone, b.env.Wall, timers, b.expr, report)
	if err != nil {
		return err
	}
	timers.Bind(p, nothing)
	b.plan.WallTimed = true
	b.plan.purgers = append(b.plan.purgers, p)
	b.plan.States = append(b.plan.States, Named{"purge/" + def.Name, p})
	return nil
}

// zone returns that in which the buckets of aggregations begin.
func (b *builder) zone() (*time.Location, error) {
	if strings.EqualFold(b.env.Properties[shareProperty], "true") {
		return nil, fmt.Errorf("%s: sharing aggregations through a database is not supported yet", shareProperty)
	}
	name, given := b.env.Properties[zoneProperty]
	if !given {
		return time.UTC, nil
	}
	return aggregation.Zone(name)
}

// aggregates is an aggregation as a query, as the hazards see it.
func aggregates(def *check.Aggregation) *check.Query {
	q := &check.Query{Name: "aggregation " + def.Name, Input: def.Input, Output: &check.Insert{Table: def.Levels[0].Table}}
	q.Select.In = def.Input.Attrs
	for i, v := range def.Values {
		if v.Value != nil {
			q.Select.Items = append(q.Select.Items, check.Item{Name: def.Row[i].Name, Expr: v.Value})
		}
	}
	if def.Time != nil {
		q.Select.Items = append(q.Select.Items, check.Item{Name: "aggregate by", Expr: def.Time})
	}
	return q
}

// searchAggregation prepares a read of an aggregation by rows with the given attributes, which have keys inside of a partition.
func (p *Plan) searchAggregation(read *check.AggregationRead, on check.Expr, asks schema.Attributes, keyed bool) (table.Finder, error) {
	return p.aggregations[read.Of].Search(read, table.Search{Stream: asks, On: on, Env: p.env}, keyed)
}

// nothing ends a chain out of which nothing comes.
func nothing(*column.Batch) error { return nil }

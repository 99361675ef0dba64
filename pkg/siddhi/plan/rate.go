package plan

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/ratelimit"
)

// limited puts the limit of the output rate, if there is one, behind the selector.
// It comes when the windows are there: of what is due at one time in playback, as
// in Siddhi theirs goes first.
func (b *builder) limited(q *Query, tail []Step) []Step {
	if q.Def.Rate == nil {
		return tail
	}
	return slices.Insert(tail, 1, b.limit(q, tail[1:]))
}

// limit makes the step that limits a query's output, which stands in front of rest.
func (b *builder) limit(q *Query, rest []Step) Step {
	def := q.Def
	timers := b.timers(q)
	opts := ratelimit.Options{
		Out: def.Select.Out, Groups: def.Select.GroupItems, Keyed: def.Partition != nil, Windowed: windowed(def.Input), Ends: EndsOf(def) == EndsShown,
		Clock: b.env.Clock, Wall: b.env.Wall, Scheduler: timers,
	}
	for _, c := range def.Select.GroupBy {
		opts.GroupBy = append(opts.GroupBy, c.T)
	}
	for i := range def.Select.Out {
		if isAggregate(&def.Select, i) {
			opts.Aggregates = append(opts.Aggregates, i)
		}
	}
	l := ratelimit.New(def.Rate, opts)
	b.state(q, 101, l)
	if t, ok := l.(ratelimit.Ticking); ok {
		b.storeTimers(q, timers)
		b.plan.Timed = true
		timers.Bind(t, b.connect(q, slices.Clone(rest)))
		b.purgedTimers(q, t, timers)
		if def.Partition == nil {
			b.plan.begin = append(b.plan.begin, t)
		} else {
			b.keys[def.Partition].keys.OnNew(t.Begin)
			b.plan.WallTimed = true // the ticks of a key are counted from when it came
		}
	}
	b.plan.UsesClock = b.plan.UsesClock || def.Rate.Time > 0
	return Step{Op: l, Text: "limit the rate", timers: timers}
}

// isAggregate says whether an output attribute is an aggregate and nothing else.
func isAggregate(sel *check.Select, item int) bool {
	c, ok := sel.Items[item].Expr.(*check.Column)
	return ok && c.Index >= len(sel.In)
}

// windowed says whether rows of an input expire. As in Siddhi, those of a join
// always count as such, those of a pattern never.
func windowed(in check.Input) bool {
	switch in := in.(type) {
	case *check.SingleInput:
		return in.Window != nil
	case *check.PatternInput:
		return false
	}
	return true
}

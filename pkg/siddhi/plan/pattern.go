package plan

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/pattern"
)

func (b *builder) pattern(q *Query, in *check.PatternInput) error {
	apart := joinsMatches(in) && oneByOne(q.Def)
	op, err := pattern.New(in, pattern.Options{Need: operator.Needed(&q.Def.Select), Apart: apart, Env: b.expr})
	if err != nil {
		return err
	}
	b.state(q, 0, op)
	tail, _, err := b.tail(q, selecting{})
	if err != nil {
		return err
	}
	if apart {
		tail = slices.Insert(tail, 1, Step{Op: &joint{matches: op}, Text: "join the matches of an event"})
	}
	tail = b.limited(q, tail)
	q.Steps = append([]Step{{Text: in.Kind.String()}}, tail...)
	next := b.connect(q, tail)
	var seen []*check.Stream
	for _, s := range in.Slots {
		if slices.Contains(seen, s.Stream) {
			continue
		}
		seen = append(seen, s.Stream)
		j, err := b.source(q.Def, s.Stream)
		if err != nil {
			return err
		}
		ops := []flow.Operator{op.Input(s.Stream)}
		if s.Stream.Window != nil { // as in Siddhi what expires is an event too
			ops = slices.Insert(ops, 0, flow.Operator(&currents{}))
		}
		j.subscribe(q.Def, flow.Chain(ops, next), nil)
	}
	return nil
}

// joinsMatches says whether the matches that one event completes are one chunk:
// where its stream feeds several states.
func joinsMatches(in *check.PatternInput) bool {
	for i, s := range in.Slots {
		if slices.ContainsFunc(in.Slots[:i], func(other check.Slot) bool { return other.Stream == s.Stream }) {
			return true
		}
	}
	return false
}

// oneByOne says whether it matters to a query that its selector and its limit of
// the rate take the rows of a chunk one by one.
func oneByOne(q *check.Query) bool {
	s := &q.Select
	return s.Aggregating() || len(s.GroupBy) > 0 || len(s.OrderBy) > 0 || s.Limit >= 0 || s.Offset > 0 || q.Rate != nil
}

// joint makes one chunk of what is left of the matches of one event. As in Siddhi
// the selector and the limit of the rate have taken them one by one: groups do
// not show their last row only, and order by and limit look at one row at a time.
type joint struct {
	matches *pattern.Operator
	view    column.Whole
}

// Process implements flow.Operator.
func (j *joint) Process(b *column.Batch, emit flow.Emit) error {
	if !j.matches.Joint() || b.N == 0 {
		return emit(b)
	}
	return emit(j.view.Of(b))
}

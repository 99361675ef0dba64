package plan

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/join"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
	"millrace/pkg/siddhi/window"
)

// joining is a join that is being built.
type joining struct {
	q      *Query
	in     *check.JoinInput
	attrs  schema.Attributes // of both sides
	need   []int             // columns that are read behind the join
	chunks *join.Chunks      // nil unless the matches of each row are a chunk
	steps  map[*check.JoinSide][]Step
	kept   map[*check.JoinSide]flow.Operator // the window that the side has in this query
}

// join builds both sides of a join, each with its handlers and window, and
// the selector that they share.
func (b *builder) join(q *Query, in *check.JoinInput) error {
	sel := &q.Def.Select
	j := &joining{
		q: q, in: in, need: operator.Needed(sel),
		steps: map[*check.JoinSide][]Step{}, kept: map[*check.JoinSide]flow.Operator{},
	}
	j.attrs = make(schema.Attributes, len(sel.In))
	if sel.Aggregating() || sel.Having != nil || len(sel.GroupBy) > 0 || len(sel.OrderBy) > 0 || sel.Limit >= 0 || sel.Offset > 0 {
		j.chunks = &join.Chunks{}
	}
	if in.On != nil {
		b.noteExpr(in.On)
	}
	expires := false
	for _, side := range in.Sides() {
		copy(j.attrs[side.Offset:], side.Attrs())
		if side.Time > 0 {
			j.attrs[side.Time].Type = schema.Long
		}
		if side.Missing > 0 {
			j.attrs[side.Missing].Type = schema.Bool
		}
		if side.Input == nil {
			continue
		}
		if err := b.joinHead(j, side); err != nil {
			return err
		}
		if side.Triggers && (side.Input.Stream.Window != nil || side.Input.Window != nil) {
			expires = expires || b.expires(q, side.Input)
		} else if side.Triggers {
			expires = expires || q.Def.Events() != ast.CurrentEvents
		}
	}
	what := selecting{expires: expires}
	if j.chunks != nil {
		what.parts = j.chunks.Whole
	}
	tail, _, err := b.tail(q, what)
	if err != nil {
		return err
	}
	for _, side := range in.Sides() {
		if side.Triggers {
			if err := b.joinStep(j, side); err != nil {
				return err
			}
		}
	}
	return b.finishJoin(j, tail)
}

// joinHead makes the handlers and the window of one side.
func (b *builder) joinHead(j *joining, side *check.JoinSide) error {
	in := side.Input
	need := []int{} // not nil, which means all
	reads := union(j.need, columns(j.in.On))
	if read := j.in.Other(side).Aggregation; read != nil {
		for _, e := range read.Expressions() {
			reads = union(reads, columns(e))
		}
	}
	for _, n := range reads {
		if n >= side.Offset && n < side.Offset+len(in.Attrs) {
			need = append(need, n-side.Offset)
		}
	}
	if in.Window != nil {
		bare := window.Bare(in.Window) && b.showsEmpty(j.q) // what expires ends a batch of its own, too
		use := windowUse{joined: true, searched: j.in.Other(side).Triggers, looks: side.Triggers && (bare || marked(j.in.Other(side)))}
		if window.Sliding(in.Window.Fn) && side.Triggers && !j.q.Def.Select.Aggregating() {
			use.typed = j.computed(side)
		}
		if window.TellsBySelected(in.Window) {
			use.selected = selectedOf(j.q.Def, side)
			need = union(need, use.selected)
		}
		w, err := b.window(j.q, in.Window, in.Attrs, need, use)
		if err != nil {
			return err
		}
		j.kept[side] = w.Op
		need = union(need, window.Reads(in.Window, in.Attrs))
		j.steps[side] = append(guarded(in.Window, in.Attrs, need), w)
	}
	if in.Stream.Window == nil && (in.Window == nil || window.Bare(in.Window)) && side.Triggers && b.showsEmpty(j.q) {
		expired := j.q.Def.Events() != ast.CurrentEvents
		op := window.NewEmpty(in.Attrs, window.Options{Need: need, Expired: expired, Clock: b.env.Clock})
		b.plan.UsesClock = b.plan.UsesClock || expired
		j.steps[side] = append(j.steps[side], Step{Op: op, Text: "no window"})
	}
	before, _, err := b.handlers(j.q, in.Before, in.Attrs, need)
	if err != nil {
		return err
	}
	j.steps[side] = append(before, j.steps[side]...)
	return nil
}

// computed returns the attributes of a side that the condition of the join and the
// select clause compute with.
func (j *joining) computed(side *check.JoinSide) []int {
	var list []int
	for _, c := range union(columns(j.in.On), computed(j.q.Def, nil)) {
		if c >= side.Offset && c < side.Offset+len(side.Input.Attrs) {
			list = append(list, c-side.Offset)
		}
	}
	return list
}

// selectedOf returns the attributes of a side of a join that its query selects as
// they are, each once, or all where there are none.
func selectedOf(q *check.Query, side *check.JoinSide) []int {
	var list []int
	for _, it := range q.Select.Items[:len(q.Select.Out)] {
		c, ok := it.Expr.(*check.Column)
		if !ok {
			continue
		}
		if n := c.Index - side.Offset; n >= 0 && n < len(side.Input.Attrs) && !slices.Contains(list, n) {
			list = append(list, n)
		}
	}
	if list == nil {
		return schema.Positions(len(side.Input.Attrs))
	}
	return list
}

// marked says whether it shows that a row of the other side has looked at rows of a
// side, also one that expires and is not put out: as in Siddhi rows of a batch that were looked
// at keep their timestamps, and those of an expressionBatch never expire.
func marked(s *check.JoinSide) bool {
	switch {
	case s.Input == nil:
		return false
	case s.Input.Stream.Window != nil:
		w := s.Input.Stream.Window
		return window.Marks(w.Call.Fn) && (w.Events != ast.CurrentEvents || !window.Batches(w.Call.Fn))
	}
	w := s.Input.Window
	return w != nil && window.Marks(w.Fn) && !window.Batches(w.Fn)
}

// showsEmpty says whether it shows that as in Siddhi a row of a stream without
// window expires as soon as it has come, and a batch of one row ends with it:
// aggregates begin anew, and the end of a row that found nothing counts as the
// first of a chunk.
func (b *builder) showsEmpty(q *Query) bool {
	rate := q.Def.Rate
	return rate != nil && rate.Kind == ast.RateFirst || q.Def.Select.Aggregating() || q.Def.Events() != ast.CurrentEvents
}

// joinStep has the rows of one side look for those of the other.
func (b *builder) joinStep(j *joining, side *check.JoinSide) error {
	other := j.in.Other(side)
	layout := join.Layout{Attrs: j.attrs, Own: side.Offset, Other: other.Offset, Width: len(side.Attrs()),
		OwnMissing: side.Missing, OtherMissing: other.Missing, OwnTime: side.Time, OtherTime: other.Time}
	find, what, err := b.finder(j, other, layout)
	if err != nil {
		return err
	}
	op := join.New(find, join.Options{Layout: layout, Outer: side.Outer, Need: j.need, Chunks: j.chunks})
	j.steps[side] = append(j.steps[side], Step{Op: op, Text: "join " + what + " " + find.Explain()})
	return nil
}

// finder finds rows of a side.
func (b *builder) finder(j *joining, side *check.JoinSide, l join.Layout) (join.Finder, string, error) {
	if t := side.Table; t != nil {
		s := table.Search{Stream: l.Attrs[:l.Width:l.Width], On: j.in.On, Env: b.expr}
		for _, n := range j.need {
			if n >= l.Other && n < l.Other+len(side.Attrs()) {
				s.Need = append(s.Need, n-l.Other)
			}
		}
		find, err := b.plan.Tables[t].Search(s)
		if err != nil {
			return nil, "", fmt.Errorf("on: %w", err)
		}
		return join.NewTable(find), "table " + t.Name, nil
	}
	if read := side.Aggregation; read != nil {
		find, err := b.plan.searchAggregation(read, j.in.On, l.Attrs[:l.Width:l.Width], j.q.Def.Partition != nil)
		if err != nil {
			return nil, "", err
		}
		return join.NewTable(find), "aggregation " + read.Of.Name, nil
	}
	name := side.Input.Stream.Name
	if w := side.Input.Stream.Window; w != nil {
		in, err := b.searchable(w)
		if err != nil {
			return nil, "", err
		}
		find, err := join.NewWindow(in, l, j.in.On, false, b.expr)
		return find, "window " + name, err
	}
	op := j.kept[side]
	if op == nil {
		return join.NewNothing(side.Attrs()), "stream " + name, nil
	}
	in, ok := op.(window.Searchable)
	if !ok {
		return nil, "", noSearch(side.Input.Window)
	}
	find, err := join.NewWindow(in, l, j.in.On, j.q.Def.Partition != nil, b.expr)
	return find, "stream " + name, err
}

// finishJoin connects the sides with what they read and with the selector.
func (b *builder) finishJoin(j *joining, tail []Step) error {
	q := j.q
	for n, side := range j.in.Sides() {
		for i, s := range j.steps[side] {
			if st, ok := s.Op.(state.Snapshotter); ok {
				b.state(q, 50*n+i, st)
			}
		}
	}
	held := &join.Held{}
	if j.in.Self() {
		tail = slices.Insert(tail, 1, Step{Op: held, Text: "hold a chunk of which a row can fail"})
	}
	tail = b.limited(q, tail)
	if j.chunks != nil {
		tail = slices.Insert(tail, 1, Step{Op: j.chunks, Text: "one chunk again"})
	}
	next := b.connect(q, tail)
	var entries [2]flow.Emit
	for n, side := range j.in.Sides() {
		steps := j.steps[side]
		q.Steps = append(q.Steps, steps...)
		into := next
		if !side.Triggers {
			into = func(*column.Batch) error { return nil }
		}
		entries[n] = chain(steps, into)
		for i, s := range steps {
			if t, ok := s.Op.(flow.Timed); ok && s.timers != nil {
				s.timers.Bind(t, chain(steps[i+1:], into))
				b.purgedTimers(q, t, s.timers)
			}
		}
	}
	q.Steps = append(q.Steps, tail...)
	if j.in.Self() {
		from, err := b.source(q.Def, j.in.Left.Input.Stream)
		if err != nil {
			return err
		}
		can, strays := fallible(q.Def) || refuses(q.Def), &b.plan.strays
		each := join.NewEach(entries[0], entries[1], held, func() bool { return can || *strays })
		from.subscribe(q.Def, each.Push, nil)
		return nil
	}
	for n, side := range j.in.Sides() {
		if side.Input == nil {
			continue
		}
		from, err := b.source(q.Def, side.Input.Stream) // also where only the partition wants its rows: they bring keys
		if err != nil {
			return err
		}
		if enters(side) {
			from.subscribe(q.Def, entries[n], nil)
		}
	}
	return nil
}

// enters says whether a join takes the rows of a side: those that trigger, those that
// it keeps in a window of its own, and those that can be seen on the way to nowhere.
func enters(side *check.JoinSide) bool {
	return side.Input != nil && (side.Triggers || side.Input.Window != nil || slices.ContainsFunc(side.Input.Before, noticed))
}

// noticed says whether something shows that a handler had a row: it does something, or it can fail.
func noticed(h check.Handler) bool {
	f, ok := h.(*check.Filter)
	return !ok || expr.Fallible(f.Cond)
}

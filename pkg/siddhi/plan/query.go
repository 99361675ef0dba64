package plan

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
	"millrace/pkg/siddhi/window"
)

// query builds the chain of one query and connects it to what it reads.
func (b *builder) query(def *check.Query) error {
	q := &Query{Def: def, out: &output{}}
	b.plan.Queries = append(b.plan.Queries, q)
	switch in := def.Input.(type) {
	case *check.SingleInput:
		return b.single(q, in)
	case *check.JoinInput:
		return b.join(q, in)
	case *check.PatternInput:
		return b.pattern(q, in)
	}
	return fmt.Errorf("BUG: no plan for input %T", def.Input)
}

func (b *builder) single(q *Query, in *check.SingleInput) error {
	use := windowUse{tagged: tagged(q, in)}
	tail, sel, err := b.tail(q, selecting{expires: b.expires(q, in), tagged: use.tagged})
	if err != nil {
		return err
	}
	use.exchanged = exchanges(in, sel)
	head, err := b.input(q, in, sel, use)
	if err != nil {
		return err
	}
	return b.finish(q, head, tail, in.Stream)
}

// tagged says whether rows get their group before the window keeps them: where
// it slides, so that a row is looked up once and not again when it expires. A
// filter behind the window would hide rows that expire from the selector.
func tagged(q *Query, in *check.SingleInput) bool {
	if in.Window == nil || len(q.Def.Select.GroupBy) == 0 || len(q.Def.Select.Aggregates) == 0 || len(in.After) > 0 {
		return false
	}
	return window.Sliding(in.Window.Fn) && !window.Disorder(in.Window.Fn) && !window.EndsAtOnce(in.Window)
}

// disorder says whether rows may leave a window of the query in another order
// than they came in.
func disorder(q *check.Query) bool {
	return slices.ContainsFunc(singles(q), func(in *check.SingleInput) bool {
		return in.Window != nil && window.Disorder(in.Window.Fn)
	})
}

// wantsExpired says whether the rows that leave a window matter: to the output, to
// aggregates that must take values back, or because they cannot be computed.
func (b *builder) wantsExpired(q *Query, w *check.Window) bool {
	if w == nil {
		return false
	}
	if q.Def.Events() != ast.CurrentEvents {
		return true
	}
	return window.Sliding(w.Fn) && (q.Def.Select.Aggregating() || EndsOf(q.Def) == EndsShown || selectFails(&q.Def.Select) || behindFails(q.Def) ||
		readsAggregation(q.Def)) // in which a row that expires can fail, too
}

// selectFails says whether a row that leaves can fail in a select clause, also where
// nobody is shown it.
func selectFails(sel *check.Select) bool {
	return operator.HavingFails(sel) || slices.ContainsFunc(sel.Items, func(it check.Item) bool { return expr.Fallible(it.Expr) })
}

// behindFails says whether a row that leaves can fail behind the window.
func behindFails(q *check.Query) bool {
	in, ok := q.Input.(*check.SingleInput)
	return ok && slices.ContainsFunc(in.After, func(h check.Handler) bool {
		switch h := h.(type) {
		case *check.Filter:
			return expr.Fallible(h.Cond)
		case *check.StreamFunction:
			return h.Fn.Fails != nil && h.Fn.Fails(check.Describe(h.Args))
		}
		return false
	})
}

// expires says whether expired rows can reach the selector of a query.
func (b *builder) expires(q *Query, in *check.SingleInput) bool {
	if w := in.Stream.Window; w != nil {
		return w.Events != ast.CurrentEvents
	}
	return b.wantsExpired(q, in.Window)
}

// finish puts selector and output behind the head and connects the chain.
func (b *builder) finish(q *Query, head, tail []Step, from *check.Stream) error {
	for i, s := range head {
		if st, ok := s.Op.(state.Snapshotter); ok {
			b.state(q, i, st)
		}
	}
	steps := append(head, b.limited(q, tail)...)
	q.Steps = steps
	for i, s := range head {
		if t, ok := s.Op.(flow.Timed); ok && s.timers != nil {
			s.timers.Bind(t, b.connect(q, steps[i+1:]))
			b.purgedTimers(q, t, s.timers)
		}
	}
	j, err := b.source(q.Def, from)
	if err != nil {
		return err
	}
	j.subscribe(q.Def, b.connect(q, exchanged(steps)), nil)
	return nil
}

// selecting says what comes to a selector.
type selecting struct {
	expires bool        // rows may expire
	tagged  bool        // rows have their group as one more attribute
	parts   func() bool // see operator.Options.Parts
}

// unkept says whether min and max keep nothing but their result over the rows of
// an input, where those that expire are not put out: see window.Groups.
func unkept(in check.Input) bool {
	switch in := in.(type) {
	case *check.SingleInput:
		return in.Stream.Window != nil || in.Window != nil && window.Groups(in.Window.Fn)
	case *check.JoinInput:
		return !in.AnySide(func(side *check.JoinSide) bool {
			return side.Input != nil && side.Input.Window != nil && !window.Groups(side.Input.Window.Fn)
		})
	}
	return false
}

// tail makes the selector, which is returned too, and what the output does with
// the rows, as yet without a limit of the rate: see limited.
func (b *builder) tail(q *Query, what selecting) ([]Step, *operator.Select, error) {
	def := q.Def
	opts := operator.Options{
		Events: def.Events(), Sliding: what.expires, Disorder: disorder(def),
		Tagged: what.tagged, Parts: what.parts, Keyed: def.Partition != nil,
		EveryRow: def.Rate != nil && def.Rate.Kind == ast.RateSnapshot, Resets: def.Rate != nil || EndsOf(def) == EndsShown, Env: b.expr,
	}
	if in, ok := def.Input.(*check.SingleInput); ok {
		opts.Windowed = in.Window != nil
		opts.Marked = in.Window != nil && len(in.After) == 0 // a filter of ours lets all of them pass
		opts.Unsorted = in.Window != nil && window.Sliding(in.Window.Fn) && window.EndsAtOnce(in.Window)
	}
	opts.Unkept = def.Events() == ast.CurrentEvents && unkept(def.Input)
	sel, err := operator.NewSelect(&def.Select, opts)
	if err != nil {
		return nil, nil, err
	}
	if def.Partition != nil {
		part := b.keys[def.Partition]
		part.selects = append(part.selects, sel)
	}
	for _, e := range expressions(def) {
		b.noteExpr(e)
	}
	if EndsOf(def) == EndsShown {
		q.out.clean = column.NewBuffer(def.Select.Out)
	}
	steps := []Step{{Op: sel, Text: "select"}, {Op: q.out, Text: "output"}}
	if def.Select.Aggregating() {
		b.state(q, 100, sel)
	}
	report := func(err error) { b.env.Report(def.Name, err) }
	switch out := def.Output.(type) {
	case *check.Insert:
		if out.Table != nil {
			steps = append(steps, Step{Op: table.NewInserter(b.plan.Tables[out.Table], report), Text: "insert into table " + out.Table.Name})
			break
		}
		q.target = b.plan.Streams[out.Stream]
		q.out.inner = out.Stream.Partition != nil
		steps[1].Text = "insert into " + out.Stream.Name
	case *check.TableWrite:
		w, err := table.NewWriter(b.plan.Tables[out.Table], out, def.Select.Out, b.expr, report)
		if err != nil {
			return nil, nil, err
		}
		steps = append(steps, Step{Op: w, Text: "write table " + out.Table.Name + " " + w.Explain()})
	}
	return steps, sel, nil
}

// connect chains steps into what the query's output goes to.
func (b *builder) connect(q *Query, steps []Step) flow.Emit {
	sink := func(*column.Batch) error { return nil }
	if q.target != nil {
		sink = q.target.Push
		if last := len(steps) - 1; steps[last].Op == q.out {
			sink = q.out.to(q.target)
			steps = steps[:last]
		}
	}
	return chain(steps, sink)
}

// chain connects steps so that the last emits into sink.
func chain(steps []Step, sink flow.Emit) flow.Emit {
	ops := make([]flow.Operator, len(steps))
	for i, s := range steps {
		ops[i] = s.Op
	}
	return flow.Chain(ops, sink)
}

func (b *builder) state(q *Query, at int, s state.Snapshotter) {
	name := fmt.Sprintf("query/%s/%d", q.Def.Name, at)
	b.plan.States = append(b.plan.States, Named{name, s})
	b.purged(q, s)
}

func (b *builder) noteExpr(e check.Expr) {
	b.plan.UsesClock = b.plan.UsesClock || expr.UsesClock(e)
}

// columns returns which columns e, which may be nil, reads.
func columns(e check.Expr) []int {
	if e == nil {
		return nil
	}
	return expr.Columns(e)
}

// union merges two lists of column numbers, ascending.
func union(a, b []int) []int {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// output ends a query: it shows its rows to callbacks, then turns them into
// events of the target stream: expired rows become current ones, and outside of
// a partition rows have no key.
type output struct {
	watch []func(*column.Batch)
	inner bool // the target is an inner stream, whose rows keep their key
	view  column.Batch

	clean *column.Buffer // rows without Resets; nil where there are none
	rows  []int32
}

// Process implements flow.Operator.
func (o *output) Process(b *column.Batch, emit flow.Emit) error {
	for _, f := range o.watch {
		f(b)
	}
	if b.Kind == nil && (o.inner || b.Key == nil) {
		return emit(b)
	}
	if o.clean != nil {
		if b = o.withoutResets(b); b.N == 0 {
			return nil
		}
	}
	v := &o.view
	v.N, v.Time, v.Ends, v.Cols = b.N, b.Time, b.Ends, b.Cols
	v.Key = nil
	if o.inner {
		v.Key = b.Key
	}
	return emit(v)
}

// withoutResets leaves out what marks the end of a batch and is no event.
func (o *output) withoutResets(b *column.Batch) *column.Batch {
	if b.Kind == nil {
		return b
	}
	o.rows = o.rows[:0]
	for r, k := range b.Kind[:b.N] {
		if k != column.Reset {
			o.rows = append(o.rows, int32(r))
		}
	}
	if len(o.rows) == b.N {
		return b
	}
	o.clean.GatherChunks(b, o.rows, nil)
	return &o.clean.Batch
}

// to returns Process with a stream behind it, for which it saves two calls.
func (o *output) to(j *Junction) flow.Emit {
	push := j.Push
	return func(b *column.Batch) error {
		if len(o.watch) == 0 && b.Kind == nil && b.Key == nil {
			return j.Push(b)
		}
		return o.Process(b, push)
	}
}

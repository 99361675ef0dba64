package plan

import (
	"fmt"
	"log/slog"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/handler"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/window"
)

// input makes the handlers of one stream: filters and stream functions, window,
// filters and stream functions. sel is the selector behind them.
func (b *builder) input(q *Query, in *check.SingleInput, sel *operator.Select, use windowUse) ([]Step, error) {
	after, need, err := b.handlers(q, in.After, in.Attrs, operator.Needed(&q.Def.Select))
	if err != nil {
		return nil, err
	}
	fails := in.Window != nil && behindFails(q.Def)
	marks := EndsOf(q.Def) == EndsShown || in.Window != nil && !q.Def.Select.Aggregating()
	for _, s := range after {
		if a, ok := s.Op.(apart); ok && fails {
			a.Apart()
		}
		f, ok := s.Op.(*operator.Filter)
		if !ok {
			continue
		}
		if marks {
			f.NoResets()
		}
		if fails {
			f.AskResets()
		}
	}
	attrs := in.WindowAttrs()
	if w := in.Window; w != nil {
		kept := need
		if use.exchanged {
			kept = operator.Arguments(&q.Def.Select)
		}
		use.selected = selected(q.Def, attrs)
		if _, ok := q.Def.Input.(*check.SingleInput); ok {
			use.typed = computed(q.Def, in.After)
		}
		use.lost = b.timerRow(q, in.After, after, in.Attrs)
		step, err := b.window(q, w, attrs, kept, use)
		if err != nil {
			return nil, err
		}
		after = append([]Step{step}, after...)
		if use.tagged {
			after = append([]Step{{Op: sel.Tag(), Text: "group"}}, after...)
			for _, c := range q.Def.Select.GroupBy {
				need = union(need, []int{c.Index})
			}
		}
		need = union(need, window.Reads(w, attrs))
		after = append(guarded(w, attrs, need), after...)
	}
	before, _, err := b.handlers(q, in.Before, attrs, need)
	if err != nil {
		return nil, err
	}
	return append(before, after...), nil
}

// guarded returns the step in front of a window, of groups too, that leaves out the
// chunks which the window cannot take, if there are such.
func guarded(w *check.Window, attrs schema.Attributes, need []int) []Step {
	if g := window.NewGuard(w, attrs, need); g != nil {
		return []Step{{Op: g, Text: "refuse null " + attrs[window.Refused(w)].Name}}
	}
	return nil
}

// windowUse says what a window is used for beside what passes it.
type windowUse struct {
	tagged   bool // rows have their group as one more attribute
	joined   bool // it is a side's of a join
	searched bool // rows are looked up in it
	looks    bool // rows that expire look rows up, whether they are put out or not
	// exchanged is set where it and the selector run as one step: see operator.Exchange.
	exchanged bool
	selected  []int                // see window.Options
	typed     []int                // likewise
	lost      func(due int64) bool // likewise
}

// window makes the window of rows with the given attributes, of which those in
// need are read behind it.
func (b *builder) window(q *Query, w *check.Window, attrs schema.Attributes, need []int, use windowUse) (Step, error) {
	if use.tagged {
		need = append(slices.Clone(need), len(attrs))
		attrs = append(slices.Clone(attrs), schema.Attribute{Name: "group", Type: schema.Int})
	}
	timers := b.timers(q)
	if window.FollowsWall(w.Fn) {
		timers, b.plan.WallTimed = b.env.NewJobTimers(false), true
	}
	op, err := window.New(w, attrs, window.Options{
		Need: need, Expired: b.wantsExpired(q, w) || use.looks && window.Sliding(w.Fn), Search: use.searched, Joined: use.joined, Clock: b.env.Clock, Wall: b.env.Wall, Scheduler: timers, Env: b.expr,
		Selected: use.selected, Typed: use.typed, Place: b.place(q), Lost: use.lost,
	})
	if err != nil {
		return Step{}, fmt.Errorf("window %s: %w", w.Fn.FullName(), err)
	}
	b.noteWindow(w, op, q.Def.Events() != ast.CurrentEvents || EndsOf(q.Def) == EndsShown)
	if schedules(op, w) {
		b.storeTimers(q, timers)
	}
	step := Step{Op: op, Text: "window " + w.Fn.FullName(), timers: timers}
	if use.exchanged {
		step.exchanged = true
		step.Text += ", rows pass it uncopied"
	}
	return step, nil
}

// noteWindow says what a window asks of the clock; shown says that its expired
// rows can be seen.
func (b *builder) noteWindow(w *check.Window, op flow.Operator, shown bool) {
	b.plan.UsesClock = b.plan.UsesClock || window.UsesClock(w) || window.StampsExpired(w.Fn) && shown
	if _, ok := op.(flow.Timed); ok {
		b.plan.Timed = true
	}
	if t, ok := op.(flow.Ticking); ok {
		b.plan.firing = append(b.plan.firing, t)
	}
}

// selected returns the attributes, of the given ones, that a query with one input
// selects as they are, with -1 for what it computes.
func selected(q *check.Query, attrs schema.Attributes) []int {
	list := make([]int, len(q.Select.Out))
	for i, it := range q.Select.Items[:len(list)] {
		list[i] = -1
		if c, ok := it.Expr.(*check.Column); ok && c.Index < min(len(attrs), len(q.Select.In)) {
			list[i] = c.Index
		}
	}
	return list
}

// computed returns the attributes that filters behind the window of a query and its
// select clause compute with.
func computed(q *check.Query, after []check.Handler) []int {
	var list []int
	for _, h := range after {
		if f, ok := h.(*check.Filter); ok {
			list = union(list, expr.Columns(f.Cond))
		}
	}
	for _, it := range q.Select.Items {
		if _, ok := it.Expr.(*check.Column); !ok {
			list = union(list, expr.Columns(it.Expr))
		}
	}
	return slices.DeleteFunc(list, func(c int) bool { return c >= len(q.Select.In) })
}

// handlers makes the steps of a list of handlers. The rows behind them have the
// given attributes, of which those in need are read; what must reach them is returned.
func (b *builder) handlers(q *Query, list []check.Handler, attrs schema.Attributes, need []int) ([]Step, []int, error) {
	steps := make([]Step, len(list))
	for i, h := range slices.Backward(list) {
		var err error
		switch h := h.(type) {
		case *check.Filter:
			steps[i], err = b.filter(h.Cond, attrs, need)
			need = union(need, expr.Columns(h.Cond))
		case *check.AggregateFilter:
			steps[i], err = b.aggregateFilter(q, h)
			need = schema.Positions(len(h.Select.In))
		case *check.StreamFunction:
			attrs = attrs[:h.Width:h.Width]
			steps[i], err = b.streamFunction(q, h, attrs, need)
			need = slices.DeleteFunc(slices.Clone(need), func(c int) bool { return c >= h.Width })
			for _, a := range h.Args {
				need = union(need, expr.Columns(a))
			}
			if h.Fn.WholeRow {
				need = schema.Positions(h.Width)
			}
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return steps, need, nil
}

// logger is the app's, for what a query writes to it.
func (b *builder) logger(q *Query) *slog.Logger {
	if b.env.Logger == nil {
		return nil
	}
	return b.env.Logger.With("app", b.plan.App.Name, "query", q.Def.Name)
}

func (b *builder) filter(e check.Expr, attrs schema.Attributes, need []int) (Step, error) {
	cond, err := expr.CompilePredicate(e, b.expr)
	if err != nil {
		return Step{}, fmt.Errorf("filter: %w", err)
	}
	b.noteExpr(e)
	return Step{Op: operator.NewFilter(cond, attrs, need), Text: "filter"}, nil
}

// aggregateFilter makes the operator of a filter that aggregates.
func (b *builder) aggregateFilter(q *Query, f *check.AggregateFilter) (Step, error) {
	op, err := operator.NewSelect(&f.Select, operator.Options{
		Events: ast.CurrentEvents, EveryRow: true, Keyed: q.Def.Partition != nil, Env: b.expr,
	})
	if err != nil {
		return Step{}, fmt.Errorf("filter: %w", err)
	}
	return Step{Op: op, Text: "filter with aggregates"}, nil
}

// streamFunction makes the operator of a stream function or processor that
// rows with the given attributes reach.
func (b *builder) streamFunction(q *Query, f *check.StreamFunction, attrs schema.Attributes, need []int) (Step, error) {
	timers := b.timers(q)
	op, err := handler.New(f, handler.Options{
		In: attrs, Need: need, Env: b.expr, Scheduler: timers, Clock: b.env.Clock, Logger: b.logger(q),
	})
	if err != nil {
		return Step{}, fmt.Errorf("#%s: %w", f.Fn.FullName(), err)
	}
	for _, a := range f.Args {
		b.noteExpr(a)
	}
	b.plan.UsesClock = b.plan.UsesClock || f.Fn.Clock != nil && f.Fn.Clock(check.Describe(f.Args))
	if _, ok := op.(flow.Timed); ok {
		b.plan.Timed = true
	}
	if t, ok := op.(flow.Ticking); ok && q.Def.Partition == nil {
		b.plan.firing = append(b.plan.firing, t)
	}
	return Step{Op: op, Text: f.Fn.Kind.String() + " " + f.Fn.FullName(), timers: timers}, nil
}

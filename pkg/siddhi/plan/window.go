package plan

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/window"
)

// namedWindow makes a defined window: queries push into its In stream, the window
// and what lets the right kinds out stand behind it, and its Out stream
// has the readers. For the hazards it is a query like others.
func (b *builder) namedWindow(w *check.NamedWindow) error {
	q := &check.Query{
		Name: "window " + w.Name, Input: &check.SingleInput{Stream: w.In, Window: w.Call, Attrs: w.In.Attrs},
		Output: &check.Insert{Events: w.Events, Stream: w.Out},
	}
	timers := b.env.NewTimers()
	if window.FollowsWall(w.Call.Fn) {
		timers, b.plan.WallTimed = b.env.NewJobTimers(false), true
	}
	op, err := window.New(w.Call, w.In.Attrs, window.Options{
		Expired: w.Events != ast.CurrentEvents, Search: b.plan.remembers(w),
		Clock: b.env.Clock, Wall: b.env.Wall, Scheduler: timers, Env: b.expr,
	})
	if err != nil {
		return fmt.Errorf("window %s: %w", w.Name, err)
	}
	b.noteWindow(w.Call, op, w.Events != ast.CurrentEvents)
	if schedules(op, w.Call) {
		b.storeWindow(w, timers)
	}
	in, out := b.plan.newJunction(w.In), b.plan.newJunction(w.Out)
	b.plan.Streams[w.In], b.plan.Streams[w.Out] = in, out
	leave := flow.Chain([]flow.Operator{newKinds(w.Events, w.Out)}, out.Push)
	in.subscribe(q, chain(append(guarded(w.Call, w.In.Attrs, nil), Step{Op: op}), leave), nil)
	if t, ok := op.(flow.Timed); ok {
		timers.Bind(t, leave)
	}
	if s, ok := op.(state.Snapshotter); ok {
		b.plan.States = append(b.plan.States, Named{"window/" + w.Name, s})
	}
	b.windows[w] = op
	b.plan.pseudo = append(b.plan.pseudo, q)
	return nil
}

// remembers says whether rows of a named window can be looked up.
func (p *Plan) remembers(w *check.NamedWindow) bool {
	if w.Events != ast.CurrentEvents || !window.Forgets(w.Call) {
		return true
	}
	joins := func(q *check.Query) bool {
		in, ok := q.Input.(*check.JoinInput)
		return ok && in.AnySide(func(s *check.JoinSide) bool {
			return s.Input != nil && s.Input.Stream.Window == w
		})
	}
	return slices.ContainsFunc(p.App.Queries, joins)
}

// searchable returns a named window for a search in it.
func (b *builder) searchable(w *check.NamedWindow) (window.Searchable, error) {
	if s, ok := b.windows[w].(window.Searchable); ok {
		return s, nil
	}
	return nil, noSearch(w.Call)
}

func noSearch(w *check.Window) error {
	return fmt.Errorf("%s: rows of the window %s cannot be looked up", w.Position().Start, w.Fn.FullName())
}

// kinds lets out what a named window says: as in Siddhi no Reset rows, so that
// sums over the output of a tumbling window go on.
type kinds struct {
	events ast.EventKind
	rows   []int32
	out    *column.Buffer
}

func newKinds(events ast.EventKind, s *check.Stream) *kinds {
	return &kinds{events: events, out: column.NewBuffer(s.Attrs)}
}

// Process implements flow.Operator.
func (k *kinds) Process(b *column.Batch, emit flow.Emit) error {
	if b.Kind == nil && k.events != ast.ExpiredEvents {
		return emit(b)
	}
	k.rows = k.rows[:0]
	for r := range int32(b.N) {
		switch b.KindOf(int(r)) {
		case column.Current:
			if k.events == ast.ExpiredEvents {
				continue
			}
		case column.Expired:
			if k.events == ast.CurrentEvents {
				continue
			}
		default:
			continue
		}
		k.rows = append(k.rows, r)
	}
	switch len(k.rows) {
	case 0:
		return nil
	case b.N:
		return emit(b)
	}
	k.out.GatherChunks(b, k.rows, nil)
	return emit(&k.out.Batch)
}

// currents takes all rows for current ones.
type currents struct{ view column.Batch }

// Process implements flow.Operator.
func (c *currents) Process(b *column.Batch, emit flow.Emit) error {
	v := &c.view
	v.N, v.Time, v.Ends, v.Key, v.Cols = b.N, b.Time, b.Ends, b.Key, b.Cols
	return emit(v)
}

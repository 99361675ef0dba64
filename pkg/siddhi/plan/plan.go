// Package plan turns a checked app into operators: a chain for each query,
// junctions for the streams between them, tables, and the keys of partitions.
//
// It imports the operator packages (operator, handler, window, table, join, pattern), what
// they are made of (flow, column, state, schema, expr) and ast, check.
package plan

import (
	"fmt"
	"log/slog"

	"millrace/pkg/siddhi/aggregation"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/ratelimit"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
)

// Env is what the operators of an app share with whoever runs them.
type Env struct {
	Clock flow.Clock
	// Wall is the clock on the wall. Outside of playback it is Clock.
	Wall flow.Clock
	// Bind gives a Timed operator's scheduler what to call when a timer is due.
	// NewTimers is called before the operator exists, since it wants its
	// scheduler when it is made. NewWallTimers makes those of operators that
	// follow Wall.
	NewTimers     func() Timers
	NewWallTimers func() Timers
	// Nanos is a clock that only goes forward, in ns: what statistics measure with.
	Nanos func() int64
	// NewJobTimers makes those of a trigger or a cron window, which follow Wall and which
	// a restore leaves. As in Siddhi a periodic job keeps the turn, among what is due at
	// one time, that it had first; others ask for the next time before they act.
	NewJobTimers func(periodic bool) Timers
	// NewPurgeTimers makes those of the next purge. They follow Wall and go before
	// all others that are due at the same time.
	NewPurgeTimers func() Timers
	// Report is told of what went wrong with a row or chunk; the app goes on.
	Report func(query string, err error)
	// Logger takes what #log() writes; nil: nobody reads it.
	Logger *slog.Logger
	// Properties are settings of the process that apps run in; see aggregation.go.
	Properties map[string]string
}

// Timers is the scheduler of one operator, bound to it once it exists.
type Timers interface {
	flow.Scheduler
	Bind(op flow.Alarmed, next flow.Emit)
	// OrderBy says how the keys of a partition stand one behind the other.
	// groups is how many groups there are of all keys.
	OrderBy(keys *operator.Keys, groups func() int)
	// Store says where they lie in a snapshot.
	Store(at Stored)
	// Forget takes back what was asked for keys of a partition.
	Forget(keys []int32)
}

// Plan is an app ready to run. One goroutine at a time may use it.
type Plan struct {
	App      *check.App
	Streams  map[*check.Stream]*Junction
	Queries  []*Query
	Tables   map[*check.Table]table.Table
	firing   []flow.Ticking
	begin    []ratelimit.Ticking // outside of partitions
	Triggers []*Trigger          // in text order
	States   []Named             // everything a snapshot holds, in a fixed order
	// UsesClock is set when what an operator does with a row depends on the time
	// at which it comes: batches are then cut wherever the clock changes.
	UsesClock bool
	// Timed is set when some operator may ask for timers.
	Timed bool
	// WallTimed is set when some of these follow the clock on the wall, in playback
	// too, or are counted from when a row came by it.
	WallTimed bool

	strays bool // see NoteStrays

	meters *meters        // nil without @app:statistics
	pseudo []*check.Query // named windows and aggregations, as the hazards see them
	// timeless has the pseudo queries that fail on an event without a time.
	timeless map[*check.Query]bool

	// For on-demand queries, which come later: what expressions need, and the
	// operators of named windows and aggregations.
	env     expr.Env
	windows map[*check.NamedWindow]flow.Operator

	aggregations map[*check.Aggregation]*aggregation.Aggregation
	purgers      []*aggregation.Purger
}

// NoteStrays says that a value has come that is not of its attribute's type: what
// needs its type will fail, now or, where queries keep events, later. From then on
// batches run chunk by chunk, so that only the chunk that fails is lost.
func (p *Plan) NoteStrays() { p.strays = true }

// Strays says whether one has come.
func (p *Plan) Strays() bool { return p.strays }

// Begin lets the ticks of windows, rate limiters and purges begin, which is their order in
// Siddhi too. It is called when the app starts.
func (p *Plan) Begin() {
	for _, t := range p.firing {
		t.Begin()
	}
	for _, t := range p.begin {
		t.Begin(0)
	}
	for _, g := range p.purgers {
		g.Begin()
	}
}

// Named is a part of the app's state under a name that stays the same as long
// as the query it belongs to does.
type Named struct {
	Name  string
	State state.Snapshotter
}

// Query is one query's operators.
type Query struct {
	Def    *check.Query
	Steps  []Step
	out    *output
	target *Junction
	timed  int // operators with timers so far
}

// Step is an operator with a description for explain.
type Step struct {
	Op     flow.Operator
	Text   string
	timers Timers // of an operator that asked for a scheduler
	// exchanged is set for a window that runs in one step with the selector.
	exchanged bool
}

// OnOutput calls f with every batch that the query puts out, kinds included,
// before it goes on.
func (q *Query) OnOutput(f func(b *column.Batch)) { q.out.watch = append(q.out.watch, f) }

// Build makes the operators of app.
func Build(app *check.App, env Env) (*Plan, error) {
	p := &Plan{App: app, Streams: map[*check.Stream]*Junction{}, Tables: map[*check.Table]table.Table{},
		timeless: map[*check.Query]bool{}, aggregations: map[*check.Aggregation]*aggregation.Aggregation{}}
	b := &builder{plan: p, env: env, keys: map[*check.Partition]*partition{}, windows: map[*check.NamedWindow]flow.Operator{}}
	b.expr = expr.Env{Clock: env.Clock, Members: b.members, Strays: &p.strays}
	p.env, p.windows = b.expr, b.windows
	for _, t := range app.Tables {
		memory := table.NewMemory(t)
		p.Tables[t] = memory
		p.States = append(p.States, Named{"table/" + t.Name, memory})
	}
	for _, s := range app.Streams {
		p.Streams[s] = p.newJunction(s)
		if s.FaultOf != nil {
			p.Streams[s.FaultOf].fault = p.Streams[s]
		}
	}
	for _, t := range app.Triggers {
		b.trigger(t)
	}
	for _, w := range app.Windows {
		if err := b.namedWindow(w); err != nil {
			return nil, err
		}
	}
	for _, a := range app.Aggregations {
		if err := b.aggregation(a); err != nil {
			return nil, fmt.Errorf("aggregation %s: %w", a.Name, err)
		}
	}
	for _, part := range app.Partitions {
		if err := b.partition(part); err != nil {
			return nil, err
		}
	}
	for _, q := range app.Queries {
		if err := b.query(q); err != nil {
			return nil, fmt.Errorf("query %s: %w", q.Name, err)
		}
	}
	markHazards(p)
	if app.Statistics && env.Nanos != nil {
		p.measure(env.Nanos)
	}
	return p, nil
}

// builder carries what the building of one app needs.
type builder struct {
	plan *Plan
	env  Env
	expr expr.Env
	keys map[*check.Partition]*partition
	// windows has the operators of named windows.
	windows map[*check.NamedWindow]flow.Operator
}

// members compiles an `in` condition.
func (b *builder) members(in *check.In) (expr.Membership, error) {
	return table.NewMembers(b.plan.Tables[in.Table], in, b.expr)
}

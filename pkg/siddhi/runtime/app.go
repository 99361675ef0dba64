// Package runtime runs a plan: it owns the app's clock, timers and lock, takes
// events in, and hands results out. At any moment one goroutine owns an app: a
// Send runs in its caller's, a timer in the runtime's own.
//
// It imports plan, check, column, flow, schema, state and table (an error of it).
package runtime

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/plan"
	"millrace/pkg/siddhi/table"
)

// ErrStopped means that an app takes no events: it has not been started, or is closed.
var ErrStopped = errors.New("app is not running")

// ProcessingError is something that went wrong with a row or chunk while the
// app goes on.
type ProcessingError struct {
	App, Query string
	Err        error
}

func (e *ProcessingError) Error() string {
	return fmt.Sprintf("app %s, query %s: %v", e.App, e.Query, e.Err)
}

func (e *ProcessingError) Unwrap() error { return e.Err }

// Options say how an app runs.
type Options struct {
	Time TimeMode
	// Start is the first wall time in Virtual mode, ms since the Unix epoch.
	Start int64
	// OnError is told of rows and chunks that could not be processed; they are
	// dropped. nil: they are counted only.
	OnError func(*ProcessingError)
	// Logger takes what the app writes with #log(); nil: slog's default.
	Logger *slog.Logger
	// Properties are settings of the process that the app runs in. aggTimeZone is
	// the time zone of the hours, days, months and years of aggregations.
	Properties map[string]string
}

// App is a running app. Its methods may be called by several goroutines; the
// callbacks must not call them.
type App struct {
	opts Options
	plan *plan.Plan

	mu      sync.Mutex // owner of everything below
	clock   clock
	timers  timers
	asked   uint64 // how many timers have been asked for
	running bool
	// timeless is set while the app runs and no query has to do with time: what
	// comes in needs no look at the clock.
	timeless bool

	playback   bool   // events drive the clock
	playedTo   int64  // where playback that was switched off has come
	wall       clock  // the wall clock: in Live mode as of the running call, read by Now
	wallTimers timers // in playback: what waits for the wall clock all the same
	idle       heartbeat

	closed bool
	wake   *alarm // live mode: fires the earliest timer
	wakeAt int64  // what wake is set to; 0 when it is not
	errors uint64
	cut    column.Batch
	inputs map[*check.Stream]*Input

	queries queryCache
}

// New makes the app's operators. It starts nothing.
func New(checked *check.App, opts Options) (*App, error) {
	a := &App{opts: opts, inputs: map[*check.Stream]*Input{}}
	a.playback = checked.Playback || opts.Time == Playback
	a.clock.played = a.playback
	a.wall.now = opts.Start
	if !a.playback {
		a.clock.now = a.wallNow()
	}
	a.idle.set(a, checked.Idle)
	purges := uint64(0)
	if a.opts.Logger == nil {
		a.opts.Logger = slog.Default()
	}
	p, err := plan.Build(checked, plan.Env{
		Clock:         &a.clock,
		Wall:          wallClock{a},
		NewTimers:     func() plan.Timers { return a.newTimers(false) },
		NewWallTimers: func() plan.Timers { return a.newTimers(true) },
		Nanos:         stopwatch(),
		NewJobTimers: func(periodic bool) plan.Timers {
			o := a.newTimers(true)
			o.job, o.periodic = true, periodic
			return o
		},
		NewPurgeTimers: func() plan.Timers {
			purges++
			o := a.newTimers(true)
			o.turn = purges
			return o
		},
		Report:     a.report,
		Logger:     a.opts.Logger,
		Properties: a.opts.Properties,
	})
	if err != nil {
		return nil, err
	}
	a.plan = p
	for _, j := range p.Streams {
		j.OnError(a.report)
	}
	return a, nil
}

// Plan returns the operators, for explain.
func (a *App) Plan() *plan.Plan { return a.plan }

// Errors returns how many rows and chunks could not be processed.
func (a *App) Errors() uint64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.errors
}

// Statistics returns what streams, queries and tables have done since the app
// was made, or nil without @app:statistics. It does not wait for the app: while
// that is at work there are no sizes of tables.
func (a *App) Statistics() *plan.Statistics {
	s := a.plan.Statistics()
	if s != nil && a.mu.TryLock() {
		defer a.mu.Unlock()
		s.Tables = a.plan.TableSizes()
	}
	return s
}

// report counts what could not be done and tells who handles errors. An update
// that a table refuses is only written to the log, as in Siddhi.
func (a *App) report(query string, err error) {
	a.errors++
	if refused := (*table.RefusedUpdateError)(nil); errors.As(err, &refused) {
		a.opts.Logger.Warn(refused.Error(), "app", a.plan.App.Name, "query", query)
		return
	}
	if a.opts.OnError != nil {
		a.opts.OnError(&ProcessingError{App: a.plan.App.Name, Query: query, Err: err})
	}
}

// OnStream calls f with every batch of a stream, or with what comes out of a
// named window, expired rows as such. The batch is borrowed: f must
// not keep it, nor call methods of the app. Call it before Start.
func (a *App) OnStream(name string, f func(*column.Batch)) error {
	for _, w := range a.plan.App.Windows {
		if w.Name == name {
			a.plan.Streams[w.Out].Watch(f)
			return nil
		}
	}
	j, err := a.junction(name)
	if err != nil {
		return err
	}
	j.Watch(f)
	return nil
}

// OnQuery calls f with every batch that a query outside of partitions puts out,
// current and expired rows. A row of kind Reset is no event: it shows where a batch
// of the query's window has ended. The batch is borrowed. Call it before Start.
func (a *App) OnQuery(name string, f func(*column.Batch)) error {
	for _, q := range a.plan.Queries {
		if q.Def.Name == name {
			q.OnOutput(f)
			return nil
		}
	}
	return fmt.Errorf("app %s has no query named %s", a.plan.App.Name, name)
}

func (a *App) junction(name string) (*plan.Junction, error) {
	for _, s := range a.plan.App.Streams {
		if s.Name == name {
			return a.plan.Streams[s], nil
		}
	}
	return nil, fmt.Errorf("app %s has no stream named %s", a.plan.App.Name, name)
}

// Start lets events in and, in live mode, timers fire.
func (a *App) Start() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return fmt.Errorf("start: %w: it was closed", ErrStopped)
	}
	a.running = true
	a.timeless = !a.playback && !a.plan.UsesClock && !a.plan.Timed
	a.fireWall(a.wallNow())
	a.plan.Begin()
	for _, t := range a.plan.Triggers {
		if err := t.Start(); err != nil {
			a.report("trigger", err)
		}
	}
	a.setWake()
	return nil
}

// Close stops the app. No callback runs after it has returned.
func (a *App) Close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.running, a.timeless, a.closed = false, false, true
	if a.wake != nil {
		a.wake.stop()
	}
}

// Now returns the app's time.
func (a *App) Now() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clock.now
}

// WallInCallback returns the wall clock's time, in Virtual mode that of AdvanceTo.
// It is for callbacks, which run while the app is locked.
func (a *App) WallInCallback() int64 {
	switch {
	case a.opts.Time != Virtual:
		return wallMillis()
	case a.playback:
		return a.wall.now
	}
	return a.clock.now
}

// push runs a batch that has just come in. The caller holds the lock.
func (a *App) push(j *plan.Junction, b *column.Batch) error {
	if a.timeless {
		return j.Push(b)
	}
	return a.pushTimed(j, b)
}

func (a *App) pushTimed(j *plan.Junction, b *column.Batch) error {
	if !a.running {
		return ErrStopped
	}
	if a.playback {
		a.play(j, b)
		return nil
	}
	if a.opts.Time == Live && (a.plan.UsesClock || len(a.timers.heap) > 0) {
		a.fireDue(wallMillis())
	}
	err := j.Push(b)
	if a.plan.Timed {
		a.fireDue(a.clock.now) // timers that are due at once
	}
	return err
}

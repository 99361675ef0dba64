package worker

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"millrace/internal/api"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/plan"
	"millrace/pkg/siddhi/runtime"
	"millrace/pkg/siddhi/stream"
)

// app is one app that the worker has, from its start to its stop.
type app struct {
	name, text, hash string
	runner           *connect.Runner
	statistics       func() *plan.Statistics
	query            func(text string) (*runtime.Rows, error)
	store            *revisions // nil without persistence
	started          time.Time
	rowErrors        atomic.Int64
	cancel           context.CancelFunc
	done             chan struct{} // closed when it has stopped

	mu    sync.Mutex
	fence api.Fence
	err   error  // with which it stopped
	last  string // latest error of a row
}

// compile makes an app of an order. The error is a Problem about the text.
func compile(cfg *Config, name string, o api.Order) (*app, error) {
	checked, err := siddhi.Check(o.Text)
	if err != nil {
		return nil, api.InvalidApp(err)
	}
	if name == "" {
		name = checked.Name
	}
	if name == "" || checked.Name != "" && checked.Name != name {
		return nil, api.InvalidApp(fmt.Errorf("the app must have the name %q: begin it with @app:name('%s')", name, name))
	}
	a := &app{name: name, text: o.Text, hash: api.TextHash(o.Text), fence: o.Fence, done: make(chan struct{})}
	engine, err := runtime.New(checked, runtime.Options{Properties: cfg.Properties, OnError: func(e *runtime.ProcessingError) {
		n := a.rowErrors.Add(1)
		a.mu.Lock()
		a.last = e.Error()
		a.mu.Unlock()
		if n <= 20 || n%1000 == 0 {
			cfg.Logger.Warn("rows could not be processed", "err", e, "so far", n)
		}
	}})
	if err != nil {
		return nil, api.InvalidApp(err)
	}
	a.statistics, a.query = engine.Statistics, engine.Query
	opts := connect.Options{
		App: name, Transports: cfg.Transports, SnapshotEvery: cfg.SnapshotEvery, StopTimeout: cfg.StopTimeout, Logger: cfg.Logger,
	}
	if cfg.Revisions != nil {
		a.store = newRevisions(cfg.Revisions, name, a.hash, o.Fence, cfg.Logger)
		opts.Store = a.store
	}
	if a.runner, err = connect.New(engine, checked, opts); err != nil {
		return nil, api.InvalidApp(err)
	}
	return a, nil
}

// run runs the app until it is stopped or fails.
func (a *app) run(ctx context.Context, changed func()) {
	defer close(a.done)
	err := a.runner.Run(ctx)
	if a.store != nil {
		err = a.store.explain(err)
	}
	a.mu.Lock()
	a.err = err
	a.mu.Unlock()
	changed()
}

// raise notes that a newer order wants the app as it is.
func (a *app) raise(f api.Fence) {
	a.mu.Lock()
	a.fence = f
	a.mu.Unlock()
	if a.store != nil {
		a.store.raise(f)
	}
}

// failed says whether the app has stopped by itself.
func (a *app) failed() bool {
	select {
	case <-a.done:
		return true
	default:
		return false
	}
}

// stop ends the app, in good order or at once, and waits for it. One that is
// being stopped in good order can still be stopped at once. The error is that of
// an app which could not finish.
func (a *app) stop(atOnce bool) error {
	if atOnce {
		a.runner.Abandon()
	}
	a.cancel()
	<-a.done
	a.mu.Lock()
	defer a.mu.Unlock()
	if errors.Is(a.err, connect.ErrAbandon) {
		return nil
	}
	return a.err
}

// report says how the app does.
func (a *app) report() api.AppReport {
	s := a.runner.Status()
	r := api.AppReport{
		App: a.name, Hash: a.hash, Status: appState(s.State), StartedAt: a.started.UnixMilli(), Revision: s.Snapshot.Revision,
		RowsIn: s.RowsIn(), RowsOut: s.RowsOut(), Errors: a.rowErrors.Load(),
		Sources: edges(s.Sources), Sinks: edges(s.Sinks),
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	r.Fence = a.fence
	switch {
	case a.err != nil:
		r.Status, r.Error = api.AppFailed, a.err.Error()
	case s.Snapshot.LastError != "":
		r.Error = "snapshot: " + s.Snapshot.LastError
	default:
		r.Error = a.last
	}
	return r
}

func appState(s connect.State) api.AppState {
	switch s {
	case connect.Running:
		return api.AppActive
	case connect.Finished:
		return api.AppFinished
	case connect.Stopping, connect.Stopped:
		return api.AppStopping
	}
	return api.AppStarting
}

func edges(all []connect.EdgeStatus) []api.EdgeReport {
	reports := make([]api.EdgeReport, len(all))
	for i, e := range all {
		reports[i] = api.EdgeReport{
			Stream: e.Stream, Type: e.Type, State: string(e.State), Records: e.Records, Rows: e.Rows, Bytes: e.Bytes,
			Bad: e.Bad, Dropped: e.Dropped, Repeated: e.Repeated, Missing: e.Missing, Waiting: int64(e.Waiting), Writing: int64(e.Writing),
			EventTime: e.EventTime, Done: e.Done, Total: e.Total, LastError: e.LastError, Positions: positions(e.Positions),
		}
	}
	return reports
}

func positions(all []stream.Position) map[string]int64 {
	if len(all) == 0 {
		return nil
	}
	m := make(map[string]int64, len(all))
	for _, p := range all {
		m[p.Partition] = p.Offset
	}
	return m
}

func notFound(name string) error {
	return api.NewProblem(http.StatusNotFound, api.TypeNotFound, "there is no app %s on this worker", name)
}

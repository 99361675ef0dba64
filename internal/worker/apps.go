package worker

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"millrace/internal/api"
	"millrace/pkg/persistence"
	"millrace/pkg/siddhi/plan"
)

// apps is everything that the worker runs. Changes to one name happen one after
// the other; those to different names at the same time.
type apps struct {
	cfg     *Config
	changed func() // something that a heartbeat should tell has changed

	mu      sync.Mutex
	running bool // orders are taken
	ended   bool // and never will be again
	byName  map[string]*app
	fences  map[string]api.Fence // newest order for each name, also of those that are gone
	epoch   int64                // highest of all orders and answers
	turns   map[string]chan struct{}
}

func newApps(cfg *Config, changed func()) *apps {
	return &apps{cfg: cfg, changed: changed, byName: map[string]*app{}, fences: map[string]api.Fence{}, turns: map[string]chan struct{}{}}
}

// turn waits for the right to change what runs under a name, as an order with that
// fence is to; the caller gives it back with the function that is returned.
func (s *apps) turn(ctx context.Context, name string, f api.Fence) (release func(), err error) {
	s.mu.Lock()
	c := s.turns[name]
	if c == nil {
		c = make(chan struct{}, 1)
		s.turns[name] = c
	}
	s.mu.Unlock()
	select {
	case c <- struct{}{}:
		if err := s.admit(name, f); err != nil {
			<-c
			return nil, err
		}
		return func() { <-c }, nil
	case <-ctx.Done():
		return nil, api.NewProblem(http.StatusServiceUnavailable, api.TypeUnavailable, "app %s is still being changed by an earlier order", name)
	}
}

// admit checks the fence of an order and notes it.
func (s *apps) admit(name string, f api.Fence) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		return api.NewProblem(http.StatusServiceUnavailable, api.TypeUnavailable,
			"this worker may not run anything now: it has no answer from a manager to its heartbeats, or is stopping")
	}
	newest := s.fences[name]
	if f.Epoch < s.epoch || f.Older(newest) {
		newest.Epoch = max(newest.Epoch, s.epoch)
		p := api.NewProblem(http.StatusConflict, api.TypeConflict,
			"the order for %s has epoch %d, generation %d; this worker has had one of epoch %d, generation %d: its sender does not lead any more",
			name, f.Epoch, f.Generation, newest.Epoch, newest.Generation)
		p.Epoch, p.Generation = newest.Epoch, newest.Generation
		return p
	}
	s.epoch = f.Epoch
	s.fences[name] = f
	return nil
}

// deploy obeys an order. It returns when the app is being started and the one
// before it has stopped. created says that there was none.
func (s *apps) deploy(ctx context.Context, name string, o api.Order) (report api.AppReport, created bool, err error) {
	next, err := compile(s.cfg, name, o)
	if err != nil {
		return report, false, err
	}
	release, err := s.turn(ctx, next.name, o.Fence)
	if err != nil {
		return report, false, err
	}
	defer release()
	old := s.get(next.name)
	if old != nil && old.hash == next.hash && !old.failed() {
		old.raise(o.Fence)
		return old.report(), false, nil
	}
	if old != nil {
		s.end(old, false)
	}
	if !s.start(next) {
		return report, false, s.admit(next.name, o.Fence)
	}
	return next.report(), old == nil, nil
}

func (s *apps) get(name string) *app {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byName[name]
}

// start runs an app unless orders are not taken any more.
func (s *apps) start(a *app) bool {
	// The app outlives the request that ordered it; stop ends it.
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.running {
		cancel()
		return false
	}
	a.cancel, a.started = cancel, time.Now()
	s.byName[a.name] = a
	go a.run(ctx, s.changed) // stop waits for it
	s.cfg.Logger.Info("app is started", "app", a.name, "generation", a.fence.Generation)
	return true
}

// end stops an app and removes it.
func (s *apps) end(a *app, atOnce bool) {
	if err := a.stop(atOnce); err != nil {
		s.cfg.Logger.Warn("app has not stopped in good order", "app", a.name, "err", err)
	} else {
		s.cfg.Logger.Info("app is stopped", "app", a.name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byName[a.name] == a {
		delete(s.byName, a.name)
	}
}

// undeploy stops an app in good order and removes it.
func (s *apps) undeploy(ctx context.Context, name string, f api.Fence) error {
	release, err := s.turn(ctx, name, f)
	if err != nil {
		return err
	}
	defer release()
	a := s.get(name)
	if a == nil {
		return notFound(name)
	}
	s.end(a, false)
	return nil
}

// forget deletes the snapshots of an app that does not run: those that orders up
// to the fence's generation have left. Later ones are of a later life of the app.
func (s *apps) forget(ctx context.Context, name string, f api.Fence) error {
	release, err := s.turn(ctx, name, f)
	if err != nil {
		return err
	}
	defer release()
	if s.get(name) != nil {
		return api.NewProblem(http.StatusConflict, api.TypeConflict, "app %s runs on this worker: its snapshots are in use", name)
	}
	if s.cfg.Revisions == nil {
		return nil
	}
	return s.cfg.Revisions.DeleteUntil(ctx, name, persistence.Generation(f.Generation))
}

// open has orders taken; with an epoch that is not lower than any before.
func (s *apps) open(epoch int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = !s.ended
	s.epoch = max(s.epoch, epoch)
}

// close stops taking orders until open, and stops everything at once. It waits.
func (s *apps) close() {
	s.mu.Lock()
	s.running = false
	s.mu.Unlock()
	s.stopAll(true)
}

// finish stops taking orders for good, and stops everything in good order. It waits.
func (s *apps) finish() {
	s.mu.Lock()
	s.running, s.ended = false, true
	s.mu.Unlock()
	s.stopAll(false)
}

func (s *apps) stopAll(atOnce bool) {
	var wg sync.WaitGroup
	for _, a := range s.list() {
		wg.Go(func() { s.end(a, atOnce) })
	}
	wg.Wait()
}

// list returns the apps by name.
func (s *apps) list() []*app {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*app, 0, len(s.byName))
	for _, a := range s.byName {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *app) int { return cmp.Compare(a.name, b.name) })
	return all
}

// reports says how all apps do, by name.
func (s *apps) reports() []api.AppReport {
	all := s.list()
	reports := make([]api.AppReport, len(all))
	for i, a := range all {
		reports[i] = a.report()
	}
	return reports
}

// statistics returns, by name, what the apps with @app:statistics have counted.
func (s *apps) statistics() map[string]*plan.Statistics {
	all := map[string]*plan.Statistics{}
	for _, a := range s.list() {
		if counted := a.statistics(); counted != nil {
			all[a.name] = counted
		}
	}
	return all
}

// seen returns the highest epoch that an order or an answer had.
func (s *apps) seen() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.epoch
}

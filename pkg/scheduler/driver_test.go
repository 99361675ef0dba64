package scheduler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/scheduler/topology"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakes is everything that Run works with, for workers that do what they are told.
type fakes struct {
	mu        sync.Mutex
	apps      []App
	parts     map[WorkerID]map[string]Entry
	calls     []string
	saved     map[string]Part
	status    map[string]AppPhase
	deploy    func(ctx context.Context, d *Deploy) error // asked first, if set
	save      func() error                               // asked first, if set
	factErr   error
	removed   []App
	deleteErr error
}

func newFakes(workers ...WorkerID) *fakes {
	f := &fakes{parts: map[WorkerID]map[string]Entry{}, saved: map[string]Part{}, status: map[string]AppPhase{}}
	for _, w := range workers {
		f.parts[w] = map[string]Entry{}
	}
	return f
}

func (f *fakes) Facts(context.Context) (Facts, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	facts := Facts{Apps: slices.Clone(f.apps), Removed: slices.Clone(f.removed)}
	for id, parts := range f.parts {
		w := Worker{ID: id, Alive: true, Ready: true, Reported: true}
		for _, e := range parts {
			w.Inventory = append(w.Inventory, e)
		}
		facts.Workers = append(facts.Workers, w)
	}
	slices.SortFunc(facts.Workers, func(a, b Worker) int { return compareBool(a.ID > b.ID, b.ID > a.ID) })
	return facts, f.factErr
}

func (f *fakes) Deploy(ctx context.Context, d *Deploy) error {
	if f.deploy != nil {
		if err := f.deploy(ctx, d); err != nil {
			return err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, d.Key())
	f.parts[d.Worker][d.Partial.Name] = Entry{Partial: d.Partial.Name, Generation: d.Generation, Hash: d.Partial.Hash, Status: Running}
	return nil
}

func (f *fakes) Undeploy(_ context.Context, u *Undeploy) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, u.Key())
	delete(f.parts[u.Worker], u.Partial)
	return nil
}

func (f *fakes) Forget(_ context.Context, o *Forget) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, o.Key())
	return nil
}

func (f *fakes) Delete(_ context.Context, _ topology.Transport, t topology.Topic) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, "delete topic "+t.Name)
	return f.deleteErr
}

func (f *fakes) Ensure(_ context.Context, _ topology.Transport, t topology.Topic, create bool) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls = append(f.calls, fmt.Sprint("topic ", t.Name, " ", create))
	return nil
}

func (f *fakes) Save(_ context.Context, _ Epoch, s *Save) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.save != nil {
		if err := f.save(); err != nil {
			return err
		}
	}
	for _, name := range s.Removed {
		delete(f.saved, name)
	}
	for _, p := range s.Parts {
		f.saved[p.Name] = p
	}
	for _, a := range s.Apps {
		f.status[a.Name] = a.Phase
		if a.Phase == AppGone {
			f.removed = slices.DeleteFunc(f.removed, func(r App) bool { return r.Name == a.Name })
		}
	}
	return nil
}

func (f *fakes) phase(app string) AppPhase {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.status[app]
}

func (f *fakes) deps() Deps {
	return Deps{
		Cluster: f, Workers: f, Topics: f, Store: f, Options: Options{Epoch: 1},
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
}

// lead runs the driver inside a bubble until the test function returns.
func lead(t *testing.T, deps Deps, during func(ended <-chan error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, deps) }()
		during(ended)
		cancel()
		synctest.Wait()
	})
}

func TestRunDeploysAndUndeploys(t *testing.T) {
	f := newFakes("w1", "w2")
	f.apps = []App{app("A", "", []string{"in", "sum*2"})}
	lead(t, f.deps(), func(<-chan error) {
		time.Sleep(5 * time.Second)
		if got := f.phase("A"); got != AppActive {
			t.Errorf("the app is %s, want %s; calls: %v", got, AppActive, f.calls)
		}
		f.mu.Lock()
		f.removed, f.apps = f.apps, nil
		f.deleteErr = errors.New("no brokers")
		f.mu.Unlock()
		time.Sleep(5 * time.Second)
		if got := f.phase("A"); got != AppUndeploying || len(f.saved) != 0 {
			t.Errorf("while its topics cannot be deleted the app is %s, want %s; saved parts: %v", got, AppUndeploying, f.saved)
		}
		f.mu.Lock()
		f.deleteErr, f.calls = nil, nil
		f.mu.Unlock()
		time.Sleep(30 * time.Second)
		if got := f.phase("A"); got != AppGone || len(f.removed) != 0 {
			t.Errorf("the removed app is %s, want %s; still to be removed: %v", got, AppGone, f.removed)
		}
		if want := []string{"delete topic A_in", "delete topic A_sum"}; !slices.Equal(f.calls, want) {
			t.Errorf("at last: %v, want %v", f.calls, want)
		}
	})
}

// TestSlowWorkerHoldsUpNobody: w1 never answers; what is on w2 starts at once.
func TestSlowWorkerHoldsUpNobody(t *testing.T) {
	f := newFakes("w1", "w2")
	f.apps = []App{app("A", "", []string{"sum*4"})}
	f.deploy = func(ctx context.Context, d *Deploy) error {
		if d.Worker == "w1" {
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	lead(t, f.deps(), func(<-chan error) {
		time.Sleep(3 * time.Second)
		f.mu.Lock()
		defer f.mu.Unlock()
		if n := len(f.parts["w2"]); n != 2 {
			t.Errorf("w2 runs %d parts after 3s, want 2; calls: %v", n, f.calls)
		}
	})
}

// TestNothingIsOrderedBeforeItIsSaved: while the store fails no part is
// deployed, and what orders have brought about meanwhile is not forgotten.
func TestNothingIsOrderedBeforeItIsSaved(t *testing.T) {
	f := newFakes("w1")
	f.apps = []App{app("A", "", []string{"in"})}
	broken := true
	f.save = func() error {
		if broken {
			return errors.New("no database")
		}
		return nil
	}
	lead(t, f.deps(), func(<-chan error) {
		time.Sleep(time.Minute)
		f.mu.Lock()
		if len(f.calls) != 0 {
			t.Errorf("ordered without a store: %v", f.calls)
		}
		broken = false
		f.mu.Unlock()
		time.Sleep(2 * time.Minute)
		if got := f.phase("A"); got != AppActive {
			t.Errorf("the app is %s, want %s", got, AppActive)
		}
	})
}

func TestRunEndsWhenFenced(t *testing.T) {
	for name, arrange := range map[string]func(*fakes){
		"by the store":  func(f *fakes) { f.save = func() error { return ErrFenced } },
		"by a worker":   func(f *fakes) { f.deploy = func(context.Context, *Deploy) error { return ErrFenced } },
		"while waiting": func(f *fakes) { f.factErr = ErrFenced },
	} {
		f := newFakes("w1")
		f.apps = []App{app("A", "", []string{"in"})}
		arrange(f)
		lead(t, f.deps(), func(ended <-chan error) {
			if err := <-ended; !errors.Is(err, ErrFenced) {
				t.Errorf("%s: Run returned %v, want %v", name, err, ErrFenced)
			}
		})
	}
}

// TestRunWaitsForItsOrders: when Run returns, no order is under way.
func TestRunWaitsForItsOrders(t *testing.T) {
	f := newFakes("w1")
	f.apps = []App{app("A", "", []string{"in"})}
	under := false
	f.deploy = func(ctx context.Context, _ *Deploy) error {
		under = true
		<-ctx.Done()
		time.Sleep(time.Second) // it takes a while to give up
		under = false
		return ctx.Err()
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := Run(ctx, f.deps()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run returned %v", err)
		}
		if under {
			t.Error("an order is under way after Run has returned")
		}
	})
}

func TestWakeNeedsNoTick(t *testing.T) {
	f := newFakes("w1")
	deps := f.deps()
	synctest.Test(t, func(t *testing.T) {
		wake := make(chan struct{}, 1)
		deps.Wake, deps.Tick = wake, time.Hour
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- Run(ctx, deps) }()
		synctest.Wait()
		f.mu.Lock()
		f.apps = []App{app("A", "", []string{"in"})}
		f.mu.Unlock()
		wake <- struct{}{}
		synctest.Wait()
		if got := f.phase("A"); got != AppActive {
			t.Errorf("the app is %s, want %s", got, AppActive)
		}
		cancel()
		<-ended
	})
}

func TestDepsAreChecked(t *testing.T) {
	if err := Run(t.Context(), Deps{}); err == nil {
		t.Error("Run accepts no dependencies")
	}
}

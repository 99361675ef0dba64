package coordination_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/coordination"
	"millrace/pkg/coordination/memory"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	interval = time.Second
	retries  = 3
	expiry   = interval * retries
)

// lead records the terms of one node.
type lead struct {
	mu      sync.Mutex
	began   []coordination.Epoch
	endedAt []time.Time
	leave   chan struct{} // closed: OnLead returns by itself
}

func (l *lead) run(ctx context.Context, epoch coordination.Epoch) error {
	l.mu.Lock()
	l.began = append(l.began, epoch)
	l.mu.Unlock()
	select {
	case <-ctx.Done():
	case <-l.leave:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.endedAt = append(l.endedAt, time.Now())
	return nil
}

func (l *lead) terms() (began, ended int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.began), len(l.endedAt)
}

// gate is a store that can be told to fail or to hang.
type gate struct {
	coordination.Store
	mu     sync.Mutex
	broken error
	hangs  bool
}

func (g *gate) set(broken error, hangs bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken, g.hangs = broken, hangs
}

func (g *gate) Heartbeat(ctx context.Context, hb coordination.Heartbeat) (coordination.View, error) {
	g.mu.Lock()
	broken, hangs := g.broken, g.hangs
	g.mu.Unlock()
	if hangs {
		<-ctx.Done()
		return coordination.View{}, ctx.Err()
	}
	if broken != nil {
		return coordination.View{}, broken
	}
	return g.Store.Heartbeat(ctx, hb)
}

type running struct {
	*coordination.Node
	lead *lead
	stop func() error
}

func startNode(t *testing.T, store coordination.Store, id coordination.NodeID, l *lead) running {
	t.Helper()
	node, err := coordination.New(store, coordination.Options{
		Group: "g", NodeID: id, Properties: coordination.Properties{"host": string(id)},
		HeartbeatInterval: interval, HeartbeatMaxRetry: retries, OnLead: l.run, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- node.Run(ctx) }()
	stop := sync.OnceValue(func() error {
		cancel()
		return <-done
	})
	t.Cleanup(func() {
		if err := stop(); err != nil && !errors.Is(err, coordination.ErrDuplicateNode) {
			t.Errorf("node %s: %v", id, err)
		}
	})
	return running{node, l, stop}
}

func after(d time.Duration) {
	time.Sleep(d) // of the bubble's time
	synctest.Wait()
}

func TestNodeHandsOverInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		a := startNode(t, store, "a", &lead{})
		after(10 * time.Millisecond)
		b := startNode(t, store, "b", &lead{})
		after(interval)
		if s := b.State(); s.Leader != "a" || s.LeaderProperties["host"] != "a" || s.IsLeader || s.Epoch != 1 || len(s.Members) != 2 {
			t.Fatalf("b sees %+v", s)
		}
		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
		if began, ended := a.lead.terms(); began != 1 || ended != 1 {
			t.Errorf("a led %d times and ended %d times", began, ended)
		}
		if s := a.State(); s.Connected || s.IsLeader {
			t.Errorf("a has stopped and says %+v", s)
		}
		after(interval) // not an expiry: the lease was given up
		if s := b.State(); !s.IsLeader || s.Epoch != 2 || len(s.Members) != 1 {
			t.Errorf("b sees %+v", s)
		}
	})
}

func TestNodeStopsLeadingBeforeTheLeaseEnds(t *testing.T) {
	for name, broken := range map[string]error{"the store fails": errors.New("connection refused"), "the store hangs": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				rows := memory.New(nil)
				g := &gate{Store: rows}
				a := startNode(t, g, "a", &lead{})
				after(10 * time.Millisecond)
				b := startNode(t, rows, "b", &lead{})
				after(2 * interval)
				g.set(broken, broken == nil)
				failed := time.Now()
				after(expiry - interval/10)
				if _, ended := a.lead.terms(); ended != 1 || a.State().IsLeader {
					t.Fatalf("a did not stop in time: %+v", a.State())
				}
				if took := a.lead.endedAt[0].Sub(failed); took >= expiry {
					t.Errorf("a stopped %v after it could have renewed last", took)
				}
				after(2 * interval)
				if s := b.State(); !s.IsLeader || s.Epoch != 2 {
					t.Errorf("b sees %+v", s)
				}
				if s := a.State(); s.Connected {
					t.Errorf("a has no store, yet it says %+v", s)
				}
				g.set(nil, false)
				after(2 * interval)
				if s := a.State(); !s.Connected || s.Leader != "b" {
					t.Errorf("a came back and sees %+v", s)
				}
			})
		})
	}
}

func TestNodeGivesUpWhenItsWorkEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		l := &lead{leave: make(chan struct{})}
		a := startNode(t, store, "a", l)
		after(10 * time.Millisecond)
		b := startNode(t, store, "b", &lead{})
		after(interval)
		close(l.leave)
		after(2 * interval)
		if s := a.State(); s.IsLeader || s.Leader != "b" || !b.State().IsLeader {
			t.Errorf("a sees %+v, b sees %+v", s, b.State())
		}
	})
}

func TestNodeWaitsForItsWorkBeforeTheNextTerm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		rows := memory.New(nil)
		g := &gate{Store: rows}
		release := make(chan struct{})
		var mu sync.Mutex
		active, most := 0, 0
		node, err := coordination.New(g, coordination.Options{
			Group: "g", NodeID: "a", HeartbeatInterval: interval, HeartbeatMaxRetry: retries,
			Logger: slog.New(slog.DiscardHandler),
			OnLead: func(ctx context.Context, _ coordination.Epoch) error {
				mu.Lock()
				active++
				most = max(most, active)
				mu.Unlock()
				<-ctx.Done()
				<-release // it does not return in time
				mu.Lock()
				active--
				mu.Unlock()
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- node.Run(ctx) }()
		after(interval)
		g.set(errors.New("gone"), false)
		after(2 * expiry)
		g.set(nil, false)
		after(2 * expiry)
		if s := node.State(); s.IsLeader {
			t.Errorf("it leads again while its former work runs: %+v", s)
		}
		close(release)
		after(2 * interval)
		if s := node.State(); !s.IsLeader || s.Epoch != 2 {
			t.Errorf("it does not lead again: %+v", s)
		}
		cancel()
		if err := <-done; err != nil || most != 1 {
			t.Errorf("most at once %d (%v)", most, err)
		}
	})
}

func TestNodeRefusesADuplicate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		startNode(t, store, "same", &lead{})
		after(10 * time.Millisecond)
		b := startNode(t, store, "same", &lead{})
		after(3 * interval)
		if err := b.stop(); !errors.Is(err, coordination.ErrDuplicateNode) {
			t.Errorf("the second process got %v", err)
		}
	})
}

func TestSubscribe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := memory.New(nil)
		a := startNode(t, store, "a", &lead{})
		states, cancel := a.Subscribe()
		after(interval)
		if s := <-states; !s.IsLeader || s.Epoch != 1 {
			t.Errorf("a slow reader gets %+v, want the newest", s)
		}
		after(5 * interval)
		select {
		case s := <-states:
			t.Errorf("nothing has changed, yet there is %+v", s)
		default:
		}
		startNode(t, store, "b", &lead{})
		after(2 * interval)
		if s := <-states; len(s.Members) != 2 {
			t.Errorf("after b joined: %+v", s)
		}
		cancel()
		if err := a.stop(); err != nil {
			t.Fatal(err)
		}
		select {
		case s := <-states:
			t.Errorf("cancelled, yet there is %+v", s)
		default:
		}
	})
}

func TestNewRefuses(t *testing.T) {
	f := func(change func(*coordination.Options), want string) {
		t.Helper()
		o := coordination.Options{Group: "g", NodeID: "a", OnLead: (&lead{}).run}
		change(&o)
		if _, err := coordination.New(memory.New(nil), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	f(func(o *coordination.Options) { o.Group = "" }, "groupId is not set")
	f(func(o *coordination.Options) { o.NodeID = "" }, "node id is not set")
	f(func(o *coordination.Options) { o.NodeID = "a " }, "must not begin or end with a space")
	f(func(o *coordination.Options) { o.Group = strings.Repeat("g", 191) }, "191 characters")
	f(func(o *coordination.Options) { o.HeartbeatInterval = time.Millisecond }, "heartbeatInterval")
	f(func(o *coordination.Options) { o.HeartbeatMaxRetry = -1 }, "heartbeatMaxRetry")
	f(func(o *coordination.Options) { o.OnLead = nil }, "OnLead")
}

func TestRunTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := startNode(t, memory.New(nil), "a", &lead{})
		after(interval)
		if err := a.Run(t.Context()); err == nil {
			t.Error("a second Run did not fail")
		}
	})
}

package manager

import (
	"fmt"
	"testing"
	"time"

	"millrace/internal/api"
	"millrace/pkg/coordination"
	"millrace/pkg/persistence/desired"
)

var (
	testTerms = coordination.Terms{HeartbeatInterval: time.Second, HeartbeatMaxRetry: 3}
	deadAfter = testTerms.Limit() + testTerms.Margin()
	start     = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

func beat(id, incarnation string, port int, state api.WorkerState, apps ...api.AppReport) api.Heartbeat {
	return api.Heartbeat{ID: id, Incarnation: incarnation, Interface: api.Interface{Host: "h", Port: port}, State: state, Apps: apps}
}

func hear(t *testing.T, r *registry, hb api.Heartbeat, after time.Duration, want api.WorkerState, wantChanged bool) {
	t.Helper()
	state, changed := r.heard(hb, start.Add(after))
	if state != want || changed != wantChanged {
		t.Errorf("after %v: %s answers %s, changed %v; want %s, %v", after, hb.ID, state, changed, want, wantChanged)
	}
}

// wantStates compares "id state" of all workers.
func wantStates(t *testing.T, r *registry, after time.Duration, want string) {
	t.Helper()
	got := ""
	now := start.Add(after)
	for _, w := range r.list(now) {
		state := "silent"
		switch {
		case w.dead:
			state = "dead"
		case r.ready(&w, now):
			state = "ready"
		}
		got += fmt.Sprintf("%s %s, ", w.id, state)
	}
	if got != want {
		t.Errorf("after %v the workers are %q, want %q", after, got, want)
	}
}

func TestWorkerJoinsAndDies(t *testing.T) {
	r := newRegistry(testTerms, start, nil, nil)
	hear(t, r, beat("a", "1", 1, api.WorkerNew), 0, api.WorkerNew, true)
	hear(t, r, beat("a", "1", 1, api.WorkerExists), time.Second, api.WorkerExists, false)
	hear(t, r, beat("a", "1", 1, api.WorkerExists, api.AppReport{App: "x", Status: api.AppActive}), 2*time.Second, api.WorkerExists, true)
	wantStates(t, r, 2*time.Second, "a ready, ")
	wantStates(t, r, 2*time.Second+testTerms.Limit(), "a silent, ")
	wantStates(t, r, 2*time.Second+deadAfter, "a dead, ")
	// It comes back, still with what it ran, which may run elsewhere: it is told to drop it.
	back := 3*time.Second + deadAfter
	hear(t, r, beat("a", "1", 1, api.WorkerExists), back, api.WorkerNew, true)
	wantStates(t, r, back, "a ready, ")
}

func TestTwinIsRejectedWhileTheOtherLives(t *testing.T) {
	r := newRegistry(testTerms, start, nil, nil)
	hear(t, r, beat("a", "1", 1, api.WorkerNew), 0, api.WorkerNew, true)
	hear(t, r, beat("a", "2", 2, api.WorkerNew), time.Second, api.WorkerRejected, false)
	wantStates(t, r, deadAfter, "a dead, ") // the twin's heartbeats keep nothing alive
	hear(t, r, beat("a", "2", 2, api.WorkerNew), deadAfter, api.WorkerNew, true)
}

func TestRestartInTimeIsTheSameWorker(t *testing.T) {
	r := newRegistry(testTerms, start, nil, nil)
	hear(t, r, beat("a", "1", 1, api.WorkerNew), 0, api.WorkerNew, true)
	hear(t, r, beat("a", "1", 1, api.WorkerExists, api.AppReport{App: "x"}), time.Second, api.WorkerExists, true)
	hear(t, r, beat("a", "2", 1, api.WorkerNew), 2*time.Second, api.WorkerExists, true)
}

func TestTakeOverGivesTheWorkersTime(t *testing.T) {
	known := []desired.Worker{{ID: "a", Address: "h:1"}}
	placed := []desired.Placement{{PartialApp: "x", Worker: "b"}, {PartialApp: "y"}}
	r := newRegistry(testTerms, start, known, placed)
	wantStates(t, r, deadAfter-time.Millisecond, "a silent, b silent, ")
	hear(t, r, beat("a", "1", 1, api.WorkerExists), deadAfter-time.Millisecond, api.WorkerExists, true)
	wantStates(t, r, deadAfter, "a ready, b dead, ")
}

func TestRowsAreWrittenWhenTheyDiffer(t *testing.T) {
	r := newRegistry(testTerms, start, []desired.Worker{{ID: "a", Address: "h:1"}}, nil)
	unsaved := func(want string) {
		t.Helper()
		c := r.takeUnsaved()
		if got := fmt.Sprint(len(c.PutWorkers), len(c.DeleteWorkers)); got != want {
			t.Errorf("puts and deletes: %s, want %s", got, want)
		}
	}
	hear(t, r, beat("a", "1", 1, api.WorkerExists), 0, api.WorkerExists, true)
	unsaved("0 0")
	hear(t, r, beat("b", "1", 2, api.WorkerNew), 0, api.WorkerNew, true)
	c := r.takeUnsaved()
	if len(c.PutWorkers) != 1 || c.PutWorkers[0].Address != "h:2" {
		t.Errorf("got %+v", c)
	}
	r.putBack(c)
	unsaved("1 0")
	unsaved("0 0")

	wantStates(t, r, deadAfter, "a dead, b dead, ")
	later := start.Add(deadAfter + forgetAfter + time.Second)
	r.forget(later, func(id string) bool { return id == "a" })
	wantStates(t, r, later.Sub(start), "a dead, ")
	unsaved("0 1")
}

package demo

import (
	"testing"
	"time"

	"millrace/internal/api"
	"millrace/internal/managerapi"
)

func placed(name, group, worker, state string) managerapi.PartStatus {
	return managerapi.PartStatus{Name: name, Group: group, Worker: worker, State: state, Report: &api.AppReport{}}
}

func TestVictimHoldsState(t *testing.T) {
	parts := []managerapi.PartStatus{
		placed("A-clean-1", "A-clean", "w1", "active"),
		placed("A-late-1", "A-late", "w2", "active"),
		placed("A-routes-1", "A-routes", "w3", "deploying"),
		placed("A-routes-2", "A-routes", "w4", "active"),
	}
	if got := victim(parts); got != "w4" {
		t.Errorf("victim %q, want w4, which runs routes", got)
	}
	if got := victim(parts[:3]); got != "w2" {
		t.Errorf("victim %q, want w2, which runs late", got)
	}
	if got := victim(parts[:1]); got != "" {
		t.Errorf("victim %q, want none", got)
	}
}

func TestKillingFollowsTheParts(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	k := newKilling("w1", []managerapi.PartStatus{
		placed("A-a-1", "A-a", "w1", "active"), placed("A-b-1", "A-b", "w2", "active"), placed("A-c-1", "A-c", "w1", "active"),
	}, 50, at)
	steps := []struct {
		a, c  managerapi.PartStatus
		moved int
		back  time.Duration
	}{
		{placed("A-a-1", "A-a", "w1", "active"), placed("A-c-1", "A-c", "w1", "active"), 0, 0}, // nobody has noticed yet
		{placed("A-a-1", "A-a", "w2", "deploying"), placed("A-c-1", "A-c", "", "waiting"), 0, 0},
		{placed("A-a-1", "A-a", "w2", "active"), placed("A-c-1", "A-c", "w3", "deploying"), 1, 0},
		{placed("A-a-1", "A-a", "w2", "active"), placed("A-c-1", "A-c", "w3", "active"), 2, 4 * time.Second},
		{placed("A-a-1", "A-a", "w2", "active"), placed("A-c-1", "A-c", "w3", "deploying"), 2, 4 * time.Second}, // over is over
	}
	for i, s := range steps {
		k.follow([]managerapi.PartStatus{s.a, placed("A-b-1", "A-b", "w2", "active"), s.c}, at.Add(time.Duration(i+1)*time.Second))
		if len(k.Moved) != s.moved || k.Back != s.back {
			t.Errorf("step %d: %d moved, back after %v; want %d, %v", i, len(k.Moved), k.Back, s.moved, s.back)
		}
	}
}

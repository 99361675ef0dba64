package storetest

import (
	"errors"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/pkg/persistence"
	"millrace/pkg/persistence/desired"
)

// RunDesired runs the suite for the desired state. open returns the stores of
// group over one place; calls of one test use the same place.
func RunDesired(t *testing.T, open func(t *testing.T) func(group string) desired.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, func(string) desired.Store)
	}{
		{"changes", testChanges},
		{"fence", testFence},
		{"all or nothing", testAtomic},
		{"groups", testDesiredGroups},
		{"one fence for many", testFenceRace},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func apply(t *testing.T, s desired.Store, epoch persistence.Epoch, c desired.Changes) {
	t.Helper()
	if err := s.Apply(t.Context(), epoch, c); err != nil {
		t.Fatal(err)
	}
}

// load returns the state without its times, which it checks.
func load(t *testing.T, s desired.Store) desired.State {
	t.Helper()
	st, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	check := func(what string, first, last time.Time) {
		t.Helper()
		if first.IsZero() || last.Before(first) {
			t.Errorf("%s was made at %v and changed at %v", what, first, last)
		}
	}
	for i := range st.Apps {
		a := &st.Apps[i]
		check("app "+a.Name, a.CreatedAt, a.UpdatedAt)
		a.CreatedAt, a.UpdatedAt = time.Time{}, time.Time{}
	}
	for i := range st.Workers {
		w := &st.Workers[i]
		check("worker "+w.ID, w.RegisteredAt, w.UpdatedAt)
		w.RegisteredAt, w.UpdatedAt = time.Time{}, time.Time{}
	}
	for i := range st.Placements {
		p := &st.Placements[i]
		check("placement "+p.PartialApp, p.UpdatedAt, p.UpdatedAt)
		p.UpdatedAt = time.Time{}
	}
	return st
}

func want(t *testing.T, s desired.Store, w desired.State) {
	t.Helper()
	got := load(t, s)
	// nil and empty are the same here.
	if len(got.Apps)+len(w.Apps) == 0 {
		got.Apps = w.Apps
	}
	if len(got.Workers)+len(w.Workers) == 0 {
		got.Workers = w.Workers
	}
	if len(got.Placements)+len(w.Placements) == 0 {
		got.Placements = w.Placements
	}
	if !reflect.DeepEqual(got, w) {
		t.Errorf("desired state is\n%+v\nwant\n%+v", got, w)
	}
}

func testChanges(t *testing.T, group func(string) desired.Store) {
	s := group("g")
	want(t, s, desired.State{})
	text := "@app:name('A')\ndefine stream S (ü string); -- 'quoted' \\\n" + strings.Repeat("-", 70_000)
	a := desired.App{Name: "A", Text: text, Generation: 1, State: "Deploying"}
	b := desired.App{Name: "b", Text: "x", Generation: 4, State: "Failed", Reason: "no worker"}
	w1 := desired.Worker{ID: "w1", Address: "https://10.0.0.7:9443"}
	w2 := desired.Worker{ID: "w2", Address: "https://10.0.0.8:9443", Receiver: true}
	p := desired.Placement{PartialApp: "A-default-1", App: "A", Worker: "w1", Generation: 1, State: "Placed"}
	apply(t, s, 1, desired.Changes{PutApps: []desired.App{b, a}, PutWorkers: []desired.Worker{w2, w1}, PutPlacements: []desired.Placement{p}})
	p.Epoch = 1
	want(t, group("g"), desired.State{
		Fence: 1, Apps: []desired.App{a, b}, Workers: []desired.Worker{w1, w2}, Placements: []desired.Placement{p},
	})
	created, found, err := s.App(t.Context(), "A")
	if err != nil || !found || created.Text != text {
		t.Errorf("app A: found %v, %v", found, err)
	}
	if _, found, err := s.App(t.Context(), "a"); err != nil || found {
		t.Errorf("app a, which is not A: found %v, %v", found, err)
	}

	a.Generation, a.State = 2, "Running"
	p.Worker, p.Generation = "", 2
	apply(t, s, 3, desired.Changes{
		DeleteApps: []string{"b", "never"}, DeleteWorkers: []string{"w2"},
		PutApps: []desired.App{a}, PutPlacements: []desired.Placement{p},
	})
	p.Epoch = 3
	want(t, s, desired.State{Fence: 3, Apps: []desired.App{a}, Workers: []desired.Worker{w1}, Placements: []desired.Placement{p}})
	if again, _, err := s.App(t.Context(), "A"); err != nil || !again.CreatedAt.Equal(created.CreatedAt) {
		t.Errorf("created at %v, and after a change at %v (%v)", created.CreatedAt, again.CreatedAt, err)
	}
	// Replace under the same key in one go: deletes come first.
	apply(t, s, 3, desired.Changes{DeletePlacements: []string{p.PartialApp}, PutPlacements: []desired.Placement{p}})
	apply(t, s, 3, desired.Changes{DeleteApps: []string{"A"}, DeleteWorkers: []string{"w1"}})
	want(t, s, desired.State{Fence: 3, Placements: []desired.Placement{p}})
}

func testFence(t *testing.T, group func(string) desired.Store) {
	old, leader := group("g"), group("g")
	apply(t, old, 5, desired.Changes{PutWorkers: []desired.Worker{{ID: "w"}}})
	apply(t, leader, 6, desired.Changes{}) // what a new leader does first
	err := old.Apply(t.Context(), 5, desired.Changes{DeleteWorkers: []string{"w"}})
	var stale *desired.StaleEpochError
	if !errors.Is(err, desired.ErrStaleEpoch) || !errors.As(err, &stale) || stale.Epoch != 5 || stale.Fence != 6 {
		t.Errorf("the former leader wrote: %v", err)
	}
	want(t, leader, desired.State{Fence: 6, Workers: []desired.Worker{{ID: "w"}}})
}

func testAtomic(t *testing.T, group func(string) desired.Store) {
	s := group("g")
	apply(t, s, 1, desired.Changes{PutWorkers: []desired.Worker{{ID: "w"}}})
	for _, bad := range []desired.Changes{
		{PutApps: []desired.App{{Name: ""}}},
		{PutWorkers: []desired.Worker{{ID: strings.Repeat("w", 501)}}},
		{PutPlacements: []desired.Placement{{PartialApp: "p", App: " a"}}},
	} {
		bad.DeleteWorkers = []string{"w"}
		if err := s.Apply(t.Context(), 2, bad); err == nil {
			t.Errorf("it took %+v", bad)
		}
	}
	want(t, s, desired.State{Fence: 1, Workers: []desired.Worker{{ID: "w"}}})
}

func testDesiredGroups(t *testing.T, group func(string) desired.Store) {
	apply(t, group("g1"), 9, desired.Changes{PutApps: []desired.App{{Name: "A", Text: "1"}}})
	apply(t, group("g2"), 1, desired.Changes{PutApps: []desired.App{{Name: "A", Text: "2"}}})
	apply(t, group("g2"), 1, desired.Changes{DeleteApps: []string{"A"}})
	want(t, group("g1"), desired.State{Fence: 9, Apps: []desired.App{{Name: "A", Text: "1"}}})
	want(t, group("g2"), desired.State{Fence: 1})
}

// testFenceRace lets several leaders write at once: what is left is of the last one.
func testFenceRace(t *testing.T, group func(string) desired.Store) {
	const leaders = 6
	var wg sync.WaitGroup
	for epoch := persistence.Epoch(1); epoch <= leaders; epoch++ {
		s := group("g")
		wg.Go(func() {
			err := s.Apply(t.Context(), epoch, desired.Changes{PutPlacements: []desired.Placement{{PartialApp: "p", App: "A"}}})
			if err != nil && (epoch == leaders || !errors.Is(err, desired.ErrStaleEpoch)) {
				t.Errorf("epoch %d: %v", epoch, err)
			}
		})
	}
	wg.Wait()
	want(t, group("g"), desired.State{Fence: leaders, Placements: []desired.Placement{{PartialApp: "p", App: "A", Epoch: leaders}}})
}

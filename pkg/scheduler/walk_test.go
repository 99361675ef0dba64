package scheduler

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRandomWalk does anything that can happen to a cluster, in any order, and
// looks after each step that no part runs twice and no generation is given
// twice. Then the faults end, and soon everything wanted must run, and nothing else.
func TestRandomWalk(t *testing.T) {
	walks := 150
	if testing.Short() {
		walks = 30
	}
	for seed := range walks {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			walk(t, rand.New(rand.NewPCG(uint64(seed), 17)))
		})
	}
}

func walk(t *testing.T, r *rand.Rand) {
	w := newWorld()
	for i := range 2 + r.IntN(3) {
		w.addWorker(fmt.Sprintf("w%d", i+1))
	}
	w.timeout = func() bool { return r.IntN(6) == 0 }
	given := map[Generation]string{}
	var log []string
	for range 150 {
		log = append(log, disturb(w, r))
		actions := pass(w, r)
		for _, a := range actions {
			log = append(log, "  "+a.Key())
			d, ok := a.(*Deploy)
			if !ok {
				continue
			}
			to := d.Partial.Name + " on " + string(d.Worker)
			if before, again := given[d.Generation]; again && before != to {
				t.Fatalf("generation %s was given to %s and to %s\n%s", d.Generation, before, to, strings.Join(log, "\n"))
			}
			given[d.Generation] = to
		}
		if twice := runsTwice(w); twice != "" {
			t.Fatalf("%s\n%s", twice, strings.Join(log, "\n"))
		}
	}
	heal(w)
	for range 120 {
		pass(w, nil)
		if twice := runsTwice(w); twice != "" {
			t.Fatalf("after the faults: %s\n%s", twice, strings.Join(log, "\n"))
		}
	}
	if wrong := unlikeWanted(w); wrong != "" {
		t.Fatalf("at rest: %s\n%s\n%s", wrong, strings.Join(describe(w), "\n"), strings.Join(log, "\n"))
	}
	if actions := pass(w, nil); len(actions) != 0 {
		t.Fatalf("at rest there is still something to do: %v", actions[0].Key())
	}
}

// pass lets half a second go by. Orders that were given up may arrive, in any order.
func pass(w *world, r *rand.Rand) []Action {
	w.now = w.now.Add(500 * time.Millisecond)
	if r != nil {
		r.Shuffle(len(w.late), func(i, j int) { w.late[i], w.late[j] = w.late[j], w.late[i] })
		for len(w.late) > 0 && r.IntN(3) == 0 {
			l := w.late[0]
			w.late = w.late[1:]
			_ = l.worker.obey(l.action) // nobody waits for the answer
		}
	}
	w.heartbeats()
	return w.step()
}

// disturb makes something happen and says what.
func disturb(w *world, r *rand.Rand) string {
	s := w.workers[r.IntN(len(w.workers))]
	name := []string{"A", "B", "A-in"}[r.IntN(3)]
	switch r.IntN(14) {
	case 0, 1:
		groups := []string{"in", "sum*2", "out*3", "passthrough-S*2", "in-1"}
		r.Shuffle(len(groups), func(i, j int) { groups[i], groups[j] = groups[j], groups[i] })
		version := fmt.Sprint("v=", r.IntN(3))
		w.deploy(app(name, version, groups[:1+r.IntN(4)]))
		return fmt.Sprint("deploy ", name, " ", version)
	case 2:
		w.undeploy(name)
		return "undeploy " + name
	case 3:
		s.connected = false
		return "cut " + string(s.ID)
	case 4, 5:
		s.connected = true
		return "join " + string(s.ID)
	case 6:
		s.up = false
		w.forgetLate(s)
		return "kill " + string(s.ID)
	case 7, 8:
		if !s.up {
			s.start(w.now)
			return "start " + string(s.ID)
		}
	case 9:
		for _, part := range slices.Sorted(maps.Keys(s.parts)) {
			s.parts[part].Status, s.parts[part].Error = Broken, "it broke"
			return "break " + part + " on " + string(s.ID)
		}
	case 10:
		w.newLeader()
		return "new leader"
	case 11:
		s.refuses["A-in-1"] = !s.refuses["A-in-1"]
		return "refuse or accept A-in-1 on " + string(s.ID)
	case 12:
		if w.topics == nil {
			w.topics = errTimeout
		} else {
			w.topics = nil
		}
		return "topics fail or work again"
	}
	return "-"
}

// runsTwice names a part that two live workers run, if there is one.
func runsTwice(w *world) string {
	on := map[string]WorkerID{}
	for _, s := range w.workers {
		for _, name := range slices.Sorted(maps.Keys(s.parts)) {
			if !s.up || s.parts[name].Status == Broken {
				continue
			}
			if other, twice := on[name]; twice {
				return fmt.Sprintf("%s runs on %s and on %s", name, other, s.ID)
			}
			on[name] = s.ID
		}
	}
	return ""
}

func heal(w *world) {
	w.topics, w.timeout = nil, nil
	for _, s := range w.workers {
		s.connected, s.refuses = true, map[string]bool{}
		if !s.up {
			s.start(w.now)
		}
	}
	// What is still on its way arrives now.
	for _, l := range w.late {
		_ = l.worker.obey(l.action)
	}
	w.late = nil
}

// unlikeWanted says how what runs differs from what should.
func unlikeWanted(w *world) string {
	want := map[string]string{}
	for i, a := range w.apps {
		s := &step{State: Restore(nil), facts: Facts{Apps: w.apps[:i+1]}, wanted: map[string]wanted{}, refused: map[string]string{}, held: map[string]bool{}}
		s.collectWanted()
		for name, v := range s.wanted {
			if v.app.Name == a.Name {
				want[name] = v.partial.Hash
			}
		}
	}
	got := map[string]string{}
	for _, s := range w.workers {
		for name, e := range s.parts {
			if e.Status == Running {
				got[name] = e.Hash
			}
		}
	}
	if !maps.Equal(got, want) {
		return fmt.Sprintf("running: %v, wanted: %v", got, want)
	}
	if len(w.removed) > 0 {
		return fmt.Sprintf("app %s is not gone", w.removed[0].Name)
	}
	if kept := slices.Sorted(maps.Keys(w.states)); !slices.Equal(kept, slices.Sorted(maps.Keys(want))) {
		return fmt.Sprintf("there is a state of %v, wanted: %v", kept, want)
	}
	for _, p := range w.leader.Parts() {
		if p.Phase != Active {
			return fmt.Sprintf("%s is %s", p.Name, p.Phase)
		}
	}
	return ""
}

// TestStepIsPure: the state and the facts given to Step are not changed by it,
// so a caller may forget what it returned.
func TestStepIsPure(t *testing.T) {
	w := newWorld()
	w.addWorker("w1")
	w.deploy(app("A", "", []string{"in", "sum*2"}))
	for range 4 {
		w.now = w.now.Add(time.Second)
		w.heartbeats()
		before := describe(w)
		facts := w.facts()
		_, first := Step(w.leader, facts, w.now, w.opts)
		_, second := Step(w.leader, facts, w.now, w.opts)
		if a, b := keys(first), keys(second); !slices.Equal(a, b) {
			t.Errorf("the same step gave %v, then %v", a, b)
		}
		if after := describe(w); !slices.Equal(before, after) {
			t.Errorf("the state was %v and became %v", before, after)
		}
		w.step()
	}
}

func keys(actions []Action) []string {
	var all []string
	for _, a := range actions {
		all = append(all, a.Key())
	}
	return all
}

package scheduler

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"millrace/pkg/scheduler/topology"
)

// What the managers and workers of a world have agreed on.
const (
	limit  = 4 * time.Second // a worker stops its parts when it was not acknowledged for so long
	margin = time.Second     // managers wait that much longer
	fresh  = 2 * time.Second // a worker that was heard from within it is ready
)

// world is a cluster without a network: simulated workers, a store, a clock.
type world struct {
	now        time.Time
	leader     *State
	opts       Options
	apps       []App
	removed    []App                 // by users, and not yet gone
	states     map[string]Generation // of parts: who has saved them last
	topicsMade map[string]bool
	stored     map[string]Part
	status     map[string]AppStatus
	workers    []*simWorker
	results    []Outcome
	topics     error // what Ensure says
	late       []lateOrder
	timeout    func() bool // whether an order is carried out late, if at all; nil: never
}

// lateOrder is one whose sender has given it up, and which arrives nevertheless.
type lateOrder struct {
	worker *simWorker
	action Action
}

type simWorker struct {
	Worker
	connected bool
	up        bool
	seen      time.Time // by the leader
	acked     time.Time // by the worker
	epoch     Epoch
	parts     map[string]*Entry
	fences    map[string]Generation
	refuses   map[string]bool
	states    map[string]Generation // the world's
	forgetErr error                 // what it says to orders to forget
}

func newWorld() *world {
	w := &world{
		now: time.Unix(1000, 0), opts: Options{Epoch: 1}, leader: Restore(nil),
		stored: map[string]Part{}, status: map[string]AppStatus{}, states: map[string]Generation{}, topicsMade: map[string]bool{},
	}
	w.opts.complete()
	return w
}

func (w *world) worker(id string) *simWorker {
	i := slices.IndexFunc(w.workers, func(s *simWorker) bool { return s.ID == WorkerID(id) })
	if i < 0 {
		return nil
	}
	return w.workers[i]
}

func (w *world) addWorker(id string) *simWorker {
	s := &simWorker{Worker: Worker{ID: WorkerID(id), Address: id + ":1"}, connected: true, states: w.states}
	s.start(w.now)
	w.workers = append(w.workers, s)
	return s
}

// start makes the process of a worker that remembers nothing.
func (s *simWorker) start(now time.Time) {
	s.up, s.acked, s.epoch = true, now, 0
	s.parts, s.fences = map[string]*Entry{}, map[string]Generation{}
	if s.refuses == nil {
		s.refuses = map[string]bool{}
	}
}

// app makes an app of groups such as "sum*2"; version becomes part of every text.
func app(name, version string, groups []string) App {
	t := &topology.Topology{App: name, Transport: topology.NATS, CreateTopics: true}
	for _, g := range groups {
		label, count, _ := strings.Cut(g, "*")
		parallel := 1
		if count != "" {
			fmt.Sscan(count, &parallel)
		}
		group := name + "-" + label
		for i := 1; i <= parallel; i++ {
			t.PartialApps = append(t.PartialApps, topology.PartialApp{
				Name: fmt.Sprintf("%s-%d", group, i), Group: group, Index: i,
				Passthrough: strings.HasPrefix(label, "passthrough"), Hash: label + " " + version,
			})
		}
		t.Topics = append(t.Topics, topology.Topic{Name: name + "_" + label, Partitions: 1})
	}
	return App{Name: name, Topology: t}
}

// deploy is refused, as managers do, until an app of that name is gone.
func (w *world) deploy(a App) {
	if slices.ContainsFunc(w.removed, func(r App) bool { return r.Name == a.Name }) {
		return
	}
	i := slices.IndexFunc(w.apps, func(b App) bool { return b.Name == a.Name })
	if i < 0 {
		w.apps = append(w.apps, a)
		return
	}
	w.apps[i] = a
}

func (w *world) undeploy(name string) {
	i := slices.IndexFunc(w.apps, func(a App) bool { return a.Name == name })
	if i < 0 {
		return
	}
	w.removed = append(w.removed, w.apps[i])
	w.apps = slices.DeleteFunc(w.apps, func(a App) bool { return a.Name == name })
}

// heartbeats lets the workers report, and stop by themselves when their time is up.
func (w *world) heartbeats() {
	for _, s := range w.workers {
		if s.up && w.now.Sub(s.acked) >= limit && len(s.parts) > 0 {
			s.dropAll()
			w.forgetLate(s)
		}
		if !s.up || !s.connected {
			continue
		}
		s.acked, s.seen, s.Reported = w.now, w.now, true
		s.epoch = max(s.epoch, w.opts.Epoch)
		s.Inventory = nil
		for _, name := range slices.Sorted(maps.Keys(s.parts)) {
			s.Inventory = append(s.Inventory, *s.parts[name])
		}
	}
}

func (s *simWorker) dropAll() { s.parts = map[string]*Entry{} }

// forgetLate drops what is on its way to a process that is no more, or has lost its lease.
func (w *world) forgetLate(s *simWorker) {
	w.late = slices.DeleteFunc(w.late, func(l lateOrder) bool { return l.worker == s })
}

func (w *world) facts() Facts {
	f := Facts{Apps: slices.Clone(w.apps), Removed: slices.Clone(w.removed), Outcomes: w.results}
	for _, s := range w.workers {
		if s.seen.IsZero() {
			continue
		}
		known := s.Worker
		known.Alive = w.now.Sub(s.seen) < limit+margin
		known.Ready = s.Reported && w.now.Sub(s.seen) < fresh
		f.Workers = append(f.Workers, known)
	}
	return f
}

// step lets the leader decide and carries out what it orders; it returns the actions.
func (w *world) step() []Action {
	next, actions := Step(w.leader, w.facts(), w.now, w.opts)
	w.leader, w.results = next, nil
	for _, a := range actions {
		if save, ok := a.(*Save); ok {
			w.save(save)
			continue
		}
		w.results = append(w.results, Outcome{a, w.carryOut(a)})
	}
	return actions
}

func (w *world) save(s *Save) {
	for _, name := range s.Removed {
		delete(w.stored, name)
	}
	for _, p := range s.Parts {
		w.stored[p.Name] = p
	}
	for _, a := range s.Apps {
		w.status[a.Name] = a
		if a.Phase == AppGone {
			w.removed = slices.DeleteFunc(w.removed, func(r App) bool { return r.Name == a.Name })
		}
	}
}

var errTimeout = errors.New("no answer")

func (w *world) carryOut(a Action) error {
	switch a := a.(type) {
	case *EnsureTopics:
		return w.changeTopics(a.Topics, true)
	case *DeleteTopics:
		return w.changeTopics(a.Topics, false)
	}
	s := w.addressee(a)
	if !s.up || !s.connected {
		return errTimeout
	}
	if w.timeout != nil && w.timeout() {
		w.late = append(w.late, lateOrder{s, a})
		return errTimeout
	}
	return s.obey(a)
}

func (w *world) changeTopics(topics []topology.Topic, there bool) error {
	if w.topics != nil {
		return w.topics
	}
	for _, t := range topics {
		if w.topicsMade[t.Name] = there; !there {
			delete(w.topicsMade, t.Name)
		}
	}
	return nil
}

func (w *world) addressee(a Action) *simWorker {
	switch a := a.(type) {
	case *Deploy:
		return w.worker(string(a.Worker))
	case *Undeploy:
		return w.worker(string(a.Worker))
	case *Forget:
		return w.worker(string(a.Worker))
	}
	return nil
}

// obey is what the contract of Deploy and Undeploy asks of a worker.
func (s *simWorker) obey(a Action) error {
	switch a := a.(type) {
	case *Deploy:
		if a.Epoch < s.epoch {
			return ErrFenced
		}
		s.epoch = a.Epoch
		name := a.Partial.Name
		running := s.parts[name]
		switch {
		case s.refuses[name]:
			return fmt.Errorf("%w: no function foo", ErrRefused)
		case a.Generation <= s.fences[name], running != nil && running.Generation > a.Generation:
			return fmt.Errorf("%w: generation %s is over", ErrRefused, a.Generation)
		case running != nil && running.Generation == a.Generation:
			return nil
		}
		s.states[name] = a.Generation
		s.parts[name] = &Entry{Partial: name, Generation: a.Generation, Hash: a.Partial.Hash, Status: Running}
	case *Undeploy:
		if a.Epoch < s.epoch {
			return ErrFenced
		}
		s.epoch = a.Epoch
		s.fences[a.Partial] = max(s.fences[a.Partial], a.Generation)
		if running := s.parts[a.Partial]; running != nil && running.Generation <= a.Generation {
			delete(s.parts, a.Partial)
		}
	case *Forget:
		switch {
		case a.Epoch < s.epoch:
			return ErrFenced
		case s.parts[a.Partial] != nil:
			return fmt.Errorf("%w: it runs here", ErrRefused)
		case s.forgetErr != nil:
			return s.forgetErr
		}
		s.epoch = a.Epoch
		if s.states[a.Partial] <= a.Generation {
			delete(s.states, a.Partial)
		}
	}
	return nil
}

// newLeader starts a leader with what the one before has saved.
func (w *world) newLeader() {
	w.opts.Epoch++
	var parts []Part
	for _, name := range slices.Sorted(maps.Keys(w.stored)) {
		p := w.stored[name]
		parts = append(parts, Part{Name: p.Name, App: p.App, Worker: p.Worker, Generation: p.Generation, Phase: p.Phase, Reason: p.Reason})
	}
	w.leader, w.results = Restore(parts), nil
	for _, s := range w.workers {
		if !s.seen.IsZero() {
			s.seen = w.now // every worker it finds in the records gets the full time
		}
		s.Reported, s.Inventory = false, nil
	}
}

// running returns what workers really run: "A-in-1 on w1" and so on.
func (w *world) running() []string {
	var all []string
	for _, s := range w.workers {
		for name, e := range s.parts {
			if s.up {
				all = append(all, fmt.Sprintf("%s on %s, %s, %s", name, s.ID, e.Generation, e.Status))
			}
		}
	}
	slices.Sort(all)
	return all
}

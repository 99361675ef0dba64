package scheduler

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"time"

	"millrace/pkg/scheduler/topology"
)

// Step decides what to do next. It changes neither state nor facts: if the
// Save among the actions cannot be written, the caller forgets the result and
// asks again later, with the same outcomes.
func Step(state *State, facts Facts, now time.Time, opts Options) (*State, []Action) {
	opts.complete()
	s := &step{
		State: state.clone(), facts: facts, now: now, opts: opts,
		workers: map[WorkerID]*Worker{}, wanted: map[string]wanted{}, refused: map[string]string{}, held: map[string]bool{},
	}
	for i := range facts.Workers {
		s.workers[facts.Workers[i].ID] = &facts.Workers[i]
	}
	s.collectWanted()
	s.hearOutcomes()
	s.observe()
	s.ensureTopics()
	s.dropUnwanted()
	s.placeWaiting()
	s.orderParts()
	s.stopOrphans()
	s.removeApps()
	s.summarize()
	if save := s.changes(state); save != nil {
		s.actions = slices.Insert(s.actions, 0, Action(save))
	}
	return s.State, s.actions
}

// step is one Step in progress.
type step struct {
	*State
	facts   Facts
	now     time.Time
	opts    Options
	workers map[WorkerID]*Worker
	wanted  map[string]wanted // by partial app
	refused map[string]string // apps that cannot run, with the reason
	held    map[string]bool   // those of them whose parts keep their state
	actions []Action
}

// wanted is a partial app that should run.
type wanted struct {
	app     *App
	partial topology.PartialApp
}

// collectWanted finds what should run, and makes the parts that are new.
func (s *step) collectWanted() {
	for i := range s.facts.Apps {
		app := &s.facts.Apps[i]
		if app.Topology == nil {
			s.refused[app.Name], s.held[app.Name] = "it cannot be split any more", true
			continue
		}
		if reason := s.conflict(app, s.facts.Apps[:i]); reason != "" {
			s.refused[app.Name] = reason
			continue
		}
		for _, partial := range app.Topology.PartialApps {
			s.wanted[partial.Name] = wanted{app, partial}
			p := s.parts[partial.Name]
			if p == nil {
				p = &Part{Name: partial.Name, Phase: Waiting, Since: s.now}
				s.parts[partial.Name] = p
			}
			p.App, p.Group = app.Name, partial.Group
		}
	}
}

// conflict says why an app cannot run beside those before it, or "".
func (s *step) conflict(app *App, before []App) string {
	for _, other := range before {
		if s.refused[other.Name] != "" {
			continue
		}
		if err := topology.Conflict(other.Topology, app.Topology); err != nil {
			return err.Error()
		}
	}
	return ""
}

// hearOutcomes notes how orders have ended. Those about an earlier placement are no news.
func (s *step) hearOutcomes() {
	for _, o := range s.facts.Outcomes {
		switch a := o.Action.(type) {
		case *Deploy:
			if p := s.parts[a.Partial.Name]; p != nil && p.Phase == Deploying && p.Worker == a.Worker && p.Generation == a.Generation {
				s.heardDeploy(p, o.Err)
			}
		case *Undeploy:
			if p := s.parts[a.Partial]; p != nil && p.Phase == Undeploying && p.Worker == a.Worker && p.Generation == a.Generation {
				s.heardUndeploy(p, o.Err)
			}
			if o.Err == nil {
				// The inventory may lag behind by a heartbeat.
				s.orphans[a.Key()] = s.now.Add(s.opts.Resend)
			}
		case *EnsureTopics:
			s.heardTopics(a, o.Err)
		case *DeleteTopics:
			s.heardDelete(a, o.Err)
		case *Forget:
			if p := s.parts[a.Partial]; p != nil && p.Phase == Forgetting && p.Generation == a.Generation {
				s.heardForget(p, o.Err)
			}
		}
	}
}

func (s *step) heardDeploy(p *Part, err error) {
	switch {
	case err == nil:
		p.Reason = "" // now it is for the worker's inventory to say that it runs
	case errors.Is(err, ErrRefused):
		s.fail(p, err.Error())
	default:
		p.Failures++
		p.Reason = err.Error()
		p.SendAt = s.now.Add(s.pause(p.Name, p.Failures))
	}
}

func (s *step) heardUndeploy(p *Part, err error) {
	if err == nil {
		p.on(stopped, s.now, p.Reason)
		return
	}
	p.Reason = err.Error()
	p.SendAt = s.now.Add(s.opts.Resend)
}

func (s *step) heardTopics(a *EnsureTopics, err error) {
	key := topicsKey(a.App, a.Topics)
	t, known := s.topics[key]
	switch {
	case !known:
	case err == nil:
		s.topics[key] = topicState{ready: true}
	default:
		t.failures++
		t.reason = err.Error()
		t.dueAt = s.now.Add(s.pause(a.App, t.failures))
		s.topics[key] = t
	}
}

// fail notes that a part does not run although it was ordered to, and when to try again.
func (s *step) fail(p *Part, reason string) {
	p.on(broke, s.now, reason)
	p.Failures++
	p.Avoid = p.Worker
	p.RetryAt = s.now.Add(s.pause(p.Name, p.Failures))
}

// pause returns how long to wait after so many failures in a row. Names spread
// the pauses over half of their length, so that what failed together is not
// tried together again.
func (s *step) pause(name string, failures int) time.Duration {
	d := s.opts.Backoff
	for range failures - 1 {
		if d *= 2; d >= s.opts.MaxBackoff {
			d = s.opts.MaxBackoff
			break
		}
	}
	h := fnv.New32a()
	fmt.Fprint(h, name, failures)
	return d - d/2*time.Duration(h.Sum32()%1000)/1000
}

// observe compares each part with what its worker reports.
func (s *step) observe() {
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		if p := s.parts[name]; p.Phase != Waiting && p.Phase != Forgetting {
			s.observePart(p)
		}
	}
}

func (s *step) observePart(p *Part) {
	w := s.workers[p.Worker]
	if w == nil || !w.Alive {
		p.on(lost, s.now, fmt.Sprintf("worker %s is gone", p.Worker))
		return
	}
	if p.Phase == Undeploying {
		return // only the acknowledgement of the order counts
	}
	if w.Reported {
		s.observeEntry(p, w)
	}
	if p.Phase == Undeploying {
		return
	}
	want, ok := s.wanted[p.Name]
	switch {
	case !ok:
		p.on(stop, s.now, "")
	case p.Hash != "" && p.Hash != want.partial.Hash:
		p.Failures, p.Avoid = 0, ""
		p.on(stop, s.now, "the app has changed")
	case p.Phase == Failed && !s.now.Before(p.RetryAt):
		p.on(stop, s.now, p.Reason)
	case p.Phase == Active && p.Failures > 0 && s.now.Sub(p.Since) > s.opts.MaxBackoff:
		p.Failures, p.Avoid = 0, ""
	}
}

// observeEntry takes in what a worker's inventory says about one of its parts.
func (s *step) observeEntry(p *Part, w *Worker) {
	e, found := w.entry(p.Name)
	switch {
	case !found || e.Generation < p.Generation:
		// A part that was seen running, or that a former leader ordered, should be
		// there; one that is being ordered may not be there yet.
		if p.Phase == Active || p.Phase == Deploying && p.Hash == "" {
			p.on(stop, s.now, fmt.Sprintf("worker %s has lost it", w.ID))
		}
		return
	case e.Generation > p.Generation:
		p.Generation = e.Generation // saved by nobody; stop it under its own number
		p.on(stop, s.now, fmt.Sprintf("worker %s has a generation that nobody knows of", w.ID))
		return
	}
	p.Hash = e.Hash
	switch {
	case e.Status == Broken && p.Phase != Failed:
		s.fail(p, e.Error)
	case e.Status == Broken:
		p.Reason = e.Error
	case e.Status == Running && p.Phase != Active:
		p.on(started, s.now, "")
	}
}

func (w *Worker) entry(partial string) (Entry, bool) {
	i := slices.IndexFunc(w.Inventory, func(e Entry) bool { return e.Partial == partial })
	if i < 0 {
		return Entry{}, false
	}
	return w.Inventory[i], true
}

// ensureTopics orders the topics that are not there yet, and forgets those of apps that are no more.
func (s *step) ensureTopics() {
	current := map[string]bool{}
	for _, app := range s.facts.Apps {
		t := app.Topology
		if s.refused[app.Name] != "" || len(t.Topics) == 0 {
			continue
		}
		key := topicsKey(app.Name, t.Topics)
		current[key] = true
		if now := s.topics[key]; !now.ready && !s.now.Before(now.dueAt) {
			now.dueAt = s.now.Add(s.opts.Resend)
			s.topics[key] = now
			s.actions = append(s.actions, &EnsureTopics{App: app.Name, Transport: t.Transport, Topics: t.Topics, Create: t.CreateTopics})
		}
	}
	maps.DeleteFunc(s.topics, func(key string, _ topicState) bool { return !current[key] })
}

// placeWaiting gives workers to the parts that have none, in the order of the topologies.
func (s *step) placeWaiting() {
	var load *load
	for i := range s.facts.Apps {
		app := &s.facts.Apps[i]
		if s.refused[app.Name] != "" {
			continue
		}
		blocked := ""
		if t := s.topics[topicsKey(app.Name, app.Topology.Topics)]; len(app.Topology.Topics) > 0 && !t.ready {
			if blocked = "its topics are not there yet"; t.reason != "" {
				blocked += ": " + t.reason
			}
		}
		for _, partial := range app.Topology.PartialApps {
			p := s.parts[partial.Name]
			if p.Phase != Waiting {
				continue
			}
			if load == nil {
				load = loadOf(s.parts)
			}
			if blocked != "" {
				p.Reason = blocked
				continue
			}
			s.place(p, partial, load)
		}
	}
}

func (s *step) place(p *Part, partial topology.PartialApp, load *load) {
	for _, w := range s.facts.Workers {
		if _, found := w.entry(p.Name); found && w.Alive {
			p.Reason = fmt.Sprintf("worker %s still has it", w.ID)
			return
		}
	}
	w, err := load.place(p, partial.Passthrough, s.facts.Workers, s.opts.MinWorkers)
	if err != nil {
		p.Reason = err.Error()
		return
	}
	p.on(placed, s.now, "")
	s.placements++
	p.Worker, p.Generation, p.Hash = w.ID, newGeneration(s.opts.Epoch, s.placements), partial.Hash
	load.add(w.ID, p.Group)
}

// orderParts sends the orders that are due.
func (s *step) orderParts() {
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		p := s.parts[name]
		if s.now.Before(p.SendAt) {
			continue
		}
		w := s.workers[p.Worker]
		switch p.Phase {
		case Deploying:
			want, ok := s.wanted[name]
			if !ok || p.Hash == "" || s.starting(p, w) {
				continue // ordered by a former leader: the inventory will tell
			}
			s.actions = append(s.actions, &Deploy{
				Worker: w.ID, Address: w.Address, Partial: want.partial, App: p.App, Generation: p.Generation, Epoch: s.opts.Epoch,
			})
		case Undeploying:
			s.actions = append(s.actions, &Undeploy{
				Worker: w.ID, Address: w.Address, Partial: name, Generation: p.Generation, Epoch: s.opts.Epoch,
			})
		case Forgetting:
			if w = s.forgetter(p); w == nil {
				continue
			}
			s.actions = append(s.actions, &Forget{
				Worker: w.ID, Address: w.Address, Partial: name, Generation: p.Generation, Epoch: s.opts.Epoch,
			})
		default:
			continue
		}
		p.SendAt = s.now.Add(s.opts.Resend)
	}
}

// starting reports whether the worker says that it is at it.
func (s *step) starting(p *Part, w *Worker) bool {
	e, found := w.entry(p.Name)
	return w.Reported && found && e.Generation == p.Generation && e.Status == Starting
}

// stopOrphans orders workers to stop what they have and should not.
func (s *step) stopOrphans() {
	due := map[string]time.Time{}
	for _, w := range s.facts.Workers {
		if !w.Alive || !w.Reported {
			continue
		}
		for _, e := range w.Inventory {
			if p := s.parts[e.Partial]; p != nil && p.Worker == w.ID {
				continue // looked at above
			}
			u := &Undeploy{Worker: w.ID, Address: w.Address, Partial: e.Partial, Generation: e.Generation, Epoch: s.opts.Epoch}
			due[u.Key()] = s.orphans[u.Key()]
			if !s.now.Before(due[u.Key()]) {
				due[u.Key()] = s.now.Add(s.opts.Resend)
				s.actions = append(s.actions, u)
			}
		}
	}
	s.orphans = due
}

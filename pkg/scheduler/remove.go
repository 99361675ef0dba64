package scheduler

import (
	"maps"
	"slices"
	"time"

	"millrace/pkg/scheduler/topology"
)

// clearTries is how often it is tried to delete what an app or a part has left.
// After that it stays: it must not hold up what comes next.
const clearTries = 5

// clearing is how far the deletion of a removed app's topics is.
type clearing struct {
	done     bool // or given up, with the reason
	failures int
	dueAt    time.Time
	reason   string
}

// removeApps deletes what apps that users have removed leave behind: when
// nothing of one runs any more and the state of its parts is forgotten, its
// topics. Those that the app did not have made are not its own.
func (s *step) removeApps() {
	clearings := map[string]clearing{}
	for _, app := range s.facts.Removed {
		c := s.clearings[app.Name]
		switch {
		case s.hasParts(app):
		case len(app.topics()) == 0:
			c.done = true
		case !c.done && !s.now.Before(c.dueAt):
			c.dueAt = s.now.Add(s.opts.Resend)
			s.actions = append(s.actions, &DeleteTopics{App: app.Name, Transport: app.Topology.Transport, Topics: app.topics()})
		}
		clearings[app.Name] = c
	}
	s.clearings = clearings
}

// topics returns those that the app had made.
func (a *App) topics() []topology.Topic {
	if a.Topology == nil || !a.Topology.CreateTopics {
		return nil
	}
	return a.Topology.Topics
}

// hasParts says whether anything of an app may still run or has state.
func (s *step) hasParts(app App) bool {
	for _, p := range s.parts {
		if p.App == app.Name {
			return true
		}
	}
	if app.Topology == nil {
		return false
	}
	for _, w := range s.workers {
		for _, partial := range app.Topology.PartialApps {
			if _, found := w.entry(partial.Name); found && w.Alive {
				return true // nobody knew of it; it is being stopped
			}
		}
	}
	return false
}

// heardDelete notes how the deletion of a removed app's topics has ended.
func (s *step) heardDelete(a *DeleteTopics, err error) {
	c, known := s.clearings[a.App]
	switch {
	case !known || c.done:
		return
	case err == nil:
		c = clearing{done: true}
	default:
		c.failures++
		c.reason = err.Error()
		c.dueAt = s.now.Add(s.pause(a.App, c.failures))
		c.done = c.failures >= clearTries
	}
	s.clearings[a.App] = c
}

// heardForget notes how an order to delete a part's state has ended.
func (s *step) heardForget(p *Part, err error) {
	if err == nil {
		p.on(forgotten, s.now, "")
		return
	}
	if p.Failures++; p.Failures >= clearTries {
		p.on(forgotten, s.now, err.Error())
		return
	}
	p.Reason = err.Error()
	p.SendAt = s.now.Add(s.pause(p.Name, p.Failures))
}

// dropUnwanted ends the parts that run nowhere and that nobody wants: first the
// state of those that have run is deleted. Those of an app that is only held up
// keep theirs.
func (s *step) dropUnwanted() {
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		p := s.parts[name]
		if _, ok := s.wanted[name]; ok || p.Phase != Waiting || s.held[p.App] {
			continue
		}
		if p.Generation == 0 || p.forgotten {
			delete(s.parts, name)
			continue
		}
		p.on(unwanted, s.now, "")
		p.Failures = 0
	}
}

// forgetter returns a worker that can delete a part's state, which all of them
// reach; another one after each failure. It returns nil when none is ready.
func (s *step) forgetter(p *Part) *Worker {
	var able []*Worker
	for i := range s.facts.Workers {
		if w := &s.facts.Workers[i]; w.Alive && w.Ready {
			able = append(able, w)
		}
	}
	if len(able) == 0 {
		return nil
	}
	return able[p.Failures%len(able)]
}

package scheduler

import (
	"maps"
	"slices"
	"time"
)

// State is what the scheduler has decided so far. Only Step makes new ones.
type State struct {
	parts     map[string]*Part
	topics    map[string]topicState // by topicsKey
	orphans   map[string]time.Time  // when the order to stop one is due (again), by its key
	apps      map[string]AppStatus  // as saved last
	clearings map[string]clearing   // by removed app
	// placements counts those of this leader; with its epoch it makes a generation.
	placements int32
}

// topicState is how far the topics of an app are.
type topicState struct {
	ready    bool
	failures int
	dueAt    time.Time
	reason   string
}

// AppStatus is an app's state as the users see it.
type AppStatus struct {
	Name   string
	Phase  AppPhase
	Reason string // of the first part that is not active, or of the app
	Active int    // parts that are
	Parts  int
}

// AppPhase is an app's state in a word.
type AppPhase string

// The phases of an app.
const (
	AppWaiting     AppPhase = "waiting"   // nothing of it runs
	AppDeploying   AppPhase = "deploying" // on its way, nothing wrong
	AppActive      AppPhase = "active"    // all of it runs
	AppDegraded    AppPhase = "degraded"  // some of it runs
	AppFailed      AppPhase = "failed"    // it cannot run, for the reason given
	AppUndeploying AppPhase = "undeploying"
	AppGone        AppPhase = "gone" // it was removed, nothing of it runs any more, and what it had kept is deleted
)

// Restore returns the state that a leader starts with: the parts that the
// leaders before it have saved, or none.
func Restore(parts []Part) *State {
	s := &State{
		parts: map[string]*Part{}, topics: map[string]topicState{},
		orphans: map[string]time.Time{}, apps: map[string]AppStatus{}, clearings: map[string]clearing{},
	}
	for _, p := range parts {
		// Text and pauses are not stored: the inventories say what runs.
		s.parts[p.Name] = &Part{
			Name: p.Name, App: p.App, Worker: p.Worker, Generation: p.Generation, Phase: p.Phase, Reason: p.Reason,
		}
	}
	return s
}

// Parts returns all parts ordered by name.
func (s *State) Parts() []Part {
	var all []Part
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		all = append(all, *s.parts[name])
	}
	return all
}

// Apps returns the status of all apps ordered by name.
func (s *State) Apps() []AppStatus {
	var all []AppStatus
	for _, name := range slices.Sorted(maps.Keys(s.apps)) {
		all = append(all, s.apps[name])
	}
	return all
}

func (s *State) clone() *State {
	c := &State{
		parts: make(map[string]*Part, len(s.parts)), topics: maps.Clone(s.topics),
		orphans: maps.Clone(s.orphans), apps: maps.Clone(s.apps), clearings: maps.Clone(s.clearings), placements: s.placements,
	}
	for name, p := range s.parts {
		copied := *p
		c.parts[name] = &copied
	}
	return c
}

// changes returns what must be saved to get from an earlier state to s, or nil.
func (s *State) changes(from *State) *Save {
	save := &Save{}
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		if before := from.parts[name]; before == nil || !before.stored(s.parts[name]) {
			save.Parts = append(save.Parts, *s.parts[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(from.parts)) {
		if s.parts[name] == nil {
			save.Removed = append(save.Removed, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.apps)) {
		if from.apps[name] != s.apps[name] {
			save.Apps = append(save.Apps, s.apps[name])
		}
	}
	if len(save.Parts)+len(save.Removed)+len(save.Apps) == 0 {
		return nil
	}
	return save
}

// stored reports whether what is stored of q is the same as of p.
func (p *Part) stored(q *Part) bool {
	return p.Worker == q.Worker && p.Generation == q.Generation && p.Phase == q.Phase && p.Reason == q.Reason
}

package scheduler

import (
	"maps"
	"slices"
)

// summarize derives the status of each app from its parts.
func (s *step) summarize() {
	before := s.apps
	s.apps = map[string]AppStatus{}
	for _, app := range s.facts.Apps {
		if reason := s.refused[app.Name]; reason != "" {
			s.apps[app.Name] = AppStatus{Name: app.Name, Phase: AppFailed, Reason: reason, Parts: app.size()}
			continue
		}
		s.apps[app.Name] = s.statusOf(app)
	}
	for _, app := range s.facts.Removed {
		s.apps[app.Name] = s.removalOf(app)
	}
	for _, p := range s.parts {
		if _, known := s.apps[p.App]; !known {
			s.apps[p.App] = AppStatus{Name: p.App, Phase: AppUndeploying}
		}
	}
	for name, status := range before {
		if _, known := s.apps[name]; !known && status.Phase != AppGone {
			s.apps[name] = AppStatus{Name: name, Phase: AppGone}
		}
	}
}

// size returns how many parts an app has.
func (a *App) size() int {
	if a.Topology == nil {
		return 0
	}
	return len(a.Topology.PartialApps)
}

// removalOf says how far an app that was removed is.
func (s *step) removalOf(app App) AppStatus {
	c := s.clearings[app.Name]
	status := AppStatus{Name: app.Name, Phase: AppUndeploying, Reason: c.reason}
	if c.done {
		status.Phase = AppGone
		return status
	}
	for _, name := range slices.Sorted(maps.Keys(s.parts)) {
		if p := s.parts[name]; p.App == app.Name && p.Reason != "" && status.Reason == "" {
			status.Reason = p.Reason
		}
	}
	return status
}

func (s *step) statusOf(app App) AppStatus {
	status := AppStatus{Name: app.Name, Parts: len(app.Topology.PartialApps)}
	phases := map[Phase]int{}
	for _, partial := range app.Topology.PartialApps {
		p := s.parts[partial.Name]
		phases[p.Phase]++
		if status.Reason == "" && p.Phase != Active {
			status.Reason = p.Reason
		}
	}
	status.Active = phases[Active]
	switch {
	case status.Active == status.Parts:
		status.Phase, status.Reason = AppActive, ""
	case status.Active > 0 && status.Reason != "":
		status.Phase = AppDegraded
	case phases[Failed] > 0:
		status.Phase = AppFailed
	case phases[Waiting] == status.Parts, phases[Waiting] > 0 && status.Reason != "":
		status.Phase = AppWaiting
	default:
		status.Phase = AppDeploying
	}
	return status
}

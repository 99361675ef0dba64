package scheduler

import (
	"cmp"
	"fmt"
	"slices"
)

// PlacementError says why a part has no worker. It unwraps to ErrNoWorkers.
type PlacementError struct {
	Partial string
	Detail  string
}

func (e *PlacementError) Error() string {
	return fmt.Sprintf("place %s: %v: %s", e.Partial, ErrNoWorkers, e.Detail)
}

func (e *PlacementError) Unwrap() error { return ErrNoWorkers }

// load counts what workers have or will have.
type load struct {
	parts  map[WorkerID]int
	groups map[WorkerID]map[string]int // by group
}

func loadOf(parts map[string]*Part) *load {
	l := &load{parts: map[WorkerID]int{}, groups: map[WorkerID]map[string]int{}}
	for _, p := range parts {
		if p.Worker != "" {
			l.add(p.Worker, p.Group)
		}
	}
	return l
}

func (l *load) add(w WorkerID, group string) {
	l.parts[w]++
	if l.groups[w] == nil {
		l.groups[w] = map[string]int{}
	}
	l.groups[w][group]++
}

// place chooses a worker for a part: one with the fewest instances of its group,
// then the fewest parts, then the lowest id; where it failed last only if there
// is no other. Pass-through parts go to receivers, if there are any, the rest
// never does.
func (l *load) place(p *Part, passthrough bool, workers []Worker, minWorkers int) (*Worker, error) {
	ready, full := 0, 0
	var able []*Worker
	for i := range workers {
		w := &workers[i]
		if !w.Alive || !w.Ready {
			continue
		}
		ready++
		switch {
		case w.Receiver && !passthrough:
		case w.Capacity > 0 && l.parts[w.ID] >= w.Capacity:
			full++
		default:
			able = append(able, w)
		}
	}
	if passthrough && slices.ContainsFunc(able, func(w *Worker) bool { return w.Receiver }) {
		able = slices.DeleteFunc(able, func(w *Worker) bool { return !w.Receiver })
	}
	switch {
	case ready < minWorkers:
		return nil, &PlacementError{p.Name, fmt.Sprintf("%d ready, %d needed", ready, minWorkers)}
	case len(able) == 0 && full > 0:
		return nil, &PlacementError{p.Name, fmt.Sprintf("%d of %d ready workers are full", full, ready)}
	case len(able) == 0:
		return nil, &PlacementError{p.Name, "all ready workers are receivers, which take pass-through parts only"}
	}
	return slices.MinFunc(able, func(a, b *Worker) int {
		return cmp.Or(
			compareBool(a.ID == p.Avoid, b.ID == p.Avoid),
			cmp.Compare(l.groups[a.ID][p.Group], l.groups[b.ID][p.Group]),
			cmp.Compare(l.parts[a.ID], l.parts[b.ID]),
			cmp.Compare(a.ID, b.ID))
	}), nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

package manager

import (
	"maps"
	"slices"
	"sync"
	"time"

	"millrace/internal/api"
	"millrace/pkg/coordination"
	"millrace/pkg/persistence/desired"
)

// forgetAfter is how long a dead worker is shown before it is forgotten.
const forgetAfter = 10 * time.Minute

// registry has the workers of one term. It is safe for concurrent use. Times are
// given to it, so that it can be tested without a clock.
type registry struct {
	terms coordination.Terms

	mu       sync.Mutex
	detector *coordination.FailureDetector
	workers  map[string]*knownWorker
	unsaved  map[string]bool // ids whose row is not as it should be
}

// knownWorker is what the leader knows of a worker.
type knownWorker struct {
	id       string
	at       api.Interface
	receiver bool
	beat     api.Heartbeat // the latest
	seen     time.Time     // when that came; for one not heard of, the take-over
	reported bool          // it has sent a heartbeat to this leader
	dead     bool          // certainly runs nothing
	diedAt   time.Time
}

// newRegistry makes the registry of a leader that takes over at now, with the
// workers that the leaders before it have known.
func newRegistry(terms coordination.Terms, now time.Time, known []desired.Worker, placements []desired.Placement) *registry {
	r := &registry{
		terms: terms, detector: coordination.NewFailureDetector(terms, now, 0),
		workers: map[string]*knownWorker{}, unsaved: map[string]bool{},
	}
	for _, w := range known {
		at, _ := api.ParseInterface(w.Address) // one that cannot be read is unreachable until it reports
		r.workers[w.ID] = &knownWorker{id: w.ID, at: at, receiver: w.Receiver, seen: now}
		r.detector.Admit(w.ID, now)
	}
	for _, p := range placements {
		if p.Worker != "" && r.workers[p.Worker] == nil {
			r.workers[p.Worker] = &knownWorker{id: p.Worker, seen: now}
			r.detector.Admit(p.Worker, now)
		}
	}
	return r
}

// heard takes in a heartbeat and says how the worker stands, and whether the
// scheduler should look.
func (r *registry) heard(hb api.Heartbeat, now time.Time) (api.WorkerState, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := r.workers[hb.ID]
	if w != nil && !w.dead && w.at != hb.Interface && w.reported && w.beat.Incarnation != hb.Incarnation {
		return api.WorkerRejected, false // its twin is alive
	}
	state := api.WorkerExists
	if !r.detector.Seen(hb.ID, now) {
		// Unknown, or declared dead: what it ran may run elsewhere, so it is to drop it.
		r.detector.Admit(hb.ID, now)
		state = api.WorkerNew
	}
	if w == nil {
		w = &knownWorker{id: hb.ID}
		r.workers[hb.ID] = w
	}
	if w.at != hb.Interface || w.receiver != hb.IsReceiverNode {
		r.unsaved[hb.ID] = true
	}
	changed := !w.reported || w.dead || state == api.WorkerNew || !sameInventory(w.beat.Apps, hb.Apps)
	w.at, w.receiver, w.beat, w.seen = hb.Interface, hb.IsReceiverNode, hb, now
	w.reported, w.dead = true, false
	return state, changed
}

// sameInventory says that nothing has changed that the scheduler decides by.
func sameInventory(a, b []api.AppReport) bool {
	return slices.EqualFunc(a, b, func(x, y api.AppReport) bool {
		return x.App == y.App && x.Fence == y.Fence && x.Hash == y.Hash && x.Status == y.Status
	})
}

// list returns the workers ordered by id, with who is dead at now.
func (r *registry) list(now time.Time) []knownWorker {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, id := range r.detector.Dead(now) {
		if w := r.workers[id]; w != nil && !w.dead {
			w.dead, w.diedAt = true, now
		}
	}
	var all []knownWorker
	for _, id := range slices.Sorted(maps.Keys(r.workers)) {
		all = append(all, *r.workers[id])
	}
	return all
}

// ready says that a worker has been heard of lately.
func (r *registry) ready(w *knownWorker, now time.Time) bool {
	return w.reported && !w.dead && now.Sub(w.seen) < r.terms.Limit()
}

// forget drops workers that have been dead for long and have no parts.
func (r *registry) forget(now time.Time, hasParts func(id string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, w := range r.workers {
		if w.dead && now.Sub(w.diedAt) > forgetAfter && !hasParts(id) {
			r.detector.Forget(id)
			delete(r.workers, id)
			r.unsaved[id] = true
		}
	}
}

// takeUnsaved returns the rows to write; putBack returns them after a failure.
func (r *registry) takeUnsaved() desired.Changes {
	r.mu.Lock()
	defer r.mu.Unlock()
	var c desired.Changes
	for _, id := range slices.Sorted(maps.Keys(r.unsaved)) {
		w := r.workers[id]
		if w == nil {
			c.DeleteWorkers = append(c.DeleteWorkers, id)
			continue
		}
		c.PutWorkers = append(c.PutWorkers, desired.Worker{ID: id, Address: w.at.String(), Receiver: w.receiver})
	}
	r.unsaved = map[string]bool{}
	return c
}

func (r *registry) putBack(c desired.Changes) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range c.PutWorkers {
		r.unsaved[w.ID] = true
	}
	for _, id := range c.DeleteWorkers {
		r.unsaved[id] = true
	}
}

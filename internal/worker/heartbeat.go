package worker

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"millrace/internal/api"
	"millrace/pkg/coordination"
)

const (
	// leastPause is the shortest time between two heartbeats.
	leastPause = 50 * time.Millisecond
	// hops is how many managers may point at another one in a round.
	hops = 3
)

// heartbeats tells the managers that the worker lives, and holds its lease.
type heartbeats struct {
	cfg         *Config
	self        api.Interface
	incarnation string
	client      *http.Client
	apps        *apps
	lease       *lease
	wake        chan struct{} // something is worth telling before it is time
	logger      *slog.Logger

	// dropping is held while the lease's end or an answer is dealt with. It comes
	// before mu.
	dropping sync.Mutex

	mu       sync.Mutex
	managers []string // URLs; the first is the leader if one is known
	terms    coordination.Terms
	state    api.WorkerState
	silent   bool // no manager answers
	load     load
}

func newHeartbeats(cfg *Config, self api.Interface, a *apps, wake chan struct{}) *heartbeats {
	h := &heartbeats{
		cfg: cfg, self: self, incarnation: newIncarnation(), client: cfg.Client, apps: a, wake: wake, logger: cfg.Logger,
		managers: slices.Clone(cfg.Managers), state: api.WorkerNew,
	}
	if h.client == nil {
		h.client = api.NewHeartbeatClient()
	}
	h.lease = newLease(h.lost)
	return h
}

// run sends heartbeats until ctx ends.
func (h *heartbeats) run(ctx context.Context) {
	defer h.client.CloseIdleConnections()
	for failures := 0; ; {
		next := h.pause(failures)
		if h.round(ctx) {
			failures, next = 0, h.interval()
		} else {
			failures++
		}
		if !h.sleep(ctx, next, failures > 0) {
			return
		}
	}
}

// sleep waits for the next heartbeat; one that tells news comes earlier.
func (h *heartbeats) sleep(ctx context.Context, d time.Duration, failing bool) bool {
	least := time.NewTimer(min(leastPause, d))
	defer least.Stop()
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-least.C:
	case <-ctx.Done():
		return false
	}
	wake := h.wake
	if failing {
		wake = nil
	}
	select {
	case <-t.C:
	case <-wake:
	case <-ctx.Done():
		return false
	}
	return true
}

// interval is the time between two heartbeats that are answered.
func (h *heartbeats) interval() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(h.terms.HeartbeatInterval, leastPause)
}

// pause is the time after the n-th round in vain: short at first, since the lease
// is running out.
func (h *heartbeats) pause(n int) time.Duration {
	d := 200 * time.Millisecond << min(n, 10)
	return min(d, h.cfg.LeaderRetry)
}

// round tries the managers until one takes the heartbeat.
func (h *heartbeats) round(ctx context.Context) bool {
	h.mu.Lock()
	managers := slices.Clone(h.managers)
	h.mu.Unlock()
	var last error
	for _, m := range managers {
		for range hops {
			err := h.send(ctx, m)
			if err == nil {
				h.heard(true, nil)
				return true
			}
			last = err
			var other *api.NotLeaderError
			if !errors.As(err, &other) || other.Leader.Interface.URL() == m {
				break
			}
			m = other.Leader.Interface.URL()
		}
		if ctx.Err() != nil {
			return false
		}
	}
	h.heard(false, last)
	return false
}

// heard logs when managers fall silent and when they are heard again.
func (h *heartbeats) heard(ok bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !ok && !h.silent:
		h.logger.Warn("no manager takes heartbeats", "managers", h.managers, "last error", err)
	case ok && h.silent:
		h.logger.Info("a manager takes heartbeats again", "manager", h.managers[0])
	}
	h.silent = !ok
}

// errRejected means that the leader takes this worker for a second one of its id.
var errRejected = errors.New("the leader refuses this worker: another live worker has the same id; give each worker an id of its own")

// errTooLate means that the answer is to a heartbeat of before the lease's end.
var errTooLate = errors.New("the answer came after the lease had ended")

// errOldLeader means that an answer came from a manager that does not lead any more.
var errOldLeader = errors.New("the manager answers with an epoch that is over")

// send sends one heartbeat and does what the answer says.
func (h *heartbeats) send(ctx context.Context, manager string) error {
	ctx, cancel := context.WithTimeout(ctx, h.cfg.CallTimeout)
	defer cancel()
	sentAt := time.Now()
	hb := h.heartbeat()
	answer, err := api.SendHeartbeat(ctx, h.client, manager, hb)
	if err != nil {
		return err
	}
	return h.answered(manager, sentAt, hb.State, answer)
}

func (h *heartbeats) heartbeat() api.Heartbeat {
	h.mu.Lock()
	state := h.state
	metrics := h.load.read()
	h.mu.Unlock()
	return api.Heartbeat{
		ID: h.cfg.ID, Interface: h.self, State: state, IsReceiverNode: h.cfg.IsReceiverNode, Incarnation: h.incarnation,
		WorkerMetrics: metrics, Epoch: h.apps.seen(), Apps: h.apps.reports(),
	}
}

// answered does what the leader's answer to a heartbeat of the given state says.
func (h *heartbeats) answered(manager string, sentAt time.Time, sent api.WorkerState, a api.HeartbeatAnswer) error {
	h.dropping.Lock()
	defer h.dropping.Unlock()
	if a.Leader.Epoch < h.apps.seen() {
		return errOldLeader
	}
	if a.JoinedState == api.WorkerRejected {
		return errRejected
	}
	terms := coordination.Terms{
		HeartbeatInterval: time.Duration(a.Leader.HeartbeatInterval) * time.Millisecond,
		HeartbeatMaxRetry: a.Leader.HeartbeatMaxRetry,
	}
	h.mu.Lock()
	if h.state != sent {
		h.mu.Unlock()
		return errTooLate
	}
	h.state = api.WorkerExists
	h.terms = terms
	h.remember(manager, a)
	h.mu.Unlock()
	if sent == api.WorkerExists && a.JoinedState == api.WorkerNew {
		// The leader had given this worker up: what it ran may run elsewhere.
		h.logger.Warn("the leader takes this worker as a new one; it drops its apps")
		h.apps.stopAll(true)
	}
	if h.lease.renew(sentAt, terms) {
		h.apps.open(a.Leader.Epoch)
	}
	return nil
}

// remember puts the leader first, and adds managers that were not known. The
// caller holds the lock.
func (h *heartbeats) remember(leader string, a api.HeartbeatAnswer) {
	for _, m := range a.ConnectedManagers {
		if url := m.URL(); !slices.Contains(h.managers, url) {
			h.managers = append(h.managers, url)
		}
	}
	if i := slices.Index(h.managers, leader); i > 0 {
		h.managers = slices.Delete(h.managers, i, i+1)
	} else if i == 0 {
		return
	}
	h.managers = slices.Insert(h.managers, 0, leader)
}

// lost stops everything: the managers may soon place it elsewhere.
func (h *heartbeats) lost() {
	h.dropping.Lock()
	defer h.dropping.Unlock()
	h.logger.Error("no manager has answered for too long: the apps are stopped, so that they can run elsewhere")
	h.mu.Lock()
	h.state = api.WorkerNew
	h.mu.Unlock()
	h.apps.close()
}

package manager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"millrace/internal/api"
	"millrace/pkg/coordination"
	"millrace/pkg/persistence"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/scheduler"
	"millrace/pkg/scheduler/topology"
)

// term is one term of leadership. Nothing of it outlives ctx.
type term struct {
	ctx     context.Context
	epoch   persistence.Epoch
	store   desired.Store
	workers *registry
	orders  *api.WorkerClient
	topics  topics
	wake    chan struct{}
	log     *slog.Logger

	write sync.Mutex // held while apps are changed, in memory and in the store

	mu    sync.Mutex
	apps  map[string]*liveApp
	gone  chan struct{}    // closed, and replaced, when an app that was removed is gone
	state *scheduler.State // as saved last
}

// liveApp is an app of the term, or one that was removed and is not gone yet.
type liveApp struct {
	row      desired.App
	topology *topology.Topology // nil when the text cannot be split any more
}

// removed says that users have removed the app.
func (a *liveApp) removed() bool { return a.row.State == string(scheduler.AppUndeploying) }

// lead runs a term; coordination calls it, and ends ctx before the lease is over.
func (m *Manager) lead(ctx context.Context, epoch coordination.Epoch) error {
	t, parts, err := m.takeOver(ctx, persistence.Epoch(epoch))
	if err != nil {
		return fmt.Errorf("take over in epoch %d: %w", epoch, err)
	}
	defer t.orders.Close()
	group, ctx := errgroup.WithContext(ctx)
	t.ctx = ctx
	ready := make(chan struct{})
	if b := m.opts.Broker; b != nil {
		group.Go(func() error {
			err := b.run(ctx, m.log, func() { close(ready) })
			if err != nil && ctx.Err() == nil {
				m.giveUp(err)
			}
			return err
		})
	} else {
		close(ready)
	}
	group.Go(func() error {
		select {
		case <-ready:
		case <-ctx.Done():
			return ctx.Err()
		}
		m.warnOfDistance()
		m.setTerm(t)
		defer m.setTerm(nil)
		return scheduler.Run(ctx, scheduler.Deps{
			Cluster: t, Workers: t, Topics: t.topics, Store: t, State: scheduler.Restore(parts),
			Options: scheduler.Options{Epoch: scheduler.Epoch(epoch), MinWorkers: m.opts.MinWorkers},
			Wake:    t.wake, OrderLimit: m.opts.OrderLimit, Log: m.log, Observe: t.observe,
		})
	})
	err = group.Wait()
	if errors.Is(err, scheduler.ErrFenced) {
		m.log.Warn("another manager leads by now", "err", err)
	}
	return err
}

// warnOfDistance says what is at stake when managers on other machines could take
// over from one that runs the broker.
func (m *Manager) warnOfDistance() {
	for _, at := range m.members() {
		if m.opts.Broker != nil && at.Host != m.opts.Publish.Host {
			m.log.Warn("a manager on another machine cannot take over the embedded broker with what its topics hold: "+
				"use servers of NATS (deployment.config.natsServerUrl) or Kafka (bootstrapURLs)", "manager", at.String())
			return
		}
	}
}

// giveUp ends Run.
func (m *Manager) giveUp(err error) {
	select {
	case m.fatal <- err:
	default: // the first reason is enough
	}
}

// takeOver shuts earlier leaders out of the desired state and reads it.
func (m *Manager) takeOver(ctx context.Context, epoch persistence.Epoch) (*term, []scheduler.Part, error) {
	if err := m.opts.Desired.Apply(ctx, epoch, desired.Changes{}); err != nil {
		return nil, nil, err
	}
	known, err := m.opts.Desired.Load(ctx)
	if err != nil {
		return nil, nil, err
	}
	t := &term{
		epoch: epoch, store: m.opts.Desired, log: m.log, wake: make(chan struct{}, 1),
		workers: newRegistry(m.opts.WorkerTerms, time.Now(), known.Workers, known.Placements),
		orders:  api.NewWorkerClient(m.opts.OrderLimit),
		topics:  topics{servers: m.opts.Topology.Servers, replicas: m.opts.Replicas},
		apps:    map[string]*liveApp{}, gone: make(chan struct{}), state: scheduler.Restore(nil),
	}
	for _, row := range known.Apps {
		split, err := m.split(row.Text)
		if err != nil {
			m.log.Error("an app that was deployed cannot be split any more: it stops", "app", row.Name, "err", err)
			split, row.Reason = nil, err.Error()
			if row.State != string(scheduler.AppUndeploying) {
				row.State = string(scheduler.AppFailed)
			}
		}
		t.apps[row.Name] = &liveApp{row, split}
	}
	var parts []scheduler.Part
	for _, p := range known.Placements {
		parts = append(parts, scheduler.Part{
			Name: p.PartialApp, App: p.App, Worker: scheduler.WorkerID(p.Worker),
			Generation: scheduler.Generation(p.Generation), Phase: scheduler.Phase(p.State),
		})
	}
	return t, parts, nil
}

// notify has the scheduler look at the facts.
func (t *term) notify() {
	select {
	case t.wake <- struct{}{}:
	default: // it is about to look anyway
	}
}

func (t *term) observe(s *scheduler.State) {
	t.mu.Lock()
	t.state = s
	t.mu.Unlock()
	t.workers.forget(time.Now(), func(id string) bool {
		return slices.ContainsFunc(s.Parts(), func(p scheduler.Part) bool { return string(p.Worker) == id })
	})
}

// Facts implements scheduler.Cluster. A worker's row is written before the
// scheduler can place anything on it.
func (t *term) Facts(ctx context.Context) (scheduler.Facts, error) {
	if c := t.workers.takeUnsaved(); !c.Empty() {
		if err := t.apply(ctx, c); err != nil {
			t.workers.putBack(c)
			return scheduler.Facts{}, err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	var facts scheduler.Facts
	for _, a := range t.ordered() {
		app := scheduler.App{Name: a.row.Name, Topology: a.topology}
		if a.removed() {
			facts.Removed = append(facts.Removed, app)
		} else {
			facts.Apps = append(facts.Apps, app)
		}
	}
	now := time.Now()
	for _, w := range t.workers.list(now) {
		facts.Workers = append(facts.Workers, scheduler.Worker{
			ID: scheduler.WorkerID(w.id), Address: w.at.String(), Alive: !w.dead, Ready: t.workers.ready(&w, now),
			Reported: w.reported, Receiver: w.receiver, Inventory: inventory(w.beat.Apps),
		})
	}
	return facts, nil
}

// ordered returns the apps, the oldest first. The caller holds mu.
func (t *term) ordered() []*liveApp {
	return slices.SortedFunc(maps.Values(t.apps), func(a, b *liveApp) int {
		if c := a.row.CreatedAt.Compare(b.row.CreatedAt); c != 0 {
			return c
		}
		return strings.Compare(a.row.Name, b.row.Name)
	})
}

// inventory is what a worker reports, as the scheduler sees it.
func inventory(reports []api.AppReport) []scheduler.Entry {
	entries := make([]scheduler.Entry, len(reports))
	for i, r := range reports {
		entries[i] = scheduler.Entry{
			Partial: r.App, Generation: scheduler.Generation(r.Generation), Hash: r.Hash, Error: r.Error,
		}
		switch r.Status {
		case api.AppActive, api.AppFinished:
			entries[i].Status = scheduler.Running
		case api.AppFailed:
			entries[i].Status = scheduler.Broken
		default: // starting, or stopping by an order: it is there
			entries[i].Status = scheduler.Starting
		}
	}
	return entries
}

// Save implements scheduler.Store.
func (t *term) Save(ctx context.Context, _ scheduler.Epoch, save *scheduler.Save) error {
	t.write.Lock()
	defer t.write.Unlock()
	c, rows := t.changes(save)
	if err := t.apply(ctx, c); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, row := range rows {
		t.apps[row.Name].row = row
	}
	for _, name := range c.DeleteApps {
		delete(t.apps, name)
		close(t.gone)
		t.gone = make(chan struct{})
	}
	return nil
}

// changes is what a Save writes, with the rows of apps that it changes. The row of
// an app that was removed stays until all of it is gone.
func (t *term) changes(save *scheduler.Save) (desired.Changes, []desired.App) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := desired.Changes{DeletePlacements: save.Removed}
	for _, p := range save.Parts {
		c.PutPlacements = append(c.PutPlacements, desired.Placement{
			PartialApp: p.Name, App: p.App, Worker: string(p.Worker), State: string(p.Phase),
			Generation: persistence.Generation(p.Generation),
		})
	}
	for _, status := range save.Apps {
		a := t.apps[status.Name]
		if a == nil || a.topology == nil && !a.removed() {
			continue // what is known of it is the reason why it cannot be split
		}
		if leaving := status.Phase == scheduler.AppUndeploying || status.Phase == scheduler.AppGone; leaving != a.removed() {
			continue // decided before the user removed it, or deployed it
		}
		t.log.Info("app", "app", status.Name, "state", string(status.Phase), "active", status.Active, "parts", status.Parts, "reason", status.Reason)
		if status.Phase == scheduler.AppGone {
			c.DeleteApps = append(c.DeleteApps, status.Name)
			continue
		}
		row := a.row
		row.State, row.Reason = string(status.Phase), status.Reason
		c.PutApps = append(c.PutApps, row)
	}
	return c, c.PutApps
}

// apply writes under the term's epoch.
func (t *term) apply(ctx context.Context, c desired.Changes) error {
	err := t.store.Apply(ctx, t.epoch, c)
	if errors.Is(err, desired.ErrStaleEpoch) {
		return fmt.Errorf("%w: %w", scheduler.ErrFenced, err)
	}
	return err
}

package memory

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"millrace/pkg/persistence"
	"millrace/pkg/persistence/desired"
)

// Desired is a desired.Store in memory.
type Desired struct {
	group string
	now   func() time.Time

	mu         sync.Mutex
	fence      persistence.Epoch
	apps       map[string]desired.App
	workers    map[string]desired.Worker
	placements map[string]desired.Placement
}

// NewDesired returns the empty desired state of a group whose clock is now; nil
// means time.Now.
func NewDesired(group string, now func() time.Time) *Desired {
	if now == nil {
		now = time.Now
	}
	return &Desired{
		group: group, now: now, apps: make(map[string]desired.App),
		workers: make(map[string]desired.Worker), placements: make(map[string]desired.Placement),
	}
}

// Load implements desired.Store.
func (d *Desired) Load(ctx context.Context) (desired.State, error) {
	if err := ctx.Err(); err != nil {
		return desired.State{}, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	s := desired.State{
		Fence:      d.fence,
		Apps:       slices.Collect(maps.Values(d.apps)),
		Workers:    slices.Collect(maps.Values(d.workers)),
		Placements: slices.Collect(maps.Values(d.placements)),
	}
	slices.SortFunc(s.Apps, func(a, b desired.App) int { return cmp.Compare(a.Name, b.Name) })
	slices.SortFunc(s.Workers, func(a, b desired.Worker) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(s.Placements, func(a, b desired.Placement) int { return cmp.Compare(a.PartialApp, b.PartialApp) })
	return s, nil
}

// App implements desired.Store.
func (d *Desired) App(ctx context.Context, name string) (desired.App, bool, error) {
	if err := ctx.Err(); err != nil {
		return desired.App{}, false, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	a, found := d.apps[name]
	return a, found, nil
}

// Apply implements desired.Store.
func (d *Desired) Apply(ctx context.Context, epoch persistence.Epoch, c desired.Changes) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return fmt.Errorf("write the desired state of group %s: %w", d.group, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if epoch < d.fence {
		return &desired.StaleEpochError{Group: d.group, Epoch: epoch, Fence: d.fence}
	}
	d.fence = epoch
	for _, name := range c.DeleteApps {
		delete(d.apps, name)
	}
	for _, id := range c.DeleteWorkers {
		delete(d.workers, id)
	}
	for _, name := range c.DeletePlacements {
		delete(d.placements, name)
	}
	// What the databases keep: milliseconds.
	now := time.UnixMilli(d.now().UnixMilli())
	for _, a := range c.PutApps {
		a.CreatedAt, a.UpdatedAt = now, now
		if old, ok := d.apps[a.Name]; ok {
			a.CreatedAt = old.CreatedAt
		}
		d.apps[a.Name] = a
	}
	for _, w := range c.PutWorkers {
		w.RegisteredAt, w.UpdatedAt = now, now
		if old, ok := d.workers[w.ID]; ok {
			w.RegisteredAt = old.RegisteredAt
		}
		d.workers[w.ID] = w
	}
	for _, p := range c.PutPlacements {
		p.Epoch, p.UpdatedAt = epoch, now
		d.placements[p.PartialApp] = p
	}
	return nil
}

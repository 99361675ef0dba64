package scheduler

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// orders carries orders out: one after the other for each worker (and for the
// topics of each app), all workers at once. An order that waits or is under way
// is not taken a second time.
type orders struct {
	ctx   context.Context
	group *errgroup.Group
	limit time.Duration
	done  chan Outcome

	mu     sync.Mutex
	lanes  map[string][]order // waiting, by lane; a lane with an entry has a goroutine
	queued map[string]bool    // keys of orders that wait or are under way
}

type order struct {
	action Action
	run    func(context.Context) error
}

// newOrders returns orders whose goroutines belong to group and end with ctx.
func newOrders(ctx context.Context, group *errgroup.Group, limit time.Duration) *orders {
	return &orders{
		ctx: ctx, group: group, limit: limit, done: make(chan Outcome),
		lanes: map[string][]order{}, queued: map[string]bool{},
	}
}

// laneOf says which orders wait for each other.
func laneOf(a Action) string {
	switch a := a.(type) {
	case *Deploy:
		return "worker " + string(a.Worker)
	case *Undeploy:
		return "worker " + string(a.Worker)
	case *Forget:
		return "worker " + string(a.Worker)
	case *DeleteTopics:
		return "topics " + a.App
	case *EnsureTopics:
		return "topics " + a.App
	}
	return ""
}

// add queues an order unless the same one is there already.
func (o *orders) add(a Action, run func(context.Context) error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.queued[a.Key()] {
		return
	}
	o.queued[a.Key()] = true
	lane := laneOf(a)
	waiting, busy := o.lanes[lane]
	o.lanes[lane] = append(waiting, order{a, run})
	if !busy {
		o.group.Go(func() error {
			o.work(lane)
			return nil
		})
	}
}

// work carries out the orders of a lane until there are none.
func (o *orders) work(lane string) {
	for {
		o.mu.Lock()
		waiting := o.lanes[lane]
		if len(waiting) == 0 || o.ctx.Err() != nil {
			delete(o.lanes, lane)
			o.mu.Unlock()
			return
		}
		next := waiting[0]
		o.lanes[lane] = waiting[1:]
		o.mu.Unlock()

		ctx, cancel := context.WithTimeout(o.ctx, o.limit)
		err := next.run(ctx)
		cancel()

		o.mu.Lock()
		delete(o.queued, next.action.Key())
		o.mu.Unlock()
		select {
		case o.done <- Outcome{next.action, err}:
		case <-o.ctx.Done():
			return
		}
	}
}

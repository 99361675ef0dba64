package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"golang.org/x/sync/errgroup"

	"millrace/pkg/scheduler/topology"
)

// Workers sends orders to workers. It returns when the worker has carried an
// order out or refused it. Errors: ErrRefused when sending it again is no use;
// ErrFenced when the worker knows a later leader; anything else is tried again.
type Workers interface {
	Deploy(ctx context.Context, d *Deploy) error
	Undeploy(ctx context.Context, u *Undeploy) error
	Forget(ctx context.Context, f *Forget) error
}

// Topics makes and removes topics. Ensure changes none that exists; with create
// false it only looks for it. Delete removes one with what it holds; one that does
// not exist is no error.
type Topics interface {
	Ensure(ctx context.Context, transport topology.Transport, topic topology.Topic, create bool) error
	Delete(ctx context.Context, transport topology.Transport, topic topology.Topic) error
}

// Store keeps decisions. Save is one transaction under the epoch; it returns
// ErrFenced when a later leader has written.
type Store interface {
	Save(ctx context.Context, epoch Epoch, save *Save) error
}

// Cluster tells what is known now: the apps that should run, in the order in
// which they were made, and the workers. Outcomes are left empty.
type Cluster interface {
	Facts(ctx context.Context) (Facts, error)
}

// Deps is what Run works with. Cluster, Workers, Topics and Store are required.
type Deps struct {
	Cluster Cluster
	Workers Workers
	Topics  Topics
	Store   Store
	State   *State // to start with; default Restore(nil)
	Options Options
	// Wake, if not nil, gives a sign when facts have changed: a heartbeat, an app.
	Wake <-chan struct{}
	// Tick is how often Run looks without a sign; default 1s.
	Tick time.Duration
	// OrderLimit is how long one order may take; default 30s. FactsLimit is the
	// same for Facts and Save; default 5s.
	OrderLimit, FactsLimit time.Duration
	Log                    *slog.Logger // default: slog's
	// Observe, if not nil, sees each new state once it is saved. It must not block.
	Observe func(*State)
}

func (d *Deps) complete() error {
	switch {
	case d.Cluster == nil:
		return errors.New("scheduler: Cluster is missing")
	case d.Workers == nil:
		return errors.New("scheduler: Workers is missing")
	case d.Topics == nil:
		return errors.New("scheduler: Topics is missing")
	case d.Store == nil:
		return errors.New("scheduler: Store is missing")
	}
	d.Options.complete()
	if d.State == nil {
		d.State = Restore(nil)
	}
	if d.Tick <= 0 {
		d.Tick = time.Second
	}
	if d.OrderLimit <= 0 {
		d.OrderLimit = 30 * time.Second
	}
	if d.FactsLimit <= 0 {
		d.FactsLimit = 5 * time.Second
	}
	if d.Log == nil {
		d.Log = slog.Default()
	}
	return nil
}

// Run leads until ctx ends, which must be before the leader's lease does, or
// until somebody knows a later leader: then it returns ErrFenced. All its orders
// have returned when it does.
func Run(ctx context.Context, deps Deps) error {
	if err := deps.complete(); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	r := &runner{Deps: deps, orders: newOrders(ctx, group, deps.OrderLimit)}
	group.Go(func() error { return r.loop(ctx) })
	return group.Wait()
}

// runner is the loop and what it remembers.
type runner struct {
	Deps
	orders   *orders
	outcomes []Outcome // not yet taken in by a state that is saved
}

func (r *runner) loop(ctx context.Context) error {
	failures := 0
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case <-r.Wake:
			if failures > 0 {
				continue // the pause counts
			}
		case o := <-r.orders.done:
			r.outcomes = append(r.outcomes, o)
			if errors.Is(o.Err, ErrFenced) {
				return fmt.Errorf("%s: %w", o.Action.Key(), o.Err)
			}
			r.warn(o)
			if failures > 0 {
				continue
			}
		}
		err := r.round(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, ErrFenced):
			return err
		case err != nil:
			failures++
			r.Log.Error("scheduling is held up; trying again", "error", err, "failures", failures)
		default:
			failures = 0
		}
		timer.Reset(r.pause(failures))
	}
}

// pause is Tick, or after failures longer and longer, with some chance in it so
// that nodes do not ask a recovering database all at once.
func (r *runner) pause(failures int) time.Duration {
	if failures == 0 {
		return r.Tick
	}
	d := min(r.Options.Backoff<<min(failures-1, 20), r.Options.MaxBackoff)
	if d <= 0 {
		d = r.Options.MaxBackoff
	}
	return d/2 + rand.N(d/2+1)
}

// round looks at the facts once and acts on them.
func (r *runner) round(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, r.FactsLimit)
	defer cancel()
	facts, err := r.Cluster.Facts(limited)
	if err != nil {
		return fmt.Errorf("learn the facts: %w", err)
	}
	facts.Outcomes = r.outcomes
	state, actions := Step(r.State, facts, time.Now(), r.Options)
	if len(actions) > 0 {
		if save, ok := actions[0].(*Save); ok {
			if err := r.Store.Save(limited, r.Options.Epoch, save); err != nil {
				return fmt.Errorf("save decisions: %w", err)
			}
			actions = actions[1:]
		}
	}
	r.State, r.outcomes = state, nil
	if r.Observe != nil {
		r.Observe(state)
	}
	for _, a := range actions {
		r.orders.add(a, r.executor(a))
	}
	return nil
}

// executor returns the function that carries an order out.
func (r *runner) executor(a Action) func(context.Context) error {
	switch a := a.(type) {
	case *Deploy:
		return func(ctx context.Context) error { return r.Workers.Deploy(ctx, a) }
	case *Undeploy:
		return func(ctx context.Context) error { return r.Workers.Undeploy(ctx, a) }
	case *Forget:
		return func(ctx context.Context) error { return r.Workers.Forget(ctx, a) }
	case *DeleteTopics:
		return func(ctx context.Context) error { return r.deleteTopics(ctx, a) }
	case *EnsureTopics:
		return func(ctx context.Context) error { return r.ensureTopics(ctx, a) }
	}
	panic("BUG: no executor for " + a.Key())
}

func (r *runner) ensureTopics(ctx context.Context, a *EnsureTopics) error {
	for _, t := range a.Topics {
		if err := r.Topics.Ensure(ctx, a.Transport, t, a.Create); err != nil {
			return fmt.Errorf("topic %s: %w", t.Name, err)
		}
	}
	return nil
}

// deleteTopics tries all of them, also after a failure.
func (r *runner) deleteTopics(ctx context.Context, a *DeleteTopics) error {
	var failed []error
	for _, t := range a.Topics {
		if err := r.Topics.Delete(ctx, a.Transport, t); err != nil {
			failed = append(failed, fmt.Errorf("topic %s: %w", t.Name, err))
		}
	}
	return errors.Join(failed...)
}

// warn logs that something was not deleted: the app that it was of is soon gone
// from where users look for reasons.
func (r *runner) warn(o Outcome) {
	if o.Err == nil || r.orders.ctx.Err() != nil {
		return
	}
	switch a := o.Action.(type) {
	case *Forget:
		r.Log.Warn("the state of a removed part is not deleted", "part", a.Partial, "worker", string(a.Worker), "err", o.Err)
	case *DeleteTopics:
		r.Log.Warn("topics of a removed app are not deleted", "app", a.App, "err", o.Err)
	}
}

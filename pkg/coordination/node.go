package coordination

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"
)

// Node takes part in a group: it heartbeats, knows who leads, and leads itself
// when it holds the lease.
type Node struct {
	store Store
	opts  Options
	log   *slog.Logger
	clock Clock

	mu          sync.Mutex
	core        *core
	started     bool
	published   State
	subscribers map[chan State]struct{}
}

// New returns a node that takes part in opts.Group by way of store. It starts
// nothing: call Run.
func New(store Store, opts Options) (*Node, error) {
	if err := opts.complete(); err != nil {
		return nil, fmt.Errorf("coordination: %w", err)
	}
	t := newTiming(opts.HeartbeatInterval, opts.HeartbeatMaxRetry)
	log := opts.Logger.With("group", opts.Group, "node", string(opts.NodeID))
	if t.expiry < shortExpiry {
		log.Warn("heartbeatInterval × heartbeatMaxRetry is short: a slow database will make leaders change", "expiry", t.expiry)
	}
	id := Identity{Group: opts.Group, Node: opts.NodeID, Incarnation: opts.Incarnation}
	return &Node{
		store: store, opts: opts, log: log, clock: opts.Clock,
		core:        newCore(id, maps.Clone(opts.Properties), t),
		subscribers: make(map[chan State]struct{}),
	}, nil
}

// State returns what the node knows now. IsLeader is true only while the lease
// certainly holds; ask again before each act that needs it.
func (n *Node) State() State {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.core.state(n.clock.Now())
}

// Subscribe returns a channel that holds the newest state whenever leader,
// epoch or members have changed, the present one first. States in between are
// skipped by a slow reader. cancel ends it; the channel is never closed.
func (n *Node) Subscribe() (states <-chan State, cancel func()) {
	ch := make(chan State, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	ch <- n.core.state(n.clock.Now())
	n.subscribers[ch] = struct{}{}
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.subscribers, ch)
	}
}

// publish hands a changed state to the subscribers. The caller holds mu.
func (n *Node) publish(now time.Time) {
	s := n.core.state(now)
	if sameState(s, n.published) {
		return
	}
	n.published = s
	for ch := range n.subscribers {
		select {
		case <-ch: // replace what was not read
		default:
		}
		ch <- s
	}
}

// sameState compares everything but the ages of the heartbeats.
func sameState(a, b State) bool {
	return a.Connected == b.Connected && a.IsLeader == b.IsLeader && a.Leader == b.Leader && a.Epoch == b.Epoch &&
		maps.Equal(a.LeaderProperties, b.LeaderProperties) &&
		slices.EqualFunc(a.Members, b.Members, func(x, y Member) bool {
			return x.ID == y.ID && maps.Equal(x.Properties, y.Properties)
		})
}

// outcome is how a step ended.
type outcome struct {
	step        step
	sentAt, now time.Time
	view        View
	taken       bool
	err         error
}

// term is one run of OnLead.
type term struct {
	epoch    Epoch
	cancel   context.CancelFunc
	done     chan error
	ended    bool // cancelled: the lease is over
	deadline time.Time
	overdue  bool // said already that it did not return in time
}

// Run takes part until ctx ends: then it stops leading, gives the lease up, leaves
// the group and returns nil. It returns ErrDuplicateNode when another process has
// the same node id. A store that fails is no reason to return: Run keeps trying.
// A Node runs once.
func (n *Node) Run(ctx context.Context) error {
	n.mu.Lock()
	if n.started {
		n.mu.Unlock()
		return errors.New("coordination: this node has been run already")
	}
	n.started = true
	n.mu.Unlock()

	d := driver{Node: n, results: make(chan outcome, 1)}
	err := d.loop(ctx)
	d.stop(ctx)
	if err != nil {
		return fmt.Errorf("coordination: node %s of group %s: %w", n.opts.NodeID, n.opts.Group, err)
	}
	return nil
}

// driver is the state of one Run; its loop owns it.
type driver struct {
	*Node
	results chan outcome
	pending bool // a step is under way and will arrive in results
	term    *term
	failing bool // the last request failed
}

func (d *driver) loop(ctx context.Context) error {
	for {
		wait := d.proceed(ctx)
		fired, stop := d.clock.NewTimer(wait)
		var ended chan error
		if d.term != nil {
			ended = d.term.done
		}
		var err error
		select {
		case <-ctx.Done():
			stop()
			return nil
		case out := <-d.results:
			err = d.settle(out)
		case workErr := <-ended:
			d.workEnded(workErr)
		case <-fired:
		}
		stop()
		if err != nil {
			return err
		}
	}
}

// proceed starts what is due and returns how long to wait for the next thing.
func (d *driver) proceed(ctx context.Context) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	s, wake := d.core.next(now)
	if s.kind != stepWait {
		d.send(ctx, s, now)
		_, wake = d.core.next(now)
	}
	d.adjustTerm(ctx, now)
	d.publish(now)
	if t := d.term; t != nil && t.ended && !t.overdue && t.deadline.Before(wake) {
		wake = t.deadline
	}
	return max(wake.Sub(now), time.Millisecond)
}

// send performs a step in a goroutine, because a lease must end in time even
// while the store does not answer.
func (d *driver) send(ctx context.Context, s step, now time.Time) {
	d.pending = true
	timeout := d.core.period
	go func() {
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		out := outcome{step: s, sentAt: now}
		switch s.kind {
		case stepHeartbeat:
			out.view, out.err = d.store.Heartbeat(ctx, s.heartbeat)
		case stepTake:
			out.taken, out.err = d.store.Take(ctx, s.claim)
		case stepResign:
			out.err = d.store.Resign(ctx, d.core.id, s.resign)
		}
		out.now = d.clock.Now()
		d.results <- out
	}()
}

// settle tells the core how a step ended.
func (d *driver) settle(out outcome) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pending = false
	d.report(out)
	// Not out.now: the loop may come here later than the answer did.
	now := d.clock.Now()
	switch out.step.kind {
	case stepHeartbeat:
		return d.core.heartbeatDone(out.step.heartbeat, out.sentAt, now, out.view, out.err)
	case stepTake:
		d.core.takeDone(out.step.claim, out.sentAt, now, out.taken, out.err)
	case stepResign:
		d.core.resignDone(now)
	}
	return nil
}

// report logs a store that begins to fail, recovers, or is slow.
func (d *driver) report(out outcome) {
	took := out.now.Sub(out.sentAt)
	switch {
	case out.err != nil && !d.failing:
		d.log.Error("the coordination store does not answer; trying on", "err", out.err)
	case out.err == nil && d.failing:
		d.log.Info("the coordination store answers again")
	case out.err == nil && took > d.core.expiry*3/4:
		d.log.Warn("the coordination store is slow: raise heartbeatInterval or heartbeatMaxRetry", "took", took, "expiry", d.core.expiry)
	}
	d.failing = out.err != nil
}

// adjustTerm starts and ends OnLead as the core says. The caller holds mu.
func (d *driver) adjustTerm(ctx context.Context, now time.Time) {
	epoch := d.core.leads(now)
	if t := d.term; t != nil {
		if !t.ended && t.epoch != epoch {
			t.cancel()
			t.ended, t.deadline = true, now.Add(d.core.margin)
			d.log.Warn("lost the lease: stopped leading", "epoch", t.epoch)
		}
		if t.ended && !t.overdue && !now.Before(t.deadline) {
			t.overdue = true
			d.log.Error("what the leader runs has not stopped in time: another node may lead already", "epoch", t.epoch)
		}
		return
	}
	if epoch == 0 {
		return
	}
	workCtx, cancel := context.WithCancel(ctx)
	t := &term{epoch: epoch, cancel: cancel, done: make(chan error, 1)}
	d.term = t
	d.core.workStarted()
	d.log.Info("took the lease: leading", "epoch", epoch)
	go func() { t.done <- d.opts.OnLead(workCtx, epoch) }()
}

// workEnded notes that OnLead has returned.
func (d *driver) workEnded(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.term
	d.term = nil
	t.cancel()
	if !t.ended {
		d.log.Warn("what the leader runs has ended by itself: giving the lease up", "epoch", t.epoch, "err", err)
	} else if err != nil && !errors.Is(err, context.Canceled) {
		d.log.Error("what the leader runs ended with an error", "epoch", t.epoch, "err", err)
	}
	d.core.workEnded(t.epoch, d.clock.Now())
}

// stop ends the term, waits for what is under way and leaves the group.
func (d *driver) stop(ctx context.Context) {
	if t := d.term; t != nil {
		t.cancel()
		d.awaitWork(t)
	}
	if d.pending {
		<-d.results // bounded by its own timeout
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.core.period)
	defer cancel()
	if err := d.store.Leave(ctx, d.core.id); err != nil {
		d.log.Warn("could not leave the group: the others will wait until the lease runs out", "err", err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.core = newCore(d.core.id, d.core.props, d.core.timing)
	d.publish(d.clock.Now())
}

// awaitWork waits for OnLead, and says so when it outlives the lease.
func (d *driver) awaitWork(t *term) {
	fired, stop := d.clock.NewTimer(d.core.margin)
	defer stop()
	for {
		select {
		case err := <-t.done:
			if err != nil && !errors.Is(err, context.Canceled) {
				d.log.Error("what the leader runs ended with an error", "epoch", t.epoch, "err", err)
			}
			return
		case <-fired:
			d.log.Error("what the leader runs has not stopped in time: another node may lead already", "epoch", t.epoch)
			fired = nil
		}
	}
}

package coordination

import "time"

// core decides for one node. It is told what happened and when, and says what to
// do next; it does no I/O, reads no clock and has no goroutine. Node drives it.
type core struct {
	id    Identity
	props Properties
	timing
	wall func(time.Time) time.Time // what the wall clock says at a time; tests suspend machines by it

	inFlight  bool      // a step was handed out and its outcome is not yet known
	nextRound time.Time // when to heartbeat next; the zero time is at once
	claimNow  bool      // the last round showed a lease to take

	joined bool      // the node's row has been this process's
	rival  MemberRow // last seen row of another process with our node id

	view      View
	viewAt    time.Time // when the request that brought view was sent
	connected bool      // view is from a round that succeeded

	seen   Lease     // the lease as it last changed
	seenAt time.Time // when we first had it so; never earlier than its renewal

	epoch        Epoch     // of our own term; zero when we do not lead
	renewedAt    time.Time // when the request that last renewed our lease was sent
	working      bool      // OnLead runs, maybe that of an earlier term
	resign       Epoch     // the lease of this epoch is to be given up
	abstainUntil time.Time // leave the lease to others until then
}

func newCore(id Identity, props Properties, t timing) *core {
	return &core{id: id, props: props, timing: t, wall: stripMonotonic}
}

// step is one request to the store.
type step struct {
	kind      stepKind
	heartbeat Heartbeat
	claim     Claim
	resign    Epoch
}

type stepKind uint8

const (
	stepWait stepKind = iota
	stepHeartbeat
	stepTake
	stepResign
)

// next returns what to do now, or stepWait and until when. After any other step
// it must be told the outcome before it hands out one more.
func (c *core) next(now time.Time) (step, time.Time) {
	c.endTermIfOver(now)
	if c.inFlight {
		return step{}, c.wake(now)
	}
	switch {
	case c.resign != 0:
		c.inFlight = true
		return step{kind: stepResign, resign: c.resign}, time.Time{}
	case c.claimNow:
		c.inFlight, c.claimNow = true, false
		return step{kind: stepTake, claim: Claim{Identity: c.id, Seen: c.seen, Expiry: c.expiry}}, time.Time{}
	case !now.Before(c.nextRound):
		c.inFlight = true
		hb := Heartbeat{Identity: c.id, Properties: c.props, Expiry: c.expiry, Renew: c.epoch}
		if c.epoch != 0 {
			hb.Forget = c.forget
		}
		return step{kind: stepHeartbeat, heartbeat: hb}, time.Time{}
	}
	return step{}, c.wake(now)
}

// wake returns the next moment at which something changes by time alone.
func (c *core) wake(now time.Time) time.Time {
	var at time.Time
	earliest := func(t time.Time) {
		if t.After(now) && (at.IsZero() || t.Before(at)) {
			at = t
		}
	}
	if !c.inFlight {
		earliest(c.nextRound)
	}
	if c.epoch != 0 {
		earliest(c.renewedAt.Add(c.expiry - c.margin))
	}
	if c.connected {
		earliest(c.viewAt.Add(c.expiry))
	}
	if at.IsZero() {
		at = now.Add(c.period)
	}
	return at
}

// heartbeatDone tells the outcome of a stepHeartbeat sent at sentAt. It returns
// ErrDuplicateNode when the node must not go on.
func (c *core) heartbeatDone(hb Heartbeat, sentAt, now time.Time, view View, err error) error {
	c.inFlight = false
	c.endTermIfOver(now)
	if err != nil {
		c.nextRound = now.Add(c.retry)
		return nil
	}
	c.nextRound = sentAt.Add(c.period)
	c.view, c.viewAt, c.connected = view, sentAt, true
	c.observe(view.Lease, now)
	if !view.Joined {
		return c.meetRival(view)
	}
	c.joined, c.rival = true, MemberRow{}
	if c.epoch != 0 && hb.Renew == c.epoch {
		if view.Renewed {
			c.renewedAt = sentAt
		} else {
			c.epoch = 0
		}
	}
	c.stand(now)
	return nil
}

// meetRival judges the fresh row of another process with our node id. It may be
// of our own earlier run, which died: then it does not change and ages away.
func (c *core) meetRival(view View) error {
	if c.joined {
		return ErrDuplicateNode // only a process that is newer than us takes our row
	}
	for _, m := range view.Members {
		if m.Node != c.id.Node {
			continue
		}
		if c.rival.Incarnation == m.Incarnation && c.rival.Heartbeats != m.Heartbeats {
			return ErrDuplicateNode
		}
		c.rival = m
	}
	return nil
}

// observe notes when the lease last changed. The time is that of the answer, so
// that it is never before the renewal itself.
func (c *core) observe(l Lease, now time.Time) {
	age := l.Age
	was := c.seen
	l.Age, was.Age = 0, 0
	if l != was || c.seenAt.IsZero() {
		c.seenAt = now
	}
	c.seen, c.seen.Age = l, age
}

// stand decides whether to try to take the lease, or when to look again.
func (c *core) stand(now time.Time) {
	if c.epoch != 0 || c.working || c.resign != 0 {
		return
	}
	if now.Before(c.abstainUntil) {
		return
	}
	if c.free() {
		c.claimNow = true
		return
	}
	// Time since seenAt is by the monotonic clock: a jump of the wall clock must
	// not make the lease look older than it is.
	due := c.seenAt.Add(c.expiry)
	if now.Before(due) {
		if due.Before(c.nextRound) {
			c.nextRound = due
		}
		return
	}
	// A negative age means that the database's clock was set back; what this node
	// has seen is enough then.
	c.claimNow = c.seen.Age >= c.expiry || c.seen.Age < 0
}

// free says that nobody can be leading: the lease was never taken, was given up,
// or is of an earlier term of this very process.
func (c *core) free() bool {
	return c.seen.Node == "" || (c.seen.Node == c.id.Node && c.seen.Incarnation == c.id.Incarnation)
}

// takeDone tells the outcome of a stepTake sent at sentAt.
func (c *core) takeDone(claim Claim, sentAt, now time.Time, taken bool, err error) {
	c.inFlight = false
	switch {
	case err != nil:
		c.nextRound = now.Add(c.retry)
	case !taken:
		c.nextRound = now // see who won
	default:
		c.epoch, c.renewedAt = claim.Seen.Epoch+1, sentAt
		mine := Lease{Node: c.id.Node, Incarnation: c.id.Incarnation, Epoch: c.epoch}
		c.view.Lease = mine
		c.observe(mine, now)
		c.nextRound = sentAt.Add(c.period)
		c.endTermIfOver(now)
	}
}

// resignDone tells the outcome of a stepResign. Its error needs no cure: the
// lease runs out.
func (c *core) resignDone(now time.Time) {
	c.inFlight = false
	c.resign = 0
	c.nextRound = now
}

// workStarted tells that OnLead runs.
func (c *core) workStarted() { c.working = true }

// workEnded tells that OnLead has returned. If the term still lasts, the node
// gives it up and abstains for a while.
func (c *core) workEnded(epoch Epoch, now time.Time) {
	c.working = false
	if c.epoch == epoch {
		c.epoch = 0
		c.resign = epoch
		c.abstainUntil = now.Add(c.expiry)
	}
}

// leads returns the epoch in which the node may act at now; zero if in none.
func (c *core) leads(now time.Time) Epoch {
	if c.epoch == 0 || c.elapsed(c.renewedAt, now) >= c.expiry-c.margin {
		return 0
	}
	return c.epoch
}

func (c *core) endTermIfOver(now time.Time) {
	if c.epoch != 0 && c.leads(now) == 0 {
		c.epoch = 0
	}
}

// elapsed returns how much time has passed at most. The monotonic clock stands
// still while the machine is suspended; the wall clock can be set back: the
// greater of the two is on the safe side for who holds a lease.
func (c *core) elapsed(since, now time.Time) time.Duration {
	return max(now.Sub(since), c.wall(now).Sub(c.wall(since)))
}

func stripMonotonic(t time.Time) time.Time { return t.Round(0) }

// state derives what the node tells others.
func (c *core) state(now time.Time) State {
	if !c.connected || c.elapsed(c.viewAt, now) >= c.expiry {
		return State{}
	}
	s := State{Connected: true, Epoch: c.view.Lease.Epoch}
	for _, m := range c.view.Members {
		if m.Age < c.expiry {
			s.Members = append(s.Members, Member{ID: m.Node, Properties: m.Properties, LastHeartbeat: m.Age})
		}
	}
	lease := c.view.Lease
	if epoch := c.leads(now); epoch != 0 {
		s.IsLeader, s.Epoch, s.Leader, s.LeaderProperties = true, epoch, c.id.Node, c.props
		return s
	}
	if lease.Node == c.id.Node || lease.Age >= c.expiry {
		return s // the row says us, but our term is over; or it has expired
	}
	s.Leader = lease.Node
	for _, m := range s.Members {
		if m.ID == lease.Node {
			s.LeaderProperties = m.Properties
		}
	}
	return s
}

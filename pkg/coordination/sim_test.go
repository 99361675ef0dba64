package coordination

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// sim runs cores in virtual time, tick by tick, against rows in memory. Requests
// travel: they reach the store later than they were sent, answers come later
// still, and a request that its sender has given up may yet be done.
type sim struct {
	at     time.Duration // true time since the beginning
	dbJump time.Duration // how far the database's clock is off
	down   bool          // the store answers nobody
	rows   *simRows
	nodes  map[NodeID]*simNode
	timing timing
	delay  func(*simNode) (there, back time.Duration)
	lost   func() bool // whether a message gets lost
	log    func(format string, args ...any)
	fault  error // the first broken invariant

	leaders map[Epoch]string // who has led in each epoch
	highest Epoch
}

const tick = 10 * time.Millisecond

var simStart = time.Unix(1_700_000_000, 0)

func newSim(t timing) *sim {
	s := &sim{
		nodes: make(map[NodeID]*simNode), leaders: make(map[Epoch]string), timing: t,
		log: func(string, ...any) {},
	}
	s.calm()
	s.rows = newSimRows(func() time.Time { return simStart.Add(s.at + s.dbJump) })
	return s
}

// calm makes a network that loses nothing and is fast, but for the answers to slow nodes.
func (s *sim) calm() {
	s.lost = func() bool { return false }
	s.delay = func(n *simNode) (there, back time.Duration) {
		if n.slow {
			// Later than the margin, but early enough for a leader to go on.
			return tick, min(s.timing.expiry*28/100, s.timing.period-3*tick)
		}
		return tick, tick
	}
}

// simNode is one process: a core and what the driver would hold.
type simNode struct {
	id        NodeID
	core      *core
	runs      int     // incarnations so far
	rate      float64 // of its clock
	clock     float64 // monotonic reading, in nanoseconds
	suspended []suspension
	alive     bool
	paused    bool // does nothing, its clock runs
	asleep    bool // does nothing, its monotonic clock stands still
	cut       bool // reaches no store
	slow      bool // answers reach it late
	requests  []*request
	deliver   *request // whose outcome the core waits for
	work      Epoch    // OnLead of this epoch runs
	cancelled bool
	returnsAt time.Duration
	disturbed bool // did nothing for a while during work
	believed  Epoch
	fatal     error
}

// suspension says that the wall clock gained by so much over the monotonic one.
type suspension struct {
	at   time.Time
	gain time.Duration
}

type request struct {
	step             step
	sentAt           time.Time
	arrives, answers time.Duration // in true time
	timeout          time.Duration
	lostThere, lost  bool
	done             bool
	view             View
	taken            bool
	err              error
}

func (s *sim) start(id NodeID) *simNode {
	n := s.nodes[id]
	if n == nil {
		n = &simNode{id: id, rate: 1}
		s.nodes[id] = n
	}
	n.runs++
	identity := Identity{Group: "g", Node: id, Incarnation: fmt.Sprintf("%s#%d", id, n.runs)}
	n.core = newCore(identity, Properties{"host": string(id)}, s.timing)
	n.core.wall = n.wall
	n.alive, n.paused, n.asleep, n.work, n.believed, n.fatal, n.deliver = true, false, false, 0, 0, nil, nil
	return n
}

func (n *simNode) now() time.Time { return simStart.Add(time.Duration(n.clock)) }

func (n *simNode) wall(t time.Time) time.Time {
	w := t
	for _, s := range n.suspended {
		if !t.Before(s.at) {
			w = w.Add(s.gain)
		}
	}
	return w
}

func (n *simNode) running() bool { return n.alive && !n.paused && !n.asleep }

// believes returns the epoch in which the process, if it ran now, would act.
func (n *simNode) believes() Epoch {
	if !n.running() {
		return 0
	}
	return n.core.leads(n.now())
}

func (s *sim) crash(n *simNode) { n.alive, n.work, n.deliver = false, 0, nil }

// stop is what the driver does when its context ends: it leaves at once.
func (s *sim) stop(n *simNode) {
	if n.alive {
		id := n.core.id
		s.crash(n)
		_ = s.rows.Leave(context.Background(), id)
	}
}

// pass lets d of true time pass.
func (s *sim) pass(d time.Duration) {
	for end := s.at + d; s.at < end && s.fault == nil; {
		s.at += tick
		ids := slices.Sorted(maps.Keys(s.nodes))
		for _, id := range ids {
			n := s.nodes[id]
			if n.asleep {
				last := &n.suspended[len(n.suspended)-1]
				last.gain += tick
			} else {
				n.clock += float64(tick) * n.rate
			}
			s.travel(n)
		}
		s.check(ids)
		for _, id := range ids {
			if n := s.nodes[id]; n.running() {
				s.run(n)
			}
		}
		s.check(ids)
	}
}

// travel lets requests reach the store, whatever has become of who sent them.
func (s *sim) travel(n *simNode) {
	kept := n.requests[:0]
	for _, r := range n.requests {
		if !r.done && s.at >= r.arrives {
			r.done = true
			if r.lostThere || s.down || n.cut {
				r.lost = true
			} else {
				s.perform(n, r)
			}
		}
		if !r.done || r == n.deliver {
			kept = append(kept, r)
		}
	}
	n.requests = kept
}

func (s *sim) perform(n *simNode, r *request) {
	ctx := context.Background()
	switch r.step.kind {
	case stepHeartbeat:
		r.view, r.err = s.rows.Heartbeat(ctx, r.step.heartbeat)
	case stepTake:
		r.taken, r.err = s.rows.Take(ctx, r.step.claim)
	case stepResign:
		r.err = s.rows.Resign(ctx, r.step.claim.Identity, r.step.resign)
	}
}

var errNoAnswer = errors.New("no answer")

// run does what the driver's loop would do now.
func (s *sim) run(n *simNode) {
	now := n.now()
	if r := n.deliver; r != nil {
		switch {
		case r.done && !r.lost && s.at >= r.answers:
			s.settle(n, r, r.err)
		case s.at >= r.timeout:
			s.settle(n, r, errNoAnswer)
		}
	}
	if n.fatal != nil {
		s.log("%s ends: %v", n.id, n.fatal)
		s.crash(n)
		return
	}
	if st, _ := n.core.next(now); st.kind != stepWait {
		st.claim.Identity = n.core.id
		there, back := s.delay(n)
		r := &request{
			step: st, sentAt: now, arrives: s.at + there, answers: s.at + there + back,
			timeout: s.at + s.timing.period, lostThere: s.lost(), lost: s.lost(),
		}
		n.deliver = r
		n.requests = append(n.requests, r)
	}
	s.work(n, now)
}

func (s *sim) settle(n *simNode, r *request, err error) {
	n.deliver = nil
	now := n.now()
	switch r.step.kind {
	case stepHeartbeat:
		n.fatal = n.core.heartbeatDone(r.step.heartbeat, r.sentAt, now, r.view, err)
	case stepTake:
		n.core.takeDone(r.step.claim, r.sentAt, now, r.taken && err == nil, err)
	case stepResign:
		n.core.resignDone(now)
	}
}

// work starts and ends OnLead as the driver does. It returns a quarter of the
// margin after it was cancelled.
func (s *sim) work(n *simNode, now time.Time) {
	epoch := n.core.leads(now)
	switch {
	case n.work == 0 && epoch != 0:
		n.work, n.cancelled, n.disturbed = epoch, false, false
		n.core.workStarted()
	case n.work != 0 && !n.cancelled && n.work != epoch:
		n.cancelled, n.returnsAt = true, s.at+s.timing.margin/4
	case n.work != 0 && n.cancelled && s.at >= n.returnsAt:
		ended := n.work
		n.work = 0
		n.core.workEnded(ended, now)
	}
}

// giveUp is OnLead returning by itself.
func (s *sim) giveUp(n *simNode) {
	if n.work != 0 && !n.cancelled && n.running() {
		ended := n.work
		n.work = 0
		n.core.workEnded(ended, n.now())
	}
}

// check is the point of it all: at any instant one node at most believes that it
// leads, and none two ever did in the same epoch.
func (s *sim) check(ids []NodeID) {
	believers, workers := 0, 0
	for _, id := range ids {
		n := s.nodes[id]
		if n.work != 0 && !n.disturbed {
			workers++
		}
		if !n.running() {
			continue
		}
		epoch := n.core.leads(n.now())
		if epoch != 0 {
			believers++
		}
		if epoch != n.believed {
			n.believed = epoch
			s.note(n, epoch)
		}
	}
	if believers > 1 || workers > 1 {
		var who []string
		for _, id := range ids {
			n := s.nodes[id]
			who = append(who, fmt.Sprintf("%s leads in epoch %d and works in %d", id, n.believes(), n.work))
		}
		s.fault = fmt.Errorf("at %v more than one acts: %s", s.at, strings.Join(who, ", "))
	}
}

// note records that a node began, or ended, to believe that it leads.
func (s *sim) note(n *simNode, epoch Epoch) {
	if epoch == 0 {
		s.log("%s leads no more", n.id)
		return
	}
	s.log("%s leads in epoch %d", n.id, epoch)
	who := n.core.id.Incarnation
	other, had := s.leaders[epoch]
	switch {
	case had && other != who:
		s.fault = fmt.Errorf("at %v epoch %d is led by %s, and was by %s", s.at, epoch, who, other)
	case !had && epoch <= s.highest:
		s.fault = fmt.Errorf("at %v epoch %d begins after epoch %d", s.at, epoch, s.highest)
	}
	s.leaders[epoch], s.highest = who, max(s.highest, epoch)
}

func (s *sim) pause(n *simNode) { n.paused, n.disturbed = true, true }
func (s *sim) suspend(n *simNode) {
	n.asleep, n.disturbed = true, true
	n.suspended = append(n.suspended, suspension{at: n.now().Add(1)})
}
func (s *sim) resume(n *simNode) { n.paused, n.asleep = false, false }

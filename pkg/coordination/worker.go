package coordination

import (
	"slices"
	"time"
)

// Terms are the two numbers that a manager hands to its workers, and what
// follows from them for both sides.
//
// A worker may run what it was given until Limit after it has SENT the last
// heartbeat that a manager acknowledged. The manager counts from when it RECEIVED
// that heartbeat, which is later, and places the worker's parts elsewhere only
// after Limit + Margin. So
//
//	worker stops at      sent + Limit
//	manager re-places at received + Limit + Margin  >=  sent + Limit + Margin
//
// and Margin is left for stopping the apps and for clocks that run unequally:
// a part never runs twice at once.
type Terms struct {
	HeartbeatInterval time.Duration
	HeartbeatMaxRetry int
}

// Limit is how long a worker runs on without an acknowledgement.
func (t Terms) Limit() time.Duration {
	return t.HeartbeatInterval * time.Duration(t.HeartbeatMaxRetry)
}

// Margin is how much longer than Limit a manager waits: one interval, but at
// least a second and at least a fifth of Limit.
func (t Terms) Margin() time.Duration {
	return max(t.HeartbeatInterval, time.Second, t.Limit()/5)
}

// WorkerLease is a worker's right to run what it was given. The zero lease has
// expired. It is not safe for concurrent use.
type WorkerLease struct {
	sentAt time.Time
	limit  time.Duration
}

// Renew notes that the heartbeat sent at sentAt was acknowledged under terms. An
// acknowledgement that was overtaken by a later one changes nothing.
func (l *WorkerLease) Renew(sentAt time.Time, terms Terms) {
	if sentAt.Before(l.sentAt) {
		return
	}
	l.sentAt, l.limit = sentAt, terms.Limit()
}

// Remaining returns how long the worker may still run; never negative. A machine
// that was suspended, or whose clock was set forward, has less.
func (l *WorkerLease) Remaining(now time.Time) time.Duration {
	if l.sentAt.IsZero() {
		return 0
	}
	passed := max(now.Sub(l.sentAt), stripMonotonic(now).Sub(stripMonotonic(l.sentAt)))
	return max(0, l.limit-passed)
}

// Expired reports whether the worker must not run anything.
func (l *WorkerLease) Expired(now time.Time) bool { return l.Remaining(now) == 0 }

// FailureDetector tells the leader which workers are certainly not running
// anything any more. It lives as long as one term of leadership; it is not safe
// for concurrent use.
type FailureDetector struct {
	wait  time.Duration
	grace time.Time
	seen  map[string]time.Time
	dead  map[string]bool
}

// NewFailureDetector returns the detector of a leader that has taken over at now.
// A worker may have been acknowledged by the leader before until that moment, and
// needs time to find the new one: none is dead before now + Limit + Margin, nor
// before now + grace.
func NewFailureDetector(terms Terms, now time.Time, grace time.Duration) *FailureDetector {
	return &FailureDetector{
		wait:  terms.Limit() + terms.Margin(),
		grace: now.Add(max(grace, terms.Limit()+terms.Margin())),
		seen:  make(map[string]time.Time),
		dead:  make(map[string]bool),
	}
}

// Admit begins to watch a worker, as seen at now: one that the leader found in
// its records at take-over, one that is new, or one that was dead and was told to
// drop what it had.
func (f *FailureDetector) Admit(worker string, now time.Time) {
	f.seen[worker] = now
	delete(f.dead, worker)
}

// Seen notes a heartbeat received at now and reports whether it may be
// acknowledged. It may not when the worker is unknown or has been declared dead:
// its parts may run elsewhere, so it must drop them and be admitted anew.
func (f *FailureDetector) Seen(worker string, now time.Time) bool {
	last, known := f.seen[worker]
	if !known || f.dead[worker] {
		return false
	}
	if now.After(last) {
		f.seen[worker] = now
	}
	return true
}

// Dead returns the workers whose parts may be placed elsewhere, ordered by id.
// A worker stays dead until it is admitted or forgotten.
func (f *FailureDetector) Dead(now time.Time) []string {
	var dead []string
	for worker, last := range f.seen {
		// By the monotonic clock alone: a wall clock set forward kills nobody.
		if !f.dead[worker] && !now.Before(f.grace) && now.Sub(last) >= f.wait {
			f.dead[worker] = true
		}
		if f.dead[worker] {
			dead = append(dead, worker)
		}
	}
	slices.Sort(dead)
	return dead
}

// NextCheck returns when Dead may next have more to say; false if it watches nobody.
func (f *FailureDetector) NextCheck() (at time.Time, watching bool) {
	for worker, last := range f.seen {
		if f.dead[worker] {
			continue
		}
		due := last.Add(f.wait)
		if due.Before(f.grace) {
			due = f.grace
		}
		if !watching || due.Before(at) {
			at, watching = due, true
		}
	}
	return at, watching
}

// Forget stops watching a worker.
func (f *FailureDetector) Forget(worker string) {
	delete(f.seen, worker)
	delete(f.dead, worker)
}

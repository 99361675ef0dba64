package worker

import (
	"context"
	"sync"
	"time"

	"millrace/pkg/coordination"
)

// lease watches the worker's right to run apps. It knows nothing of the network:
// whatever a heartbeat waits for, the end of the lease comes on time.
type lease struct {
	lost    func() // is called, and waited for, when the lease has expired
	renewed chan struct{}

	mu   sync.Mutex
	held bool
	l    coordination.WorkerLease
}

func newLease(lost func()) *lease { return &lease{lost: lost, renewed: make(chan struct{}, 1)} }

// renew notes that a heartbeat sent at sentAt was acknowledged. It says whether
// the lease is held: an answer that took too long brings none.
func (l *lease) renew(sentAt time.Time, terms coordination.Terms) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.l.Renew(sentAt, terms)
	l.held = !l.l.Expired(time.Now())
	if l.held {
		select {
		case l.renewed <- struct{}{}:
		default:
		}
	}
	return l.held
}

func (l *lease) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.held
}

// check returns how long the lease lasts; ok is false when it has just expired.
func (l *lease) check() (left time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.held {
		return 0, true
	}
	left = l.l.Remaining(time.Now())
	l.held = left > 0
	return left, l.held
}

// run watches until ctx ends.
func (l *lease) run(ctx context.Context) {
	for {
		left, ok := l.check()
		if !ok {
			l.lost()
			continue
		}
		if !l.sleep(ctx, left) {
			return
		}
	}
}

// sleep waits until the lease may have expired (0: there is none) or was renewed.
// It returns false when ctx has ended.
func (l *lease) sleep(ctx context.Context, left time.Duration) bool {
	var expires <-chan time.Time
	if left > 0 {
		t := time.NewTimer(left)
		defer t.Stop()
		expires = t.C
	}
	select {
	case <-expires:
	case <-l.renewed:
	case <-ctx.Done():
		return false
	}
	return true
}

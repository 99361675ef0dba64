package coordination

import (
	"slices"
	"testing"
	"time"
)

var terms = Terms{HeartbeatInterval: 2 * time.Second, HeartbeatMaxRetry: 2}

func TestTerms(t *testing.T) {
	f := func(interval time.Duration, retries int, limit, margin time.Duration) {
		t.Helper()
		x := Terms{interval, retries}
		if x.Limit() != limit || x.Margin() != margin {
			t.Errorf("%v × %d: limit %v, margin %v; want %v, %v", interval, retries, x.Limit(), x.Margin(), limit, margin)
		}
	}
	f(2*time.Second, 2, 4*time.Second, 2*time.Second)
	f(100*time.Millisecond, 3, 300*time.Millisecond, time.Second)
	f(time.Second, 20, 20*time.Second, 4*time.Second)
}

func TestWorkerLease(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	var l WorkerLease
	if !l.Expired(at(0)) || l.Remaining(at(0)) != 0 {
		t.Error("a lease that no manager gave has not expired")
	}
	// Sent at 0; that the answer came at 1 does not lengthen it.
	l.Renew(at(0), terms)
	if l.Expired(at(3.999)) || !l.Expired(at(4)) || l.Remaining(at(1)) != 3*time.Second {
		t.Errorf("at 1 s there remain %v", l.Remaining(at(1)))
	}
	l.Renew(at(2), terms)
	l.Renew(at(1), terms) // an answer that was overtaken
	if got := l.Remaining(at(2)); got != 4*time.Second {
		t.Errorf("an older answer left %v", got)
	}
	if got := l.Remaining(at(100)); got != 0 {
		t.Errorf("remaining is %v long after the end", got)
	}
	// A leader with other settings gives another limit.
	l.Renew(at(3), Terms{time.Second, 1})
	if got := l.Remaining(at(3)); got != time.Second {
		t.Errorf("the new leader's limit is %v", got)
	}
}

func TestFailureDetector(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	at := func(s float64) time.Time { return start.Add(time.Duration(s * float64(time.Second))) }
	dead := func(f *FailureDetector, s float64, want ...string) {
		t.Helper()
		if got := f.Dead(at(s)); !slices.Equal(got, want) {
			t.Errorf("at %v s dead are %v, want %v", s, got, want)
		}
	}
	f := NewFailureDetector(terms, at(0), 10*time.Second)
	if _, watching := f.NextCheck(); watching {
		t.Error("it watches nobody, yet wants to check")
	}
	f.Admit("a", at(0))
	f.Admit("b", at(0))
	if f.Seen("c", at(1)) {
		t.Error("an unknown worker was acknowledged")
	}
	dead(f, 9.9) // the workers still look for the new leader
	if next, _ := f.NextCheck(); !next.Equal(at(10)) {
		t.Errorf("the next check is at %v", next.Sub(start))
	}
	if !f.Seen("a", at(9)) {
		t.Error("a live worker was refused")
	}
	dead(f, 10, "b")
	if f.Seen("b", at(10.5)) {
		t.Error("a dead worker was acknowledged: its parts may run elsewhere")
	}
	dead(f, 14.9, "b")
	dead(f, 15, "a", "b") // 9 + limit 4 + margin 2
	f.Forget("a")
	f.Admit("b", at(15))
	dead(f, 20.9)
	if !f.Seen("b", at(20.9)) {
		t.Error("a worker that was admitted again was refused")
	}
	dead(f, 26.8)
	dead(f, 26.9, "b")
}

// TestNeverTwice is the promise of Terms: whatever the delays, a worker has
// stopped when the manager may place its parts elsewhere.
func TestNeverTwice(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
	for _, network := range []time.Duration{0, 10 * time.Millisecond, 3 * time.Second} {
		var l WorkerLease
		f := NewFailureDetector(terms, start, 0)
		f.Admit("w", start)
		sent := start.Add(time.Second)
		f.Seen("w", sent.Add(network))
		l.Renew(sent, terms)
		next, _ := f.NextCheck()
		for now := start; now.Before(next.Add(time.Second)); now = now.Add(10 * time.Millisecond) {
			if len(f.Dead(now)) > 0 && !l.Expired(now.Add(-terms.Margin())) {
				t.Fatalf("delay %v: at %v the worker is dead but had the margin not to stop in", network, now.Sub(start))
			}
		}
		if len(f.Dead(next)) != 1 {
			t.Fatalf("delay %v: never dead", network)
		}
	}
}

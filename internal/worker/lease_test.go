package worker

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/coordination"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheLeaseEndsOnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		terms := coordination.Terms{HeartbeatInterval: 2 * time.Second, HeartbeatMaxRetry: 2}
		var lost []time.Time
		l := newLease(func() { lost = append(lost, time.Now()) })
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { l.run(ctx); close(done) }()
		time.Sleep(time.Hour) // nothing is lost that was never held
		if l.holds() || len(lost) != 0 {
			t.Fatal("a lease is held, or was lost, before the first heartbeat")
		}
		sent := time.Now()
		time.Sleep(time.Second) // the answer takes a second
		if !l.renew(sent, terms) {
			t.Fatal("an answer in time brings no lease")
		}
		for range 10 {
			time.Sleep(2 * time.Second)
			sent = time.Now()
			l.renew(sent, terms)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if l.holds() || len(lost) != 1 || lost[0].Sub(sent) != 4*time.Second {
			t.Errorf("lost at %v after the last heartbeat was sent at %v; want once, 4s later", lost, sent)
		}
		if l.renew(sent, terms) {
			t.Error("an answer that took a minute brings the lease back")
		}
		if !l.renew(time.Now(), terms) {
			t.Error("a new answer does not bring the lease back")
		}
		cancel()
		<-done
	})
}

package coordination

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"time"
	"unicode/utf8"
)

// Options configures a Node. Group, NodeID and OnLead are required.
type Options struct {
	Group      string
	NodeID     NodeID
	Properties Properties
	// HeartbeatInterval is the time between two rounds; default 5 s. A leader
	// that has less than two rounds per expiry renews more often.
	HeartbeatInterval time.Duration
	// HeartbeatMaxRetry times the interval is the expiry; default 3, at least 1.
	HeartbeatMaxRetry int
	// OnLead runs, in a goroutine that Run owns, for as long as the node leads.
	// Its context ends before the lease can be another's: it must return then, at
	// once. Returning earlier gives the lease up; the node then lets the others
	// try first. Its error is logged.
	OnLead func(ctx context.Context, epoch Epoch) error
	Logger *slog.Logger // default: slog.Default
	// Clock is the time; default: the machine's. Tests in a synctest bubble
	// need none of their own.
	Clock Clock
	// Incarnation tells this process from others of the same NodeID; default: random.
	Incarnation string
}

// Clock is the node's time. Now should carry a monotonic reading, as time.Now does.
type Clock interface {
	Now() time.Time
	// NewTimer returns a channel that gets one value after d, and what stops it.
	NewTimer(d time.Duration) (fired <-chan time.Time, stop func() bool)
}

type machineClock struct{}

func (machineClock) Now() time.Time { return time.Now() }

func (machineClock) NewTimer(d time.Duration) (<-chan time.Time, func() bool) {
	t := time.NewTimer(d)
	return t.C, t.Stop
}

// nameLimits are what every store must be able to keep.
const (
	groupLimit = 190
	nodeLimit  = 500
)

func (o *Options) complete() error {
	if err := checkName("groupId", o.Group, groupLimit); err != nil {
		return err
	}
	if err := checkName("node id", string(o.NodeID), nodeLimit); err != nil {
		return err
	}
	if o.HeartbeatInterval == 0 {
		o.HeartbeatInterval = 5 * time.Second
	}
	if o.HeartbeatInterval < 10*time.Millisecond {
		return fmt.Errorf("heartbeatInterval is %v, it must be at least 10ms", o.HeartbeatInterval)
	}
	if o.HeartbeatMaxRetry == 0 {
		o.HeartbeatMaxRetry = 3
	}
	if o.HeartbeatMaxRetry < 1 {
		return fmt.Errorf("heartbeatMaxRetry is %d, it must be at least 1", o.HeartbeatMaxRetry)
	}
	if o.OnLead == nil {
		return errors.New("OnLead is not set")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Clock == nil {
		o.Clock = machineClock{}
	}
	if o.Incarnation == "" {
		o.Incarnation = rand.Text()
	}
	return nil
}

// checkName refuses what a database would cut or compare differently: MySQL
// ignores spaces at the end.
func checkName(what, name string, limit int) error {
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return fmt.Errorf("%s is not set", what)
	case n > limit:
		return fmt.Errorf("%s has %d characters, it must have at most %d", what, n, limit)
	case name[0] == ' ' || name[len(name)-1] == ' ':
		return fmt.Errorf("%s %q must not begin or end with a space", what, name)
	}
	return nil
}

// shortExpiry is the expiry below which a slow database makes leaders come and go.
const shortExpiry = 2 * time.Second

// timing is the lengths that follow from the two configured numbers.
type timing struct {
	period time.Duration // between two rounds
	retry  time.Duration // after a round that failed
	expiry time.Duration // age at which a lease or member is dead
	margin time.Duration // a leader stops so long before the expiry
	forget time.Duration // age at which a dead member's row is removed
}

func newTiming(interval time.Duration, maxRetry int) timing {
	expiry := interval * time.Duration(maxRetry)
	return timing{
		// With one retry a leader that renews once per interval would lose the
		// lease each time.
		period: min(interval, expiry/2),
		retry:  min(interval, expiry/2) / 4,
		expiry: expiry,
		// The margin covers clocks that run at different speeds and the time that
		// OnLead needs to return.
		margin: min(expiry/5, 5*time.Second),
		forget: max(10*expiry, time.Minute),
	}
}

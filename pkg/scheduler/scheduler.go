// Package scheduler brings what the workers run to what the users want.
//
// The decisions are a pure function, Step: what is known (facts) and the time
// go in, a new state and a list of actions come out. Its rules:
//
//   - A part that may run on a live worker is ordered to stop there, and the order
//     is acknowledged, before it is placed again, there or elsewhere. Only a worker
//     that is certainly dead is not asked. So a part never runs twice at once.
//   - Each placement has a higher generation than all before it. It is saved
//     before the order is sent, so the next leader knows it.
//   - A part that cannot be placed or started waits with its reason; the others of
//     its app run on.
//   - A part keeps its state when it moves or its text changes. When no app has it
//     any more, its state is deleted once it has stopped, and with the last part
//     of a removed app the app's topics: what is deployed again begins anew.
//   - Nothing moves without need: the same text again changes nothing, a worker
//     that joins gets only what waits.
//
// phase.go has the states of a part and every legal transition, step.go the order
// in which facts are looked at, place.go the choice of a worker, remove.go the
// way of what is wanted no more. Run (driver.go)
// executes the actions, with a queue for each worker so that a slow one holds
// up no other.
//
// It imports topology.
package scheduler

import (
	"errors"
	"fmt"
	"time"

	"millrace/pkg/scheduler/topology"
)

// Names and numbers of what is scheduled.
type (
	// WorkerID names a worker; it stays across its restarts.
	WorkerID string
	// Generation numbers placements: of two placements of a partial app, the
	// later one has the higher number, whichever leader made it, even when the
	// app was removed in between.
	Generation int64
	// Epoch is the term of the leader that decides; it fences earlier ones.
	Epoch int64
)

// newGeneration is the number of a leader's n-th placement.
func newGeneration(epoch Epoch, n int32) Generation { return Generation(epoch)<<32 | Generation(n) }

// String returns the epoch of the leader that placed and the number of its placement.
func (g Generation) String() string { return fmt.Sprintf("%d.%d", g>>32, g&(1<<32-1)) }

var (
	// ErrNoWorkers means that no live worker can take a part.
	ErrNoWorkers = errors.New("not enough workers")
	// ErrFenced means that a later leader has taken over; whoever gets it must stop deciding.
	ErrFenced = errors.New("a later leader has taken over")
	// ErrRefused means that a worker has understood an order and will not carry
	// it out however often it is sent: the partial app cannot be created there.
	ErrRefused = errors.New("refused by the worker")
)

// App is an app that the users want to run, or have removed.
type App struct {
	Name string
	// Topology is nil when the app cannot be split any more: its parts stop and
	// keep their state.
	Topology *topology.Topology
}

// Status is how a worker says a part of its inventory fares.
type Status string

// The statuses.
const (
	Starting Status = "starting"
	Running  Status = "running"
	Broken   Status = "failed" // it has stopped by itself and will not start again unasked
)

// Entry is a part that a worker has, by its last heartbeat.
type Entry struct {
	Partial    string
	Generation Generation
	Hash       string
	Status     Status
	Error      string // of a Broken one
}

// Worker is what is known of a worker.
type Worker struct {
	ID      WorkerID
	Address string
	// Alive is false only when the worker certainly runs nothing any more: its
	// lease and the margin have passed. A worker that is not listed is dead.
	Alive bool
	// Ready workers may be given more: they have been heard from lately.
	Ready bool
	// Reported says that Inventory is from a heartbeat to this leader.
	Reported bool
	// Receiver workers take pass-through parts only, and are taken first for them.
	Receiver bool
	// Capacity is how many parts it takes; 0 means any number.
	Capacity  int
	Inventory []Entry
}

// Outcome is how an order ended.
type Outcome struct {
	Action Action // anything but a *Save
	Err    error  // nil when it was carried out
}

// Facts are what is known at one instant.
type Facts struct {
	// Apps are those that should run, the oldest first: of two that cannot run
	// together, the later one waits.
	Apps []App
	// Removed are those that the users have removed and that are not gone yet.
	// Until then no app of that name may be among Apps.
	Removed  []App
	Workers  []Worker
	Outcomes []Outcome // of orders since the last Step
}

// Options configures Step.
type Options struct {
	Epoch Epoch
	// MinWorkers is how many ready workers there must be before anything is placed; default 1.
	MinWorkers int
	// Resend is how long an order may go without an effect before it is sent again; default 5s.
	Resend time.Duration
	// Backoff is the pause after a first failure; it doubles up to MaxBackoff.
	// Defaults 1s and 1min.
	Backoff, MaxBackoff time.Duration
}

func (o *Options) complete() {
	if o.MinWorkers <= 0 {
		o.MinWorkers = 1
	}
	if o.Resend <= 0 {
		o.Resend = 5 * time.Second
	}
	if o.Backoff <= 0 {
		o.Backoff = time.Second
	}
	if o.MaxBackoff < o.Backoff {
		o.MaxBackoff = max(time.Minute, o.Backoff)
	}
}

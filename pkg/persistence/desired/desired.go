// Package desired is what the managers of a group have decided: the users' apps,
// the workers they know, and which worker runs which partial app.
//
// Only the leader writes, and every write names its epoch. The store remembers the
// highest epoch it has seen (the fence) and refuses lower ones, so a leader that was
// paused and has been replaced changes nothing. Followers read.
//
// The stores are in the sibling packages sql and memory. It imports
// pkg/persistence only.
package desired

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"millrace/pkg/persistence"
)

// ErrStaleEpoch means that a later leader has taken over: the writer no longer leads.
var ErrStaleEpoch = errors.New("a later leader has taken over")

// StaleEpochError carries the two epochs of an ErrStaleEpoch.
type StaleEpochError struct {
	Group        string
	Epoch, Fence persistence.Epoch
}

func (e *StaleEpochError) Error() string {
	return fmt.Sprintf("write the desired state of group %s under epoch %d: %v, in epoch %d", e.Group, e.Epoch, ErrStaleEpoch, e.Fence)
}

func (e *StaleEpochError) Unwrap() error { return ErrStaleEpoch }

// App is an app as a user deployed it.
type App struct {
	Name       string
	Text       string // as the user wrote it
	Generation persistence.Generation
	State      string // a word of the scheduler's
	Reason     string // why it is in State, for people; may be empty
	// CreatedAt and UpdatedAt are the store's times; a write does not set them.
	CreatedAt, UpdatedAt time.Time
}

// Worker is a worker that the managers know.
type Worker struct {
	ID           string
	Address      string // where the managers reach it
	Receiver     bool   // runs apps with sources only
	RegisteredAt time.Time
	UpdatedAt    time.Time // both are the store's times; a write does not set them
}

// Placement says which worker runs a partial app.
type Placement struct {
	PartialApp string
	App        string
	Worker     string // empty while it waits for one
	Generation persistence.Generation
	Epoch      persistence.Epoch // of the leader that wrote it; a write does not set it
	State      string            // a word of the scheduler's
	UpdatedAt  time.Time         // the store's time; a write does not set it
}

// State is everything at one instant, each list ordered by its key.
type State struct {
	Fence      persistence.Epoch
	Apps       []App
	Workers    []Worker
	Placements []Placement
}

// Changes is a set of writes that are done together or not at all. What is
// deleted need not exist; deletes come before puts.
type Changes struct {
	DeleteApps       []string
	DeleteWorkers    []string
	DeletePlacements []string
	PutApps          []App
	PutWorkers       []Worker
	PutPlacements    []Placement
}

// Empty reports whether there is nothing to write.
func (c Changes) Empty() bool {
	return len(c.DeleteApps)+len(c.DeleteWorkers)+len(c.DeletePlacements)+
		len(c.PutApps)+len(c.PutWorkers)+len(c.PutPlacements) == 0
}

// Store keeps the desired state of one group. It is safe for concurrent use.
// Implementations prove themselves with storetest.RunDesired.
type Store interface {
	// Load returns everything at one instant.
	Load(ctx context.Context) (State, error)
	// Apply raises the fence to epoch and makes the changes, in one transaction. It
	// fails with a *StaleEpochError when the fence is higher. A new leader applies
	// empty changes first: from then on no earlier one can write.
	Apply(ctx context.Context, epoch persistence.Epoch, changes Changes) error
	// App returns one app and whether there is one of that name.
	App(ctx context.Context, name string) (App, bool, error)
}

// Check refuses changes that not every store could keep. Stores call it.
func (c Changes) Check() error {
	for _, a := range c.PutApps {
		if err := checkName("app", a.Name); err != nil {
			return err
		}
	}
	for _, w := range c.PutWorkers {
		if err := checkName("worker", w.ID); err != nil {
			return err
		}
	}
	for _, p := range c.PutPlacements {
		if err := checkName("partial app", p.PartialApp); err != nil {
			return err
		}
		if err := checkName("app of partial app "+p.PartialApp, p.App); err != nil {
			return err
		}
	}
	return nil
}

// nameLimit is the longest name, in characters, that every store keeps.
const nameLimit = 500

func checkName(what, name string) error {
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return fmt.Errorf("%s has no name", what)
	case n > nameLimit:
		return fmt.Errorf("the name of %s has %d characters, it must have at most %d", what, n, nameLimit)
	case name[0] == ' ' || name[len(name)-1] == ' ':
		return fmt.Errorf("the name of %s, %q, must not begin or end with a space", what, name)
	case !utf8.ValidString(name):
		return fmt.Errorf("the name of %s, %q, is not valid UTF-8", what, name)
	}
	return nil
}

package scheduler

import (
	"fmt"

	"millrace/pkg/scheduler/topology"
)

// Action is a *Save, *EnsureTopics, *DeleteTopics, *Deploy, *Undeploy or *Forget.
type Action interface {
	// Key names what the action does; two with one key have the same effect.
	Key() string
}

// Save writes what has changed. It comes first: the others may only be carried
// out when it is durable.
type Save struct {
	Parts   []Part      // new or changed
	Removed []string    // partial apps that are no more
	Apps    []AppStatus // changed
}

// EnsureTopics makes the topics of an app, or only looks for them when Create is false.
type EnsureTopics struct {
	App       string
	Transport topology.Transport
	Topics    []topology.Topic
	Create    bool
}

// Deploy orders a worker to run a part. A worker that runs a lower generation of
// it stops that one first; one that has seen a higher generation or epoch
// refuses. A worker whose lease ends while it is at it drops the part.
type Deploy struct {
	Worker     WorkerID
	Address    string
	Partial    topology.PartialApp
	App        string
	Generation Generation
	Epoch      Epoch
}

// Undeploy orders a worker to stop a part, if it has it, and to refuse this
// generation and those below from now on. It is carried out when the part has
// stopped and its last snapshot is stored.
type Undeploy struct {
	Worker     WorkerID
	Address    string
	Partial    string
	Generation Generation
	Epoch      Epoch
}

// Forget orders a worker to delete the state of a part that runs nowhere and is
// wanted no more, so that a later part of that name begins anew. Any worker can
// do it.
type Forget struct {
	Worker     WorkerID
	Address    string
	Partial    string
	Generation Generation
	Epoch      Epoch
}

// DeleteTopics removes the topics of an app that users have removed, with what they hold.
type DeleteTopics struct {
	App       string
	Transport topology.Transport
	Topics    []topology.Topic
}

// Key implements Action.
func (s *Save) Key() string { return "save" }

// Key implements Action.
func (e *EnsureTopics) Key() string { return "topics " + topicsKey(e.App, e.Topics) }

// Key implements Action.
func (d *Deploy) Key() string {
	return fmt.Sprintf("deploy %s/%s on %s", d.Partial.Name, d.Generation, d.Worker)
}

// Key implements Action.
func (u *Undeploy) Key() string {
	return fmt.Sprintf("undeploy %s/%s on %s", u.Partial, u.Generation, u.Worker)
}

// Key implements Action.
func (f *Forget) Key() string {
	return fmt.Sprintf("forget %s/%s by %s", f.Partial, f.Generation, f.Worker)
}

// Key implements Action.
func (d *DeleteTopics) Key() string { return "delete topics " + topicsKey(d.App, d.Topics) }

// topicsKey changes when the topics of an app do.
func topicsKey(app string, topics []topology.Topic) string {
	return fmt.Sprint(app, topics)
}

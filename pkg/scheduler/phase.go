package scheduler

import (
	"fmt"
	"time"
)

// Phase is where a part stands.
type Phase string

// The phases.
const (
	Waiting     Phase = "waiting"     // it runs nowhere
	Deploying   Phase = "deploying"   // ordered, not yet reported as running
	Active      Phase = "active"      // reported as running
	Failed      Phase = "failed"      // it did not start, or broke; it is tried again after a pause
	Undeploying Phase = "undeploying" // ordered to stop, not yet acknowledged
	Forgetting  Phase = "forgetting"  // it runs nowhere and is not wanted; its state is to be deleted
)

// event is what happens to a part.
type event string

const (
	placed    event = "placed"    // a worker was chosen
	started   event = "started"   // the worker reports it as running
	broke     event = "broke"     // the worker refuses it, or reports that it has failed
	stop      event = "stop"      // it must not run there any longer
	stopped   event = "stopped"   // the worker has acknowledged that
	lost      event = "lost"      // the worker is dead
	unwanted  event = "unwanted"  // no app has it any more
	forgotten event = "forgotten" // its state is deleted
)

// transitions has every legal one. A part leaves a live worker by stop and
// stopped, and a dead one by lost; there is no other way from a worker back to Waiting.
var transitions = map[Phase]map[event]Phase{
	Waiting:     {placed: Deploying, unwanted: Forgetting},
	Deploying:   {started: Active, broke: Failed, stop: Undeploying, lost: Waiting},
	Active:      {broke: Failed, stop: Undeploying, lost: Waiting},
	Failed:      {started: Active, stop: Undeploying, lost: Waiting},
	Undeploying: {stopped: Waiting, lost: Waiting},
	Forgetting:  {forgotten: Waiting},
}

// Part is a partial app on its way. The fields up to Reason are worth storing;
// the rest a new leader starts with zero values of.
type Part struct {
	Name       string
	App        string
	Worker     WorkerID // where it runs or may run; empty while it waits
	Generation Generation
	Phase      Phase
	Hash       string // of the text that was ordered; empty when a former leader did
	Reason     string // why it is not active, for people

	Group     string
	Failures  int       // in a row
	RetryAt   time.Time // of a failed one
	SendAt    time.Time // when its order is due (again)
	Since     time.Time // when it entered its phase
	Avoid     WorkerID  // where it failed last
	forgotten bool      // it has no state, and has not been placed since
}

// on makes the transition for an event.
func (p *Part) on(e event, now time.Time, reason string) {
	next, legal := transitions[p.Phase][e]
	if !legal {
		panic(fmt.Sprintf("BUG: part %s is %s and got the event %s", p.Name, p.Phase, e))
	}
	p.Phase, p.Reason, p.Since, p.SendAt = next, reason, now, now
	if next == Waiting {
		p.Worker, p.Hash = "", ""
	}
	p.forgotten = e == forgotten
}

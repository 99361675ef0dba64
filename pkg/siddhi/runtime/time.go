package runtime

import (
	"errors"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/plan"
)

// wallClock is the clock on the wall for operators. Outside of playback it is
// the app's clock, so that one call of an operator sees one time.
type wallClock struct{ app *App }

// Now implements flow.Clock.
func (w wallClock) Now() int64 {
	if !w.app.playback {
		return w.app.clock.now
	}
	return w.app.wallNow()
}

// Played implements flow.Clock.
func (wallClock) Played() bool { return false }

// wallNow is the time that passes by itself: the system's, or in Virtual mode
// what AdvanceTo has said.
func (a *App) wallNow() int64 {
	if a.opts.Time == Virtual {
		return a.wall.now
	}
	return wallMillis()
}

// AdvanceTo moves the clock of Virtual mode, firing every timer that is due on
// the way. In playback that is the clock on the wall: the app's own follows the events.
func (a *App) AdvanceTo(now int64) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.opts.Time != Virtual {
		return errors.New("only a virtual clock can be advanced")
	}
	if !a.running {
		return ErrStopped
	}
	a.fireWall(now)
	a.wall.now = max(a.wall.now, now)
	return nil
}

// fireWall fires what is due when the clock on the wall has come to now.
func (a *App) fireWall(now int64) {
	if a.playback {
		a.wallTimers.fire(&a.wall, now, a.timerFailed)
		a.setWake()
		return
	}
	a.fireDue(now)
}

// fireDue moves the app's clock to now. The caller holds the lock.
func (a *App) fireDue(now int64) {
	if a.playback {
		a.timers.play(&a.clock, now, a.timerFailed)
	} else {
		a.timers.fire(&a.clock, now, a.timerFailed)
	}
	a.setWake()
}

// FromTimer is the Query of a ProcessingError that no event has caused.
const FromTimer = plan.FromTimer

func (a *App) timerFailed(err error) { a.report(FromTimer, err) }

// setWake makes sure that the earliest timer of the system's clock fires.
func (a *App) setWake() {
	if a.opts.Time == Virtual || !a.running {
		return
	}
	waiting := &a.timers
	if a.playback {
		waiting = &a.wallTimers
	}
	due, ok := waiting.next()
	if !ok || a.wakeAt != 0 && a.wakeAt <= due {
		return
	}
	a.wakeAt = due
	if a.wake == nil {
		a.wake = newAlarm(a.onWake)
	}
	a.wake.set(due)
}

func (a *App) onWake() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.wakeAt = 0
	if a.running {
		a.fireWall(wallMillis())
	}
}

// play runs a batch whose events drive the clock. Where time matters it is cut
// wherever the clock is set, and timers fire in between. As in Siddhi only an
// event that is not older than the clock sets it: a timer that is due already
// when an operator asks for it waits for such an event.
func (a *App) play(j *plan.Junction, b *column.Batch) {
	if !a.plan.UsesClock && !a.plan.Timed {
		for c := range b.Chunks() {
			_, hi := b.Chunk(c)
			a.clock.now = max(a.clock.now, b.Time[hi-1])
		}
		j.Push(b)
		return
	}
	if !a.idle.waiting { // the first event after a restore, which may be behind the clock
		a.idle.moved(a)
	}
	first := 0
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		if now := b.Time[hi-1]; now > a.clock.now || now == a.clock.now && a.plan.Timed {
			a.pushRows(j, b, first, lo)
			first = lo
			a.idle.moved(a)
			a.fireDue(now)
		}
	}
	a.pushRows(j, b, first, b.N)
}

func (a *App) pushRows(j *plan.Junction, b *column.Batch, lo, hi int) {
	if lo == hi {
		return
	}
	if lo == 0 && hi == b.N {
		j.Push(b)
		return
	}
	b.Slice(&a.cut, lo, hi)
	j.Push(&a.cut)
}

// heartbeat moves the clock of playback on while no events come, as
// @app:playback(idle.time, increment) asks: each idle ms on the wall by
// increment ms, from the first event on. An event that does not move the clock
// does not put it off. As in Siddhi it goes on while playback is switched off, and moves
// the clock that playback finds when it is switched on again; and another
// idle time holds from the next time on that it looks.
type heartbeat struct {
	check.Idle
	timers  opTimers
	last    int64 // when the clock moved, by the one on the wall
	waiting bool  // a timer is under way
}

func (h *heartbeat) set(a *App, idle check.Idle) {
	h.Idle = idle
	h.timers = opTimers{app: a, wall: true}
	h.timers.Bind(beat{a}, nil)
}

// moved is told that an event, or a beat, has moved the clock.
func (h *heartbeat) moved(a *App) {
	h.last = wallClock{a}.Now()
	h.wait(a, h.Time)
}

// wait looks again after so long, unless it waits already.
func (h *heartbeat) wait(a *App, ms int64) {
	if h.Time > 0 && !h.waiting {
		h.waiting = true
		h.timers.At(wallClock{a}.Now()+ms, 0)
		a.setWake()
	}
}

// beat is the heartbeat as an operator: what a timer can call.
type beat struct{ app *App }

// Process implements flow.Operator; no rows come to it.
func (beat) Process(*column.Batch, flow.Emit) error { return nil }

// Timer implements flow.Timed.
func (t beat) Timer(int64, int32, flow.Emit) error {
	a := t.app
	h := &a.idle
	h.waiting = false
	if gone := (wallClock{a}).Now() - h.last; gone < h.Time {
		h.wait(a, h.Time-gone)
		return nil
	}
	if a.playback {
		a.fireDue(a.clock.now + h.Increment)
	} else {
		a.playedTo += h.Increment
	}
	h.moved(a)
	return nil
}

// EnablePlayback has events drive the clock from now on, or with on false the
// wall. idle is as in @app:playback; the zero Idle means that of before. Timers that wait
// keep their due times and follow the new clock.
func (a *App) EnablePlayback(on bool, idle check.Idle) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if on && idle.Time > 0 {
		a.idle.Idle = idle
	}
	if on == a.playback {
		return
	}
	a.playback, a.clock.played = on, on
	if on { // as in Siddhi the first event sets the clock, unless it is behind an earlier playback
		a.clock.now = a.playedTo
	} else {
		a.playedTo = a.clock.now
	}
	from, to := &a.timers, &a.wallTimers
	if !on {
		from, to = to, from
	}
	kept := from.heap[:0]
	var moved []timer
	for _, t := range from.heap {
		if t.op.wall {
			moved = append(moved, t)
		} else {
			kept = append(kept, t)
		}
	}
	from.heap = kept
	from.order()
	for _, t := range moved {
		to.add(t.due, t.key, t.op)
	}
	if !on {
		// The clock comes to the present at once: what is due sees that time.
		a.clock.now = a.wallNow()
		a.fireDue(a.clock.now)
	}
}

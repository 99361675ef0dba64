package ratelimit

import (
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// ticks are the times at which each key releases rows.
type ticks struct {
	period    int64
	clock     flow.Clock
	wall      flow.Clock
	scheduler flow.Scheduler
	next      []int64 // by key
	asked     []int64 // by key: the due time of the timer on its way
	phase     []phase // by key
}

// mostOverdue bounds how many ticks are made up for after a restore: an app that
// was away for a day does not release 86400 snapshots at once.
const mostOverdue = 1000

// phase is how far the ticks of a key have come.
type phase uint8

const (
	unbegun phase = iota
	begun         // nothing has ticked or come yet
	ticking
)

func newTicks(period int64, opts Options) ticks {
	return ticks{period: period, clock: opts.Clock, wall: opts.Wall, scheduler: opts.Scheduler}
}

// Begin implements Ticking. What a restore has brought goes on as it was.
func (t *ticks) Begin(key int32) {
	t.next, t.asked, t.phase = grow(t.next, key), grow(t.asked, key), grow(t.phase, key)
	if t.phase[key] == unbegun {
		t.phase[key] = begun
		t.wait(key, t.wall.Now()+t.period)
	}
}

func (t *ticks) wait(key int32, next int64) {
	t.next[key], t.asked[key] = next, next
	t.scheduler.At(next, key)
}

// past is how far behind the clock on the wall, in ms, events of playback are of the
// past. Ticks of others come as in Siddhi, if up to so much later.
const past = 60_000

// come notes that a row of a key has come. Ticks are counted from a time on the
// wall, as in Siddhi; in playback of the past they would never come, so that
// they are counted from the first row then.
func (t *ticks) come(key int32) {
	if int(key) >= len(t.phase) || t.phase[key] == unbegun {
		t.Begin(key)
	}
	if t.phase[key] != begun {
		return
	}
	now, played := t.clock.Now(), t.clock.Played()
	if played && now == 0 {
		return // a trigger's row: no event has set the clock yet
	}
	t.phase[key] = ticking
	if played && now+t.period < t.next[key]-past {
		t.wait(key, now+t.period)
	}
}

// due says whether a timer is the one that a key waits for, and asks for the next.
func (t *ticks) due(due int64, key int32) bool {
	if int(key) >= len(t.next) || t.phase[key] == unbegun || due != t.asked[key] {
		return false
	}
	if due != t.next[key] { // that tick was early
		t.wait(key, t.next[key])
		return false
	}
	t.phase[key] = ticking
	t.wait(key, due+t.period)
	return true
}

// early says whether a row with a timestamp comes after the next tick of its
// key, which then ticks before its time. As in Siddhi the timer for it comes all
// the same, and the one for the next tick is asked for then.
func (t *ticks) early(timestamp int64, key int32) bool {
	if timestamp < t.next[key] {
		return false
	}
	t.next[key] += t.period
	return true
}

func (t *ticks) snapshot(e *state.Encoder) {
	state.Slice(e, t.next)
	state.Slice(e, t.phase)
}

func (t *ticks) restore(d *state.Decoder) {
	t.next, t.phase = state.ReadSlice(d, t.next), state.ReadSlice(d, t.phase)
	if len(t.next) != len(t.phase) {
		d.Fail(state.ErrCorrupt)
	}
	if d.Err() != nil {
		t.next, t.phase = nil, nil
		return
	}
	t.asked = make([]int64, len(t.next))
	for key, p := range t.phase {
		if now := t.clock.Now(); t.next[key] < now {
			if behind := (uint64(now) - uint64(t.next[key])) / uint64(t.period); behind > mostOverdue {
				t.next[key] += int64(behind-mostOverdue) * t.period
			}
		}
		if p != unbegun {
			t.wait(int32(key), t.next[key])
		}
	}
}

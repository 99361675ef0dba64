package runtime

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/operator"
	"millrace/pkg/siddhi/plan"
)

// TimeMode says what drives an app's clock.
type TimeMode uint8

// The modes of time.
const (
	// Live follows the system's clock, or the events in an app with @app:playback.
	Live TimeMode = iota
	// Playback follows the timestamps of events, as if the app had @app:playback.
	Playback
	// Virtual is Live with AdvanceTo in the place of the system's clock: tests
	// and scenarios.
	Virtual
)

// clock is the app's time. It implements flow.Clock.
type clock struct {
	now    int64
	played bool // see flow.Clock
}

func (c *clock) Now() int64 { return c.now }

// Played implements flow.Clock.
func (c *clock) Played() bool { return c.played }

// timers are the due times of all operators of an app: by time, then in the
// order in which they were asked for. Outside of playback one that has passed
// already is due when it is asked for, behind what waits for that time.
type timers struct {
	heap   timerHeap
	made   int // operators with timers
	played played
	// restored, unless nil, takes what a restore brings.
	restored []timer
	// before are the timers that a restore has dropped. As in Siddhi their jobs still
	// come, so that what is asked for anew for the time of one has its turn.
	before []timer
	// ringing is the timer at hand; what its operator asks for its key meanwhile
	// is in again: as in Siddhi it is asked for when all that the timer brings
	// about has happened.
	ringing timer
	again   []int64
}

type timer struct {
	at  int64 // when it fires: due, or later if it was asked for later
	seq uint64
	due int64
	key int32
	op  *opTimers
}

// opTimers is one operator's flow.Scheduler. It implements plan.Timers.
type opTimers struct {
	app  *App
	made int  // the how manieth of the app's operators with timers
	wall bool // its due times are the wall clock's, also in playback
	// turn, unless 0, is the seq of all its timers: as in Siddhi, where a job that
	// repeats itself keeps its place among what is due at one time.
	turn     uint64
	periodic bool // turn is the seq of the first
	job      bool // see plan.Env
	// keys has them, and groups counts those of their groups; nil outside of partitions.
	keys   *operator.Keys
	groups func() int
	asking askingKeys
	at     *plan.Stored // where they lie in a snapshot; nil: nowhere
	op     flow.Alarmed
	next   flow.Emit
}

// Bind says what to call.
func (o *opTimers) Bind(op flow.Alarmed, next flow.Emit) { o.op, o.next = op, next }

// At implements flow.Scheduler.
func (o *opTimers) At(due int64, key int32) {
	o.app.timersOf(o).add(due, key, o)
}

// timersOf says which clock an operator's due times belong to.
func (a *App) timersOf(o *opTimers) *timers {
	if o.wall && a.playback {
		return &a.wallTimers
	}
	return &a.timers
}

func (t *timers) add(due int64, key int32, op *opTimers) {
	if t.restored != nil && op.at != nil {
		t.restored = append(t.restored, timer{due: due, key: key, op: op})
		return
	}
	if !op.job && op == t.ringing.op && key == t.ringing.key {
		t.again = append(t.again, due)
		return
	}
	if op.keys != nil && op.app.clock.played {
		op.asking.note(key)
	}
	seq := op.turn
	if seq == 0 && len(t.before) > 0 {
		seq = t.turnBefore(due, key, op)
	}
	if seq == 0 {
		op.app.asked++
		seq = op.app.asked + firstTurns
		if op.periodic {
			op.turn = seq
		}
	}
	at := due
	if c := &op.app.clock; !c.played {
		at = max(due, c.now)
	}
	t.heap.push(timer{at, seq, due, key, op})
}

// firstTurns is above the turns of those that go first.
const firstTurns = 1 << 32

// order makes a heap again of one from which timers were taken.
func (t *timers) order() { t.heap.init() }

// next returns when the first of them fires.
func (t *timers) next() (at int64, ok bool) {
	if len(t.heap) == 0 {
		return 0, false
	}
	return t.heap[0].at, true
}

// newTimers makes the scheduler of the next operator.
func (a *App) newTimers(wall bool) *opTimers {
	a.timers.made++
	return &opTimers{app: a, made: a.timers.made, wall: wall}
}

// restoring begins a restore, settle ends it: what waits is asked for in the
// order in which Siddhi restores it. Jobs go on.
func (t *timers) restoring() {
	t.keepJobs()
	t.restored = []timer{}
}

// keepJobs drops all timers but those of jobs.
func (t *timers) keepJobs() {
	t.before = slices.DeleteFunc(slices.Clone(t.heap), func(w timer) bool { return w.op.job })
	t.heap = slices.DeleteFunc(t.heap, func(w timer) bool { return !w.op.job })
	t.order()
}

// turnBefore returns the turn of a timer that a restore has dropped, 0 if there was none.
func (t *timers) turnBefore(due int64, key int32, op *opTimers) (seq uint64) {
	t.before = slices.DeleteFunc(t.before, func(w timer) bool {
		if w.op == op && w.key == key && w.due == due {
			seq = w.seq
			return true
		}
		return w.at < op.app.clock.now
	})
	return seq
}

func (t *timers) settle() {
	list := t.restored
	t.restored = nil
	groups := map[*operator.Keys]int{}
	for _, w := range list {
		if _, done := groups[w.op.keys]; !done && w.op.keys != nil {
			groups[w.op.keys] = w.op.groups()
		}
	}
	slices.SortStableFunc(list, func(a, b timer) int {
		return a.op.at.Compare(*b.op.at, func() int {
			k := a.op.keys
			if k == nil {
				return 0
			}
			n := groups[k]
			return cmp.Or(cmp.Compare(k.Stored(a.key, n), k.Stored(b.key, n)), cmp.Compare(k.Place(b.key), k.Place(a.key)))
		})
	})
	for _, w := range list {
		t.add(w.due, w.key, w.op)
	}
}

// OrderBy implements plan.Timers.
func (o *opTimers) OrderBy(keys *operator.Keys, groups func() int) {
	o.keys, o.groups = keys, groups
}

// Store implements plan.Timers.
func (o *opTimers) Store(at plan.Stored) { o.at = &at }

// Forget implements plan.Timers.
func (o *opTimers) Forget(keys []int32) {
	o.asking.forget(keys)
	t := o.app.timersOf(o)
	n := len(t.heap)
	t.heap = slices.DeleteFunc(t.heap, func(w timer) bool {
		_, gone := slices.BinarySearch(keys, w.key)
		return gone && w.op == o
	})
	if len(t.heap) < n {
		t.order()
	}
}

// fire calls the operators whose timers are due. The clock stands at each due
// time while its timer runs, and at upTo afterwards.
func (t *timers) fire(c *clock, upTo int64, report func(error)) {
	for t.has(upTo) {
		next := t.heap.pop()
		c.now = max(c.now, next.at)
		t.run(next, c.now, report)
	}
	c.now = max(c.now, upTo)
}

// has says whether anything is due by then.
func (t *timers) has(by int64) bool { return len(t.heap) > 0 && t.heap[0].at <= by }

// run calls the operator of a timer, also for what it asks for meanwhile that has
// passed already.
func (t *timers) run(next timer, now int64, report func(error)) {
	t.ringing = next
	next.op.asking.rings(next.key)
	for {
		if err := next.op.op.Timer(next.due, next.key, next.op.next); err != nil {
			report(err)
		}
		if len(t.again) == 0 || t.again[0] > now {
			break
		}
		next.due = t.again[0]
		t.again = append(t.again[:0], t.again[1:]...)
	}
	t.ringing = timer{}
	for _, due := range t.again {
		t.add(due, next.key, next.op)
	}
	t.again = t.again[:0]
}

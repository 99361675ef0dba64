package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// timeBatch collects rows of each key and releases them at the points of a grid
// of t milliseconds: the batch before as Expired (if wanted), then, if there are
// rows, Reset and the rows. With stream set rows pass at once, and the grid
// point emits them as Expired (if wanted) and the Reset. The grid of a key
// begins at its first row, or where start says.
//
// In Siddhi one grid and its timer serve all keys of a partition and starve all
// but the first; here each key has its own, which sleeps while it has no rows.
// Outside of partitions the timer goes on: of what else is due at a grid point, what
// was asked for earlier comes first, and its rows are in time for the batch. As in Siddhi, the grid is no part of a
// snapshot: after a restore it begins anew with the first row or the timer that
// was pending, whichever comes first.
//
// Source: siddhi-core TimeBatchWindowProcessor.
type timeBatch struct {
	batched
	t         int64
	start     int64
	aligned   bool // start is given
	scheduler flow.Scheduler

	// By key:
	next  []int64 // grid point
	phase []phase
}

// phase is where the grid of a key stands.
type phase uint8

const (
	unset    phase = iota // no grid yet
	restored              // no grid yet, but a timer of the old one is on its way for next
	asleep                // next is a grid point, nothing waits for it
	awake                 // a timer for next is on its way
	behind                // that of the old grid is, which will ask for next: timers wait in line
)

func newTimeBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &timeBatch{t: args[0].value, scheduler: opts.Scheduler}
	for _, a := range args[1:] {
		if a.typ == schema.Bool {
			w.stream = a.flag
		} else {
			w.start, w.aligned = a.value, true
		}
	}
	w.setUp(in, opts)
	return w, nil
}

func (w *timeBatch) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.open) {
			w.grow(key)
		}
		if w.phase[key] < awake {
			w.wake(key, now)
		}
		w.add(w.in[at:end], key)
		for w.next[key] <= now { // rows that came before the timer did: the tick is in their chunk
			w.tick(key, now)
		}
		w.endChunk(key)
		at = int(end)
	}
	return w.flush(emit)
}

func (w *timeBatch) grow(key int32) {
	w.growQueues(key)
	w.next = grow(w.next, key, 0)
	w.phase = grow(w.phase, key, unset)
}

// wake asks for the timer of the first grid point after now.
func (w *timeBatch) wake(key int32, now int64) {
	w.next[key] = w.gridPoint(key, now)
	if w.phase[key] == restored {
		w.phase[key] = behind
		return
	}
	w.phase[key] = awake
	w.scheduler.At(w.next[key], key)
}

// gridPoint returns the first point of the key's grid after now; a grid that
// does not exist yet is laid at now.
func (w *timeBatch) gridPoint(key int32, now int64) int64 {
	laid := w.phase[key] >= asleep
	switch next := w.next[key]; {
	case !laid && w.aligned:
		return nextPoint(now, w.start, w.t)
	case !laid:
		return now + w.t
	case next <= now:
		return next + ((now-next)/w.t+1)*w.t
	default:
		return next
	}
}

// nextPoint returns the point after now of the grid of step t through start.
func nextPoint(now, start, t int64) int64 { return now + t - (now-start)%t }

func (w *timeBatch) add(slots []int32, key int32) {
	if !w.stream {
		w.push(&w.open[key], slots)
		return
	}
	w.currents(slots)
	w.hold(key, slots)
}

// tick releases the open batch at a grid point and moves on to the next point.
// When nothing is left to happen there, the grid of a partition's key sleeps
// until a row comes, and others skip what the clock has passed already.
func (w *timeBatch) tick(key int32, now int64) {
	w.letBefore(key, now)
	left := false // something to expire at the next point, were it wanted
	if first := w.open[key].Head; first != column.None {
		if at := w.times()[first]; w.stream {
			w.letPassed(key, now, at)
		} else {
			w.release(key, at)
			left = w.keeps
		}
	}
	w.endChunk(key)
	w.next[key] += w.t
	if !left {
		w.next[key] = w.gridPoint(key, now)
		if w.keyed {
			w.phase[key] = asleep
			return
		}
	}
	if w.phase[key] == awake {
		w.scheduler.At(w.next[key], key)
	}
}

// Timer releases what is open. The first timer after a restore finds no grid:
// it lays one and releases nothing.
func (w *timeBatch) Timer(_ int64, key int32, emit flow.Emit) error {
	now := w.clock.Now()
	switch w.phase[key] {
	case behind:
		w.phase[key] = awake
		w.scheduler.At(w.next[key], key)
		return nil
	case restored:
		w.phase[key] = unset
		if !w.keyed || w.open[key].Len > 0 || w.before[key].Len > 0 && !w.piles {
			w.wake(key, now)
		} else {
			w.next[key], w.phase[key] = w.gridPoint(key, now), asleep
		}
		return nil
	}
	if w.phase[key] == awake && w.next[key] <= now {
		w.tick(key, now)
	}
	return w.flush(emit)
}

func (w *timeBatch) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	now := w.clock.Now()
	for key, p := range w.phase {
		due := w.next[key]
		if p == asleep { // Siddhi's timers never sleep
			due = w.gridPoint(int32(key), now)
		}
		e.Bool(p != unset)
		e.Int(due)
	}
}

func (w *timeBatch) Restore(d *state.Decoder) error {
	w.restore(d, "timeBatch")
	if d.Err() != nil {
		return d.Err()
	}
	w.next = make([]int64, len(w.open))
	w.phase = make([]phase, len(w.open))
	for key := range w.open {
		pending, due := d.Bool(), d.Int()
		if pending && d.Err() == nil {
			w.next[key], w.phase[key] = due, restored
			w.scheduler.At(due, int32(key))
		}
	}
	return d.Err()
}

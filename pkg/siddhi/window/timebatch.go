package window

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// timeBatch collects rows of each key and releases them at the points of a grid
// of t milliseconds: the batch before as Expired (if wanted), then, if there are
// rows, Reset and the rows. With stream set rows pass at once, and the grid
// point emits them as Expired (if wanted) and the Reset. The grid begins at the
// first row, or where start says.
//
// As in Siddhi one grid serves all keys of a partition, and its timer is that of the
// key whose row laid it: the batches of other keys wait until one of their own
// calls comes at a grid point, which is rare. Nor is the grid part of a snapshot:
// after a restore it begins anew with the first row or the timer that was
// pending, whichever comes first. Of what else is due at a grid point, what was
// asked for earlier comes first, and its rows are in time for the batch.
//
// Source: siddhi-core TimeBatchWindowProcessor.
type timeBatch struct {
	batched
	alarms
	t       int64
	start   int64
	aligned bool // start is given

	laid bool  // there is a grid
	next int64 // its next point
}

func newTimeBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &timeBatch{t: args[0].value, alarms: newAlarms(opts)}
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
	now := w.alarms.clock.Now()
	at := 0
	runs := w.begin(b)
	w.alone = len(runs) == 1
	for _, end := range runs {
		key := b.KeyOf(at)
		if int(key) >= len(w.open) {
			w.growQueues(key)
			w.growTo(key)
		}
		due := w.step(key, now) // rows that came before the timer did: the tick is in their chunk
		w.add(w.in[at:end], key)
		if due {
			w.tick(key, now)
		}
		w.endChunk(key)
		if w.overdue() {
			_ = w.ring(key, now, nil)
		}
		at = int(end)
	}
	return w.flush(emit)
}

// step says whether the grid's next point has come, and asks for the one behind it.
func (w *timeBatch) step(key int32, now int64) bool {
	if !w.laid {
		w.laid = true
		w.moveTo(w.firstPoint(now), key)
	}
	if now < w.next {
		return false
	}
	w.moveTo(w.next+w.t, key)
	return true
}

func (w *timeBatch) moveTo(next int64, key int32) {
	w.next = next
	w.ask(next, key)
}

// firstPoint returns the first point of a grid that is laid now.
func (w *timeBatch) firstPoint(now int64) int64 {
	if w.aligned {
		return nextPoint(now, w.start, w.t)
	}
	return now + w.t
}

// nextPoint returns the point after now of the grid of step t through start.
func nextPoint(now, start, t int64) int64 { return now + t - (now-start)%t }

func (w *timeBatch) add(slots []int32, key int32) {
	if !w.stream {
		w.push(&w.open[key], slots)
		return
	}
	w.currents(slots)
	mark := -1
	if w.open[key].Len == 0 {
		mark = 0
	}
	w.hold(key, slots, mark)
}

// tick releases the open batch of a key at a grid point. It says whether there
// is something to expire at the next one.
func (w *timeBatch) tick(key int32, now int64) bool {
	left := false
	w.letBefore(key, now)
	if first := w.open[key].Head; first != column.None {
		if at := w.times()[first]; w.stream {
			w.letPassed(key, first, now, at)
		} else {
			w.release(key, at)
			left = w.keeps
		}
	}
	w.endChunk(key)
	return left
}

// ring works off the due times of a key that have passed. Points that the clock
// has left behind and at which nothing can happen are skipped. What one gives is emitted
// at once, if there is an emit: what fails on it keeps none of those behind it back.
func (w *timeBatch) ring(key int32, now int64, emit flow.Emit) (err error) {
	for due, ok := w.pop(key, now); ok; due, ok = w.pop(key, now) {
		at := w.mark()
		if w.step(key, now) && !w.tick(key, now) && w.next <= now {
			w.moveTo(nextPoint(now, w.next, w.t), key)
		}
		if w.stream {
			w.loseIf(due, at)
		}
		if emit != nil {
			err = errors.Join(err, w.flush(emit))
		}
	}
	return err
}

// Timer implements flow.Timed.
func (w *timeBatch) Timer(_ int64, key int32, emit flow.Emit) error {
	return w.ring(key, w.alarms.clock.Now(), emit)
}

func (w *timeBatch) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	w.alarms.snapshot(e)
}

func (w *timeBatch) Restore(d *state.Decoder) error {
	if w.rows.restore(d, "timeBatch") >= 5 {
		w.alarms.restore(d, len(w.open))
		return d.Err()
	}
	for key := range int32(len(w.open)) { // each key had a grid
		w.growTo(key)
		if pending, due := d.Bool(), d.Int(); pending && d.Err() == nil {
			w.put(due, key)
			w.arm(key)
		}
	}
	return d.Err()
}

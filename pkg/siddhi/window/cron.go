package window

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/cron"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// cronBatch collects rows and releases them when a cron expression fires: the
// batch before as Expired (if wanted), then the rows, without a Reset, so that
// aggregates take the batch before back. A key to which no row has come
// since is left alone. The expression follows the clock on the wall, in playback too.
//
// Source: siddhi-core CronWindowProcessor.
type cronBatch struct {
	*rows
	at        *cron.Expression
	expires   bool
	clock     flow.Clock
	wall      flow.Clock
	scheduler flow.Scheduler
	place     func(key int32, buckets uint32) uint32

	open, before []column.Queue // by key
	held         int            // keys with rows
	buckets      uint32         // of the HashMap that Siddhi has for them: it grows when it is asked, before a key is put in
	filled       []int32        // keys with rows in open
	asked        bool           // a timer is on its way, for due
	due          int64
}

func newCron(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	at, err := cron.Parse(args[0].text)
	if err != nil {
		return nil, err
	}
	w := &cronBatch{at: at, expires: opts.Expired, clock: opts.Clock, wall: opts.Wall, scheduler: opts.Scheduler, place: opts.Place}
	if w.wall == nil {
		w.wall = opts.Clock
	}
	w.rows = newRows(in, opts, nil, &w.open, &w.before)
	return w, nil
}

func (w *cronBatch) Process(b *column.Batch, emit flow.Emit) error {
	at := 0
	for _, end := range w.beginKeys(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.open) {
			w.growQueues(key)
		}
		w.buckets = javatext.Grow(max(w.buckets, javatext.MinBuckets), w.held)
		if w.open[key].Len == 0 {
			w.filled = append(w.filled, key)
			w.held += w.alone(key)
		}
		w.push(&w.open[key], w.in[at:end])
		at = int(end)
	}
	return nil
}

// alone is 1 for a key without rows.
func (w *cronBatch) alone(key int32) int {
	if w.open[key].Len+w.before[key].Len > 0 {
		return 0
	}
	return 1
}

// Begin has the expression fire from now on: when the app starts. The second in
// which that happens counts.
func (w *cronBatch) Begin() {
	if !w.asked {
		w.ask(w.at.First(w.wall.Now()))
	}
}

func (w *cronBatch) ask(due int64, ok bool) {
	if w.due, w.asked = due, ok; ok {
		w.scheduler.At(due, 0)
	}
}

// Timer releases what has come since the expression last fired.
func (w *cronBatch) Timer(due int64, _ int32, emit flow.Emit) error {
	w.ask(w.at.Next(due))
	now := w.clock.Now()
	w.sort(w.filled)
	for _, key := range w.filled {
		open, before := &w.open[key], &w.before[key]
		w.expiredQueue(before, now)
		w.drop(before)
		w.currentQueue(open)
		w.endChunk(key)
		if w.expires {
			*before, *open = *open, column.EmptyQueue
		} else {
			w.drop(open)
		}
		w.held -= w.alone(key)
	}
	w.filled = w.filled[:0]
	return w.flush(emit)
}

// sort puts keys into the order in which Siddhi releases them.
func (w *cronBatch) sort(keys []int32) {
	if w.place == nil {
		slices.Sort(keys)
		return
	}
	slices.SortFunc(keys, func(a, b int32) int {
		return cmp.Or(cmp.Compare(w.place(a, w.buckets), w.place(b, w.buckets)), cmp.Compare(b, a))
	})
}

func (w *cronBatch) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	e.Bool(w.asked)
	e.Int(w.due)
}

// Restore begins as Siddhi's window does where an app starts: the second in which
// that happens counts, so what was restored may leave at once.
func (w *cronBatch) Restore(d *state.Decoder) error {
	w.restore(d, "cron")
	d.Bool() // whether and when it was to fire: that begins anew
	d.Int()
	if d.Err() != nil {
		return d.Err()
	}
	w.filled, w.held = w.filled[:0], 0
	for key := range int32(len(w.open)) {
		if w.open[key].Len > 0 {
			w.filled = append(w.filled, key)
		}
		w.held += 1 - w.alone(key)
	}
	w.buckets = javatext.Grow(javatext.MinBuckets, max(0, w.held-1))
	return nil
}

package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// externalTimeBatch collects rows of each key until one arrives whose own
// timestamp, the attribute ts, has reached the batch's end. That row releases
// the batch (the one before as Expired if wanted, Reset, the rows) and opens
// the next, whose end is the next point of a grid of t milliseconds behind the
// greatest timestamp so far. Late rows join the open batch.
//
// With a timeout the open batch is also released when no row has released one
// for that long by the clock. Rows that come to it later are released together
// with those sent already: these as Expired (if wanted), Reset, and all of them as Current.
//
// Expired and Reset rows get the greatest timestamp so far. A Reset keeps the
// values of its row, also where replace gives the ts attribute of the batch's
// rows the batch's end (Siddhi keeps the event's own there; nothing reads it).
//
// Source: siddhi-core ExternalTimeBatchWindowProcessor.
type externalTimeBatch struct {
	*rows
	alarms
	ts      int
	t       int64
	start   argument // a constant or an attribute; attr < 0 and !aligned: none
	aligned bool
	timeout int64
	replace bool
	keeps   bool // released rows: they expire, or searches see them

	state []externalKey // by key
	// By key: the open batch, and the rows released before, as far as they must
	// expire or be sent again.
	open, before []column.Queue
}

// externalKey is where the batches of one key stand.
type externalKey struct {
	begun  bool
	sent   bool  // the timeout has released rows of the open batch already
	start  int64 // a point of the grid
	end    int64 // of the open batch
	latest int64 // greatest timestamp so far
	due    int64 // of the last timer asked for
}

func (k *externalKey) encode(e *state.Encoder) {
	e.Bool(k.begun)
	e.Bool(k.sent)
	for _, v := range [...]int64{k.start, k.end, k.latest, k.due} {
		e.Int(v)
	}
}

func (k *externalKey) decode(d *state.Decoder) {
	k.begun, k.sent = d.Bool(), d.Bool()
	k.start, k.end, k.latest, k.due = d.Int(), d.Int(), d.Int(), d.Int()
}

func newExternalTimeBatch(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &externalTimeBatch{
		ts: args[0].attr, t: args[1].value,
		keeps: opts.Expired || opts.Search, alarms: newAlarms(opts),
	}
	if len(args) > 2 {
		w.start, w.aligned = args[2], true
	}
	if len(args) > 3 {
		w.timeout = max(args[3].value, 0)
	}
	w.rows = newRows(in, opts, nil, &w.open, &w.before)
	w.finds(&w.before, opts)
	if len(args) > 4 && args[4].flag {
		w.replace = w.column(w.ts).Type != schema.Invalid // else nobody reads it
	}
	if w.t == 0 {
		return withoutGrid{w}, nil
	}
	return w, nil
}

func (w *externalTimeBatch) Process(b *column.Batch, emit flow.Emit) error {
	w.take(b)
	return w.flush(emit)
}

func (w *externalTimeBatch) take(b *column.Batch) {
	ts := b.Cols[w.ts].I64
	at := 0
	for _, end := range w.beginKeys(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.state) {
			w.grow(key)
		}
		if !w.state[key].begun {
			w.layGrid(key, b, at)
		}
		w.collect(w.in[at:end], ts[at:end], key)
		at = int(end)
	}
}

func (w *externalTimeBatch) grow(key int32) {
	w.alarms.growTo(key)
	w.state = grow(w.state, key, externalKey{latest: math.MinInt64})
	w.growQueues(key)
}

// layGrid lays the grid of a key at its first row.
func (w *externalTimeBatch) layGrid(key int32, b *column.Batch, row int) {
	k := &w.state[key]
	k.begun = true
	first := b.Cols[w.ts].I64[row]
	switch {
	case !w.aligned:
		k.start = first
		k.end = first + w.t
	case w.start.attr < 0:
		k.start = w.start.value
		k.end = nextPoint(first, k.start, w.t)
	default: // a null start counts as 0
		k.start = b.Cols[w.start.attr].I64[row]
		k.end = k.start + w.t
	}
	w.wait(key)
}

func (w *externalTimeBatch) wait(key int32) {
	if w.timeout > 0 {
		w.state[key].due = w.clock.Now() + w.timeout
		w.ask(w.state[key].due, key)
	}
}

func (w *externalTimeBatch) collect(slots []int32, times []int64, key int32) {
	k, q := &w.state[key], &w.open[key]
	from, latest, end := 0, k.latest, k.end
	for i, t := range times {
		latest = max(latest, t)
		if t < end {
			continue
		}
		w.push(q, slots[from:i])
		w.replaceEnd(slots[from:i], end)
		from = i
		k.latest = latest
		w.release(key, w.keeps)
		k.sent = false
		end = nextPoint(latest, k.start, w.t)
		w.wait(key)
	}
	w.push(q, slots[from:])
	w.replaceEnd(slots[from:], end)
	k.latest, k.end = latest, end
}

// replaceEnd gives rows of a batch the batch's end as their ts, if so asked.
func (w *externalTimeBatch) replaceEnd(slots []int32, end int64) {
	if w.replace {
		values := w.column(w.ts).I64
		for _, slot := range slots {
			values[slot] = end
		}
	}
}

// release emits the open batch; keep says whether its rows are wanted again.
func (w *externalTimeBatch) release(key int32, keep bool) {
	k, open, before := &w.state[key], &w.open[key], &w.before[key]
	if k.sent {
		if open.Len > 0 {
			w.resend(key)
			w.gainQueue(key, open)
			w.join(before, open)
			if !keep {
				w.loseQueue(before)
				w.drop(before)
			}
		}
		return
	}
	w.expiredQueue(before, k.latest)
	w.loseQueue(before)
	w.drop(before)
	if open.Len > 0 {
		w.reset(open.Head, k.latest)
		w.currentQueue(open)
		if keep {
			w.gainQueue(key, open)
			*before, *open = *open, column.EmptyQueue
		} else {
			w.drop(open)
		}
	}
	w.endChunk(key)
}

// resend emits the rows sent already once more, and the new ones behind them.
func (w *externalTimeBatch) resend(key int32) {
	k, open, before := &w.state[key], &w.open[key], &w.before[key]
	if before.Len > 0 {
		w.expiredQueue(before, k.latest)
		w.reset(before.Head, k.latest)
		w.currentQueue(before)
	}
	w.currentQueue(open)
	w.endChunk(key)
}

// Timer releases the open batch if no row has released one since the timer was
// asked for. The rows stay: later ones of the same batch are sent with them.
func (w *externalTimeBatch) Timer(_ int64, key int32, emit flow.Emit) error {
	now, k := w.clock.Now(), &w.state[key]
	for due, ok := w.pop(key, now); ok; due, ok = w.pop(key, now) {
		if due >= k.due {
			w.release(key, true)
			k.sent = true
			w.wait(key)
		}
	}
	return w.flush(emit)
}

func (w *externalTimeBatch) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	for i := range w.state {
		w.state[i].encode(e)
	}
	w.alarms.snapshot(e)
}

func (w *externalTimeBatch) Restore(d *state.Decoder) error {
	w.rows.restore(d, "externalTimeBatch")
	if d.Err() != nil {
		return d.Err()
	}
	w.state = make([]externalKey, len(w.open))
	for i := range w.state {
		k := &w.state[i]
		k.decode(d)
	}
	w.alarms.restore(d, len(w.open))
	return d.Err()
}

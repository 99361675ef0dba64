package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// uniqueExternal is an externalTimeBatch that keeps the last row of each key, in
// the order in which the keys came. Rows that come to a batch which the timeout has
// released take the places of those of their keys when it is sent again.
//
// Source: siddhi-execution-unique UniqueExternalTimeBatchWindowProcessor.
type uniqueExternal struct {
	*byKey    // the open batches
	ts        int
	t         int64
	start     int64
	aligned   bool // start is given
	timeout   int64
	replaces  bool // the ts attribute of a batch's rows becomes its end
	expires   bool
	keeps     bool // what was released is wanted
	clock     flow.Clock
	scheduler flow.Scheduler

	// By partition key: where it stands, and the rows released before, as far as
	// they must expire or be sent again.
	state  []externalKey
	before []column.Queue
	merged []int32
}

func newUniqueExternal(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &uniqueExternal{
		ts: args[1].attr, t: args[2].value, expires: opts.Expired, keeps: opts.Expired || opts.Search,
		clock: opts.Clock, scheduler: opts.Scheduler,
	}
	if len(args) > 3 {
		w.start, w.aligned = args[3].value, true
	}
	if len(args) > 4 {
		w.timeout = args[4].value
	}
	var err error
	if w.byKey, err = newUnique(args[:1], in, opts, &w.before); err != nil {
		return nil, err
	}
	w.finds(&w.before, opts)
	if len(args) > 5 && args[5].flag {
		w.replaces = w.column(w.ts).Type != schema.Invalid // else nobody reads it
	}
	return w, nil
}

// Follow implements Searchable.
func (w *uniqueExternal) Follow(Follower) bool { return false }

func (w *uniqueExternal) Process(b *column.Batch, emit flow.Emit) error {
	if err := w.identify(b); err != nil {
		return err
	}
	w.take(b)
	return w.finish(emit)
}

// take has the rows of b, of which the ids are known, come in.
func (w *uniqueExternal) take(b *column.Batch) {
	for len(w.sent) < len(w.slotOf) {
		w.sent = append(w.sent, column.None)
	}
	ts := b.Cols[w.ts].I64
	at := 0
	for _, end := range w.beginKeys(b) {
		key := b.KeyOf(at)
		w.room(key)
		w.before = grow(w.before, key, column.EmptyQueue)
		w.state = grow(w.state, key, externalKey{latest: math.MinInt64})
		if !w.state[key].begun {
			w.layGrid(key, ts[at])
		}
		for ; at < int(end); at++ {
			w.come(key, w.ids[at], w.in[at], ts[at])
		}
	}
}

// layGrid lays the grid of a partition key at its first row.
func (w *uniqueExternal) layGrid(key int32, first int64) {
	k := &w.state[key]
	k.begun = true
	if w.aligned {
		k.start, k.end = w.start, nextPoint(first, w.start, w.t)
	} else {
		k.start, k.end = first, first+w.t
	}
	w.ask(key)
}

func (w *uniqueExternal) ask(key int32) {
	if w.timeout > 0 {
		w.state[key].due = w.clock.Now() + w.timeout
		w.scheduler.At(w.state[key].due, key)
	}
}

func (w *uniqueExternal) come(key, id, slot int32, at int64) {
	k := &w.state[key]
	k.latest = max(k.latest, at)
	if at >= k.end {
		w.release(key, w.keeps)
		k.sent = false
		k.end = nextPoint(k.latest, k.start, w.t)
		w.ask(key)
	}
	if w.replaces {
		w.column(w.ts).I64[slot] = k.end
	}
	if w.slotOf[id] == column.None {
		w.put(key, id, slot)
	} else {
		w.dead = append(w.dead, w.replace(key, id, slot))
	}
}

// release emits the open batch; keep says whether its rows are wanted again.
func (w *uniqueExternal) release(key int32, keep bool) {
	k, open, before := &w.state[key], &w.kept[key], &w.before[key]
	if k.sent && open.Len == 0 {
		return
	}
	if w.expires {
		w.expiredQueue(before, k.latest)
	}
	w.merged = w.merged[:0]
	if k.sent {
		w.merge(key)
	} else {
		w.dropSent(key)
		w.merged = w.list(open, w.merged)
	}
	if len(w.merged) > 0 {
		w.reset(w.merged[0], k.latest)
		w.currents(w.merged)
	}
	w.endChunk(key)

	w.takeAll(key, open)
	*before = column.EmptyQueue
	w.push(before, w.merged)
	for _, slot := range w.merged {
		w.sent[w.idOf[slot]] = slot
	}
	if !keep {
		w.dropSent(key)
	}
}

// merge lists the rows sent before, those of the open batch in the places of their
// keys, and the others of that behind them.
func (w *uniqueExternal) merge(key int32) {
	for at := w.before[key].Head; at != column.None; at = w.slab.Next[at] {
		if young := w.slotOf[w.idOf[at]]; young != column.None {
			w.merged = append(w.merged, young)
			w.dead = append(w.dead, at)
		} else {
			w.merged = append(w.merged, at)
		}
	}
	for at := w.kept[key].Head; at != column.None; at = w.slab.Next[at] {
		if w.sent[w.idOf[at]] == column.None {
			w.merged = append(w.merged, at)
		}
	}
}

// dropSent frees the rows released before.
func (w *uniqueExternal) dropSent(key int32) {
	for at := w.before[key].Head; at != column.None; at = w.slab.Next[at] {
		id := w.idOf[at]
		w.sent[id] = column.None
		w.loose = append(w.loose, id)
	}
	w.drop(&w.before[key])
}

// Timer releases the open batch if no row has released one since the timer was
// asked for. The rows stay: later ones of the same batch are sent with them.
func (w *uniqueExternal) Timer(due int64, key int32, emit flow.Emit) error {
	k := &w.state[key]
	if due < k.due {
		return nil
	}
	w.release(key, true)
	k.sent = true
	w.ask(key)
	return w.finish(emit)
}

func (w *uniqueExternal) Snapshot(e *state.Encoder) {
	w.byKey.Snapshot(e)
	for i := range w.before {
		for at := w.before[i].Head; at != column.None; at = w.slab.Next[at] {
			e.Uint(uint64(w.idOf[at]))
		}
	}
	for i := range w.state {
		w.state[i].encode(e)
	}
}

func (w *uniqueExternal) Restore(d *state.Decoder) error {
	w.restoreKeys(d, "unique:externalTimeBatch")
	w.sent = make([]int32, len(w.slotOf))
	for i := range w.sent {
		w.sent[i] = column.None
	}
	for i := range w.before {
		for at := w.before[i].Head; at != column.None && d.Err() == nil; at = w.slab.Next[at] {
			id := d.Uint()
			if id >= uint64(len(w.sent)) || !w.index.Used(int32(id)) || w.sent[id] != column.None {
				d.Fail(state.ErrCorrupt)
				break
			}
			w.sent[id], w.idOf[at] = at, int32(id)
		}
	}
	if d.Err() != nil {
		return d.Err()
	}
	w.state = make([]externalKey, len(w.kept))
	for i := range w.state {
		w.state[i].decode(d)
		if k := &w.state[i]; d.Err() == nil && k.begun && w.timeout > 0 {
			w.scheduler.At(k.due, int32(i))
		}
	}
	return d.Err()
}

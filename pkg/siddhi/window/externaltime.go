package window

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// errNoTimestamp is what a chunk with a null timestamp is refused with.
var errNoTimestamp = errors.New("the timestamp attribute of an external time window is null: the chunk was left out")

// externalTime keeps the rows of each key whose own timestamp, the attribute
// ts, is less than t milliseconds before that of the latest arrival. Rows leave
// in order of arrival: one that is not due holds back those behind it.
// Expired rows get the timestamp value of the row that pushed them out.
//
// Source: siddhi-core ExternalTimeWindowProcessor.
type externalTime struct {
	*rows
	ts   int
	t    int64
	kept []column.Queue // by key
	when []int64        // by slot: the value of ts
}

func newExternalTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	if !opts.Expired {
		return pass{}, nil
	}
	w := &externalTime{ts: args[0].attr, t: args[1].value}
	w.rows = newRows(in, opts, w)
	return w, nil
}

func (w *externalTime) Process(b *column.Batch, emit flow.Emit) error {
	var bad error
	ts := &b.Cols[w.ts]
	at := 0
	runs := w.begin(b)
	w.when = grow(w.when, int32(w.slab.Cap()-1), 0)
	for _, end := range runs {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
		}
		slots := w.in[at:end]
		if ts.HasNulls() && anyNull(ts, at, int(end)) {
			bad = errNoTimestamp
			w.dead = append(w.dead, slots...)
		} else {
			w.slide(slots, ts.I64[at:end], key)
		}
		at = int(end)
	}
	return errors.Join(w.flush(emit), bad)
}

func (w *externalTime) slide(slots []int32, times []int64, key int32) {
	q := &w.kept[key]
	for i, slot := range slots {
		now := times[i]
		for q.Head != column.None && w.when[q.Head]-now+w.t <= 0 {
			old := q.Pop(w.slab)
			w.expired(old, now)
			w.dead = append(w.dead, old)
		}
		w.when[slot] = now
		q.Push(w.slab, slot)
		w.current(slot)
	}
	w.endChunk(key)
}

func anyNull(c *column.Column, lo, hi int) bool {
	for i := lo; i < hi; i++ {
		if c.IsNull(i) {
			return true
		}
	}
	return false
}

func (w *externalTime) liveSlots(slots []int32) []int32 { return listQueues(w.rows, w.kept, slots) }

func (w *externalTime) Snapshot(e *state.Encoder) {
	e.Uint(1)
	w.encode(e)
	encodeQueues(e, w.kept)
	state.Slice(e, w.when)
}

func (w *externalTime) Restore(d *state.Decoder) error {
	d.Version("window externalTime", 1)
	w.decode(d)
	w.kept = w.queues(d)
	w.when = state.ReadSlice(d, w.when)
	if len(w.when) != w.slab.Cap() {
		d.Fail(state.ErrCorrupt)
	}
	return d.Err()
}

package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

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
}

func newExternalTime(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &externalTime{ts: args[0].attr, t: args[1].value}
	w.rows = newRows(in, opts, []int{w.ts}, &w.kept)
	w.finds(&w.kept, opts)
	return w, nil
}

func (w *externalTime) Process(b *column.Batch, emit flow.Emit) error {
	w.take(b)
	return w.flush(emit)
}

// Exchange implements flow.Exchanger.
func (w *externalTime) Exchange(b *column.Batch) *flow.Exchange { return w.exchanged(b, w.take) }

func (w *externalTime) take(b *column.Batch) {
	ts := b.Cols[w.ts].I64
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.kept) {
			w.kept = grow(w.kept, key, column.EmptyQueue)
		}
		w.slide(w.in[at:end], ts[at:end], key)
		at = int(end)
	}
}

func (w *externalTime) slide(slots []int32, times []int64, key int32) {
	q, when := &w.kept[key], w.column(w.ts).I64
	for i, slot := range slots {
		now := times[i]
		if q.Head != column.None && when[q.Head]-now+w.t <= 0 {
			w.expire(q, now, when)
		}
		w.pushOne(q, slot)
		w.gainOne(key, slot)
		w.current(slot)
	}
	w.endChunk(key)
}

// expire lets the rows at the head of q go that are due at now.
func (w *externalTime) expire(q *column.Queue, now int64, when []int64) {
	for q.Head != column.None && when[q.Head]-now+w.t <= 0 {
		w.expireFirst(q, now)
	}
}

func (w *externalTime) Snapshot(e *state.Encoder) { w.snapshot(e) }

func (w *externalTime) Restore(d *state.Decoder) error {
	w.restore(d, "externalTime")
	return d.Err()
}

package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// lossyFrequent passes rows whose key makes up a share of support of all rows so
// far, as far as an error of bound lets it know, by lossy counting: rows come in buckets of
// 1/bound, and at the end of one the keys that are too rare are forgotten: their
// last rows expire.
//
// Source: siddhi-core LossyFrequentWindowProcessor.
type lossyFrequent struct {
	*counted
	support, bound float64
	width          float64 // rows in a bucket
	gone           []int32

	missed []int32 // by id: the bucket before the one in which the key came
	total  []int32 // by partition key: rows so far
}

func newLossyFrequent(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &lossyFrequent{counted: newCounted(args[2:], in, opts), support: args[0].real, bound: args[1].real}
	w.width = math.Ceil(1 / w.bound)
	return w, nil
}

func (w *lossyFrequent) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	w.identifyTexts(b)
	for len(w.missed) < len(w.slotOf) {
		w.missed = append(w.missed, 0)
	}
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		w.grow(key)
		w.total = grow(w.total, key, 0)
		for ; at < int(end); at++ {
			w.come(key, w.ids[at], w.in[at], now)
		}
		w.endChunk(key)
	}
	return w.finish(emit)
}

func (w *lossyFrequent) come(key, id, slot int32, now int64) {
	w.total[key]++
	total := float64(w.total[key])
	bucket := 1.0
	if total != 1 {
		bucket = math.Ceil(total / w.width)
	}
	if w.slotOf[id] != column.None {
		w.count[id]++
		w.dead = append(w.dead, w.replace(key, id, slot))
	} else {
		w.track(key, id, slot)
		w.missed[id] = int32(bucket) - 1
	}
	if float64(w.count[id]) >= (w.support-w.bound)*total {
		w.current(slot)
	}
	if math.Mod(total, w.width) == 0 {
		w.prune(key, bucket, now)
	}
}

// prune forgets the keys that have come too rarely.
func (w *lossyFrequent) prune(key int32, bucket float64, now int64) {
	w.gone = w.gone[:0]
	for at := w.kept[key].Head; at != column.None; at = w.slab.Next[at] {
		if id := w.idOf[at]; float64(w.count[id]+w.missed[id]) <= bucket {
			w.gone = append(w.gone, at)
		}
	}
	w.expireAll(key, w.gone, now)
}

func (w *lossyFrequent) Snapshot(e *state.Encoder) {
	w.snapshotCounts(e)
	state.Slice(e, w.missed)
	state.Slice(e, w.total)
}

func (w *lossyFrequent) Restore(d *state.Decoder) error {
	w.restoreCounts(d, "lossyFrequent")
	w.missed = state.ReadSlice(d, w.missed)
	w.total = state.ReadSlice(d, w.total)
	if len(w.missed) > len(w.slotOf) || len(w.total) > len(w.kept) {
		d.Fail(state.ErrCorrupt)
	}
	return d.Err()
}

package window

import (
	"errors"
	"slices"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// sorted keeps the n least rows of each key. A row that comes to a full window
// is followed by the greatest as Expired, which may be the row itself. Of equal
// rows the one that came later is the greater.
//
// Source: siddhi-core SortWindowProcessor.
type sorted struct {
	*rows
	n     int
	by    []sortKey
	clock flow.Clock
	tree  tree

	// By slot:
	seq   []int64 // order of arrival
	owner []int32 // key of a row that is kept, else None
	// By key:
	count []int32
	full  []bool // a row has left, so the rows are in order for a search, too
	last  int64  // seq of the latest row
}

func newSort(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	w := &sorted{n: int(max(args[0].value, 0)), clock: opts.Clock}
	var extra []int
	for _, a := range args[1:] {
		if a.expr != nil && a.attr < 0 {
			return nil, errors.New("window sort sorts by attributes only; compute the value in a query before it")
		}
		if a.attr < 0 {
			w.by[len(w.by)-1].desc = strings.EqualFold(a.text, "desc")
			continue
		}
		w.by = append(w.by, sortKey{attr: a.attr})
		extra = append(extra, a.attr)
	}
	w.rows = newRows(in, opts, extra)
	w.mode = chained // rows leave in any order
	w.live = func(slot int32) bool { return int(slot) < len(w.owner) && w.owner[slot] != column.None }
	w.tree.before = w.before
	return w, nil
}

// before orders rows of one rank.
func (w *sorted) before(a, b int32) bool {
	if d := compareBy(w.by, w.column, a, b); d != 0 {
		return d < 0
	}
	return w.seq[a] < w.seq[b]
}

func (w *sorted) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.count) {
			w.growTo(key)
		}
		for _, slot := range w.in[at:end] {
			w.current(slot)
			w.add(slot, key)
			if w.count[key] > int32(w.n) {
				w.evict(key, now)
			}
		}
		w.endChunk(key)
		at = int(end)
	}
	return w.flush(emit)
}

func (w *sorted) growTo(key int32) {
	w.count = grow(w.count, key, 0)
	w.full = grow(w.full, key, false)
	w.tree.growTo(key)
}

func (w *sorted) add(slot, key int32) {
	w.owner = grow(w.owner, slot, column.None)
	w.seq = grow(w.seq, slot, 0)
	w.last++
	w.owner[slot], w.seq[slot] = key, w.last
	first := w.by[0]
	w.tree.insert(key, slot, first.rankAt(w.column(first.attr), slot))
	w.count[key]++
}

// evict lets the greatest row go.
func (w *sorted) evict(key int32, now int64) {
	slot := w.tree.last(key)
	w.tree.remove(key, slot)
	w.owner[slot] = column.None
	w.count[key]--
	w.full[key] = true
	w.dead = append(w.dead, slot)
	w.expired(slot, now)
}

// Find implements Searchable. Until a row has left, Siddhi has them in order of arrival.
func (w *sorted) Find(key int32, slots []int32) []int32 {
	if int(key) >= len(w.count) {
		return slots
	}
	first := len(slots)
	slots = w.tree.list(key, slots)
	if !w.full[key] {
		slices.SortFunc(slots[first:], func(a, b int32) int { return int(w.seq[a] - w.seq[b]) })
	}
	return slots
}

// Follow implements Searchable: rows are not found in the order of arrival.
func (w *sorted) Follow(Follower) bool { return false }

func (w *sorted) Snapshot(e *state.Encoder) {
	w.snapshot(e)
	state.Slice(e, w.full)
	state.Slice(e, w.owner)
	state.Slice(e, w.seq)
	e.Int(w.last)
}

func (w *sorted) Restore(d *state.Decoder) error {
	w.restore(d, "sort")
	w.count, w.tree.root = nil, nil
	w.full = state.ReadSlice(d, w.full)
	w.owner = state.ReadSlice(d, w.owner)
	w.seq = state.ReadSlice(d, w.seq)
	w.last = d.Int()
	keys, live := int32(len(w.full)), 0
	for _, key := range w.owner {
		if key < column.None || key >= keys {
			d.Fail(state.ErrCorrupt)
		}
		if key != column.None {
			live++
		}
	}
	if len(w.seq) != len(w.owner) || len(w.owner) > w.slab.Cap() || live != w.slab.Live() {
		d.Fail(state.ErrCorrupt)
	}
	if d.Err() != nil {
		return d.Err()
	}
	if keys > 0 {
		w.growTo(keys - 1)
	}
	first := w.by[0]
	for slot, key := range w.owner {
		if key != column.None {
			w.tree.insert(key, int32(slot), first.rankAt(w.column(first.attr), int32(slot)))
			w.count[key]++
		}
	}
	return nil
}

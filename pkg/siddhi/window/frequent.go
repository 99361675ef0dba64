package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// counted is what frequent and lossyFrequent share: the last row of each key
// that is tracked. The key is an attribute's text or, without one, the texts of all
// attributes that the query selects as they are, joined. A row that another of
// its key replaces is gone without having expired.
type counted struct {
	*byKey
	clock flow.Clock
	attr  int   // the key, or -1
	need  []int // the attributes whose texts are joined, -1 for null
	text  column.Column
	buf   []byte

	count []int32 // by id
	most  []int32 // by partition key: how many keys were tracked at the most
}

func newCounted(key []argument, in schema.Attributes, opts Options) *counted {
	c := &counted{clock: opts.Clock, attr: -1, need: opts.Selected, text: column.Column{Type: schema.String}}
	if c.need == nil {
		c.need = opts.Need
	}
	extra := []int{}
	if len(key) > 0 {
		c.attr = key[0].attr
		extra = append(extra, c.attr)
	}
	c.byKey = newByKey(in, opts, []schema.Type{schema.String}, extra)
	c.finds(&c.kept, opts)
	return c
}

// identifyTexts finds the ids of the rows of b.
func (c *counted) identifyTexts(b *column.Batch) {
	c.cols[1] = &c.text
	if c.attr >= 0 {
		c.cols[1] = b.Cols[c.attr]
	} else {
		c.join(b)
	}
	c.number(b)
	for len(c.count) < len(c.slotOf) {
		c.count = append(c.count, 0)
	}
}

// join makes the texts of the rows of b.
func (c *counted) join(b *column.Batch) {
	c.text.Reset()
	for row := range b.N {
		c.buf = c.buf[:0]
		for _, attr := range c.need {
			if attr < 0 || b.Cols[attr].IsNull(row) {
				c.buf = append(c.buf, "null"...)
			} else {
				c.buf = javatext.AppendValue(c.buf, b.Cols[attr], row)
			}
		}
		c.text.AppendBytes(c.buf)
	}
}

func (c *counted) grow(key int32) {
	c.room(key)
	c.most = grow(c.most, key, 0)
}

// track begins to keep the rows of a key.
func (c *counted) track(key, id, slot int32) {
	c.put(key, id, slot)
	c.count[id] = 1
	c.most[key] = max(c.most[key], c.kept[key].Len)
}

// drop lets the last rows of some keys go.
func (c *counted) expireAll(key int32, slots []int32, now int64) {
	javaOrder(slots, c.idOf, c.index.Column(1), c.most[key])
	for _, slot := range slots {
		c.take(key, slot)
		c.expired(slot, now)
		c.dead = append(c.dead, slot)
	}
}

// Find implements Searchable.
func (c *counted) Find(key int32, slots []int32) []int32 {
	from := len(slots)
	slots = c.rows.Find(key, slots)
	if len(slots) > from {
		javaOrder(slots[from:], c.idOf, c.index.Column(1), c.most[key])
	}
	return slots
}

// Follow implements Searchable.
func (c *counted) Follow(Follower) bool { return false }

func (c *counted) snapshotCounts(e *state.Encoder) {
	c.Snapshot(e)
	state.Slice(e, c.count)
	state.Slice(e, c.most)
}

func (c *counted) restoreCounts(d *state.Decoder, window string) {
	c.restoreKeys(d, window)
	c.count = readEach(d, c.count, len(c.slotOf))
	c.most = readEach(d, c.most, len(c.kept))
}

// frequent keeps the last rows of up to n keys, by the algorithm of Misra and
// Gries: a row of a further key takes one off the count of each; the keys that
// come to 0 leave, and make room for it; if none does the row is left out.
//
// Source: siddhi-core FrequentWindowProcessor.
type frequent struct {
	*counted
	n    int32
	gone []int32
}

func newFrequent(args arguments, in schema.Attributes, opts Options) (flow.Operator, error) {
	return &frequent{counted: newCounted(args[1:], in, opts), n: int32(args[0].value)}, nil
}

func (w *frequent) Process(b *column.Batch, emit flow.Emit) error {
	now := w.clock.Now()
	w.identifyTexts(b)
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		w.grow(key)
		for ; at < int(end); at++ {
			w.come(key, w.ids[at], w.in[at], now)
		}
		w.endChunk(key)
	}
	return w.finish(emit)
}

func (w *frequent) come(key, id, slot int32, now int64) {
	if w.slotOf[id] != column.None {
		w.count[id]++
		w.dead = append(w.dead, w.replace(key, id, slot))
		w.current(slot)
		return
	}
	if w.kept[key].Len >= w.n && !w.makeRoom(key, now) {
		w.loose = append(w.loose, id)
		w.dead = append(w.dead, slot)
		return
	}
	w.track(key, id, slot)
	w.current(slot)
}

// makeRoom takes one off all counts of a partition key and says whether a key left.
func (w *frequent) makeRoom(key int32, now int64) bool {
	w.gone = w.gone[:0]
	for at := w.kept[key].Head; at != column.None; at = w.slab.Next[at] {
		id := w.idOf[at]
		if w.count[id]--; w.count[id] == 0 {
			w.gone = append(w.gone, at)
		}
	}
	w.expireAll(key, w.gone, now)
	return len(w.gone) > 0
}

func (w *frequent) Snapshot(e *state.Encoder) { w.snapshotCounts(e) }

func (w *frequent) Restore(d *state.Decoder) error {
	w.restoreCounts(d, "frequent")
	return d.Err()
}

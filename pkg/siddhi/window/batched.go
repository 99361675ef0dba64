package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// batched is what lengthBatch and timeBatch share: the rows of an open batch, and
// those of the batch released before. With stream set rows pass at once. A search sees what
// was released last or, where nothing expires, all that ever was.
type batched struct {
	*rows
	stream bool
	keeps  bool // rows that have passed: they expire, or searches see them
	piles  bool // and all of them, for ever
	clock  flow.Clock

	// By key: the open batch, and the one released before if it is kept. A
	// streaming window has passed the rows of its open batch on already; if it
	// does not keep them there it has only the one that its Reset is a copy of.
	open, before []column.Queue
}

// setUp sets all but stream, which is set already.
func (w *batched) setUp(in schema.Attributes, opts Options) {
	w.keeps, w.piles, w.clock = opts.Expired || opts.Search, opts.piles(), opts.Clock
	w.rows = newRows(in, opts, nil, &w.open, &w.before)
	w.marksSeen(opts)
	if w.stream && !w.piles {
		w.finds(&w.open, opts)
	} else {
		w.finds(&w.before, opts)
	}
}

// hold keeps rows that have passed in the open batch, as far as they are wanted, and
// slots[mark] for its Reset, if there is one.
func (w *batched) hold(key int32, slots []int32, mark int) {
	open := &w.open[key]
	marked := mark >= 0 && mark < len(slots)
	switch {
	case w.piles:
		if marked {
			w.pushOne(open, w.again(slots[mark]))
		}
		w.push(&w.before[key], slots)
		w.gain(key, slots)
	case w.keeps:
		w.push(open, slots)
		w.gain(key, slots)
	case marked:
		w.pushOne(open, slots[mark])
		w.dead = append(append(w.dead, slots[:mark]...), slots[mark+1:]...)
	default:
		w.dead = append(w.dead, slots...)
	}
}

// letPassed lets the rows that hold has kept go, and closes the batch with a Reset of the
// given time, a copy of the row in mark.
func (w *batched) letPassed(key, mark int32, now, reset int64) {
	open := &w.open[key]
	if !w.piles {
		w.expiredBatch(key, open, now)
		w.loseQueue(open)
	}
	w.reset(mark, reset)
	w.drop(open)
}

// letBefore lets the batch before go.
func (w *batched) letBefore(key int32, now int64) {
	if before := &w.before[key]; !w.piles {
		w.expiredBatch(key, before, now)
		w.loseQueue(before)
		w.drop(before)
	}
}

// release opens the open batch with a Reset of the given time and lets its rows out;
// it is the batch before then.
func (w *batched) release(key int32, reset int64) {
	open := &w.open[key]
	w.reset(open.Head, reset)
	w.currentQueue(open)
	w.endChunk(key)
	if w.keeps {
		w.gainQueue(key, open)
		w.join(&w.before[key], open)
	} else {
		w.drop(open)
	}
}

package window

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// conditional is what the windows share that hold rows of each key as long as a
// condition holds for them. When the text of the condition changes, the rows
// that are held come anew, in their order.
type conditional struct {
	*rows
	*texts
	clock flow.Clock
	open  []column.Queue // by key: the rows that are held
	anew  []int32
}

// enter takes a row in. again says that the row was held before and comes anew.
type enter func(c *condition, key, slot int32, now int64, again bool) error

// admit has the rows of b enter, one by one. A row that fails takes back what
// its chunk has put out, and those behind it are left out.
func (w *conditional) admit(b *column.Batch, enter enter, emit flow.Emit) error {
	now := w.clock.Now()
	if w.mode != chained {
		w.chainStrays(b)
	}
	said, err := w.read(b)
	if err != nil {
		return err
	}
	at := 0
	for _, end := range w.begin(b) {
		key := b.KeyOf(at)
		if int(key) >= len(w.open) {
			w.growQueues(key)
		}
		mark := w.mark()
		for at < int(end) {
			slot := w.in[at]
			c, err := w.under(key, said, at, enter, now)
			if err != nil {
				w.dead = append(w.dead, slot)
			} else {
				err = enter(c, key, slot, now, false)
			}
			at++
			if err != nil {
				w.undo(mark)
				w.dead = append(w.dead, w.in[at:]...)
				return errors.Join(w.flush(emit), err)
			}
		}
		w.endChunk(key)
	}
	return w.flush(emit)
}

// under returns the condition that a row brings or finds. One that it brings is
// first met by the rows of its key that are held.
func (w *conditional) under(key int32, said *column.Column, row int, enter enter, now int64) (*condition, error) {
	changed, err := w.hear(said, row)
	c := w.cond
	switch {
	case err != nil:
		return nil, err
	case c == nil:
		return nil, errUntold
	case !changed:
		return c, nil
	}
	q := &w.open[key]
	w.anew = w.list(q, w.anew[:0])
	if w.found == &w.open {
		w.loseQueue(q)
	}
	*q = column.EmptyQueue
	for i, slot := range w.anew {
		if err := enter(c, key, slot, now, true); err != nil {
			w.dead = append(w.dead, w.anew[i+1:]...)
			return nil, err
		}
	}
	return c, nil
}

func (w *conditional) Snapshot(e *state.Encoder) {
	w.rows.snapshot(e)
	w.texts.snapshot(e)
}

func (w *conditional) restore(d *state.Decoder, window string) error {
	if w.rows.restore(d, window) < 5 && d.Err() == nil {
		d.Fail(errors.New("the snapshot is of a window that has a condition for each key"))
	}
	w.texts.restore(d)
	return d.Err()
}

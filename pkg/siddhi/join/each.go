package join

import (
	"cmp"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Each hands on a batch row by row, each to both sides of a self-join: as in
// Siddhi the left side is done with an event before the right side has it, and
// both are before the next one, of the same chunk too. Where a row can fail, what
// its chunk gives is held until all of the chunk is through, and lost if one fails.
type Each struct {
	left, right flow.Emit
	fails       func() bool
	held        *Held
	one         column.Batch
	rows        column.Batch
}

// NewEach makes the entry of a self-join whose output passes held. fails says whether a
// row can fail now.
func NewEach(left, right flow.Emit, held *Held, fails func() bool) *Each {
	return &Each{left: left, right: right, held: held, fails: fails}
}

// Push takes a batch of the stream.
func (e *Each) Push(b *column.Batch) error {
	e.rows.N, e.rows.Time, e.rows.Kind, e.rows.Key, e.rows.Cols = b.N, b.Time, b.Kind, b.Key, b.Cols
	if !e.fails() {
		return e.push(b, 0, b.N)
	}
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		e.held.begin()
		err := e.push(b, lo, hi)
		if err = cmp.Or(err, e.held.end(err == nil)); err != nil {
			return err
		}
	}
	return nil
}

// push hands on some rows of b.
func (e *Each) push(b *column.Batch, lo, hi int) error {
	for r := lo; r < hi; r++ {
		row := b
		if b.N > 1 {
			e.rows.Slice(&e.one, r, r+1)
			row = &e.one
		}
		if err := e.left(row); err != nil {
			return err
		}
		if err := e.right(row); err != nil {
			return err
		}
	}
	return nil
}

// Held is the step behind the rate of a self-join's output that keeps what the rows of a
// chunk give until Each says whether they have all been through.
type Held struct {
	on   bool
	next flow.Emit
	rows []*column.Buffer
	free []*column.Buffer
}

// Process implements flow.Operator.
func (h *Held) Process(b *column.Batch, emit flow.Emit) error {
	if !h.on {
		return emit(b)
	}
	h.next = emit
	own := h.buffer(b)
	own.CopyFrom(b)
	h.rows = append(h.rows, own)
	return nil
}

// buffer returns one with the columns of b.
func (h *Held) buffer(b *column.Batch) *column.Buffer {
	if n := len(h.free); n > 0 {
		own := h.free[n-1]
		h.free = h.free[:n-1]
		return own
	}
	attrs := make(schema.Attributes, len(b.Cols))
	for i, c := range b.Cols {
		attrs[i].Type = c.Type
	}
	return column.NewBuffer(attrs)
}

func (h *Held) begin() { h.on = true }

// end emits what has been held, if it is good, or drops it.
func (h *Held) end(good bool) error {
	rows := h.rows // what is emitted may come back here
	h.on, h.rows = false, nil
	var err error
	for _, own := range rows {
		if good && err == nil {
			err = h.next(&own.Batch)
		}
	}
	h.free, h.rows = append(h.free, rows...), rows[:0]
	return err
}

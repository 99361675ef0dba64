package window

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
)

// errNoTimestamp is what a chunk with a null timestamp is refused with.
var errNoTimestamp = errors.New("the timestamp attribute of an external time window is null: the chunk was left out")

// Refuses says whether the window leaves out chunks: those with a null timestamp
// or session key.
func Refuses(d *extension.Declaration) bool {
	switch d.FullName() {
	case "externalTime", "externalTimeBatch", "session", "unique:externalTimeBatch":
		return true
	}
	return false
}

// process lets take have the chunks of b whose rows all have a value of attribute
// attr, and emits what comes of it. Chunks with a null are left out, as Siddhi
// does, and reported, as why, when the others are through.
func (r *rows) process(b *column.Batch, attr int, why error, take func(*column.Batch), emit flow.Emit) error {
	c := b.Cols[attr]
	if !c.HasNulls() {
		take(b)
		return r.flush(emit)
	}
	var bad error
	var part column.Batch
	from := 0 // first row that was not taken
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		if !anyNull(c, lo, hi) {
			continue
		}
		bad = why
		if lo > from {
			b.Slice(&part, from, lo)
			take(&part)
		}
		from = hi
	}
	if b.N > from {
		b.Slice(&part, from, b.N)
		take(&part)
	}
	return errors.Join(r.flush(emit), bad)
}

// accepted returns the chunks of b whose rows all have a value of attribute attr,
// and why if others were left out.
func (r *rows) accepted(b *column.Batch, attr int, why error) (*column.Batch, error) {
	c := b.Cols[attr]
	if !c.HasNulls() {
		return b, nil
	}
	var good []int32
	for i := range b.Chunks() {
		if lo, hi := b.Chunk(i); !anyNull(c, lo, hi) {
			good = count(good, int32(lo), int32(hi-lo))
		}
	}
	if len(good) == b.N {
		return b, nil
	}
	part := &column.Buffer{}
	for _, c := range b.Cols {
		part.Cols = append(part.Cols, &column.Column{Type: c.Type})
	}
	part.GatherChunks(b, good, nil)
	return &part.Batch, why
}

func anyNull(c *column.Column, lo, hi int) bool {
	for i := lo; i < hi; i++ {
		if c.IsNull(i) {
			return true
		}
	}
	return false
}

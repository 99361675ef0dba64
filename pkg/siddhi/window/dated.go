package window

import (
	"errors"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// errNoTimestamp is what a chunk with a null timestamp is refused with.
var errNoTimestamp = errors.New("the timestamp attribute of an external time window is null: the chunk was left out")

// Refuses returns the attributes in which a null has the window leave its chunk
// out: those with timestamps or session keys.
func Refuses(w *check.Window) []int {
	var attrs []int
	switch w.Fn.FullName() {
	case "externalTime", "externalTimeBatch", "session", "unique:externalTimeBatch":
		for _, a := range w.Args {
			if c, ok := a.(*check.Column); ok {
				attrs = append(attrs, c.Index)
			}
		}
	}
	return attrs
}

// process lets take have the chunks of b whose rows all have a value of attribute
// attr, and emits what comes of it. Chunks with a null are left out, as Siddhi
// does, and reported, as why, when the others are through; with begun, the rows
// before the first null in such a chunk are taken.
func (r *rows) process(b *column.Batch, attr int, why error, begun bool, take func(*column.Batch), emit flow.Emit) error {
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
		first := firstNull(c, lo, hi)
		if first == hi {
			continue
		}
		bad = why
		if begun {
			lo = first
		}
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

// datedPass stands for an external time window whose expired rows nobody wants: it
// leaves out the chunks that such a window leaves out.
type datedPass struct{ ts int }

func (w datedPass) Process(b *column.Batch, emit flow.Emit) error {
	b, refused := accepted(b, w.ts, errNoTimestamp)
	if b.N == 0 {
		return refused
	}
	err := emit(b)
	if refused != nil {
		err = errors.Join(err, refused)
	}
	return err
}

// accepted returns the chunks of b whose rows all have a value of attribute attr,
// and why if others were left out.
func accepted(b *column.Batch, attr int, why error) (*column.Batch, error) {
	c := b.Cols[attr]
	if !c.HasNulls() {
		return b, nil
	}
	var good []int32
	for i := range b.Chunks() {
		if lo, hi := b.Chunk(i); firstNull(c, lo, hi) == hi {
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

// firstNull returns the first of rows lo to hi that is null, or hi.
func firstNull(c *column.Column, lo, hi int) int {
	for lo < hi && !c.IsNull(lo) {
		lo++
	}
	return lo
}

package handler

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// expander makes several rows of one: each with the row's attributes and what
// the call adds.
type expander struct {
	need  []int // attributes of the rows that are read behind it
	added []*column.Column
	rows  []int32 // of the batch, one for each that is made
	out   *column.Buffer
}

func newExpander(f *check.StreamFunction, o Options) expander {
	e := expander{need: []int{}, out: column.NewBuffer(append(o.In[:len(o.In):len(o.In)], f.Adds...))}
	for _, i := range o.Need {
		if i < len(o.In) {
			e.need = append(e.need, i)
		}
	}
	e.added = e.out.Cols[len(o.In):]
	return e
}

// expand has add make the rows of each event of a batch and sends them, each a
// chunk of its own or those of a chunk together. A Reset row passes: it is no event.
func (e *expander) expand(b *column.Batch, together bool, emit flow.Emit, add func(row int) error) error {
	e.rows = e.rows[:0]
	for _, c := range e.added {
		c.Reset()
	}
	for row := range b.N {
		if b.KindOf(row) != column.Reset {
			if err := add(row); err != nil {
				return err
			}
			continue
		}
		e.rows = append(e.rows, int32(row))
		for _, c := range e.added {
			c.AppendNull()
		}
	}
	return e.emit(b, together, emit)
}

func (e *expander) emit(b *column.Batch, together bool, emit flow.Emit) error {
	if len(e.rows) == 0 {
		return nil
	}
	e.out.Gather(b, e.rows, e.need)
	if together {
		e.out.UseEnds()
		at := 0
		for c := range b.Chunks() {
			start := at
			for _, hi := b.Chunk(c); at < len(e.rows) && int(e.rows[at]) < hi; {
				at++
			}
			if at > start {
				e.out.Ends = append(e.out.Ends, int32(at))
			}
		}
	}
	return emit(&e.out.Batch)
}

package window

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// empty is the window of a stream without one in a join, or with one in which
// nothing can be looked up: each row, of whatever kind, is followed by itself as Expired, if such rows are asked for, and by a Reset, both with the
// clock's time. A chunk stays a chunk. Searches find nothing.
//
// Source: siddhi-core EmptyWindowProcessor.
type empty struct {
	need    []int
	expired bool
	clock   flow.Clock
	rows    []int32
	out     *column.Buffer
}

// NewEmpty makes the window that a stream without one has in a join.
func NewEmpty(in schema.Attributes, opts Options) flow.Operator {
	return &empty{need: slices.Clone(opts.Need), expired: opts.Expired, clock: opts.Clock, out: column.NewBuffer(in)}
}

// Process implements flow.Operator.
func (w *empty) Process(b *column.Batch, emit flow.Emit) error {
	times := 2
	if w.expired {
		times = 3
	}
	w.rows = w.rows[:0]
	for r := range int32(b.N) {
		for range times {
			w.rows = append(w.rows, r)
		}
	}
	o := w.out
	o.Gather(b, w.rows, w.need)
	o.UseKind()
	o.UseEnds()
	now := w.clock.Now()
	for i := 0; i < len(w.rows); i += times {
		o.Kind = append(o.Kind, b.KindOf(i/times))
		if w.expired {
			o.Kind = append(o.Kind, column.Expired)
		}
		o.Kind = append(o.Kind, column.Reset)
		for at := i + 1; at < i+times; at++ {
			o.Time[at] = now
		}
	}
	for c := range b.Chunks() {
		_, hi := b.Chunk(c)
		o.Ends = append(o.Ends, int32(hi*times))
	}
	return emit(&o.Batch)
}

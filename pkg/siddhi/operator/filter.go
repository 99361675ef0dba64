package operator

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Filter keeps the rows for which a condition is true. Reset rows always pass,
// unless NoResets says otherwise: they are not events, and a tumbling window's
// aggregates rely on them.
type Filter struct {
	cond  *expr.Predicate
	bare  bool // see NoResets
	asks  bool // see AskResets
	apart bool // see Apart
	chunk column.Batch
	seen  column.Batch
	need  []int
	rows  []int32 // that satisfy the condition
	all   []int32 // and the Reset rows
	out   *column.Buffer
}

// NewFilter makes a filter of rows with the given attributes, of which those in
// need are read behind it (all when need is nil).
func NewFilter(cond *expr.Predicate, attrs schema.Attributes, need []int) *Filter {
	return &Filter{cond: cond, need: need, out: column.NewBuffer(attrs)}
}

// NoResets has Reset rows tested like others, as Siddhi does, where no aggregates but
// only the times of callbacks and output rates depend on them.
func (f *Filter) NoResets() { f.bare = true }

// AskResets has the condition computed for Reset rows, too, where it can fail for
// the event that they are a copy of: as in Siddhi that loses the chunk. They pass all the same.
func (f *Filter) AskResets() { f.asks = true }

// Apart is set behind a window, which gives several chunks at once: those in front of
// one for which the condition fails pass.
func (f *Filter) Apart() { f.apart = true }

// Process copies nothing when all rows pass, or none.
func (f *Filter) Process(b *column.Batch, emit flow.Emit) error {
	asked := b
	if f.asks && b.Kind != nil {
		f.seen = *b
		f.seen.Kind = nil
		asked = &f.seen
	}
	rows, err := f.cond.Select(asked, f.rows[:0])
	if err != nil {
		if f.apart && b.Chunks() > 1 {
			return flow.ByChunk(f, b, &f.chunk, emit)
		}
		return err
	}
	f.rows = rows
	if b.Kind != nil && !f.bare && slices.Contains(b.Kind[:b.N], column.Reset) {
		rows = withResets(b, rows, f.all[:0])
		f.all = rows
	}
	switch len(rows) {
	case 0:
		return nil
	case b.N:
		return emit(b)
	}
	f.out.GatherChunks(b, rows, f.need)
	return emit(&f.out.Batch)
}

// Into implements flow.Direct.
func (f *Filter) Into(next flow.Emit) flow.Emit {
	cond := f.cond
	return func(b *column.Batch) error {
		if b.N != 1 || b.Kind != nil {
			return f.Process(b, next)
		}
		if ok, err := cond.Holds(b); !ok {
			return err
		}
		return next(b)
	}
}

// withResets appends rows, which are ascending, and the Reset rows of b to to, in
// order.
func withResets(b *column.Batch, rows, to []int32) []int32 {
	next := 0
	for r, k := range b.Kind[:b.N] {
		passed := next < len(rows) && rows[next] == int32(r)
		if passed {
			next++
		}
		if passed || k == column.Reset {
			to = append(to, int32(r))
		}
	}
	return to
}

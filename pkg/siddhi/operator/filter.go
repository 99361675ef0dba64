package operator

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Filter keeps the rows for which a condition is true. Reset rows always pass:
// they are not events, and a tumbling window's aggregates rely on them.
type Filter struct {
	cond *expr.Predicate
	need []int
	rows []int32
	out  *column.Buffer
}

// NewFilter makes a filter of rows with the given attributes, of which those in
// need are read behind it (all when need is nil).
func NewFilter(cond *expr.Predicate, attrs schema.Attributes, need []int) *Filter {
	return &Filter{cond: cond, need: need, out: column.NewBuffer(attrs)}
}

// Process copies nothing when all rows pass, or none.
func (f *Filter) Process(b *column.Batch, emit flow.Emit) error {
	rows, err := f.cond.Select(b, f.rows[:0])
	if err != nil {
		return err
	}
	if b.Kind != nil {
		rows = withResets(b, rows)
	}
	f.rows = rows
	switch len(rows) {
	case 0:
		return nil
	case b.N:
		return emit(b)
	}
	f.out.GatherChunks(b, rows, f.need)
	return emit(&f.out.Batch)
}

// withResets adds the Reset rows of b to rows, which are ascending.
func withResets(b *column.Batch, rows []int32) []int32 {
	resets := 0
	for _, k := range b.Kind[:b.N] {
		if k == column.Reset {
			resets++
		}
	}
	if resets == 0 {
		return rows
	}
	passed := make(map[int32]bool, len(rows)) // rare: a filter behind a tumbling window
	for _, r := range rows {
		passed[r] = true
	}
	rows = rows[:0]
	for r := range int32(b.N) {
		if passed[r] || b.Kind[r] == column.Reset {
			rows = append(rows, r)
		}
	}
	return rows
}

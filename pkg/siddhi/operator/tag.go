package operator

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// Tag stands in front of a sliding window whose query groups: it looks up each
// row's group once and puts it in a column behind the input's, which the window
// keeps. Without it every row would be looked up twice, when it comes and when
// it expires.
type Tag struct {
	g    *groups
	ids  column.Column
	view column.Batch
}

// Tag returns the operator that belongs to a selector made with Options.Tagged.
func (s *Select) Tag() *Tag {
	return &Tag{g: s.groups, ids: column.Column{Type: tagType}}
}

// Into implements flow.Direct.
func (t *Tag) Into(next flow.Emit) flow.Emit {
	return func(b *column.Batch) error { return t.Process(b, next) }
}

// Process implements flow.Operator.
func (t *Tag) Process(b *column.Batch, emit flow.Emit) error { return emit(t.mark(b)) }

// mark returns b with the groups of its rows, until it is called again. A group's
// id stays taken for as long as rows with it are in the window.
func (t *Tag) mark(b *column.Batch) *column.Batch {
	t.ids.I32 = t.g.lookUp(b, 0, b.N, t.ids.I32[:0])
	for len(t.g.held) < t.g.index.Cap() {
		t.g.held = append(t.g.held, 0)
	}
	for _, id := range t.ids.I32 {
		t.g.held[id]++
	}
	v := &t.view
	v.N, v.Time, v.Kind, v.Ends, v.Key = b.N, b.Time, b.Kind, b.Ends, b.Key
	if len(v.Cols) != len(b.Cols)+1 {
		v.Cols = append(slices.Clone(b.Cols), &t.ids)
	}
	for i, c := range b.Cols {
		if v.Cols[i] != c { // the same as last time, mostly: a store of a pointer less
			v.Cols[i] = c
		}
	}
	return v
}

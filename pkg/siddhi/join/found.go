package join

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/table"
)

// inTable finds rows of a table.
type inTable struct {
	find  table.Finder
	found *table.Matches
}

// NewTable makes a Finder of a prepared search in a table.
func NewTable(find table.Finder) Finder { return &inTable{find: find} }

func (t *inTable) Match(b *column.Batch) (rows, slots []int32, err error) {
	if t.found, err = t.find.Find(b); err != nil {
		return nil, nil, err
	}
	return t.found.Rows, t.found.Slots, nil
}

func (t *inTable) Column(i int) *column.Column { return &t.found.Cols[i] }

func (t *inTable) Times() []int64 { return t.found.Times }

func (t *inTable) Explain() string { return t.find.Explain() }

// nothing finds nothing: so it is with a stream that has no window.
type nothing struct{ cols []column.Column }

// NewNothing makes a Finder for a side with the given attributes that keeps no rows.
func NewNothing(attrs schema.Attributes) Finder {
	n := &nothing{cols: make([]column.Column, len(attrs))}
	for i, a := range attrs {
		n.cols[i].Type = a.Type
	}
	return n
}

func (n *nothing) Match(*column.Batch) (rows, slots []int32, err error) { return nil, nil, nil }

func (n *nothing) Column(i int) *column.Column { return &n.cols[i] }

func (n *nothing) Times() []int64 { return nil }

func (n *nothing) Explain() string { return "which keeps nothing" }

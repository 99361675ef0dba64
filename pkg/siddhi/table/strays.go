package table

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// refusesStray returns why a row of b cannot be added whose key or indexed attribute
// has a value of another type: numbers are kept in order, and it has no place there.
func (t *Memory) refusesStray(b *column.Batch, row int) error {
	for _, attrs := range [2][]int{t.def.PrimaryKey, t.def.Indexes} {
		for _, a := range attrs {
			if v, ok := b.Cols[a].Stray(row); ok {
				return expr.NewStrayError(t.def.Attrs[a], v)
			}
		}
	}
	return nil
}

// typed returns c, or an error if it has a value that is not of its type: an index
// cannot be asked for it.
func typed(c *column.Column, n int) (*column.Column, error) {
	if c.HasStrays() {
		for row := range n {
			if v, ok := c.Stray(row); ok {
				return nil, expr.NewStrayError(schema.Attribute{Name: "compared with the table's", Type: c.Type}, v)
			}
		}
	}
	return c, nil
}

package operator

import (
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Groups without rows are kept for what rounding has left, but not all of them.
func TestGroupsThatAreRemembered(t *testing.T) {
	g := &groups{index: column.NewKeyIndex(schema.Int)}
	key := &column.Column{Type: schema.Int}
	const n = maxRemembered + 10
	for i := range int32(n) {
		key.AppendInt(i)
	}
	for _, id := range g.index.Insert([]*column.Column{key}, n, nil) {
		g.remember(id)
	}
	if g.index.Len() != maxRemembered {
		t.Errorf("%d groups are kept, want %d", g.index.Len(), maxRemembered)
	}
	first, last := key.Slice(0, 1), key.Slice(n-1, n)
	if id := g.index.LookupRow([]*column.Column{&first}, 0); id != column.None {
		t.Error("the first is still there")
	}
	if id := g.index.LookupRow([]*column.Column{&last}, 0); id == column.None {
		t.Error("the last is gone")
	}
}

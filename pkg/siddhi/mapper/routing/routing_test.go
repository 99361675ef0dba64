package routing

import (
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

func TestPartition(t *testing.T) {
	if p := Partition([]byte("polygenelubricants"), 7); p != 2 { // |-2147483648 % 7|
		t.Errorf("partition of the least hash is %d", p)
	}
	c := column.Column{Type: schema.Double}
	c.AppendDouble(100)
	c.AppendNull()
	r := Router{Count: 1000}
	if got, want := r.Partition(&c, 0), Partition([]byte("100.0"), 1000); got != want {
		t.Errorf("partition of 100.0 is %d, want %d", got, want)
	}
	if got, want := r.Partition(&c, 1), Partition([]byte("null"), 1000); got != want {
		t.Errorf("partition of null is %d, want %d", got, want)
	}
}

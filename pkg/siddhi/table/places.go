package table

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// places is where rows would lie in the hash map in which Siddhi keeps a table
// whose primary key is a text, or has several attributes. Whoever reads many
// rows of such a table reads them in that order: it shows in joins and
// on-demand queries, and apps and their tests have come to depend on it.
type places struct {
	code    []uint32 // by slot
	used    int
	buckets uint32 // a power of two, which only a restore makes smaller
	text    []byte
}

func newPlaces() *places { return &places{buckets: javatext.MinBuckets} }

func (p *places) add(slot int32, code uint32) {
	for len(p.code) <= int(slot) {
		p.code = append(p.code, 0)
	}
	p.code[slot] = code
	p.used++
	p.buckets = javatext.Grow(p.buckets, p.used)
}

// restore orders the slots of a snapshot as they lie in Siddhi after a restore:
// it writes its hash map bucket by bucket, reads that into a second, and puts the
// rows of that into the map of the new table, which has just room for them.
func (p *places) restore(slots []int32, written uint32) {
	for _, buckets := range []uint32{written, max(javatext.MinBuckets, javatext.Room(len(slots)))} {
		p.buckets = buckets
		p.sort(slots)
	}
}

// sort orders slots, which come in the order in which they were added, by bucket.
func (p *places) sort(slots []int32) {
	if len(slots) < 2 {
		return
	}
	slices.SortStableFunc(slots, func(a, b int32) int {
		return cmp.Compare(javatext.Bucket(p.code[a], p.buckets), javatext.Bucket(p.code[b], p.buckets))
	})
}

// codeOf is the hash code of a row's key as Siddhi has it: of the value, or of a
// text with all values.
func (p *places) codeOf(rows *column.Slab, attrs []int, slot int32) uint32 {
	if len(attrs) == 1 {
		return valueCode(&rows.Cols[attrs[0]], int(slot))
	}
	p.text = p.text[:0]
	for _, a := range attrs {
		p.text = javatext.AppendKey(p.text, &rows.Cols[a], int(slot))
	}
	return javatext.Hash(p.text)
}

func valueCode(c *column.Column, i int) uint32 {
	switch {
	case c.IsNull(i):
		return 0
	case c.Type == schema.String:
		return javatext.Hash(c.String(i))
	case c.Type == schema.Bool && c.Bool[i]:
		return 1231
	case c.Type == schema.Bool:
		return 1237
	}
	return 0 // an object: in Siddhi by its address
}

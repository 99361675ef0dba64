package table

import (
	"cmp"
	"slices"
	"unicode/utf8"
	"unsafe"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// places is where rows would lie in the hash map in which Siddhi keeps a table
// whose primary key is a text, or has several attributes. Whoever reads many
// rows of such a table reads them in that order: it shows in joins and
// on-demand queries, and apps and their tests have come to depend on it.
type places struct {
	hash    []uint32 // by slot
	used    int
	buckets int // a power of two, which never shrinks
	text    []byte
}

const (
	minBuckets = 16
	maxBuckets = 1 << 30
)

func newPlaces() *places { return &places{buckets: minBuckets} }

func (p *places) add(slot int32, hash uint32) {
	for len(p.hash) <= int(slot) {
		p.hash = append(p.hash, 0)
	}
	p.hash[slot] = hash ^ hash>>16
	p.used++
	if p.used > p.buckets/4*3 && p.buckets < maxBuckets {
		p.buckets *= 2
	}
}

// sort orders slots, which come in the order in which they were added, by bucket.
func (p *places) sort(slots []int32) {
	if len(slots) < 2 {
		return
	}
	mask := uint32(p.buckets - 1)
	slices.SortStableFunc(slots, func(a, b int32) int { return cmp.Compare(p.hash[a]&mask, p.hash[b]&mask) })
}

// codeOf is the hash code of a row's key as Siddhi has it: of the value, or of a
// text with all values.
func (p *places) codeOf(rows *column.Slab, attrs []int, slot int32) uint32 {
	if len(attrs) == 1 {
		return valueCode(&rows.Cols[attrs[0]], int(slot))
	}
	p.text = p.text[:0]
	for _, a := range attrs {
		if c := &rows.Cols[a]; c.IsNull(int(slot)) {
			p.text = append(p.text, "null"...)
		} else {
			p.text = javatext.AppendValue(p.text, c, int(slot))
		}
		p.text = append(p.text, ":-:"...)
	}
	return textCode(unsafe.String(unsafe.SliceData(p.text), len(p.text)))
}

func valueCode(c *column.Column, i int) uint32 {
	switch {
	case c.IsNull(i):
		return 0
	case c.Type == schema.String:
		return textCode(c.String(i))
	case c.Type == schema.Bool && c.Bool[i]:
		return 1231
	case c.Type == schema.Bool:
		return 1237
	}
	return 0 // an object: in Siddhi by its address
}

// textCode is Java's hash code of a text: of its UTF-16 code units.
func textCode(s string) uint32 {
	h := uint32(0)
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			h = 31*h + uint32(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		i += n
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + uint32(0xd800+r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + uint32(r)
	}
	return h
}

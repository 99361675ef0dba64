package operator

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/javatext"
)

// keyOrder has the ids of keys in the order in which Siddhi sends an event to
// all of them: that of a Java HashMap whose keys are the texts of the values.
type keyOrder struct {
	keys  *Keys
	ids   []int32
	of    []keyPlace
	text  []byte
	known int // keys when ids was made
}

type keyPlace struct {
	bucket uint32
	id     int32
}

// list returns the ids of all keys in use.
func (o *keyOrder) list() []int32 {
	index := o.keys.index
	if index.Len() == o.known && o.used() {
		return o.ids
	}
	o.of, o.ids = o.of[:0], o.ids[:0]
	mask := uint32(buckets(index.Len()) - 1)
	for id := range int32(index.Cap()) {
		if index.Used(id) {
			o.text = javatext.AppendValue(o.text[:0], index.Column(0), int(id))
			h := javaHash(string(o.text))
			o.of = append(o.of, keyPlace{(h ^ h>>16) & mask, id})
		}
	}
	// Keys of one bucket stay in the order in which they came.
	slices.SortStableFunc(o.of, func(a, b keyPlace) int { return cmp.Compare(a.bucket, b.bucket) })
	for _, p := range o.of {
		o.ids = append(o.ids, p.id)
	}
	o.known = len(o.ids)
	return o.ids
}

// used says whether all that is listed still is in use: when as many keys have
// come as have gone, their number says nothing.
func (o *keyOrder) used() bool {
	for _, id := range o.ids {
		if !o.keys.index.Used(id) {
			return false
		}
	}
	return true
}

// buckets is how many a HashMap has for n keys: it doubles them when they are
// three quarters full.
func buckets(n int) int {
	size := 16
	for n > size/4*3 {
		size *= 2
	}
	return size
}

// javaHash is String.hashCode: over UTF-16.
func javaHash(s string) uint32 {
	h := uint32(0)
	for _, r := range s {
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + 0xd800 + uint32(r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + uint32(r)
	}
	return h
}

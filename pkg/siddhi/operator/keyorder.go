package operator

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/javatext"
)

// keyOrder has the ids of keys in the order in which Siddhi sends an event to
// all of them: that of a Java ConcurrentHashMap, which grows one key earlier than a
// HashMap, whose keys are the texts of the values.
type keyOrder struct {
	keys   *Keys
	ids    []int32
	of     []keyPlace
	text   []byte
	known  int // keys when ids was made
	purged int // as the keys' was then
}

// Place says where a key lies in a HashMap of states by key. Of keys with one
// place, that which came last lies in front.
func (k *Keys) Place(id int32) uint32 { return k.bucket(id, "", max(k.places, javatext.MinBuckets)) }

// PlaceIn is Place in a HashMap with so many buckets.
func (k *Keys) PlaceIn(id int32, buckets uint32) uint32 { return k.bucket(id, "", buckets) }

// Stored says where a key lies in the HashMap of a snapshot that has been read, whose keys
// are made of those of partitions and of so many groups. Of keys with one place, that
// which lies behind by Place lies in front.
func (k *Keys) Stored(id int32, groups int) uint32 {
	return k.bucket(id, "--null", javatext.Buckets(k.atMost()+groups+1)) // what is read has room for one more
}

func (k *Keys) bucket(id int32, suffix string, buckets uint32) uint32 {
	if int(id) >= k.index.Cap() || !k.index.Used(id) {
		return 0
	}
	k.text = append(javatext.AppendValue(k.text[:0], k.index.Column(0), int(id)), suffix...)
	return javatext.Bucket(javatext.Hash(k.text), buckets)
}

type keyPlace struct {
	bucket uint32
	id     int32
}

// list returns the ids of all keys in use.
func (o *keyOrder) list() []int32 {
	index := o.keys.index
	if index.Len() == o.known && o.purged == o.keys.purged && o.used() {
		return o.ids
	}
	o.of, o.ids = o.of[:0], o.ids[:0]
	buckets := javatext.Buckets(o.keys.atMost() + 1)
	for id := range int32(index.Cap()) {
		if o.keys.present(id) {
			o.text = javatext.AppendValue(o.text[:0], index.Column(0), int(id))
			o.of = append(o.of, keyPlace{javatext.Bucket(javatext.Hash(o.text), buckets), id})
		}
	}
	// Keys of one bucket stay in the order in which they came.
	slices.SortStableFunc(o.of, func(a, b keyPlace) int { return cmp.Compare(a.bucket, b.bucket) })
	for _, p := range o.of {
		o.ids = append(o.ids, p.id)
	}
	o.known, o.purged = len(o.ids), o.keys.purged
	return o.ids
}

// used says whether all that is listed still is in use: when as many keys have
// come as have gone, their number says nothing.
func (o *keyOrder) used() bool {
	for _, id := range o.ids {
		if !o.keys.present(id) {
			return false
		}
	}
	return true
}

package window

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
)

// javaOrder sorts rows as Java's ConcurrentHashMap, which grows one key earlier
// than a HashMap, has their keys, the texts in keys by id: by place in a table
// that has once held most of them, then by age. Siddhi's windows that count keys
// let several rows go, and find them, in that order.
func javaOrder(slots []int32, idOf []int32, keys *column.Column, most int32) {
	size := uint32(16)
	for 4*uint32(most) >= 3*size {
		size *= 2
	}
	place := func(slot int32) uint32 {
		text := "null"
		if id := int(idOf[slot]); !keys.IsNull(id) {
			text = keys.String(id)
		}
		return javatext.Bucket(javatext.Hash(text), size)
	}
	slices.SortStableFunc(slots, func(a, b int32) int { return int(place(a)) - int(place(b)) })
}

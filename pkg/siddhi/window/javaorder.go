package window

import (
	"slices"
	"unicode/utf8"

	"millrace/pkg/siddhi/column"
)

// javaHash is String.hashCode: over the UTF-16 code units of text.
func javaHash(text string) uint32 {
	var h uint32
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			h = 31*h + uint32(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if r >= 0x10000 {
			r -= 0x10000
			h = 31*h + 0xd800 + uint32(r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + uint32(r)
	}
	return h
}

// javaOrder sorts rows as Java's hash tables have their keys, the texts in keys
// by id: by place in a table that has once held most of them, then by age. Siddhi's windows that
// count keys let several rows go, and find them, in that order.
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
		h := javaHash(text)
		return (h ^ h>>16) & (size - 1)
	}
	slices.SortStableFunc(slots, func(a, b int32) int { return int(place(a)) - int(place(b)) })
}

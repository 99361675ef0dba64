// Package routing says which partition of a topic an event belongs to, by its
// key: as WSO2 SP does, so that producers and consumers of both can be mixed.
//
// It imports column and mapper.
package routing

import (
	"unicode/utf8"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/mapper"
)

// Hash is Java's String.hashCode of a text in UTF-8.
func Hash(text []byte) int32 {
	var h int32
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			h = 31*h + int32(c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		i += size
		if r >= 0x10000 { // Java counts two UTF-16 units
			r -= 0x10000
			h = 31*h + (0xd800 + r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + r
	}
	return h
}

// Partition returns the partition, from 0 to count-1, of a key's text.
func Partition(text []byte, count int) int {
	p := int(Hash(text)) % count
	if p < 0 {
		return -p
	}
	return p
}

// Router finds the partitions of rows. It is for one goroutine.
type Router struct {
	Count int // number of partitions
	text  []byte
}

// Partition returns the partition of the key in a row of column c. The key's
// text is the one that templates have; null is the text "null".
func (r *Router) Partition(c *column.Column, row int) int {
	r.text = mapper.AppendValue(r.text[:0], c, row)
	return Partition(r.text, r.Count)
}

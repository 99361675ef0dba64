// Package routing says which partition of a topic an event belongs to, by its
// key: as WSO2 SP does, so that producers and consumers of both can be mixed.
//
// It imports column, javatext and mapper.
package routing

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/mapper"
)

// Partition returns the partition, from 0 to count-1, of a key's text: by Java's
// hash code.
func Partition(text []byte, count int) int {
	p := int(int32(javatext.Hash(text))) % count
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

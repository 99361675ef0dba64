package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// sortKey is one attribute of an order.
type sortKey struct {
	attr int
	desc bool
}

// rankAt maps a value to a number that has the same order, so that most rows
// can be compared without a look at their columns. Numbers are told apart fully,
// strings by their first bytes. Nulls come last in both directions, as they do
// in order by; in Siddhi the comparison fails with an exception.
func (k sortKey) rankAt(c *column.Column, row int32) uint64 {
	if c.IsNull(int(row)) {
		return math.MaxUint64
	}
	rank := rankOf(c, row)
	if k.desc {
		return ^rank
	}
	return rank
}

func rankOf(c *column.Column, row int32) uint64 {
	switch c.Type {
	case schema.Int:
		return signed(int64(c.I32[row]))
	case schema.Long:
		return signed(c.I64[row])
	case schema.Float:
		return ordered(float64(c.F32[row]))
	case schema.Double:
		return ordered(c.F64[row])
	case schema.String:
		return prefix(&c.Str[row], c.Arena)
	}
	return 0
}

func signed(v int64) uint64 { return uint64(v) ^ 1<<63 }

// ordered orders doubles as Java's compareTo does: -0.0 before 0.0, NaN last.
func ordered(v float64) uint64 {
	if v != v {
		return math.MaxUint64
	}
	bits := math.Float64bits(v)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// prefix is the first eight bytes of a string.
func prefix(s *column.Str, arena []byte) uint64 {
	var rank uint64
	text := s.View(arena)
	for i := range 8 {
		rank <<= 8
		if i < len(text) {
			rank |= uint64(text[i])
		}
	}
	return rank
}

// compareBy compares two rows whose columns are cols; 0 means equal.
func compareBy(by []sortKey, cols func(attr int) *column.Column, a, b int32) int {
	for _, k := range by {
		c := cols(k.attr)
		x, y := k.rankAt(c, a), k.rankAt(c, b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		xNull, yNull := c.IsNull(int(a)), c.IsNull(int(b))
		switch {
		case xNull && yNull:
			continue
		case xNull:
			return 1
		case yNull:
			return -1
		}
		if c.Type != schema.String {
			continue
		}
		if d := column.Compare(&c.Str[a], c.Arena, &c.Str[b], c.Arena); d != 0 {
			if k.desc {
				return -d
			}
			return d
		}
	}
	return 0
}

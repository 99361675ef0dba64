package bench

import "math"

const (
	hashOffset = uint64(0xcbf29ce484222325)
	hashPrime  = uint64(0x100000001b3)
	hashNull   = uint64(0x9e3779b97f4a7c15)
)

// Checksum counts rows and sums their hashes, so that the order of the rows
// does not matter. The zero value is ready to use.
type Checksum struct {
	Rows  int64
	Total uint64
	// Round rounds doubles to three decimals before they are hashed, for
	// results whose last bits depend on the order of additions.
	Round bool

	hashes []uint64 // of the rows that Add is in the middle of
}

// Add counts the rows of c.
func (s *Checksum) Add(c *Columns) {
	n := c.Len()
	if cap(s.hashes) < n {
		s.hashes = make([]uint64, n)
	}
	h := s.hashes[:n]
	for row := range h {
		h[row] = hashOffset
	}
	for i := range c.Cols {
		s.addColumn(h, &c.Cols[i])
	}
	for _, v := range h {
		s.Total += v
	}
	s.Rows += int64(n)
}

func (s *Checksum) addColumn(h []uint64, c *Column) {
	for row := range h {
		field := hashNull
		if !c.IsNull(row) {
			field = s.field(c, row)
		}
		h[row] = hashField(h[row], field)
	}
}

// field returns the 64 bits that stand for one value: integers sign extended,
// floats widened to double, the IEEE bits of doubles, FNV-1a of strings.
func (s *Checksum) field(c *Column, row int) uint64 {
	switch c.Type {
	case Int:
		return uint64(int64(c.Ints[row]))
	case Long:
		return uint64(c.Longs[row])
	case Float:
		return math.Float64bits(float64(c.Floats[row]))
	case Double:
		v := c.Doubles[row]
		if s.Round {
			v = math.RoundToEven(v*1000) / 1000
		}
		return math.Float64bits(v)
	case Bool:
		if c.Bools[row] {
			return 1
		}
		return 0
	default:
		return hashString(c.Strings[row])
	}
}

// hashField mixes one more field into a row's hash.
func hashField(h, field uint64) uint64 {
	h = (h ^ field) * hashPrime
	return h ^ h>>32
}

// hashString is FNV-1a, 64 bits, of the UTF-8 bytes.
func hashString(v string) uint64 {
	h := hashOffset
	for i := range len(v) {
		h = (h ^ uint64(v[i])) * hashPrime
	}
	return h
}

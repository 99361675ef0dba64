// Package column has the engine's data: typed, pointer-free column vectors and
// the batches, row stores and key indexes made of them.
//
// It imports only schema.
package column

import (
	"slices"
	"unsafe"

	"millrace/pkg/siddhi/schema"
)

// Column is a vector of values of one type. Only the slice of its type is in
// use. The zero Column with a Type is empty and ready for appends; a Column
// with Type Invalid stands for an attribute that nobody reads.
//
// Nulls is empty when no value is null; otherwise Nulls[i] says whether value i
// is, and has (at least) as many entries as there are values. One byte a row
// rather than one bit: it can be cut at any row and gathered without shifts.
// The value under a null is zero. A null can hide a stray: see strays.
type Column struct {
	Type   schema.Type
	strays strays // values of other types, at rows that are null
	Nulls  []bool
	I32    []int32
	I64    []int64
	F32    []float32
	F64    []float64
	Bool   []bool
	Str    []Str
	Arena  []byte // bytes of the long strings in Str
	Obj    []any
}

// Len returns the number of values.
func (c *Column) Len() int {
	switch c.Type {
	case schema.String:
		return len(c.Str)
	case schema.Int:
		return len(c.I32)
	case schema.Long:
		return len(c.I64)
	case schema.Float:
		return len(c.F32)
	case schema.Double:
		return len(c.F64)
	case schema.Bool:
		return len(c.Bool)
	case schema.Object:
		return len(c.Obj)
	}
	return 0
}

// HasNulls says whether a value may be null.
func (c *Column) HasNulls() bool { return len(c.Nulls) != 0 }

// IsNull says whether value i is null.
func (c *Column) IsNull(i int) bool { return len(c.Nulls) != 0 && c.Nulls[i] }

// Reset empties the column and keeps its memory.
func (c *Column) Reset() {
	c.Nulls = c.Nulls[:0]
	if c.strays != nil {
		c.strays = nil
	}
	c.Arena = c.Arena[:0]
	switch c.Type {
	case schema.String:
		c.Str = c.Str[:0]
	case schema.Int:
		c.I32 = c.I32[:0]
	case schema.Long:
		c.I64 = c.I64[:0]
	case schema.Float:
		c.F32 = c.F32[:0]
	case schema.Double:
		c.F64 = c.F64[:0]
	case schema.Bool:
		c.Bool = c.Bool[:0]
	case schema.Object:
		clear(c.Obj)
		c.Obj = c.Obj[:0]
	}
}

// Resize sets the length to n, all non-null. What the values are is undefined:
// the caller writes every one of them. Strings need SetString or CopyString.
func (c *Column) Resize(n int) {
	c.Nulls = c.Nulls[:0]
	if c.strays != nil {
		c.strays = nil
	}
	switch c.Type {
	case schema.String:
		c.Str = resize(c.Str, n)
		c.Arena = c.Arena[:0]
	case schema.Int:
		fit(&c.I32, n)
	case schema.Long:
		fit(&c.I64, n)
	case schema.Float:
		fit(&c.F32, n)
	case schema.Double:
		fit(&c.F64, n)
	case schema.Bool:
		fit(&c.Bool, n)
	case schema.Object:
		c.Obj = resize(c.Obj, n)
	}
}

func resize[T any](s []T, n int) []T {
	if cap(s) >= n {
		return s[:n]
	}
	return slices.Grow(s[:0], max(n, 2*cap(s)))[:n]
}

// fit is resize that writes nothing if the length is right already.
func fit[T any](s *[]T, n int) {
	if len(*s) != n {
		*s = resize(*s, n)
	}
}

// SetNull makes value i null and zeroes it. It works on columns that have their length.
func (c *Column) SetNull(i int) {
	if len(c.Nulls) == 0 {
		c.Nulls = resize(c.Nulls, c.Len())
		clear(c.Nulls)
	} else if c.strays != nil {
		c.dropStray(i)
	}
	c.Nulls[i] = true
	switch c.Type {
	case schema.String:
		c.Str[i] = Str{}
	case schema.Int:
		c.I32[i] = 0
	case schema.Long:
		c.I64[i] = 0
	case schema.Float:
		c.F32[i] = 0
	case schema.Double:
		c.F64[i] = 0
	case schema.Bool:
		c.Bool[i] = false
	case schema.Object:
		c.Obj[i] = nil
	}
}

// SetString stores a copy of v at i.
func (c *Column) SetString(i int, v string) {
	if len(v) <= InlineLen {
		c.Str[i] = inline(v)
		return
	}
	c.Str[i], c.Arena = makeStr(v, c.Arena)
}

// SetBytes stores a copy of v, a string's bytes, at i.
func (c *Column) SetBytes(i int, v []byte) {
	c.SetString(i, unsafe.String(unsafe.SliceData(v), len(v)))
}

// CopyString stores string s, whose long bytes lie in arena, at i.
func (c *Column) CopyString(i int, s Str, arena []byte) {
	if !s.Inline() {
		off := uint64(len(c.Arena))
		c.Arena = append(c.Arena, arena[s.hi:s.hi+uint64(s.Len())]...)
		s.hi = off
	}
	c.Str[i] = s
}

// SetFrom overwrites value i with value row of src, a column of the same type.
func (c *Column) SetFrom(i int, src *Column, row int) {
	if src.IsNull(row) {
		c.SetNull(i)
		c.copyStray(i, src, row)
		return
	}
	if len(c.Nulls) != 0 {
		c.Nulls[i] = false
		if c.strays != nil {
			c.dropStray(i)
		}
	}
	switch c.Type {
	case schema.String:
		c.CopyString(i, src.Str[row], src.Arena)
	case schema.Int:
		c.I32[i] = src.I32[row]
	case schema.Long:
		c.I64[i] = src.I64[row]
	case schema.Float:
		c.F32[i] = src.F32[row]
	case schema.Double:
		c.F64[i] = src.F64[row]
	case schema.Bool:
		c.Bool[i] = src.Bool[row]
	case schema.Object:
		c.Obj[i] = src.Obj[row]
	}
}

// String returns value i of a string column without copying: it is valid while
// the column is neither changed nor released.
func (c *Column) String(i int) string { return c.Str[i].View(c.Arena) }

// nonNull notes that a non-null value was appended.
func (c *Column) nonNull() {
	if len(c.Nulls) != 0 {
		c.Nulls = append(c.Nulls, false)
	}
}

// AppendInt appends to an int column.
func (c *Column) AppendInt(v int32) { c.I32 = append(c.I32, v); c.nonNull() }

// AppendLong appends to a long column.
func (c *Column) AppendLong(v int64) { c.I64 = append(c.I64, v); c.nonNull() }

// AppendFloat appends to a float column.
func (c *Column) AppendFloat(v float32) { c.F32 = append(c.F32, v); c.nonNull() }

// AppendDouble appends to a double column.
func (c *Column) AppendDouble(v float64) { c.F64 = append(c.F64, v); c.nonNull() }

// AppendBool appends to a bool column.
func (c *Column) AppendBool(v bool) { c.Bool = append(c.Bool, v); c.nonNull() }

// AppendString appends a copy of v to a string column.
func (c *Column) AppendString(v string) {
	var s Str
	s, c.Arena = makeStr(v, c.Arena)
	c.Str = append(c.Str, s)
	c.nonNull()
}

// AppendBytes appends a copy of v to a string column.
func (c *Column) AppendBytes(v []byte) { c.AppendString(unsafe.String(unsafe.SliceData(v), len(v))) }

// AppendObject appends to an object column; a nil value is null.
func (c *Column) AppendObject(v any) {
	if v == nil {
		c.AppendNull()
		return
	}
	c.Obj = append(c.Obj, v)
	c.nonNull()
}

// AppendNull appends a null to a column of any type.
func (c *Column) AppendNull() {
	n := c.Len()
	c.extend()
	if len(c.Nulls) == 0 {
		c.Nulls = resize(c.Nulls, n)
		clear(c.Nulls)
	}
	c.Nulls = append(c.Nulls, true)
}

// extend appends a zero value and leaves the nulls as they are.
func (c *Column) extend() {
	switch c.Type {
	case schema.String:
		c.Str = append(c.Str, Str{})
	case schema.Int:
		c.I32 = append(c.I32, 0)
	case schema.Long:
		c.I64 = append(c.I64, 0)
	case schema.Float:
		c.F32 = append(c.F32, 0)
	case schema.Double:
		c.F64 = append(c.F64, 0)
	case schema.Bool:
		c.Bool = append(c.Bool, false)
	case schema.Object:
		c.Obj = append(c.Obj, nil)
	}
}

// Slice returns rows lo to hi (exclusive) of c; it shares c's memory. Of a
// column that nobody reads, and that was not filled, it is empty.
func (c *Column) Slice(lo, hi int) Column {
	if c.Len() < hi {
		return Column{Type: c.Type}
	}
	v := Column{Type: c.Type, Arena: c.Arena}
	if len(c.Nulls) != 0 {
		v.Nulls = c.Nulls[lo:hi:hi]
		if c.strays != nil {
			v.strays = c.strays.slice(lo, hi)
		}
	}
	switch c.Type {
	case schema.String:
		v.Str = c.Str[lo:hi:hi]
	case schema.Int:
		v.I32 = c.I32[lo:hi:hi]
	case schema.Long:
		v.I64 = c.I64[lo:hi:hi]
	case schema.Float:
		v.F32 = c.F32[lo:hi:hi]
	case schema.Double:
		v.F64 = c.F64[lo:hi:hi]
	case schema.Bool:
		v.Bool = c.Bool[lo:hi:hi]
	case schema.Object:
		v.Obj = c.Obj[lo:hi:hi]
	}
	return v
}

// View makes c, a column of src's type that has no values of its own, show rows
// lo to hi (exclusive) of src. It is Slice for views that are used again and again.
func (c *Column) View(src *Column, lo, hi int) {
	switch src.Type {
	case schema.String:
		c.Str, c.Arena = src.Str[lo:hi:hi], src.Arena
	case schema.Int:
		c.I32 = src.I32[lo:hi:hi]
	case schema.Long:
		c.I64 = src.I64[lo:hi:hi]
	case schema.Float:
		c.F32 = src.F32[lo:hi:hi]
	case schema.Double:
		c.F64 = src.F64[lo:hi:hi]
	case schema.Bool:
		c.Bool = src.Bool[lo:hi:hi]
	case schema.Object:
		c.Obj = src.Obj[lo:hi:hi]
	}
	if len(src.Nulls) != 0 {
		c.Nulls = src.Nulls[lo:hi:hi]
		if src.strays != nil || c.strays != nil {
			c.strays = src.strays.slice(lo, hi)
		}
	} else if len(c.Nulls) != 0 {
		c.Nulls, c.strays = nil, nil
	}
}

// Any returns value i boxed: nil, string, int32, int64, float32, float64, bool
// or the object, also where it is a stray. It is for edges and tests, not for the
// hot path.
func (c *Column) Any(i int) any {
	if c.IsNull(i) {
		v, _ := c.Stray(i)
		return v
	}
	switch c.Type {
	case schema.String:
		return c.Str[i].Text(c.Arena)
	case schema.Int:
		return c.I32[i]
	case schema.Long:
		return c.I64[i]
	case schema.Float:
		return c.F32[i]
	case schema.Double:
		return c.F64[i]
	case schema.Bool:
		return c.Bool[i]
	case schema.Object:
		return c.Obj[i]
	}
	return nil
}

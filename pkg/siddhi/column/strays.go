package column

import "millrace/pkg/siddhi/schema"

// strays are the values of a column that are not of its type, by row. As in
// Siddhi nothing looks at the types of what is sent, so an event can bring a text
// for a number. Such a value passes through whatever only hands it on; what
// computes with it fails. Under a stray a column is null, so that loops over typed
// values need not know of it. nil: there are none, as in all but a few batches.
type strays map[int32]any

// HasStrays says whether some value may be a stray.
func (c *Column) HasStrays() bool { return c.strays != nil }

// HasStrays says whether one of b's columns at the given positions has some.
func (b *Batch) HasStrays(cols []int) bool {
	for _, c := range cols {
		if b.Cols[c].HasStrays() {
			return true
		}
	}
	return false
}

// Stray returns the stray at row i, if there is one.
func (c *Column) Stray(i int) (v any, ok bool) {
	if c.strays == nil {
		return nil, false
	}
	v, ok = c.strays[int32(i)]
	return v, ok
}

// IsMissing says whether there is no value at row i: a null that is no stray.
func (c *Column) IsMissing(i int) bool {
	if !c.IsNull(i) {
		return false
	}
	_, ok := c.Stray(i)
	return !ok
}

// SetStray puts v, which is not of the column's type, at row i of a column that
// has its length.
func (c *Column) SetStray(i int, v any) {
	c.SetNull(i)
	c.keepStray(i, v)
}

// AppendStray appends v, which is not of the column's type.
func (c *Column) AppendStray(v any) {
	c.AppendNull()
	c.keepStray(c.Len()-1, v)
}

// AppendAny appends v, which may be nil, as a value of the column's type or as a stray.
func (c *Column) AppendAny(v any) {
	t := TypeOf(v)
	switch {
	case v == nil:
		c.AppendNull()
		return
	case c.Type == schema.Object:
		c.AppendObject(v)
		return
	case t != c.Type:
		c.AppendStray(v)
		return
	}
	switch v := v.(type) {
	case string:
		c.AppendString(v)
	case int32:
		c.AppendInt(v)
	case int64:
		c.AppendLong(v)
	case float32:
		c.AppendFloat(v)
	case float64:
		c.AppendDouble(v)
	case bool:
		c.AppendBool(v)
	}
}

// TypeOf returns the attribute type whose values look like v, Object for what is of
// no other.
func TypeOf(v any) schema.Type {
	switch v.(type) {
	case string:
		return schema.String
	case int32:
		return schema.Int
	case int64:
		return schema.Long
	case float32:
		return schema.Float
	case float64:
		return schema.Double
	case bool:
		return schema.Bool
	}
	return schema.Object
}

// keepStray notes a stray at a row that is null.
func (c *Column) keepStray(i int, v any) {
	if c.strays == nil {
		c.strays = strays{}
	}
	c.strays[int32(i)] = v
}

// dropStray forgets what was at a row that is written anew.
func (c *Column) dropStray(i int) {
	if delete(c.strays, int32(i)); len(c.strays) == 0 {
		c.strays = nil
	}
}

// ClearNulls makes c a column without nulls, whose values are then the caller's to write.
func (c *Column) ClearNulls() {
	c.Nulls = c.Nulls[:0]
	c.strays = nil
}

// copyStray gives row i of c, which is null, the stray that src may have at row.
func (c *Column) copyStray(i int, src *Column, row int) {
	if v, ok := src.Stray(row); ok {
		c.keepStray(i, v)
	}
}

// slice returns the strays of rows lo to hi (exclusive).
func (s strays) slice(lo, hi int) strays {
	var part strays
	for row, v := range s {
		if row >= int32(lo) && row < int32(hi) {
			if part == nil {
				part = strays{}
			}
			part[row-int32(lo)] = v
		}
	}
	return part
}

// gather returns the strays of the given rows.
func (s strays) gather(rows []int32) strays {
	var part strays
	for i, row := range rows {
		if v, ok := s[row]; ok {
			if part == nil {
				part = strays{}
			}
			part[int32(i)] = v
		}
	}
	return part
}

// scatterStrays puts the strays of rows of src (all when rows is nil) into slots of c.
func (c *Column) scatterStrays(src *Column, rows, slots []int32) {
	if c.strays != nil {
		for _, slot := range slots {
			delete(c.strays, slot)
		}
	}
	if src.strays != nil {
		for i, slot := range slots {
			if rows != nil {
				i = int(rows[i])
			}
			c.copyStray(int(slot), src, i)
		}
	}
	if len(c.strays) == 0 {
		c.strays = nil
	}
}

// appendStrays appends those of the first n rows of src behind old rows.
func (c *Column) appendStrays(src *Column, old, n int) {
	for row, v := range src.strays.slice(0, n) {
		c.keepStray(old+int(row), v)
	}
}

// sameStray says whether two columns have equal strays at their rows, or none.
func sameStray(a *Column, i int, b *Column, j int) bool {
	x, xok := a.Stray(i)
	y, yok := b.Stray(j)
	return xok == yok && (!xok || sameObject(x, y))
}

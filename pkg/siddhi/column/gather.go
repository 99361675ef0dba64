package column

import "millrace/pkg/siddhi/schema"

// Gather sets c to the values of src at rows, in that order. c must not be src.
func (c *Column) Gather(src *Column, rows []int32) {
	if src.Type == schema.Invalid {
		return
	}
	if len(rows) == 1 {
		c.gatherOne(src, int(rows[0]))
		return
	}
	c.Resize(len(rows))
	switch c.Type {
	case schema.String:
		c.gatherStrings(src, rows)
	case schema.Int:
		gather(c.I32, src.I32, rows)
	case schema.Long:
		gather(c.I64, src.I64, rows)
	case schema.Float:
		gather(c.F32, src.F32, rows)
	case schema.Double:
		gather(c.F64, src.F64, rows)
	case schema.Bool:
		gather(c.Bool, src.Bool, rows)
	case schema.Object:
		gather(c.Obj, src.Obj, rows)
	}
	if len(src.Nulls) != 0 {
		c.Nulls = resize(c.Nulls, len(rows))
		gather(c.Nulls, src.Nulls, rows)
	}
}

// gatherOne is Gather of one row: what a single send does for every column.
func (c *Column) gatherOne(src *Column, r int) {
	c.Nulls = c.Nulls[:0]
	switch c.Type {
	case schema.String:
		c.Arena = c.Arena[:0]
		s := src.Str[r]
		c.Str = append(c.Str[:0], s)
		if !s.Inline() {
			c.CopyString(0, s, src.Arena)
		}
	case schema.Int:
		c.I32 = append(c.I32[:0], src.I32[r])
	case schema.Long:
		c.I64 = append(c.I64[:0], src.I64[r])
	case schema.Float:
		c.F32 = append(c.F32[:0], src.F32[r])
	case schema.Double:
		c.F64 = append(c.F64[:0], src.F64[r])
	case schema.Bool:
		c.Bool = append(c.Bool[:0], src.Bool[r])
	case schema.Object:
		c.Obj = append(c.Obj[:0], src.Obj[r])
	}
	if len(src.Nulls) != 0 && src.Nulls[r] {
		c.Nulls = append(c.Nulls, true)
	}
}

func gather[T any](dst, src []T, rows []int32) {
	dst = dst[:len(rows)]
	for i, r := range rows {
		dst[i] = src[r]
	}
}

func (c *Column) gatherStrings(src *Column, rows []int32) {
	dst := c.Str[:len(rows)]
	if len(src.Arena) == 0 { // all inline
		for i, r := range rows {
			dst[i] = src.Str[r]
		}
		return
	}
	for i, r := range rows {
		if s := src.Str[r]; s.Inline() {
			dst[i] = s
		} else {
			c.CopyString(i, s, src.Arena)
		}
	}
}

// GatherOrNull is Gather in which a negative row gives null.
func (c *Column) GatherOrNull(src *Column, rows []int32) {
	if src.Type == schema.Invalid {
		return
	}
	c.Reset()
	for _, r := range rows {
		if r < 0 {
			c.AppendNull()
			continue
		}
		c.AppendFrom(src, int(r))
	}
}

// AppendFrom appends value row of src, a column of the same type.
func (c *Column) AppendFrom(src *Column, row int) {
	if src.IsNull(row) {
		c.AppendNull()
		return
	}
	switch c.Type {
	case schema.String:
		c.Str = append(c.Str, Str{})
		c.CopyString(len(c.Str)-1, src.Str[row], src.Arena)
	case schema.Int:
		c.I32 = append(c.I32, src.I32[row])
	case schema.Long:
		c.I64 = append(c.I64, src.I64[row])
	case schema.Float:
		c.F32 = append(c.F32, src.F32[row])
	case schema.Double:
		c.F64 = append(c.F64, src.F64[row])
	case schema.Bool:
		c.Bool = append(c.Bool, src.Bool[row])
	case schema.Object:
		c.Obj = append(c.Obj, src.Obj[row])
	}
	c.nonNull()
}

// AppendColumn appends all n values of src, a column of the same type.
func (c *Column) AppendColumn(src *Column, n int) {
	if src.Type == schema.Invalid {
		return
	}
	old := c.Len()
	switch c.Type {
	case schema.String:
		c.Str = append(c.Str, src.Str[:n]...)
		if len(src.Arena) != 0 {
			for i := old; i < len(c.Str); i++ {
				c.CopyString(i, c.Str[i], src.Arena)
			}
		}
	case schema.Int:
		c.I32 = append(c.I32, src.I32[:n]...)
	case schema.Long:
		c.I64 = append(c.I64, src.I64[:n]...)
	case schema.Float:
		c.F32 = append(c.F32, src.F32[:n]...)
	case schema.Double:
		c.F64 = append(c.F64, src.F64[:n]...)
	case schema.Bool:
		c.Bool = append(c.Bool, src.Bool[:n]...)
	case schema.Object:
		c.Obj = append(c.Obj, src.Obj[:n]...)
	}
	c.appendNulls(src, old, n)
}

func (c *Column) appendNulls(src *Column, old, n int) {
	switch {
	case len(src.Nulls) != 0:
		if len(c.Nulls) == 0 {
			c.Nulls = resize(c.Nulls, old)
			clear(c.Nulls)
		}
		c.Nulls = append(c.Nulls, src.Nulls[:n]...)
	case len(c.Nulls) != 0:
		for range n {
			c.Nulls = append(c.Nulls, false)
		}
	}
}

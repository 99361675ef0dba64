package column

import "millrace/pkg/siddhi/schema"

// Gather sets c to the values of src at rows, in that order. c must not be src.
func (c *Column) Gather(src *Column, rows []int32) {
	n := len(rows)
	if n == 1 && len(src.Nulls) == 0 {
		c.gatherOne(src, rows[0])
		return
	}
	switch src.Type {
	case schema.Invalid:
		return
	case schema.String:
		c.gatherStrings(src, rows)
	case schema.Int:
		gatherInto(&c.I32, src.I32, rows)
	case schema.Long:
		gatherInto(&c.I64, src.I64, rows)
	case schema.Float:
		gatherInto(&c.F32, src.F32, rows)
	case schema.Double:
		gatherInto(&c.F64, src.F64, rows)
	case schema.Bool:
		gatherInto(&c.Bool, src.Bool, rows)
	case schema.Object:
		gatherInto(&c.Obj, src.Obj, rows)
	}
	if len(src.Nulls) != 0 {
		c.Nulls = resize(c.Nulls, n)
		gather(c.Nulls, src.Nulls, rows)
		if src.strays != nil || c.strays != nil {
			c.strays = src.strays.gather(rows)
		}
	} else if len(c.Nulls) != 0 {
		c.ClearNulls()
	}
}

// gatherOne is Gather of one row of a column without nulls: what single sends do.
func (c *Column) gatherOne(src *Column, row int32) {
	switch src.Type {
	case schema.Invalid:
		return
	case schema.String:
		one(&c.Str, src.Str[row])
		if len(c.Arena) != 0 {
			c.Arena = c.Arena[:0]
		}
		if len(src.Arena) != 0 {
			c.CopyString(0, src.Str[row], src.Arena)
		}
	case schema.Int:
		one(&c.I32, src.I32[row])
	case schema.Long:
		one(&c.I64, src.I64[row])
	case schema.Float:
		one(&c.F32, src.F32[row])
	case schema.Double:
		one(&c.F64, src.F64[row])
	case schema.Bool:
		one(&c.Bool, src.Bool[row])
	case schema.Object:
		one(&c.Obj, src.Obj[row])
	}
	if len(c.Nulls) != 0 {
		c.ClearNulls()
	}
}

func one[T any](s *[]T, v T) {
	fit(s, 1)
	(*s)[0] = v
}

func gatherInto[T any](dst *[]T, src []T, rows []int32) {
	fit(dst, len(rows))
	gather(*dst, src, rows)
}

func gather[T any](dst, src []T, rows []int32) {
	dst = dst[:len(rows)]
	for i, r := range rows {
		dst[i] = src[r]
	}
}

func (c *Column) gatherStrings(src *Column, rows []int32) {
	if len(c.Arena) != 0 {
		c.Arena = c.Arena[:0]
	}
	fit(&c.Str, len(rows))
	dst := c.Str
	if len(src.Arena) == 0 { // all inline
		gather(dst, src.Str, rows)
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

// GatherTimes replaces c, a long, by the timestamps at the given places; None gives null.
func (c *Column) GatherTimes(times []int64, at []int32) {
	c.Resize(len(at))
	for i, k := range at {
		if k == None {
			c.SetNull(i)
		} else {
			c.I64[i] = times[k]
		}
	}
}

// AppendFrom appends value row of src, a column of the same type.
func (c *Column) AppendFrom(src *Column, row int) {
	if src.IsNull(row) {
		c.AppendNull()
		c.copyStray(c.Len()-1, src, row)
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
	if n == 1 { // what single sends do
		c.AppendFrom(src, 0)
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
		if src.strays != nil {
			c.appendStrays(src, old, n)
		}
	case len(c.Nulls) != 0:
		for range n {
			c.Nulls = append(c.Nulls, false)
		}
	}
}

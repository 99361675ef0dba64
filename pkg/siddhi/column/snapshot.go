package column

import (
	"maps"
	"math"
	"slices"

	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Encode writes the column's values. Restored into a column of the same type,
// they have the same positions.
func (c *Column) Encode(e *state.Encoder) {
	if c.strays != nil {
		e.Uint(uint64(c.Type) | strayed)
		c.strays.encode(e)
	} else {
		e.Uint(uint64(c.Type))
	}
	state.Slice(e, c.Nulls)
	switch c.Type {
	case schema.String:
		e.Uint(uint64(len(c.Str)))
		for i := range c.Str {
			if c.IsNull(i) {
				e.String("")
				continue
			}
			e.String(c.String(i))
		}
	case schema.Int:
		state.Slice(e, c.I32)
	case schema.Long:
		state.Slice(e, c.I64)
	case schema.Float:
		state.Slice(e, c.F32)
	case schema.Double:
		state.Slice(e, c.F64)
	case schema.Bool:
		state.Slice(e, c.Bool)
	case schema.Object:
		e.Uint(uint64(len(c.Obj)))
		for _, v := range c.Obj {
			e.Object(v)
		}
	}
}

// Decode replaces the column's values with those that Encode wrote.
func (c *Column) Decode(d *state.Decoder) {
	t := d.Uint()
	if schema.Type(t&^strayed) != c.Type {
		d.Fail(state.ErrCorrupt)
		return
	}
	c.Reset()
	if t&strayed != 0 {
		c.strays = decodeStrays(d)
	}
	nulls := state.ReadSlice(d, c.Nulls)
	switch c.Type {
	case schema.String:
		for range d.Count(1) {
			c.AppendString(d.String())
		}
	case schema.Int:
		c.I32 = state.ReadSlice(d, c.I32)
	case schema.Long:
		c.I64 = state.ReadSlice(d, c.I64)
	case schema.Float:
		c.F32 = state.ReadSlice(d, c.F32)
	case schema.Double:
		c.F64 = state.ReadSlice(d, c.F64)
	case schema.Bool:
		c.Bool = state.ReadSlice(d, c.Bool)
	case schema.Object:
		for range d.Count(1) {
			c.Obj = append(c.Obj, d.Object())
		}
	}
	c.Nulls = nulls
	if len(nulls) != 0 && len(nulls) < c.Len() || !c.strays.under(nulls) {
		d.Fail(state.ErrCorrupt)
	}
}

// strayed is added to the type of a column that has strays.
const strayed = 1 << 6

func (s strays) encode(e *state.Encoder) {
	e.Uint(uint64(len(s)))
	for _, row := range slices.Sorted(maps.Keys(s)) {
		e.Uint(uint64(row))
		e.Object(s[row])
	}
}

func decodeStrays(d *state.Decoder) strays {
	s := strays{}
	for range d.Count(2) {
		row := d.Uint()
		if row > math.MaxInt32 {
			d.Fail(state.ErrCorrupt)
		}
		s[int32(row)] = d.Object()
	}
	return s
}

// under says whether each stray is at a row that is null.
func (s strays) under(nulls []bool) bool {
	for row := range s {
		if int(row) >= len(nulls) || !nulls[row] {
			return false
		}
	}
	return true
}

// Encode writes the slab with its slot numbers and links.
func (s *Slab) Encode(e *state.Encoder) {
	e.Int(int64(s.free))
	e.Uint(uint64(s.live))
	state.Slice(e, s.Time)
	state.Slice(e, s.Next)
	for _, c := range s.need {
		s.Cols[c].Encode(e)
	}
}

// Decode replaces the slab's rows with those that Encode wrote for a slab of
// the same attributes.
func (s *Slab) Decode(d *state.Decoder) {
	s.Clear()
	s.free = int32(d.Int())
	s.live = int(d.Uint())
	s.Time = state.ReadSlice(d, s.Time)
	s.Next = state.ReadSlice(d, s.Next)
	for _, c := range s.need {
		s.Cols[c].Decode(d)
		if s.Cols[c].Len() != len(s.Time) {
			d.Fail(state.ErrCorrupt)
		}
	}
	if len(s.Next) != len(s.Time) {
		d.Fail(state.ErrCorrupt)
	}
	for _, n := range s.Next {
		if n < None || int(n) >= len(s.Time) {
			d.Fail(state.ErrCorrupt)
		}
	}
	if int(s.free) >= len(s.Time) {
		d.Fail(state.ErrCorrupt)
	}
	if d.Err() != nil {
		s.Clear()
	}
}

// Encode writes the keys with their ids.
func (k *KeyIndex) Encode(e *state.Encoder) {
	state.Slice(e, k.used)
	state.Slice(e, k.freed)
	for i := range k.keys {
		k.keys[i].Encode(e)
	}
}

// Decode replaces the keys with those that Encode wrote for an index of the
// same types.
func (k *KeyIndex) Decode(d *state.Decoder) {
	k.Clear()
	k.used = state.ReadSlice(d, k.used)
	k.freed = state.ReadSlice(d, k.freed)
	cols := make([]*Column, len(k.keys))
	for i := range k.keys {
		k.keys[i].Decode(d)
		cols[i] = &k.keys[i]
		if cols[i].Len() != len(k.used) {
			d.Fail(state.ErrCorrupt)
		}
	}
	for _, id := range k.freed {
		if id < 0 || int(id) >= len(k.used) || k.used[id] {
			d.Fail(state.ErrCorrupt)
		}
	}
	if d.Err() != nil {
		k.Clear()
		return
	}
	k.hashes = resize(k.hashes, len(k.used))
	for id, used := range k.used {
		if used {
			k.hashes[id] = hashRow(cols, id)
			k.live++
		}
	}
	k.rehash()
}

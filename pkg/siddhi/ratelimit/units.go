package ratelimit

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// units numbers what rows are told apart by: their partition key (0 outside of
// partitions) or, with group by, the group in it. A selector's own numbers would
// not do: it forgets a group when its last row has expired.
type units struct {
	index *column.KeyIndex // nil without group by: the key is the unit
	keyed bool
	first int // column of the first group by value
	n     int // number of group by values

	keyCol column.Column
	cols   []*column.Column
	ids    []int32
	full   int // number of groups at which those that are not in use are forgotten
}

const leastFull = 1024

func newUnits(opts Options) units {
	u := units{keyed: opts.Keyed, first: opts.Groups, n: len(opts.GroupBy), keyCol: column.Column{Type: schema.Int}, full: leastFull}
	if u.n == 0 {
		return u
	}
	var types []schema.Type
	if u.keyed {
		types = append(types, schema.Int)
	}
	u.index = column.NewKeyIndex(javatext.KeyTypes(append(types, opts.GroupBy...)...)...)
	return u
}

// of returns the unit of each row of b. They stay valid until the next call.
func (u *units) of(b *column.Batch) []int32 {
	u.ids = u.ids[:0]
	switch {
	case u.index != nil:
		u.cols = u.cols[:0]
		if u.keyed {
			u.keyCol.I32 = b.Key
			u.cols = append(u.cols, &u.keyCol)
		}
		u.cols = append(u.cols, b.Cols[u.first:u.first+u.n]...)
		for i, c := range u.cols {
			u.cols[i] = javatext.Key(c, b.N)
		}
		u.ids = u.index.Insert(u.cols, b.N, u.ids)
	case b.Key != nil:
		u.ids = append(u.ids, b.Key[:b.N]...)
	default:
		for range b.N {
			u.ids = append(u.ids, 0)
		}
	}
	return u.ids
}

// highest returns the highest of some units.
func highest(ids []int32) int32 {
	top := int32(-1)
	for _, id := range ids {
		top = max(top, id)
	}
	return top
}

// crowded says that it is time to look for units that can be forgotten; forget
// does that for those that are not in use.
func (u *units) crowded() bool { return u.index != nil && u.index.Len() >= u.full }

func (u *units) forget(inUse []bool) {
	for id := range int32(u.index.Cap()) {
		if u.index.Used(id) && !(int(id) < len(inUse) && inUse[id]) {
			u.index.Remove(id)
		}
	}
	u.full = max(leastFull, 2*u.index.Len())
}

func (u *units) snapshot(e *state.Encoder) {
	if u.index != nil {
		u.index.Encode(e)
	}
}

func (u *units) restore(d *state.Decoder) {
	if u.index != nil {
		u.index.Decode(d)
	}
}

// among returns whether a unit is one of the index or, without group by, of so
// many keys: for what snapshots say.
func (u *units) among(keys int) func(id int32) bool {
	if u.index == nil {
		return func(id int32) bool { return id >= 0 && int(id) < keys }
	}
	return func(id int32) bool { return id >= 0 && int(id) < u.index.Cap() && u.index.Used(id) }
}

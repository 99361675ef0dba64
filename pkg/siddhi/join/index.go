package join

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// index has, for each combination of the values that a condition's equalities
// compare, the rows that a search in a window sees, in their order. In a
// partition the key is one of the values. It is a window.Follower.
type index struct {
	keyed  bool
	values *equalities // of the searched side
	rows   *column.Buffer
	source interface{ Column(int) *column.Column }
	other  int // where the window's columns stand in rows

	keys   *column.KeyIndex
	cols   []*column.Column // of keys: the partition key, the values
	keyCol column.Column
	seen   column.Chains // by id of keys; a row with a null fits nothing and is on none
	ids    []int32
}

func newIndex(keyed bool, values *equalities, l *Layout) *index {
	x := &index{keyed: keyed, values: values, rows: column.NewBuffer(l.Attrs), other: l.Other, keyCol: column.Column{Type: schema.Int}}
	x.Restart()
	return x
}

// Restart implements window.Follower.
func (x *index) Restart() {
	types := x.values.types()
	if x.keyed {
		types = append([]schema.Type{schema.Int}, types...)
	}
	x.keys, x.seen = column.NewKeyIndex(types...), column.Chains{}
}

// columns puts the partition keys before the values.
func (x *index) columns(keys []int32, values []*column.Column) []*column.Column {
	x.cols = x.cols[:0]
	if x.keyed {
		x.keyCol.I32 = keys
		x.cols = append(x.cols, &x.keyCol)
	}
	x.cols = append(x.cols, values...)
	return x.cols
}

// Change implements window.Follower.
func (x *index) Change(gained, keys, lost []int32) {
	if len(gained) > 0 {
		x.gain(gained, keys)
	}
	for _, slot := range lost {
		if id := x.seen.Of(slot); id != column.None {
			x.seen.Remove(slot)
			if x.seen.First(id) == column.None {
				x.keys.Remove(id)
			}
		}
	}
}

func (x *index) gain(slots, keys []int32) {
	x.rows.Reset()
	x.rows.N = len(slots)
	for _, c := range x.values.reads {
		x.rows.Cols[c].Gather(x.source.Column(c-x.other), slots)
	}
	values, err := x.values.eval(&x.rows.Batch)
	if err != nil {
		panic("BUG: a value that cannot fail did: " + err.Error())
	}
	cols := x.columns(keys, values)
	if !anyNull(values) {
		x.ids = x.keys.Insert(cols, len(slots), x.ids[:0])
	} else {
		x.ids = x.ids[:0]
		for row := range slots {
			id := column.None
			if !nullAt(values, row) {
				id, _ = x.keys.InsertRow(cols, row)
			}
			x.ids = append(x.ids, id)
		}
	}
	for i, slot := range slots {
		if id := x.ids[i]; id != column.None {
			x.seen.Append(id, slot)
		}
	}
}

// match appends the pairs of rows of b and the slots whose values are equal.
func (x *index) match(b *column.Batch, values []*column.Column, p *pairs) {
	x.ids = x.keys.Lookup(x.columns(b.Key, values), b.N, x.ids[:0])
	nulls := anyNull(values)
	for row, id := range x.ids {
		if id == column.None || b.KindOf(row) == column.Reset || nulls && nullAt(values, row) {
			continue
		}
		for slot := x.seen.First(id); slot != column.None; slot = x.seen.Next(slot) {
			p.add(int32(row), slot)
		}
	}
}

func anyNull(cols []*column.Column) bool {
	for _, c := range cols {
		if c.HasNulls() {
			return true
		}
	}
	return false
}

func nullAt(cols []*column.Column, row int) bool {
	for _, c := range cols {
		if c.IsNull(row) {
			return true
		}
	}
	return false
}

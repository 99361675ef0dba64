package join

import (
	"slices"

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

	keys       *column.KeyIndex
	cols       []*column.Column // of keys: the partition key, the values
	keyCol     column.Column
	head, tail []int32 // by id of keys
	next, prev []int32 // by slot
	id         []int32 // by slot; None: the row has a null and fits nothing
	ids        []int32
}

func newIndex(keyed bool, values *equalities, l *Layout) *index {
	x := &index{keyed: keyed, values: values, rows: column.NewBuffer(l.Attrs), other: l.Other, keyCol: column.Column{Type: schema.Int}}
	types := values.types()
	if keyed {
		types = append([]schema.Type{schema.Int}, types...)
	}
	x.keys = column.NewKeyIndex(types...)
	return x
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
		x.lose(slot)
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
	x.room(int(slices.Max(slots)) + 1)
	for i, slot := range slots {
		x.id[slot] = x.ids[i]
		if id := x.ids[i]; id != column.None {
			x.link(id, slot)
		}
	}
}

// room makes place for slots below n and for all ids.
func (x *index) room(n int) {
	for len(x.id) < n {
		x.id, x.next, x.prev = append(x.id, column.None), append(x.next, column.None), append(x.prev, column.None)
	}
	for len(x.head) < x.keys.Cap() {
		x.head, x.tail = append(x.head, column.None), append(x.tail, column.None)
	}
}

func (x *index) link(id, slot int32) {
	last := x.tail[id]
	x.next[slot], x.prev[slot] = column.None, last
	if last == column.None {
		x.head[id] = slot
	} else {
		x.next[last] = slot
	}
	x.tail[id] = slot
}

func (x *index) lose(slot int32) {
	id := x.id[slot]
	if id == column.None {
		return
	}
	next, prev := x.next[slot], x.prev[slot]
	if prev == column.None {
		x.head[id] = next
	} else {
		x.next[prev] = next
	}
	if next == column.None {
		x.tail[id] = prev
	} else {
		x.prev[next] = prev
	}
	if x.head[id] == column.None {
		x.keys.Remove(id)
	}
	x.id[slot] = column.None
}

// match appends the pairs of rows of b and the slots whose values are equal.
func (x *index) match(b *column.Batch, values []*column.Column, p *pairs) {
	x.ids = x.keys.Lookup(x.columns(b.Key, values), b.N, x.ids[:0])
	nulls := anyNull(values)
	for row, id := range x.ids {
		if id == column.None || b.KindOf(row) == column.Reset || nulls && nullAt(values, row) {
			continue
		}
		for slot := x.head[id]; slot != column.None; slot = x.next[slot] {
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

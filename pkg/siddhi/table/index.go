package table

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// primary is the unique index over the primary key: a hash table and, for a
// single number, the values in order, as Siddhi has a sorted map there. Other
// keys lie in a hash map in Siddhi, and rows come in its order: see places.
type primary struct {
	attrs  []int
	keys   *column.KeyIndex
	slot   []int32 // by key id
	id     []int32 // by slot
	cols   []*column.Column
	sorted *ordered // of a single number, else nil
	places *places  // of anything else, else nil
}

func newPrimary(def *check.Table) *primary {
	p := &primary{attrs: def.PrimaryKey, cols: make([]*column.Column, len(def.PrimaryKey))}
	var types []schema.Type
	for _, a := range def.PrimaryKey {
		types = append(types, def.Attrs[a].Type)
	}
	p.keys = column.NewKeyIndex(types...)
	if len(types) == 1 {
		p.keys.TellNullApart() // several keys are one text to Siddhi, in which they are the same
	}
	if len(types) == 1 && types[0].Numeric() {
		p.sorted = newOrdered()
	} else {
		p.places = newPlaces()
	}
	return p
}

// insert takes the key of a row of b, whose columns are the table's.
func (p *primary) insert(b *column.Batch, row int) (id int32, added bool) {
	for i, a := range p.attrs {
		p.cols[i] = b.Cols[a]
	}
	return p.keys.InsertRow(p.cols, row)
}

// bind gives a key that was inserted to a slot, which holds its row.
func (p *primary) bind(rows *column.Slab, id, slot int32) {
	for len(p.slot) <= int(id) {
		p.slot = append(p.slot, column.None)
	}
	for len(p.id) <= int(slot) {
		p.id = append(p.id, column.None)
	}
	p.slot[id], p.id[slot] = slot, id
	if p.sorted != nil {
		p.sorted.insert(entry{sortable(&rows.Cols[p.attrs[0]], int(slot)), slot})
	} else {
		p.places.add(slot, p.places.codeOf(rows, p.attrs, slot))
	}
}

// remove forgets the key of a slot, which still holds its row.
func (p *primary) remove(rows *column.Slab, slot int32) {
	p.keys.Remove(p.id[slot])
	if p.sorted != nil {
		p.sorted.remove(entry{sortable(&rows.Cols[p.attrs[0]], int(slot)), slot})
	} else {
		p.places.used--
	}
}

func (p *primary) clear() {
	p.keys.Clear()
	p.slot, p.id = p.slot[:0], p.id[:0]
	if p.sorted != nil {
		p.sorted.clear()
	} else {
		*p.places = *newPlaces()
	}
}

// keyText renders the key in a row of cols for a message.
func keyText(cols []*column.Column, row int) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		parts[i] = fmt.Sprint(c.Any(row))
	}
	return strings.Join(parts, ", ")
}

// buckets returns how many buckets a hash map of Siddhi's would have, 0 where it has none.
func (p *primary) buckets() int {
	if p == nil || p.places == nil {
		return 0
	}
	return int(p.places.buckets)
}

// secondary is the index over one attribute: for each value a list of rows in
// the order in which they got it, and of numbers the values in order.
type secondary struct {
	attr   int
	keys   *column.KeyIndex
	rows   column.Chains // by key id
	cols   [1]*column.Column
	sorted *ordered // of numbers, else nil
}

func newSecondary(attr int, t schema.Type) *secondary {
	x := &secondary{attr: attr, keys: column.NewKeyIndex(t)}
	if t.Numeric() {
		x.sorted = newOrdered()
	}
	return x
}

func (x *secondary) add(rows *column.Slab, slot int32) {
	x.cols[0] = &rows.Cols[x.attr]
	id, _ := x.keys.InsertRow(x.cols[:], int(slot))
	x.rows.Append(id, slot)
	if x.sorted != nil && !rows.Cols[x.attr].IsNull(int(slot)) {
		x.sorted.insert(entry{sortable(&rows.Cols[x.attr], int(slot)), slot})
	}
}

func (x *secondary) remove(rows *column.Slab, slot int32) {
	if x.sorted != nil && !rows.Cols[x.attr].IsNull(int(slot)) {
		x.sorted.remove(entry{sortable(&rows.Cols[x.attr], int(slot)), slot})
	}
	id := x.rows.Of(slot)
	x.rows.Remove(slot)
	if x.rows.First(id) == column.None {
		x.keys.Remove(id)
	}
}

func (x *secondary) clear() {
	x.keys.Clear()
	x.rows.Clear()
	if x.sorted != nil {
		x.sorted.clear()
	}
}

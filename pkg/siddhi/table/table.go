// Package table has in-memory tables and the operators that read and write
// them: joins of a stream with a table, `in` conditions, and the four outputs
// insert, update, delete, update or insert.
//
// It imports flow, column, state, schema, ast, check and expr.
package table

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Table keeps rows in insertion order, with a unique hash index over the
// primary key and a hash index over each @index attribute.
type Table struct {
	def     *check.Table
	rows    *column.Slab
	prev    []int32      // by slot; rows.Next is the other direction
	order   column.Queue // first and last row, number of rows
	primary *primary     // nil without a primary key
	indexes []*secondary
	all     []int // every attribute
	slots   []int32
}

// New makes an empty table.
func New(def *check.Table) *Table {
	t := &Table{def: def, rows: column.NewSlab(def.Attrs, nil), order: column.EmptyQueue}
	for i := range def.Attrs {
		t.all = append(t.all, i)
	}
	if len(def.PrimaryKey) > 0 {
		t.primary = newPrimary(def)
	}
	for _, c := range def.Indexes {
		t.indexes = append(t.indexes, newSecondary(c, def.Attrs[c].Type))
	}
	return t
}

// Name returns the table's name.
func (t *Table) Name() string { return t.def.Name }

// Attrs returns the table's attributes.
func (t *Table) Attrs() schema.Attributes { return t.def.Attrs }

// Len returns the number of rows.
func (t *Table) Len() int { return int(t.order.Len) }

// Rows fills b with all rows in insertion order.
func (t *Table) Rows(b *column.Buffer) {
	t.slots = t.order.AppendTo(t.rows, t.slots[:0])
	t.rows.Gather(b, t.slots)
}

// DuplicateKeyError says that a row was not added because its primary key is
// taken. As in Siddhi the old row stays.
type DuplicateKeyError struct{ Table, Key string }

func (e *DuplicateKeyError) Error() string {
	return fmt.Sprintf("table %s has a row with primary key %s already: the new row is dropped; "+
		"use `update or insert into` to replace it", e.Table, e.Key)
}

// Add appends the given rows of b, whose columns are the table's. Rows whose
// primary key is taken are left out and reported.
func (t *Table) Add(b *column.Batch, rows []int32, report func(error)) {
	if t.primary == nil && len(t.indexes) == 0 {
		t.slots = t.rows.Add(b, rows, t.slots[:0])
		for _, slot := range t.slots {
			t.link(slot)
		}
		return
	}
	for i := range rows {
		t.addOne(b, rows[i:i+1], report)
	}
}

func (t *Table) addOne(b *column.Batch, row []int32, report func(error)) {
	id := column.None
	if t.primary != nil {
		var added bool
		id, added = t.primary.insert(b, int(row[0]))
		if !added {
			report(&DuplicateKeyError{Table: t.def.Name, Key: t.primary.text(id)})
			return
		}
	}
	t.slots = t.rows.Add(b, row, t.slots[:0])
	slot := t.slots[0]
	t.link(slot)
	if id != column.None {
		t.primary.bind(id, slot)
	}
	for _, x := range t.indexes {
		x.add(t.rows, slot)
	}
}

func (t *Table) link(slot int32) {
	for len(t.prev) <= int(slot) {
		t.prev = append(t.prev, column.None)
	}
	t.prev[slot] = t.order.Tail
	t.order.Push(t.rows, slot)
}

// Remove deletes a row.
func (t *Table) Remove(slot int32) {
	if t.primary != nil {
		t.primary.remove(slot)
	}
	for _, x := range t.indexes {
		x.remove(slot)
	}
	next, prev := t.rows.Next[slot], t.prev[slot]
	if prev == column.None {
		t.order.Head = next
	} else {
		t.rows.Next[prev] = next
	}
	if next == column.None {
		t.order.Tail = prev
	} else {
		t.prev[next] = prev
	}
	t.order.Len--
	t.rows.Free(slot)
	t.rows.Compact(t.live)
}

// live says whether a slot holds a row; it is only asked when strings are compacted.
func (t *Table) live(slot int32) bool {
	return t.order.Head == slot || t.prev[slot] != column.None && t.rows.Next[t.prev[slot]] == slot
}

// Snapshot writes the rows in order; indexes are made anew from them.
func (t *Table) Snapshot(e *state.Encoder) {
	e.Uint(1)
	all := column.NewBuffer(t.def.Attrs)
	t.Rows(all)
	state.Slice(e, all.Time)
	for i := range all.Cols {
		all.Cols[i].Encode(e)
	}
}

// Restore reads the rows.
func (t *Table) Restore(d *state.Decoder) error {
	d.Version("table "+t.def.Name, 1)
	all := column.NewBuffer(t.def.Attrs)
	all.Time = state.ReadSlice(d, all.Time)
	all.N = len(all.Time)
	for i := range all.Cols {
		all.Cols[i].Decode(d)
		if d.Err() == nil && all.Cols[i].Len() != all.N {
			return fmt.Errorf("table %s: %w", t.def.Name, state.ErrCorrupt)
		}
	}
	if d.Err() != nil {
		return fmt.Errorf("table %s: %w", t.def.Name, d.Err())
	}
	fresh := New(t.def)
	rows := make([]int32, all.N)
	for i := range rows {
		rows[i] = int32(i)
	}
	var failed error
	fresh.Add(&all.Batch, rows, func(err error) { failed = err })
	if failed != nil {
		return failed
	}
	for i, x := range t.indexes { // conditions know the indexes
		*x = *fresh.indexes[i]
	}
	fresh.indexes = t.indexes
	*t = *fresh
	return nil
}

// primary is the unique index over the primary key.
type primary struct {
	attrs []int
	keys  *column.KeyIndex
	slot  []int32 // by key id
	id    []int32 // by slot
	cols  []*column.Column
}

func newPrimary(def *check.Table) *primary {
	p := &primary{attrs: def.PrimaryKey, cols: make([]*column.Column, len(def.PrimaryKey))}
	var types []schema.Type
	for _, a := range def.PrimaryKey {
		types = append(types, def.Attrs[a].Type)
	}
	p.keys = column.NewKeyIndex(types...)
	return p
}

// insert takes the key of a row of b, whose columns are the table's.
func (p *primary) insert(b *column.Batch, row int) (id int32, added bool) {
	for i, a := range p.attrs {
		p.cols[i] = b.Cols[a]
	}
	return p.keys.InsertRow(p.cols, row)
}

func (p *primary) bind(id, slot int32) {
	for len(p.slot) <= int(id) {
		p.slot = append(p.slot, column.None)
	}
	for len(p.id) <= int(slot) {
		p.id = append(p.id, column.None)
	}
	p.slot[id], p.id[slot] = slot, id
}

func (p *primary) remove(slot int32) { p.keys.Remove(p.id[slot]) }

// text renders a key for a message.
func (p *primary) text(id int32) string {
	var parts []string
	for i := range p.attrs {
		parts = append(parts, fmt.Sprint(p.keys.Column(i).Any(int(id))))
	}
	return strings.Join(parts, ", ")
}

// secondary is the index over one attribute: for each value a list of rows in
// the order in which they got it.
type secondary struct {
	attr       int
	keys       *column.KeyIndex
	head, tail []int32 // by key id
	next, prev []int32 // by slot
	id         []int32 // by slot
	cols       [1]*column.Column
}

func newSecondary(attr int, t schema.Type) *secondary {
	return &secondary{attr: attr, keys: column.NewKeyIndex(t)}
}

func (x *secondary) add(rows *column.Slab, slot int32) {
	x.cols[0] = &rows.Cols[x.attr]
	id, _ := x.keys.InsertRow(x.cols[:], int(slot))
	for len(x.head) <= int(id) {
		x.head, x.tail = append(x.head, column.None), append(x.tail, column.None)
	}
	for len(x.next) <= int(slot) {
		x.next, x.prev, x.id = append(x.next, column.None), append(x.prev, column.None), append(x.id, column.None)
	}
	last := x.tail[id]
	x.next[slot], x.prev[slot], x.id[slot] = column.None, last, id
	if last == column.None {
		x.head[id] = slot
	} else {
		x.next[last] = slot
	}
	x.tail[id] = slot
}

func (x *secondary) remove(slot int32) {
	id, next, prev := x.id[slot], x.next[slot], x.prev[slot]
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
}

package table

import (
	"fmt"
	"math"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Memory is a table in memory: rows in slots, chained in the order in which
// they were added, with a unique index over the primary key and an index over
// each @index attribute.
type Memory struct {
	def     *check.Table
	rows    *column.Slab
	prev    []int32      // by slot; rows.Next is the other direction
	order   column.Queue // first and last row, number of rows
	added   []uint64     // by slot: when it was added
	clock   uint64
	primary *primary // nil without a primary key
	indexes []*secondary
	all     []int32 // 0, 1, 2 ...: every row of a batch
	slots   []int32
}

// NewMemory makes an empty table.
func NewMemory(def *check.Table) *Memory {
	t := &Memory{def: def, rows: column.NewSlab(def.Attrs, nil), order: column.EmptyQueue}
	if len(def.PrimaryKey) > 0 {
		t.primary = newPrimary(def)
	}
	for _, c := range def.Indexes {
		t.indexes = append(t.indexes, newSecondary(c, def.Attrs[c].Type))
	}
	return t
}

// Name implements Table.
func (t *Memory) Name() string { return t.def.Name }

// Attrs implements Table.
func (t *Memory) Attrs() schema.Attributes { return t.def.Attrs }

// Len returns the number of rows.
func (t *Memory) Len() int { return int(t.order.Len) }

// DuplicateKeyError says that a row was not added because its primary key is
// taken. As in Siddhi the old row stays.
type DuplicateKeyError struct{ Table, Key string }

func (e *DuplicateKeyError) Error() string {
	return fmt.Sprintf("table %s has a row with primary key %s already: the new row is dropped; "+
		"use `update or insert into` to replace it", e.Table, e.Key)
}

// NullKeyError says that a row was not added because its primary key, a number, is null.
type NullKeyError struct{ Table, Attribute string }

func (e *NullKeyError) Error() string {
	return fmt.Sprintf("table %s: the primary key %s is null: the new row is dropped", e.Table, e.Attribute)
}

// RefusedUpdateError says that an update changed nothing, as the rows it would
// have left cannot be in one table. Siddhi writes it to the log, and so do we: it
// does not reach whoever handles the errors of the app.
type RefusedUpdateError struct{ Table, Reason string }

func (e *RefusedUpdateError) Error() string {
	return "table " + e.Table + ": update refused: " + e.Reason
}

// Add implements Table. Rows whose primary key is taken are left out and reported.
func (t *Memory) Add(b *column.Batch, report func(error)) error {
	if t.primary == nil && len(t.indexes) == 0 {
		t.slots = t.rows.Add(b, nil, t.slots[:0])
		for _, slot := range t.slots {
			t.link(slot)
		}
		return nil
	}
	for len(t.all) < b.N {
		t.all = append(t.all, int32(len(t.all)))
	}
	for i := range b.N {
		if err := t.refusesStray(b, i); err != nil {
			return err
		}
		t.addOne(b, t.all[i:i+1], report)
	}
	return nil
}

func (t *Memory) addOne(b *column.Batch, row []int32, report func(error)) {
	id := column.None
	if p := t.primary; p != nil {
		if p.sorted != nil && b.Cols[p.attrs[0]].IsNull(int(row[0])) {
			report(&NullKeyError{t.def.Name, t.def.Attrs[p.attrs[0]].Name})
			return
		}
		var added bool
		if id, added = p.insert(b, int(row[0])); !added {
			report(&DuplicateKeyError{Table: t.def.Name, Key: keyText(p.cols, int(row[0]))})
			return
		}
	}
	t.slots = t.rows.Add(b, row, t.slots[:0])
	slot := t.slots[0]
	t.link(slot)
	if id != column.None {
		t.primary.bind(t.rows, id, slot)
	}
	for _, x := range t.indexes {
		x.add(t.rows, slot)
	}
}

func (t *Memory) link(slot int32) {
	for len(t.prev) <= int(slot) {
		t.prev = append(t.prev, column.None)
		t.added = append(t.added, 0)
	}
	t.prev[slot] = t.order.Tail
	t.added[slot] = t.clock
	t.clock++
	t.order.Push(t.rows, slot)
}

// remove deletes a row.
func (t *Memory) remove(slot int32) {
	if t.primary != nil {
		t.primary.remove(t.rows, slot)
	}
	for _, x := range t.indexes {
		x.remove(t.rows, slot)
	}
	t.unlink(slot)
	t.rows.Free(slot)
	t.rows.Compact(t.live)
}

// unlink takes a row out of the order.
func (t *Memory) unlink(slot int32) {
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
}

// live says whether a slot holds a row; it is only asked when strings are compacted.
func (t *Memory) live(slot int32) bool {
	return t.order.Head == slot || t.prev[slot] != column.None && t.rows.Next[t.prev[slot]] == slot
}

// keyed says whether an attribute is part of a key or index.
func (t *Memory) keyed(attr int) bool {
	return slices.Contains(t.def.PrimaryKey, attr) || slices.Contains(t.def.Indexes, attr)
}

// scan appends all rows: ascending by a primary key that is a number, else in
// the order in which they were added.
func (t *Memory) scan(slots []int32) []int32 {
	if t.primary != nil && t.primary.sorted != nil {
		return t.primary.sorted.between(0, math.MaxUint64, slots)
	}
	return t.order.AppendTo(t.rows, slots)
}

// byAge orders slots by when their rows were added.
func (t *Memory) byAge(slots []int32) {
	older := func(a, b int32) int {
		if t.added[a] < t.added[b] {
			return -1
		}
		return 1
	}
	if !slices.IsSortedFunc(slots, older) {
		slices.SortFunc(slots, older)
	}
}

// Snapshot writes the rows in order; indexes are made anew from them.
func (t *Memory) Snapshot(e *state.Encoder) {
	e.Uint(2)
	e.Uint(uint64(t.primary.buckets()))
	all := column.NewBuffer(t.def.Attrs)
	t.slots = t.order.AppendTo(t.rows, t.slots[:0])
	t.rows.Gather(all, t.slots)
	state.Slice(e, all.Time)
	for i := range all.Cols {
		all.Cols[i].Encode(e)
	}
}

// Restore reads the rows. Version 1 did not have the number of buckets.
func (t *Memory) Restore(d *state.Decoder) error {
	buckets := uint64(0)
	if d.Version("table "+t.def.Name, 2) > 1 {
		buckets = d.Uint()
	}
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
	if buckets > javatext.MaxBuckets || buckets&(buckets-1) != 0 || buckets > 0 && t.primary.buckets() == 0 {
		return fmt.Errorf("table %s: %w", t.def.Name, state.ErrCorrupt)
	}
	had := uint32(0) // buckets, where rows are replaced in a running app
	if t.clock > 0 {
		had = uint32(t.primary.buckets())
	}
	t.clear()
	var failed error
	if err := t.Add(&all.Batch, func(err error) { failed = err }); err != nil {
		return err
	}
	if failed == nil && t.primary != nil && t.primary.places != nil {
		t.replace(uint32(buckets), had)
	}
	return failed
}

// replace puts the rows of a snapshot in the order that a restore gives them in
// Siddhi, see places. The snapshot was of a map with some buckets; the table's
// own map had some before, or is new.
func (t *Memory) replace(written, had uint32) {
	p := t.primary.places
	if written == 0 {
		written = p.buckets
	}
	t.slots = t.order.AppendTo(t.rows, t.slots[:0])
	p.restore(t.slots, written)
	for _, slot := range t.slots {
		t.unlink(slot)
		t.link(slot)
	}
	switch n := len(t.slots); {
	case had > 0:
		p.buckets = javatext.Grow(had, n)
	case n > 0:
		p.buckets = javatext.Room(n)
	default:
		p.buckets = javatext.MinBuckets
	}
}

// clear deletes all rows.
func (t *Memory) clear() {
	t.rows.Clear()
	t.order = column.EmptyQueue
	t.prev, t.added, t.clock = t.prev[:0], t.added[:0], 0
	if t.primary != nil {
		t.primary.clear()
	}
	for _, x := range t.indexes {
		x.clear()
	}
}

package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// list is list:collect, and if merge is set list:merge: the values of each
// group, oldest first. They lie in the slots of one column; only what is given
// out is a list, which is made anew for each row and never changed.
//
// As in Siddhi a distinct list takes no value that it has, so that a value goes
// with the first of equal ones that leaves; and a list that leaves a merged one
// takes all values that are equal to its own with it, also those of other lists.
type list struct {
	merge  bool
	kept   *column.Slab  // of one attribute: the value
	order  column.Chains // of its slots, by group
	groups int
	live   func(slot int32) bool

	in    column.Batch  // the values of a row, or of all rows
	items column.Column // of the list of a row
	rows  []int32
	slots []int32
}

func newList(merge bool, of schema.Type) *list {
	if merge {
		of = schema.Object
	}
	f := &list{
		merge: merge, kept: column.NewSlab(schema.Attributes{{Name: "value", Type: of}}, nil),
		in: column.Batch{Cols: make([]*column.Column, 1)}, items: column.Column{Type: schema.Object},
	}
	f.live = func(slot int32) bool { return f.order.Of(slot) != column.None }
	return f
}

func (f *list) Grow(n int) { f.groups = n }

func (f *list) Update(args []*column.Column, rows *Rows, out *column.Column) {
	for row := rows.Lo; row < rows.Hi; row++ {
		g, gone := rows.Groups[row], expired(rows.Kinds, row)
		from, lo, hi := args[0], row, row+1
		if f.merge {
			f.unpack(args[0], row)
			from, lo, hi = &f.items, 0, f.items.Len()
		}
		if gone {
			f.take(from, lo, hi, g)
		} else {
			f.add(from, lo, hi, g, len(args) > 1 && args[1].Bool[row])
		}
		if gone && rows.Silent {
			out.SetNull(row)
			continue
		}
		out.Obj[row] = f.values(g)
	}
	f.kept.Compact(f.live)
}

// unpack puts what the list of a row holds into f.items; null, and what is no
// list, holds nothing.
func (f *list) unpack(lists *column.Column, row int) {
	f.items.Reset()
	if lists.IsNull(row) {
		return
	}
	values, _ := lists.Obj[row].(state.List)
	for _, v := range values {
		f.items.AppendObject(v)
	}
}

// add adds values lo to hi of c to a group; if distinct, those that it has not.
func (f *list) add(c *column.Column, lo, hi int, group int32, distinct bool) {
	f.in.N, f.in.Cols[0] = hi, c
	f.in.Time = grow(f.in.Time, hi)
	for row := lo; row < hi; row++ {
		if distinct && f.find(c, row, group) != column.None {
			continue
		}
		f.rows = append(f.rows[:0], int32(row))
		f.slots = f.kept.Add(&f.in, f.rows, f.slots[:0])
		f.order.Append(group, f.slots[0])
	}
}

// take takes values lo to hi of c back from a group: the oldest of equal ones,
// all of them if merge. Those that are not there are ignored.
func (f *list) take(c *column.Column, lo, hi int, group int32) {
	for row := lo; row < hi; row++ {
		slot := f.find(c, row, group)
		for slot != column.None {
			f.drop(slot)
			if !f.merge {
				break
			}
			slot = f.find(c, row, group)
		}
	}
}

// find returns the slot of a group's oldest value that is equal to value row of c.
func (f *list) find(c *column.Column, row int, group int32) int32 {
	held, null := &f.kept.Cols[0], c.IsNull(row)
	for slot := f.order.First(group); slot != column.None; slot = f.order.Next(slot) {
		if held.IsNull(int(slot)) == null && (null || column.SameKey(held, int(slot), c, row)) {
			return slot
		}
	}
	return column.None
}

func (f *list) drop(slot int32) {
	f.order.Remove(slot)
	f.kept.Free(slot)
}

// values makes the list of a group.
func (f *list) values(group int32) state.List {
	f.slotsOf(group)
	all, held := make(state.List, len(f.slots)), &f.kept.Cols[0]
	for i, slot := range f.slots {
		all[i] = held.Any(int(slot))
	}
	return all
}

func (f *list) slotsOf(group int32) {
	f.slots = f.slots[:0]
	for slot := f.order.First(group); slot != column.None; slot = f.order.Next(slot) {
		f.slots = append(f.slots, slot)
	}
}

func (f *list) Reset(group int32) {
	for slot := f.order.First(group); slot != column.None; slot = f.order.First(group) {
		f.drop(slot)
	}
}

func (f *list) Empty(group int32) bool { return f.order.First(group) == column.None }

// Snapshot writes how many values each group has, then the values, group by group.
func (f *list) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Uint(uint64(f.groups))
	all := column.Column{Type: f.kept.Cols[0].Type}
	for g := range int32(f.groups) {
		f.slotsOf(g)
		e.Uint(uint64(len(f.slots)))
		for _, slot := range f.slots {
			all.AppendFrom(&f.kept.Cols[0], int(slot))
		}
	}
	all.Encode(e)
}

func (f *list) Restore(d *state.Decoder) error {
	d.Version("list", 1)
	if err := restored(d, f.groups, d.Count(1)); err != nil {
		return err
	}
	counts := make([]int, f.groups)
	for g := range counts {
		counts[g] = d.Count(1)
	}
	all := column.Column{Type: f.kept.Cols[0].Type}
	all.Decode(d)
	f.kept.Clear()
	f.order.Clear()
	for g, n := range counts {
		if n > all.Len() {
			d.Fail(state.ErrCorrupt)
			break
		}
		rest := all.Slice(n, all.Len())
		f.add(&all, 0, n, int32(g), false)
		all = rest
	}
	return d.Err()
}

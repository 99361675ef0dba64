package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// distinct counts the different values of each group. Null is one of them, and
// counted apart: to a KeyIndex it is the same as the text "null".
type distinct struct {
	pairs *column.KeyIndex // (group, value)
	uses  []int64          // by pair
	// The pairs of a group are chained, so that Reset finds them.
	next, prev []int32 // by pair; column.None at the ends
	head       []int32 // by group: first pair + 1, 0 for none
	n          []int64 // by group: values other than null
	nulls      []int64 // by group: uses of null

	group column.Column
	cols  [2]*column.Column // of the rows at hand: group, value
}

func newDistinct(t schema.Type) *distinct {
	return &distinct{pairs: column.NewKeyIndex(schema.Int, t), group: column.Column{Type: schema.Int}}
}

func (f *distinct) Grow(n int) {
	f.head, f.n, f.nulls = grow(f.head, n), grow(f.n, n), grow(f.nulls, n)
}

func (f *distinct) Update(args []*column.Column, rows *Rows, out *column.Column) {
	res := out.I64
	f.at(rows.Groups, args[0])
	for row := rows.Lo; row < rows.Hi; row++ {
		if expired(rows.Kinds, row) {
			f.leave(row)
		} else {
			f.come(row)
		}
		res[row] = f.result(rows.Groups[row])
	}
}

// at has the methods that take a row find it.
func (f *distinct) at(groups []int32, values *column.Column) {
	f.group.I32 = groups
	f.cols = [2]*column.Column{&f.group, values}
}

// come counts the value of a row, leave takes it back.
func (f *distinct) come(row int) {
	g := f.group.I32[row]
	if c := f.cols[1]; c.IsNull(row) && c.IsMissing(row) {
		f.nulls[g]++
	} else {
		f.add(g, row)
	}
}

func (f *distinct) leave(row int) {
	g := f.group.I32[row]
	if c := f.cols[1]; !c.IsNull(row) || !c.IsMissing(row) {
		f.remove(g, row)
	} else if f.nulls[g] > 0 {
		f.nulls[g]--
	}
}

func (f *distinct) result(g int32) int64 {
	if f.nulls[g] > 0 {
		return f.n[g] + 1
	}
	return f.n[g]
}

// Exchange implements Exchanger.
func (f *distinct) Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column) {
	at := 0
	for i := 0; ; i++ {
		for n := x.gone(i); at < n; at++ {
			f.at(x.Leaving, leaving[0])
			f.leave(at)
		}
		if i == len(x.Coming) {
			return
		}
		f.at(x.Coming, coming[0])
		f.come(i)
		out.I64[i] = f.result(x.Coming[i])
	}
}

func (f *distinct) add(g int32, row int) {
	id, added := f.pairs.InsertRow(f.cols[:], row)
	if n := f.pairs.Cap(); n > len(f.uses) {
		f.uses, f.next, f.prev = grow(f.uses, n), grow(f.next, n), grow(f.prev, n)
	}
	if added {
		f.uses[id] = 0
		f.n[g]++
		f.link(g, id)
	}
	f.uses[id]++
}

// remove takes one use of a value back; a value that was never there is ignored.
func (f *distinct) remove(g int32, row int) {
	id := f.pairs.LookupRow(f.cols[:], row)
	if id == column.None {
		return
	}
	if f.uses[id]--; f.uses[id] == 0 {
		f.unlink(g, id)
		f.pairs.Remove(id)
		f.n[g]--
	}
}

func (f *distinct) link(g, id int32) {
	after := f.head[g] - 1
	f.next[id], f.prev[id] = after, column.None
	if after >= 0 {
		f.prev[after] = id
	}
	f.head[g] = id + 1
}

func (f *distinct) unlink(g, id int32) {
	before, after := f.prev[id], f.next[id]
	if before >= 0 {
		f.next[before] = after
	} else {
		f.head[g] = after + 1
	}
	if after >= 0 {
		f.prev[after] = before
	}
}

func (f *distinct) Reset(g int32) {
	for id := f.head[g] - 1; id >= 0; id = f.next[id] {
		f.pairs.Remove(id)
	}
	f.head[g], f.n[g], f.nulls[g] = 0, 0, 0
}

func (f *distinct) Empty(g int32) bool { return f.n[g] == 0 && f.nulls[g] == 0 }

func (f *distinct) Snapshot(e *state.Encoder) {
	e.Uint(1)
	f.pairs.Encode(e)
	state.Slice(e, f.uses)
	state.Slice(e, f.nulls)
}

// Restore counts and chains the pairs anew.
func (f *distinct) Restore(d *state.Decoder) error {
	d.Version("distinctCount", 1)
	groups := len(f.n)
	f.pairs.Decode(d)
	f.uses, f.nulls = state.ReadSlice(d, f.uses), state.ReadSlice(d, f.nulls)
	if len(f.uses) != f.pairs.Cap() {
		d.Fail(state.ErrCorrupt)
	}
	if err := restored(d, groups, len(f.nulls)); err != nil {
		return err
	}
	clear(f.head)
	clear(f.n)
	f.next, f.prev = grow(f.next, len(f.uses)), grow(f.prev, len(f.uses))
	of := f.pairs.Column(0)
	for id := range int32(len(f.uses)) {
		if !f.pairs.Used(id) {
			continue
		}
		g := of.I32[id]
		if g < 0 || int(g) >= groups || f.uses[id] <= 0 {
			d.Fail(state.ErrCorrupt)
			return d.Err()
		}
		f.n[g]++
		f.link(g, id)
	}
	return nil
}

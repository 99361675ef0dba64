package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// distinct counts the different values of each group; null is one of them.
type distinct struct {
	pairs *column.KeyIndex // (group, value)
	uses  []int64          // by pair
	n     []int64          // by group
	group column.Column
	cols  [2]*column.Column
}

func newDistinct(t schema.Type) *distinct {
	return &distinct{pairs: column.NewKeyIndex(schema.Int, t), group: column.Column{Type: schema.Int}}
}

func (f *distinct) Grow(n int) { f.n = grow(f.n, n) }

func (f *distinct) Update(args []*column.Column, kinds []column.Kind, groups []int32, lo, hi int, out *column.Column) {
	res := out.I64
	f.group.I32 = groups
	f.cols = [2]*column.Column{&f.group, args[0]}
	for row := lo; row < hi; row++ {
		g := groups[row]
		if expired(kinds, row) {
			f.remove(g, row)
		} else {
			f.add(g, row)
		}
		res[row] = f.n[g]
	}
}

func (f *distinct) add(g int32, row int) {
	id, added := f.pairs.InsertRow(f.cols[:], row)
	f.uses = grow(f.uses, f.pairs.Cap())
	if added {
		f.uses[id] = 0
		f.n[g]++
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
		f.pairs.Remove(id)
		f.n[g]--
	}
}

// Reset forgets a group's values. It looks at all pairs, but only when the
// group has any: a tumbling window resets each of its groups once a batch.
func (f *distinct) Reset(g int32) {
	if f.n[g] == 0 {
		return
	}
	of := f.pairs.Column(0).I32
	for id := range int32(f.pairs.Cap()) {
		if f.pairs.Used(id) && of[id] == g {
			f.pairs.Remove(id)
		}
	}
	f.n[g] = 0
}

func (f *distinct) Empty(g int32) bool { return f.n[g] == 0 }

func (f *distinct) Snapshot(e *state.Encoder) {
	e.Uint(1)
	f.pairs.Encode(e)
	state.Slice(e, f.uses)
	state.Slice(e, f.n)
}

func (f *distinct) Restore(d *state.Decoder) error {
	d.Version("distinctCount", 1)
	n := len(f.n)
	f.pairs.Decode(d)
	f.uses, f.n = state.ReadSlice(d, f.uses), state.ReadSlice(d, f.n)
	if len(f.uses) < f.pairs.Cap() {
		d.Fail(state.ErrCorrupt)
	}
	return restored(d, n, len(f.n))
}

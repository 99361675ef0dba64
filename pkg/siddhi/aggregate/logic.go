package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// logic is and: a value is true and none is false; or or: a value is true.
// Nulls are neither. As in Siddhi and is false also where more falses were taken
// back than were added.
type logic struct {
	all           bool // and
	trues, falses []int64
}

func (f *logic) Grow(n int) { f.trues, f.falses = grow(f.trues, n), grow(f.falses, n) }

func (f *logic) Update(args []*column.Column, rows *Rows, out *column.Column) {
	in, res, kinds := args[0].Bool[rows.Lo:rows.Hi], out.Bool[rows.Lo:rows.Hi], rows.kinds()
	for i, g := range rows.groups() {
		if !args[0].IsNull(rows.Lo + i) {
			if in[i] {
				f.trues[g] += sign(kinds, i)
			} else {
				f.falses[g] += sign(kinds, i)
			}
		}
		res[i] = f.trues[g] > 0 && !(f.all && f.falses[g] != 0)
	}
}

func (f *logic) Reset(g int32) { f.trues[g], f.falses[g] = 0, 0 }

func (f *logic) Empty(g int32) bool { return f.trues[g] == 0 && f.falses[g] == 0 }

func (f *logic) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, f.trues)
	state.Slice(e, f.falses)
}

func (f *logic) Restore(d *state.Decoder) error {
	d.Version("and/or", 1)
	n := len(f.trues)
	f.trues, f.falses = state.ReadSlice(d, f.trues), state.ReadSlice(d, f.falses)
	return restored(d, n, len(f.trues), len(f.falses))
}

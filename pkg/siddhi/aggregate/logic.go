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
			f.add(g, in[i], sign(kinds, i))
		}
		res[i] = f.result(g)
	}
}

// add counts n more of a value.
func (f *logic) add(g int32, value bool, n int64) {
	if value {
		f.trues[g] += n
	} else {
		f.falses[g] += n
	}
}

func (f *logic) result(g int32) bool { return f.trues[g] > 0 && !(f.all && f.falses[g] != 0) }

// Exchange implements Exchanger.
func (f *logic) Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column) {
	at := 0
	for i := 0; ; i++ {
		for n := x.gone(i); at < n; at++ {
			if !leaving[0].IsNull(at) {
				f.add(x.Leaving[at], leaving[0].Bool[at], -1)
			}
		}
		if i == len(x.Coming) {
			return
		}
		g := x.Coming[i]
		if !coming[0].IsNull(i) {
			f.add(g, coming[0].Bool[i], 1)
		}
		out.Bool[i] = f.result(g)
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

package aggregate

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// bareExtreme is min or max that keeps nothing but its result, as Siddhi's does
// where a named window's rows are read and expired ones are not put out: when the
// result leaves there is none, until another value comes.
type bareExtreme[T number] struct {
	now extreme[T]
}

func (f *bareExtreme[T]) Grow(n int) { f.now.Grow(n) }

func (f *bareExtreme[T]) Update(args []*column.Column, rows *Rows, out *column.Column) {
	e, kinds, nulls := &f.now, rows.kinds(), args[0].HasNulls()
	in, res := e.in(args[0])[rows.Lo:rows.Hi], e.in(out)[rows.Lo:rows.Hi]
	for i, g := range rows.groups() {
		switch v := in[i]; {
		case nulls && args[0].Nulls[rows.Lo+i]:
		case expired(kinds, i):
			e.has[g] = e.has[g] && !equal(e.best[g], v)
		case !e.has[g] || e.max && v > e.best[g] || !e.max && v < e.best[g]:
			e.best[g], e.has[g] = v, true
		}
		if e.has[g] {
			res[i] = e.best[g]
		} else {
			rows.null(out, i)
		}
	}
}

func (f *bareExtreme[T]) Reset(g int32) { f.now.Reset(g) }

func (f *bareExtreme[T]) Empty(g int32) bool { return f.now.Empty(g) }

func (f *bareExtreme[T]) Snapshot(e *state.Encoder) { f.now.Snapshot(e) }

func (f *bareExtreme[T]) Restore(d *state.Decoder) error { return f.now.Restore(d) }

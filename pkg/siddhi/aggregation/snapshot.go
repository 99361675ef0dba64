package aggregation

import (
	"fmt"

	"millrace/pkg/siddhi/state"
)

// Snapshot implements state.Snapshotter. The tables have snapshots of their own.
func (a *Aggregation) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Bool(a.started)
	for _, l := range a.levels {
		e.Int(l.start)
		e.Int(l.end)
		e.Bool(l.added)
		state.Slice(e, l.time)
		for i := range l.cols {
			l.cols[i].Encode(e)
		}
	}
}

// Restore implements state.Snapshotter.
func (a *Aggregation) Restore(d *state.Decoder) error {
	d.Version("aggregation "+a.def.Name, 1)
	a.started = d.Bool()
	for _, l := range a.levels {
		l.clear()
		l.start, l.end, l.added = d.Int(), d.Int(), d.Bool()
		l.time = state.ReadSlice(d, l.time)
		for i := range l.cols {
			l.cols[i].Decode(d)
			if d.Err() == nil && l.cols[i].Len() != len(l.time) {
				d.Fail(state.ErrCorrupt)
			}
		}
		if d.Err() != nil {
			return fmt.Errorf("aggregation %s: %w", a.def.Name, d.Err())
		}
		if !l.restored() {
			return fmt.Errorf("aggregation %s: %w", a.def.Name, state.ErrCorrupt)
		}
	}
	a.due = 0
	a.wait()
	return nil
}

// restored gives the rows that have come back their keys; it says whether no two have one.
func (l *level) restored() bool {
	l.rows.N = len(l.time)
	l.keyCols = l.keyCols[:0]
	if l.event >= 0 {
		l.keyCols = append(l.keyCols, &l.cols[l.event])
	}
	for _, g := range l.groups {
		l.keyCols = append(l.keyCols, &l.cols[g])
	}
	l.ids = l.keys.Insert(l.keyCols, l.rows.N, l.ids[:0])
	for i := range l.cols {
		if c := &l.cols[i]; i != 0 && i != l.event && len(c.Nulls) == 0 {
			c.Nulls = make([]bool, l.rows.N) // as after grow
		}
	}
	return l.keys.Len() == l.rows.N
}

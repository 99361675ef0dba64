package aggregate

import (
	"maps"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// union is unionSet: the members of all sets of each group. It counts in how
// many sets a member is, so that rows can take theirs back. As in Siddhi a member
// that has left is still counted once: when it comes again, it leaves only with
// one more of its sets than there are, and so it may stay for ever; but a group or key
// is forgotten when it has no member left.
type union struct {
	groups  []unionOf
	grouped bool
}

// Grouped implements Grouped.
func (f *union) Grouped() { f.grouped = true }

// unionOf is the union of one group. A set that has been given out is never
// changed: who got it may have kept it.
type unionOf struct {
	uses map[any]int64 // by member; left is one that is no member any more
	held int           // members
	nans int64         // of NaN, which a map does not find
	made state.Set     // the result, nil when it has to be made anew
}

func (f *union) Grow(n int) { f.groups = grow(f.groups, n) }

func (f *union) Update(args []*column.Column, rows *Rows, out *column.Column) {
	for row := rows.Lo; row < rows.Hi; row++ {
		g, gone := &f.groups[rows.Groups[row]], expired(rows.Kinds, row)
		if !args[0].IsNull(row) {
			set, _ := args[0].Obj[row].(state.Set)
			g.count(set, gone)
			if gone && f.grouped && g.held == 0 && g.nans == 0 {
				clear(g.uses)
			}
		}
		if gone && rows.Silent {
			out.SetNull(row)
			continue
		}
		out.Obj[row] = g.set()
	}
}

// left is the count of a member that has left.
const left = 0

// count adds the members of a set or takes them back; those that were never
// there are ignored.
func (g *unionOf) count(set state.Set, gone bool) {
	if g.uses == nil {
		g.uses = make(map[any]int64, len(set))
	}
	for member := range set {
		switch n, known := g.uses[member]; {
		case member != member: // NaN
			g.countNaN(gone)
		case !gone && n > 0:
			g.uses[member] = n + 1
		case !gone:
			g.uses[member] = 1
			if known {
				g.uses[member] = 2
			}
			g.held, g.made = g.held+1, nil
		case n > 1:
			g.uses[member] = n - 1
		case n == 1:
			g.uses[member] = left
			g.held, g.made = g.held-1, nil
		}
	}
}

func (g *unionOf) countNaN(gone bool) {
	before := g.nans
	if !gone {
		g.nans++
	} else if g.nans > 0 {
		g.nans--
	}
	if (before == 0) != (g.nans == 0) {
		g.made = nil
	}
}

func (g *unionOf) set() state.Set {
	if g.made != nil {
		return g.made
	}
	g.made = make(state.Set, g.held+1)
	for member, n := range g.uses {
		if n != left {
			g.made[member] = struct{}{}
		}
	}
	if g.nans > 0 {
		g.made[nan] = struct{}{}
	}
	return g.made
}

func (f *union) Reset(g int32) { f.groups[g] = unionOf{} }

func (f *union) Empty(g int32) bool { return f.groups[g].held == 0 && f.groups[g].nans == 0 }

func (f *union) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Uint(uint64(len(f.groups)))
	for i := range f.groups {
		g := &f.groups[i]
		members := slices.Collect(maps.Keys(g.uses))
		e.Uint(uint64(len(members)))
		for _, m := range members {
			e.Object(m)
			e.Int(g.uses[m])
		}
		e.Int(g.nans)
	}
}

func (f *union) Restore(d *state.Decoder) error {
	d.Version("unionSet", 1)
	if err := restored(d, len(f.groups), d.Count(2)); err != nil {
		return err
	}
	for i := range f.groups {
		n := d.Count(2)
		uses, held := make(map[any]int64, n), 0
		for range n {
			switch m := d.Object().(type) {
			case nil, bool, string, int32, int64, float32, float64:
				if uses[m] = d.Int(); uses[m] != left {
					held++
				}
			default:
				d.Fail(state.ErrCorrupt)
				return d.Err()
			}
		}
		f.groups[i] = unionOf{uses: uses, held: held, nans: d.Int()}
	}
	return d.Err()
}

package operator

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/state"
)

// Snapshot writes groups and aggregates.
func (g *groups) Snapshot(e *state.Encoder) {
	e.Uint(uint64(g.cap))
	if g.index != nil {
		g.index.Encode(e)
	}
	state.Slice(e, g.held)
	for _, f := range g.aggs {
		f.Snapshot(e)
	}
}

// maxKey bounds the partition keys of a snapshot: a damaged one could ask for more
// memory than there is.
const maxKey = 1 << 26

// Restore reads groups and aggregates.
func (g *groups) Restore(d *state.Decoder) error {
	if err := g.renew(); err != nil {
		return err
	}
	g.cap, g.of, g.remembered, g.oldest = 0, column.Chains{}, g.remembered[:0], 0
	if n := d.Uint(); n < 1<<31 {
		g.grow(int(n))
	}
	if g.index != nil {
		g.index.Decode(d)
		g.grow(g.index.Cap())
		for id := range int32(g.index.Cap()) {
			if !g.index.Used(id) {
				continue
			}
			if k := g.keyOf(id); k < 0 || k > maxKey {
				return state.ErrCorrupt
			}
			if g.keyed {
				g.of.Append(g.keyOf(id), id)
			}
		}
	}
	g.held = state.ReadSlice(d, g.held)
	if g.carried > 0 && len(g.held) < g.index.Cap() {
		return state.ErrCorrupt
	}
	for _, f := range g.aggs {
		if err := f.Restore(d); err != nil {
			return err
		}
	}
	if d.Err() != nil || g.index == nil {
		return d.Err()
	}
	for id := range int32(g.index.Cap()) {
		if g.gone(id) {
			g.remember(id)
		}
	}
	return nil
}

// Groups returns how many groups there are aggregates of.
func (s *Select) Groups() int {
	if s.groups == nil || s.groups.index == nil || len(s.groups.aggs) == 0 {
		return 0
	}
	return s.groups.index.Len()
}

// NameGroups calls f with the text of each group's key, in front of it the number of its
// partition key. f must not keep it.
func (s *Select) NameGroups(f func(key []byte)) {
	if s.Groups() == 0 {
		return
	}
	g := s.groups
	var text []byte
	for id := range int32(g.index.Cap()) {
		if !g.index.Used(id) {
			continue
		}
		text = text[:0]
		for i := range g.cols {
			text = javatext.AppendKey(text, g.index.Column(i), int(id))
		}
		f(text)
	}
}

package pattern

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// Snapshot writes the partial matches. Indexes are not part of it.
func (o *Operator) Snapshot(e *state.Encoder) {
	s := &o.store
	e.Uint(1)
	e.Bool(o.keyed)
	state.Slice(e, o.begun)
	for _, slab := range s.events {
		slab.Encode(e)
	}
	for i := range o.lists {
		l := &o.lists[i]
		n := 0
		for p := l.head; p != column.None; p = s.links[p].next {
			n++
		}
		e.Uint(uint64(n))
		for p := l.head; p != column.None; p = s.links[p].next {
			e.Uint(uint64(p))
			e.Int(s.last[p])
			e.Bool(s.links[p].epoch == l.epoch)
			for k := 1; k < i%len(o.stages); k++ {
				e.Uint(uint64(s.refs[k][p]))
			}
		}
	}
}

// Restore reads what Snapshot wrote.
func (o *Operator) Restore(d *state.Decoder) error {
	s := &o.store
	d.Version("pattern", 1)
	o.keyed = d.Bool()
	o.begun = state.ReadSlice(d, o.begun)
	s.buried = s.buried[:0]
	for k := range o.stages {
		if st := &o.stages[k]; st.index != nil {
			st.index = newMatchIndex(st.cond.equal)
		}
	}
	waiting := 0
	for k, slab := range s.events {
		slab.Decode(d)
		if k == 0 {
			waiting = slab.Live()
		}
	}
	if d.Err() != nil {
		return d.Err()
	}
	if len(s.events) > 0 {
		n := s.events[0].Cap()
		s.links, s.last = make([]link, n), make([]int64, n)
		for k := 1; k < len(s.refs); k++ {
			s.refs[k] = make([]int32, n)
		}
	}
	o.lists = make([]list, len(o.begun)*len(o.stages))
	seen := make([]bool, len(s.links))
	for i := range o.lists {
		o.lists[i] = emptyList
		waiting -= o.restoreList(d, i, seen)
	}
	if waiting != 0 {
		d.Fail(state.ErrCorrupt)
	}
	return d.Err()
}

// restoreList reads the matches of one list and returns their number. Matches
// that came before the latest event of the state's stream go in with an epoch
// of their own, so that they keep their order.
func (o *Operator) restoreList(d *state.Decoder, i int, seen []bool) int {
	s := &o.store
	k := i % len(o.stages)
	l := &o.lists[i]
	n := d.Count(3)
	if k == 0 && n > 0 {
		d.Fail(state.ErrCorrupt)
	}
	sorted := false // the match before belongs to those that are
	for range n {
		p, last, fresh := d.Uint(), d.Int(), d.Bool()
		if d.Err() != nil || p >= uint64(len(seen)) || seen[p] {
			d.Fail(state.ErrCorrupt)
			return n
		}
		seen[p] = true
		s.last[p] = last
		for j := 1; j < k; j++ {
			ref := d.Uint()
			if ref >= uint64(s.events[j].Cap()) {
				d.Fail(state.ErrCorrupt)
				return n
			}
			s.refs[j][p] = int32(ref)
		}
		if !fresh || !sorted {
			l.epoch++
		}
		sorted = fresh
		o.wait(k, int32(i/len(o.stages)), int32(p))
	}
	if !sorted {
		l.epoch++
	}
	return n
}

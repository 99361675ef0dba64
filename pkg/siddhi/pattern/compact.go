package pattern

import "millrace/pkg/siddhi/column"

// liveEvents says which slots of events[state] belong to waiting matches. Only
// a compaction asks, so the answer is worked out when it first does.
type liveEvents struct {
	o     *Operator
	state int
	known bool
	bits  []bool
	is    func(slot int32) bool // has, bound once
}

func (v *liveEvents) has(slot int32) bool {
	if !v.known {
		v.known = true
		s := &v.o.store
		v.bits = append(v.bits[:0], make([]bool, s.events[v.state].Cap())...)
		for i := range v.o.lists {
			if i%len(v.o.stages) <= v.state {
				continue // has no event at that state yet
			}
			for p := v.o.lists[i].head; p != column.None; p = s.links[p].next {
				v.bits[s.ref(p, v.state)] = true
			}
		}
	}
	return v.bits[slot]
}

// compact gives back the memory of long strings of ended matches.
func (o *Operator) compact() {
	for k, slab := range o.store.events {
		o.live[k].known = false
		slab.Compact(o.live[k].is)
	}
}

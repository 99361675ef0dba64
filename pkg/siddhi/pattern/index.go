package pattern

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// matchIndex finds the matches that wait for one state by the values that the
// state's condition compares for equality, under all keys. A match with a null
// among them is in no chain: null equals nothing.
type matchIndex struct {
	equal  []pair
	ids    *column.KeyIndex // over the values, then the partition key
	chains []chain          // by id

	own   []column.Column // one row: the values of a match
	ownAt []*column.Column
	probe []*column.Column // the event's values and keys
	keys  column.Column
	zero  []int32
}

// chain has the matches of equal values, in the order of their list.
type chain struct{ head, tail int32 }

func newMatchIndex(equal []pair) *matchIndex {
	ix := &matchIndex{equal: equal, own: make([]column.Column, len(equal)+1)}
	types := make([]schema.Type, len(ix.own))
	for i := range ix.own {
		types[i] = schema.Int
		if i < len(equal) {
			types[i] = equal[i].typ
		}
		ix.own[i].Type = types[i]
		ix.ownAt = append(ix.ownAt, &ix.own[i])
	}
	ix.ids = column.NewKeyIndex(types...)
	ix.probe = make([]*column.Column, len(ix.own))
	ix.keys.Type = schema.Int
	return ix
}

// find returns the first match that waits for an event with these values.
func (ix *matchIndex) find(b *column.Batch, row int) int32 {
	for i, e := range ix.equal {
		c := b.Cols[e.event]
		if c.IsNull(row) {
			return column.None
		}
		ix.probe[i] = c
	}
	ix.keys.I32 = b.Key
	if b.Key == nil {
		for len(ix.zero) < b.N {
			ix.zero = append(ix.zero, 0)
		}
		ix.keys.I32 = ix.zero
	}
	ix.probe[len(ix.equal)] = &ix.keys
	id := ix.ids.LookupRow(ix.probe, row)
	if id == column.None {
		return column.None
	}
	return ix.chains[id].head
}

// add puts a match that is in its list already into the chain of its values.
func (ix *matchIndex) add(s *partials, key, p int32) {
	for i, e := range ix.equal {
		c, at := &s.events[e.state].Cols[e.attr], int(s.ref(p, e.state))
		if c.IsNull(at) {
			return
		}
		ix.own[i].Reset()
		ix.own[i].AppendFrom(c, at)
	}
	k := &ix.own[len(ix.equal)]
	k.Reset()
	k.AppendInt(key)
	id, added := ix.ids.InsertRow(ix.ownAt, 0)
	for int(id) >= len(ix.chains) {
		ix.chains = append(ix.chains, chain{})
	}
	c := &ix.chains[id]
	if added {
		*c = chain{column.None, column.None}
	}
	n := &s.links[p]
	n.entry = id
	at := c.tail
	for at != column.None && s.links[at].epoch == n.epoch && s.last[at] > s.last[p] {
		at = s.links[at].prevEqual
	}
	n.prevEqual, n.nextEqual = at, c.head
	if at != column.None {
		n.nextEqual = s.links[at].nextEqual
		s.links[at].nextEqual = p
	} else {
		c.head = p
	}
	if n.nextEqual != column.None {
		s.links[n.nextEqual].prevEqual = p
	} else {
		c.tail = p
	}
}

func (ix *matchIndex) remove(s *partials, p int32) {
	n := &s.links[p]
	c := &ix.chains[n.entry]
	if n.prevEqual == column.None {
		c.head = n.nextEqual
	} else {
		s.links[n.prevEqual].nextEqual = n.nextEqual
	}
	if n.nextEqual == column.None {
		c.tail = n.prevEqual
	} else {
		s.links[n.nextEqual].prevEqual = n.prevEqual
	}
	if c.head == column.None {
		ix.ids.Remove(n.entry)
	}
	n.entry = column.None
}

package window

import "millrace/pkg/siddhi/column"

// chainStrays has the rows chained from now on if b has values that are not of their
// attribute's type. A row with one can fail, and is left out between others, for
// which a log has no room.
func (s *store) chainStrays(b *column.Batch) {
	if b.HasStrays(s.need) {
		s.unlog()
	}
}

// unlog moves the rows of a log into the slab.
func (s *store) unlog() {
	was := s.mode
	s.mode = chained
	if was != logged {
		return
	}
	b := column.Batch{N: len(s.time), Time: s.time, Cols: make([]*column.Column, len(s.cols))}
	for i := range s.cols {
		b.Cols[i] = &s.cols[i]
	}
	slots := s.slab.Add(&b, nil, nil)
	kept := make([]bool, len(slots))
	for _, list := range s.lists {
		for i := range *list {
			q := &(*list)[i]
			if q.Len == 0 {
				continue
			}
			rows := slots[q.Head : q.Tail+1]
			for at := q.Head; at <= q.Tail; at++ {
				kept[at] = true
			}
			*q = column.EmptyQueue
			s.push(q, rows)
		}
	}
	for at, slot := range slots {
		if !kept[at] {
			s.slab.Free(slot)
		}
	}
	for _, c := range s.need {
		s.cols[c].Reset()
	}
	s.time, s.dead, s.known = s.time[:0], 0, false
}

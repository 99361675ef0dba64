package pattern

import (
	"millrace/pkg/siddhi/column"
)

// partials has the events of the partial matches. A match is known by the slot
// of its first event; the other arrays are indexed by that.
type partials struct {
	events []*column.Slab // by state but the last: the events that took it
	refs   [][]int32      // by state, from 1: the slot of the match's event there
	last   []int64        // timestamp of the latest event
	links  []link
	buried []grave
	slots  []int32
	row    [1]int32
}

// link chains a waiting match into its list and, if the state has an index,
// into the chain of its index entry.
type link struct {
	next, prev           int32
	nextEqual, prevEqual int32
	entry                int32 // of the index; None: none
	epoch                uint32
}

// grave is a match whose events are freed when the output is out.
type grave struct {
	match int32
	state int // that it waited for
}

func (s *partials) init(stages []stage) {
	for k := range stages[:len(stages)-1] {
		keep := stages[k].keep
		if keep == nil {
			keep = []int{} // nil would keep all
		}
		s.events = append(s.events, column.NewSlab(stages[k].attrs, keep))
		s.refs = append(s.refs, nil)
	}
}

// start stores the events of rows as first events and appends their matches.
func (s *partials) start(b *column.Batch, rows []int32, matches []int32) []int32 {
	first := len(matches)
	matches = s.events[0].Add(b, rows, matches)
	for s.events[0].Cap() > len(s.links) {
		s.links = append(s.links, link{})
		s.last = append(s.last, 0)
		for k := 1; k < len(s.refs); k++ {
			s.refs[k] = append(s.refs[k], column.None)
		}
	}
	for _, p := range matches[first:] {
		s.last[p] = s.events[0].Time[p]
	}
	return matches
}

// take stores an event as that of a match at state k.
func (s *partials) take(p int32, k int, b *column.Batch, row int) {
	s.row[0] = int32(row)
	s.slots = s.events[k].Add(b, s.row[:], s.slots[:0])
	s.refs[k][p] = s.slots[0]
	s.last[p] = b.Time[row]
}

// ref returns the slot of the match's event at state k in events[k].
func (s *partials) ref(p int32, k int) int32 {
	if k == 0 {
		return p
	}
	return s.refs[k][p]
}

// started is the timestamp of the first event.
func (s *partials) started(p int32) int64 { return s.events[0].Time[p] }

// bury marks a match that waited for state k, and waits no more, for freeing.
func (s *partials) bury(p int32, k int) { s.buried = append(s.buried, grave{p, k}) }

// free gives back the events of the buried.
func (s *partials) free() {
	for _, g := range s.buried {
		for k := 1; k < g.state; k++ {
			s.events[k].Free(s.refs[k][g.match])
		}
		s.events[0].Free(g.match)
	}
	s.buried = s.buried[:0]
}

// list has the matches that wait for one state under one key, in the order in
// which they came; those that came since the state's stream last had an event,
// which have the list's epoch, are in order of their latest timestamps, as
// Siddhi sorts them.
type list struct {
	head, tail int32
	epoch      uint32
	// sorted says that the start times rise along the list. Otherwise oldest
	// and newest are bounds of them.
	sorted         bool
	oldest, newest int64
}

var emptyList = list{head: column.None, tail: column.None, sorted: true}

// wait puts a match into the list of state k.
func (o *Operator) wait(k int, key, p int32) {
	s := &o.store
	l := &o.lists[int(key)*len(o.stages)+k]
	at := l.tail // the one to stand behind
	for at != column.None && s.links[at].epoch == l.epoch && s.last[at] > s.last[p] {
		at = s.links[at].prev
	}
	n := &s.links[p]
	*n = link{prev: at, next: l.head, entry: column.None, epoch: l.epoch}
	if at != column.None {
		n.next = s.links[at].next
	}
	start := s.started(p)
	if l.head == column.None {
		l.sorted, l.oldest, l.newest = true, start, start
	} else {
		l.oldest, l.newest = min(l.oldest, start), max(l.newest, start)
		l.sorted = l.sorted && (at == column.None || s.started(at) <= start) &&
			(n.next == column.None || start <= s.started(n.next))
	}
	if n.prev == column.None {
		l.head = p
	} else {
		s.links[n.prev].next = p
	}
	if n.next == column.None {
		l.tail = p
	} else {
		s.links[n.next].prev = p
	}
	if ix := o.stages[k].index; ix != nil {
		ix.add(s, key, p)
	}
}

// remove takes a match out of the list of state k.
func (o *Operator) remove(l *list, k int, p int32) {
	s := &o.store
	n := &s.links[p]
	if n.prev == column.None {
		l.head = n.next
	} else {
		s.links[n.prev].next = n.next
	}
	if n.next == column.None {
		l.tail = n.prev
	} else {
		s.links[n.next].prev = n.prev
	}
	if n.entry != column.None {
		o.stages[k].index.remove(s, p)
	}
}

// tooOld says whether an event at now is further from the match's first event than within allows.
func (o *Operator) tooOld(p int32, now int64) bool {
	if o.within == 0 {
		return false
	}
	d := now - o.store.started(p)
	return d > o.within || -d > o.within
}

// expire ends the matches of a list whose first event is too far from now.
func (o *Operator) expire(l *list, k int, now int64) {
	s := &o.store
	if l.sorted {
		for l.head != column.None && now-s.started(l.head) > o.within {
			o.end(l, k, l.head)
		}
		for l.tail != column.None && s.started(l.tail)-now > o.within {
			o.end(l, k, l.tail)
		}
		return
	}
	if now-l.oldest <= o.within && l.newest-now <= o.within {
		return
	}
	first := true
	l.sorted = true
	for p := l.head; p != column.None; {
		next := s.links[p].next
		start := s.started(p)
		switch {
		case o.tooOld(p, now):
			o.end(l, k, p)
		case first:
			first, l.oldest, l.newest = false, start, start
		default:
			l.sorted = l.sorted && l.newest <= start
			l.oldest, l.newest = min(l.oldest, start), max(l.newest, start)
		}
		p = next
	}
}

func (o *Operator) end(l *list, k int, p int32) {
	o.remove(l, k, p)
	o.store.bury(p, k)
}

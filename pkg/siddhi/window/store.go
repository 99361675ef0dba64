package window

import (
	"errors"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// store keeps rows under slot numbers. Inside of partitions it is a slab, whose
// rows are chained by key; so it is where others look rows up, since an index
// needs slots that keep their number. Else rows leave in the order in which
// they came, so it is a log: rows lie one behind the other and a queue is a
// range of slots, which costs a third. The first batch decides.
type store struct {
	mode  mode
	keyed bool // rows have partition keys
	need  []int

	slab *column.Slab

	cols, spareCols []column.Column
	time, spareTime []int64
	dead            int // rows of the log that are free, all in front of the others

	lists []*[]column.Queue // the window's queues, by key
	live  func(slot int32) bool
	bits  []bool // what live answers
	known bool
}

// mode is how a store keeps rows.
type mode uint8

const (
	undecided mode = iota
	logged
	chained
	unkeyed // in snapshots: chained, outside of partitions
)

func (s *store) init(in schema.Attributes, need []int, lists []*[]column.Queue) {
	s.need, s.lists = need, lists
	s.slab = column.NewSlab(in, need)
	s.cols = make([]column.Column, len(in))
	s.spareCols = make([]column.Column, len(in))
	for _, c := range need {
		s.cols[c].Type, s.spareCols[c].Type = in[c].Type, in[c].Type
	}
	s.live = s.isLive
}

// add stores all rows of b and appends their slots, which in a log are consecutive.
func (s *store) add(b *column.Batch, slots []int32) []int32 {
	if !s.logs(b) {
		return s.slab.Add(b, nil, slots)
	}
	return count(slots, s.log(b), int32(b.N))
}

// logs says whether the rows of b belong in a log. The first call decides.
func (s *store) logs(b *column.Batch) bool {
	s.keyed = b.Key != nil
	switch {
	case s.mode == undecided && s.keyed:
		s.mode = chained
	case s.mode == undecided:
		s.mode = logged
	case s.mode == logged && s.keyed:
		panic("BUG: rows with partition keys came to a window outside of partitions")
	}
	return s.mode == logged
}

// log stores all rows of b in the log and returns the slot of the first.
func (s *store) log(b *column.Batch) int32 {
	first := int32(len(s.time))
	if b.N == 1 { // what single sends do
		s.time = append(s.time, b.Time[0])
		for _, c := range s.need {
			s.cols[c].AppendColumn(b.Cols[c], 1)
		}
		return first
	}
	s.time = append(s.time, b.Time[:b.N]...)
	for _, c := range s.need {
		s.cols[c].AppendColumn(b.Cols[c], b.N)
	}
	return first
}

// again stores the row of a slot of a chained store once more.
func (s *store) again(slot int32) int32 { return s.slab.Again(slot) }

// count appends n numbers from first on.
func count(list []int32, first, n int32) []int32 {
	old := len(list)
	list = slices.Grow(list, int(n))[:old+int(n)]
	for i := range list[old:] {
		list[old+i] = first + int32(i)
	}
	return list
}

// column returns column c by slot, times the timestamps.
func (s *store) column(c int) *column.Column {
	if s.mode == chained {
		return &s.slab.Cols[c]
	}
	return &s.cols[c]
}

func (s *store) times() []int64 {
	if s.mode == chained {
		return s.slab.Time
	}
	return s.time
}

// push appends slots, which are consecutive in a log, to q.
func (s *store) push(q *column.Queue, slots []int32) {
	n := len(slots)
	if n == 0 {
		return
	}
	if s.mode == chained {
		link(s.slab.Next, q.Tail, slots)
	}
	if q.Head == column.None {
		q.Head = slots[0]
	}
	q.Tail = slots[n-1]
	q.Len += int32(n)
}

// link chains slots behind tail.
func link(next []int32, tail int32, slots []int32) {
	if tail != column.None {
		next[tail] = slots[0]
	}
	last := slots[0]
	for _, slot := range slots[1:] {
		next[last] = slot
		last = slot
	}
	next[last] = column.None
}

// pushOne is push of one slot.
func (s *store) pushOne(q *column.Queue, slot int32) {
	if s.mode == chained {
		s.slab.Next[slot] = column.None
		if q.Tail != column.None {
			s.slab.Next[q.Tail] = slot
		}
	}
	if q.Head == column.None {
		q.Head = slot
	}
	q.Tail = slot
	q.Len++
}

// after returns the row behind one of a queue.
func (s *store) after(slot int32) int32 {
	if s.mode == chained {
		return s.slab.Next[slot]
	}
	return slot + 1
}

// popOne takes the first row off q.
func (s *store) popOne(q *column.Queue) int32 {
	slot := q.Head
	q.Len--
	switch {
	case q.Len == 0:
		*q = column.EmptyQueue
	case s.mode == chained:
		q.Head = s.slab.Next[slot]
	default:
		q.Head++
	}
	return slot
}

// pop takes the first n rows off q and appends them to slots.
func (s *store) pop(q *column.Queue, n int32, slots []int32) []int32 {
	if s.mode == chained {
		at := q.Head
		for range n {
			slots = append(slots, at)
			at = s.slab.Next[at]
		}
		q.Head = at
	} else {
		slots = count(slots, q.Head, n)
		q.Head += n
	}
	if q.Len -= n; q.Len == 0 {
		*q = column.EmptyQueue
	}
	return slots
}

// list appends the slots of q, oldest first.
func (s *store) list(q *column.Queue, slots []int32) []int32 {
	if s.mode == chained {
		return q.AppendTo(s.slab, slots)
	}
	return count(slots, q.Head, q.Len)
}

// join moves the rows of b behind those of a, which came just before them.
func (s *store) join(a, b *column.Queue) {
	if a.Len == 0 {
		*a = *b
	} else if b.Len > 0 {
		if s.mode == chained {
			s.slab.Next[a.Tail] = b.Head
		}
		a.Tail = b.Tail
		a.Len += b.Len
	}
	*b = column.EmptyQueue
}

// gather sets the columns and timestamps of out to the rows in slots.
func (s *store) gather(out *column.Buffer, slots []int32) {
	if s.mode == chained {
		s.slab.Gather(out, slots)
		return
	}
	out.N = len(slots)
	out.Time = slices.Grow(out.Time[:0], len(slots))[:len(slots)]
	for i, slot := range slots {
		out.Time[i] = s.time[slot]
	}
	for _, c := range s.need {
		out.Cols[c].Gather(&s.cols[c], slots)
	}
}

// free gives the rows in slots back, which are in no queue. A log drops them
// when enough have come together.
func (s *store) free(slots []int32) {
	if s.mode == chained {
		for _, slot := range slots {
			s.slab.Free(slot)
		}
		s.known = false
		s.slab.Compact(s.live)
		return
	}
	s.forget(len(slots))
}

// forget is free of n rows of a log, those behind the ones that are dead.
func (s *store) forget(n int) {
	s.dead += n
	if s.dead >= 1024 && 2*s.dead >= len(s.time) || s.dead == len(s.time) {
		if n := s.oldest(); n > 0 {
			s.cut(n)
		}
	}
}

// oldest returns the slot of the first row of a log that is in a queue.
func (s *store) oldest() int {
	n := len(s.time)
	for _, list := range s.lists {
		for i := range *list {
			if h := (*list)[i].Head; h != column.None {
				n = min(n, int(h))
			}
		}
	}
	return n
}

// cut drops the first n rows of a log.
func (s *store) cut(n int) {
	left := len(s.time) - n
	s.dead -= n
	s.spareTime = append(s.spareTime[:0], s.time[n:]...)
	s.time, s.spareTime = s.spareTime, s.time
	for _, c := range s.need {
		old, spare := &s.cols[c], &s.spareCols[c]
		spare.Reset()
		rest := old.Slice(n, n+left)
		spare.AppendColumn(&rest, left)
		s.cols[c], s.spareCols[c] = *spare, *old
	}
	for _, list := range s.lists {
		for i := range *list {
			if q := &(*list)[i]; q.Head != column.None {
				q.Head -= int32(n)
				q.Tail -= int32(n)
			}
		}
	}
}

// isLive says whether a slot of the slab is in use. Only a compaction asks, so
// the answer is worked out when it first does.
func (s *store) isLive(slot int32) bool {
	if !s.known {
		s.known = true
		s.bits = append(s.bits[:0], make([]bool, s.slab.Cap())...)
		for _, list := range s.lists {
			for i := range *list {
				for at := (*list)[i].Head; at != column.None; at = s.slab.Next[at] {
					s.bits[at] = true
				}
			}
		}
	}
	return s.bits[slot]
}

// growQueues makes room for a key in all queues.
func (s *store) growQueues(key int32) {
	for _, list := range s.lists {
		*list = grow(*list, key, column.EmptyQueue)
	}
}

// encode writes the rows and the queues.
func (s *store) encode(e *state.Encoder) {
	if s.mode == chained && !s.keyed {
		e.Uint(uint64(unkeyed))
	} else {
		e.Uint(uint64(s.mode))
	}
	switch s.mode {
	case chained:
		s.slab.Encode(e)
	case logged:
		s.cut(s.oldest())
		state.Slice(e, s.time)
		for _, c := range s.need {
			s.cols[c].Encode(e)
		}
	}
	for _, list := range s.lists {
		e.Uint(uint64(len(*list)))
		for _, q := range *list {
			e.Int(int64(q.Head))
			e.Int(int64(q.Tail))
			e.Int(int64(q.Len))
		}
	}
}

// empty forgets all rows.
func (s *store) empty() {
	s.slab.Clear()
	s.time = s.time[:0]
	for _, c := range s.need {
		s.cols[c].Reset()
	}
}

// decode reads what encode wrote. Queues that do not hold together are refused:
// later calls trust them.
func (s *store) decode(d *state.Decoder) {
	wasChained := s.mode == chained
	s.mode = mode(d.Uint())
	s.keyed = s.mode == chained
	if s.mode == unkeyed {
		s.mode = chained
	}
	if wasChained && s.mode == logged {
		d.Fail(errors.New("the snapshot is of a window in which no rows were looked up"))
	}
	room, next := 0, []int32(nil)
	switch s.mode {
	case undecided: // no row had come by then
		s.empty()
		if wasChained {
			s.mode = chained
		}
	case chained:
		s.slab.Decode(d)
		room, next = s.slab.Live(), s.slab.Next
	case logged:
		s.time = state.ReadSlice(d, s.time)
		room = len(s.time)
		for _, c := range s.need {
			if s.cols[c].Decode(d); s.cols[c].Len() != room {
				d.Fail(state.ErrCorrupt)
			}
		}
	default:
		d.Fail(state.ErrCorrupt)
	}
	for _, list := range s.lists {
		*list = make([]column.Queue, d.Count(3))
		if s.mode == logged && len(*list) > 1 || len(*list) != len(*s.lists[0]) {
			d.Fail(state.ErrCorrupt)
		}
		for i := range *list {
			q := &(*list)[i]
			*q = column.Queue{Head: int32(d.Int()), Tail: int32(d.Int()), Len: int32(d.Int())}
			room -= int(q.Len)
			if d.Err() == nil && (room < 0 || !sound(q, s.mode, next, len(s.time))) {
				d.Fail(state.ErrCorrupt)
			}
		}
	}
	if d.Err() != nil {
		for _, list := range s.lists {
			*list = nil
		}
	}
}

// sound says whether a queue that was read holds together.
func sound(q *column.Queue, m mode, next []int32, logLen int) bool {
	if q.Len <= 0 {
		return *q == column.EmptyQueue
	}
	if m != chained {
		return q.Head >= 0 && int(q.Tail) < logLen && q.Tail-q.Head == q.Len-1
	}
	at := q.Head
	for i := range q.Len {
		if at < 0 || int(at) >= len(next) {
			return false
		}
		if i == q.Len-1 {
			return at == q.Tail && next[at] == column.None
		}
		at = next[at]
	}
	return false
}

package column

import "millrace/pkg/siddhi/schema"

// None is the slot number that stands for no row.
const None int32 = -1

// Slab stores rows columnwise in slots with stable numbers. It is what every
// stateful operator keeps its rows in: windows, tables, pending matches. Freed
// slots are used again; Next is a link per slot that lets the owner chain slots
// into queues (see Queue). A Slab has no pointers but those of object columns,
// so retained rows cost the garbage collector nothing.
type Slab struct {
	Cols []Column // by attribute; those that are not kept have Type Invalid
	Time []int64
	Next []int32 // owner's link; None at the end of a chain

	need []int // attributes that are kept
	free int32 // first free slot, chained by Next
	live int

	deadBytes int // arena bytes of freed long strings
}

// NewSlab makes a slab that keeps the attributes listed in need, or all when need is nil.
func NewSlab(attrs schema.Attributes, need []int) *Slab {
	s := &Slab{Cols: make([]Column, len(attrs)), free: None}
	if need == nil {
		for i := range attrs {
			need = append(need, i)
		}
	}
	s.need = need
	for _, i := range need {
		s.Cols[i].Type = attrs[i].Type
	}
	return s
}

// Live returns the number of rows in use.
func (s *Slab) Live() int { return s.live }

// Cap returns the number of slots: every slot number is below it.
func (s *Slab) Cap() int { return len(s.Time) }

// Add stores the given rows of b and appends their slots to slots, in order.
// rows nil means all rows of b.
func (s *Slab) Add(b *Batch, rows []int32, slots []int32) []int32 {
	n := len(rows)
	if rows == nil {
		n = b.N
	}
	first := len(slots)
	for range n {
		slots = append(slots, s.take())
	}
	got := slots[first:]
	if rows == nil {
		for i, slot := range got {
			s.Time[slot] = b.Time[i]
		}
	} else {
		for i, slot := range got {
			s.Time[slot] = b.Time[rows[i]]
		}
	}
	for _, c := range s.need {
		s.Cols[c].scatter(b.Cols[c], rows, got)
	}
	s.live += n
	return slots
}

// take returns a free slot, making one if needed.
func (s *Slab) take() int32 {
	if s.free != None {
		slot := s.free
		s.free = s.Next[slot]
		s.Next[slot] = None
		return slot
	}
	slot := int32(len(s.Time))
	s.Time = append(s.Time, 0)
	s.Next = append(s.Next, None)
	for _, c := range s.need {
		s.Cols[c].extend()
		s.Cols[c].nonNull()
	}
	return slot
}

// Free gives a slot back. The row's values must not be read afterwards.
func (s *Slab) Free(slot int32) {
	for _, c := range s.need {
		col := &s.Cols[c]
		switch col.Type {
		case schema.String:
			if v := col.Str[slot]; !v.Inline() {
				s.deadBytes += v.Len()
			}
		case schema.Object:
			col.Obj[slot] = nil
		}
	}
	s.Next[slot] = s.free
	s.free = slot
	s.live--
}

// Again stores the row of a slot once more, and returns the slot of the second.
func (s *Slab) Again(slot int32) int32 {
	again := s.take()
	s.Time[again] = s.Time[slot]
	for _, c := range s.need {
		s.Cols[c].SetFrom(int(again), &s.Cols[c], int(slot))
	}
	s.live++
	return again
}

// Set overwrites column col of slot with value row of src.
func (s *Slab) Set(slot int32, col int, src *Column, row int) {
	c := &s.Cols[col]
	if c.Type == schema.String {
		if v := c.Str[slot]; !v.Inline() {
			s.deadBytes += v.Len()
		}
	}
	c.SetFrom(int(slot), src, row)
}

// Compact gives back the arena memory of freed strings once it is more than
// half of what is held. live reports whether a slot is in use; calls between two
// operations keep slot numbers.
func (s *Slab) Compact(live func(slot int32) bool) {
	held := 0
	for _, c := range s.need {
		held += len(s.Cols[c].Arena)
	}
	if s.deadBytes < 1<<16 || 2*s.deadBytes < held {
		return
	}
	for _, c := range s.need {
		col := &s.Cols[c]
		if col.Type != schema.String || len(col.Arena) == 0 {
			continue
		}
		old := col.Arena
		col.Arena = make([]byte, 0, len(old)/2)
		for slot := range col.Str {
			if v := col.Str[slot]; !v.Inline() {
				if live(int32(slot)) {
					col.CopyString(slot, v, old)
				} else {
					col.Str[slot] = Str{}
				}
			}
		}
	}
	s.deadBytes = 0
}

// Gather sets the columns and timestamps of b to the rows in slots; b.Kind,
// Ends and Key become nil.
func (s *Slab) Gather(b *Buffer, slots []int32) {
	b.keep()
	b.N = len(slots)
	b.Kind, b.Ends, b.Key = nil, nil, nil
	b.Time = resize(b.Time, b.N)
	gather(b.Time, s.Time, slots)
	for _, c := range s.need {
		b.Cols[c].Gather(&s.Cols[c], slots)
	}
}

// Clear frees every row at once.
func (s *Slab) Clear() {
	for _, c := range s.need {
		s.Cols[c].Reset()
	}
	s.Time, s.Next = s.Time[:0], s.Next[:0]
	s.free, s.live, s.deadBytes = None, 0, 0
}

// scatter writes rows of src (all when rows is nil) to slots of c.
func (c *Column) scatter(src *Column, rows []int32, slots []int32) {
	switch c.Type {
	case schema.String:
		for i, slot := range slots {
			r := i
			if rows != nil {
				r = int(rows[i])
			}
			if s := src.Str[r]; s.Inline() {
				c.Str[slot] = s
			} else {
				c.CopyString(int(slot), s, src.Arena)
			}
		}
	case schema.Int:
		scatter(c.I32, src.I32, rows, slots)
	case schema.Long:
		scatter(c.I64, src.I64, rows, slots)
	case schema.Float:
		scatter(c.F32, src.F32, rows, slots)
	case schema.Double:
		scatter(c.F64, src.F64, rows, slots)
	case schema.Bool:
		scatter(c.Bool, src.Bool, rows, slots)
	case schema.Object:
		scatter(c.Obj, src.Obj, rows, slots)
	}
	switch {
	case len(src.Nulls) != 0:
		if len(c.Nulls) == 0 {
			c.Nulls = resize(c.Nulls, c.Len())
			clear(c.Nulls)
		}
		scatter(c.Nulls, src.Nulls, rows, slots)
	case len(c.Nulls) != 0:
		for _, slot := range slots {
			c.Nulls[slot] = false
		}
	}
	if c.strays != nil || src.strays != nil {
		c.scatterStrays(src, rows, slots)
	}
}

func scatter[T any](dst, src []T, rows []int32, slots []int32) {
	if rows == nil {
		src = src[:len(slots)]
		for i, slot := range slots {
			dst[slot] = src[i]
		}
		return
	}
	rows = rows[:len(slots)]
	for i, slot := range slots {
		dst[slot] = src[rows[i]]
	}
}

// Queue is a first-in, first-out chain of slots of one Slab.
type Queue struct {
	Head, Tail int32
	Len        int32
}

// EmptyQueue is a queue without slots; the zero Queue is not.
var EmptyQueue = Queue{Head: None, Tail: None}

// Push appends slot to q.
func (q *Queue) Push(s *Slab, slot int32) {
	s.Next[slot] = None
	if q.Tail == None {
		q.Head = slot
	} else {
		s.Next[q.Tail] = slot
	}
	q.Tail = slot
	q.Len++
}

// Pop takes the first slot off q, which must not be empty.
func (q *Queue) Pop(s *Slab) int32 {
	slot := q.Head
	q.Head = s.Next[slot]
	if q.Head == None {
		q.Tail = None
	}
	q.Len--
	return slot
}

// AppendTo appends the slots of q, oldest first.
func (q *Queue) AppendTo(s *Slab, slots []int32) []int32 {
	for at := q.Head; at != None; at = s.Next[at] {
		slots = append(slots, at)
	}
	return slots
}

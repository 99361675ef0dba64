package column

// Chains are lists of slots, by number, doubly linked through arrays: a million
// lists are some millions of numbers and no objects. A slot is on one list at most.
type Chains struct {
	head, tail []int32 // by list
	next, prev []int32 // by slot
	of         []int32 // by slot: its list, None if it is on none
}

// First returns the first slot of a list, None if it has none.
func (c *Chains) First(list int32) int32 {
	if int(list) >= len(c.head) {
		return None
	}
	return c.head[list]
}

// Next returns the slot behind one that is on a list, None at its end.
func (c *Chains) Next(slot int32) int32 { return c.next[slot] }

// Of returns the list that a slot is on, or None.
func (c *Chains) Of(slot int32) int32 {
	if int(slot) >= len(c.of) {
		return None
	}
	return c.of[slot]
}

// Append puts a slot, which must be on no list, at the end of one.
func (c *Chains) Append(list, slot int32) {
	for len(c.head) <= int(list) {
		c.head, c.tail = append(c.head, None), append(c.tail, None)
	}
	for len(c.of) <= int(slot) {
		c.next, c.prev, c.of = append(c.next, None), append(c.prev, None), append(c.of, None)
	}
	last := c.tail[list]
	c.next[slot], c.prev[slot], c.of[slot] = None, last, list
	if last == None {
		c.head[list] = slot
	} else {
		c.next[last] = slot
	}
	c.tail[list] = slot
}

// Remove takes a slot off the list that it is on.
func (c *Chains) Remove(slot int32) {
	list, next, prev := c.of[slot], c.next[slot], c.prev[slot]
	if prev == None {
		c.head[list] = next
	} else {
		c.next[prev] = next
	}
	if next == None {
		c.tail[list] = prev
	} else {
		c.prev[next] = prev
	}
	c.of[slot] = None
}

// Clear empties all lists; their memory is kept.
func (c *Chains) Clear() {
	c.head, c.tail = c.head[:0], c.tail[:0]
	c.next, c.prev, c.of = c.next[:0], c.prev[:0], c.of[:0]
}

// Cap returns how many slots there is room for: one more than the highest that
// was on a list since Clear.
func (c *Chains) Cap() int { return len(c.of) }

package window

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// chain is the rows of a session, linked by the slab's Next. Late rows are put in
// front of a mark that moves on by one row each time, as Siddhi's does: so they
// come out in the order in which they do there.
type chain struct {
	head, tail int32
	rows       int32
	mark       int32 // row in front of which the next late row goes, once moved on
	behind     int32 // the row before it
	start, end int64
}

var noChain = chain{head: column.None, tail: column.None, mark: column.None, behind: column.None}

func (c *chain) append(next []int32, slot int32) {
	next[slot] = column.None
	if c.rows == 0 {
		c.head = slot
	} else {
		next[c.tail] = slot
	}
	c.tail = slot
	c.rows++
}

// join moves the rows of other behind those of c.
func (c *chain) join(next []int32, other *chain) {
	if other.rows == 0 {
		return
	}
	if c.rows == 0 {
		c.head = other.head
	} else {
		next[c.tail] = other.head
	}
	c.tail = other.tail
	c.rows += other.rows
	*other = noChain
}

// insert moves the mark on and puts n linked rows, from first to last, before it.
// c must have rows.
func (c *chain) insert(next []int32, first, last, n int32) {
	switch {
	case c.mark == column.None:
		c.mark = c.head
	case next[c.mark] != column.None:
		c.behind, c.mark = c.mark, next[c.mark]
	}
	if c.behind == column.None {
		c.head = first
	} else {
		next[c.behind] = first
	}
	c.behind = last
	next[last] = c.mark
	c.rows += n
}

func (c *chain) encode(e *state.Encoder) {
	for _, v := range [...]int32{c.head, c.tail, c.rows, c.mark, c.behind} {
		e.Int(int64(v))
	}
	e.Int(c.start)
	e.Int(c.end)
}

func (c *chain) decode(d *state.Decoder) {
	for _, v := range [...]*int32{&c.head, &c.tail, &c.rows, &c.mark, &c.behind} {
		*v = int32(d.Int())
	}
	c.start, c.end = d.Int(), d.Int()
}

// sound says whether a chain that was read holds together.
func (c *chain) sound(next []int32) bool {
	if c.rows <= 0 {
		return c.rows == 0 && c.head == column.None && c.tail == column.None && c.mark == column.None && c.behind == column.None
	}
	q := column.Queue{Head: c.head, Tail: c.tail, Len: c.rows}
	if !sound(&q, chained, next, 0) {
		return false
	}
	mark, behind := c.mark == column.None, c.behind == column.None
	for at := c.head; at != column.None; at = next[at] {
		mark = mark || at == c.mark
		behind = behind || at == c.behind && next[at] == c.mark
	}
	return mark && behind
}

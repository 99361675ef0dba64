package table

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// ordered is an index over the numbers of one attribute in ascending order: a
// B+ tree whose nodes lie in two slices and hold no pointers. Rows with a null
// are not in it. Entries are told apart by their slot, so values may repeat.
//
// Nodes split when they are full; they are freed when they are empty, not
// joined when they are half empty: Johnson and Shasha, "B-trees with inserts
// and deletes: why free-at-empty is better than merge-at-half", JCSS 1993.
type ordered struct {
	leaves    []leaf
	inner     []inner
	freeLeaf  []int32
	freeInner []int32
	root      int32
	height    int // levels of inner nodes above the leaves
	len       int // entries
	path      [maxHeight]step
}

// entry is a row: its value in sortable form, then its slot.
type entry struct {
	key  uint64
	slot int32
}

func (e entry) less(o entry) bool { return e.key < o.key || e.key == o.key && e.slot < o.slot }

const (
	leafSize  = 64
	innerSize = 64
	maxHeight = 12 // 32^12 leaves at the worst
)

type leaf struct {
	n          int32
	next, prev int32
	entries    [leafSize]entry
}

// inner has n children; every entry below child i is not less than bounds[i],
// and less than bounds[i+1]. bounds[0] is not used.
type inner struct {
	n        int32
	bounds   [innerSize]entry
	children [innerSize]int32
}

// step is where a search went down: child at of inner node.
type step struct{ node, at int32 }

func newOrdered() *ordered {
	o := &ordered{}
	o.clear()
	return o
}

func (o *ordered) clear() {
	o.leaves = append(o.leaves[:0], leaf{next: column.None, prev: column.None})
	o.inner, o.freeLeaf, o.freeInner = o.inner[:0], o.freeLeaf[:0], o.freeInner[:0]
	o.root, o.height, o.len = 0, 0, 0
}

// descend returns the leaf where e belongs and notes the way in o.path.
func (o *ordered) descend(e entry) int32 {
	at := o.root
	for level := range o.height {
		n := &o.inner[at]
		lo, hi := int32(1), n.n // the last child whose bound is not above e
		for lo < hi {
			mid := (lo + hi) / 2
			if e.less(n.bounds[mid]) {
				hi = mid
			} else {
				lo = mid + 1
			}
		}
		o.path[level] = step{at, lo - 1}
		at = n.children[lo-1]
	}
	return at
}

// place returns where e is, or belongs, in a leaf.
func (l *leaf) place(e entry) int32 {
	lo, hi := int32(0), l.n
	for lo < hi {
		mid := (lo + hi) / 2
		if l.entries[mid].less(e) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

func (o *ordered) insert(e entry) {
	at := o.descend(e)
	o.len++
	l := &o.leaves[at]
	if l.n == leafSize {
		right := o.splitLeaf(at)
		if l = &o.leaves[at]; !e.less(o.leaves[right].entries[0]) {
			l = &o.leaves[right]
		}
	}
	i := l.place(e)
	copy(l.entries[i+1:l.n+1], l.entries[i:l.n])
	l.entries[i] = e
	l.n++
}

// splitLeaf moves the upper half of a leaf to a new one, and returns that.
func (o *ordered) splitLeaf(at int32) int32 {
	right := o.takeLeaf()
	l, r := &o.leaves[at], &o.leaves[right]
	half := l.n / 2
	if l.next == column.None { // values that only rise leave full leaves behind
		half = l.n - 1
	}
	r.n = int32(copy(r.entries[:], l.entries[half:l.n]))
	l.n = half
	r.prev, r.next = at, l.next
	if l.next != column.None {
		o.leaves[l.next].prev = right
	}
	l.next = right
	o.addChild(o.height-1, right, r.entries[0])
	return right
}

func (o *ordered) takeLeaf() int32 {
	if n := len(o.freeLeaf); n > 0 {
		at := o.freeLeaf[n-1]
		o.freeLeaf = o.freeLeaf[:n-1]
		return at
	}
	o.leaves = append(o.leaves, leaf{})
	return int32(len(o.leaves) - 1)
}

func (o *ordered) takeInner() int32 {
	if n := len(o.freeInner); n > 0 {
		at := o.freeInner[n-1]
		o.freeInner = o.freeInner[:n-1]
		return at
	}
	o.inner = append(o.inner, inner{})
	return int32(len(o.inner) - 1)
}

// addChild puts a new node behind the one that the path leads to, on a level.
func (o *ordered) addChild(level int, child int32, bound entry) {
	if level < 0 {
		o.grow(child, bound)
		return
	}
	p := o.path[level]
	node, at := p.node, p.at+1
	if o.inner[node].n == innerSize {
		right := o.takeInner()
		l, r := &o.inner[node], &o.inner[right]
		half := int32(innerSize / 2)
		if at == l.n {
			half = l.n - 1
		}
		r.n = int32(copy(r.children[:], l.children[half:l.n]))
		copy(r.bounds[:], l.bounds[half:l.n])
		l.n = half
		o.addChild(level-1, right, r.bounds[0])
		if at > half {
			node, at = right, at-half
		}
	}
	n := &o.inner[node]
	copy(n.children[at+1:n.n+1], n.children[at:n.n])
	copy(n.bounds[at+1:n.n+1], n.bounds[at:n.n])
	n.children[at], n.bounds[at] = child, bound
	n.n++
}

// grow puts a new root above the old one and its new neighbour.
func (o *ordered) grow(child int32, bound entry) {
	root := o.takeInner()
	n := &o.inner[root]
	n.n = 2
	n.children[0], n.children[1] = o.root, child
	n.bounds[1] = bound
	o.root = root
	o.height++
}

func (o *ordered) remove(e entry) {
	at := o.descend(e)
	l := &o.leaves[at]
	i := l.place(e)
	copy(l.entries[i:l.n-1], l.entries[i+1:l.n])
	l.n--
	o.len--
	if l.n > 0 || o.height == 0 {
		return
	}
	if l.prev != column.None {
		o.leaves[l.prev].next = l.next
	}
	if l.next != column.None {
		o.leaves[l.next].prev = l.prev
	}
	o.freeLeaf = append(o.freeLeaf, at)
	o.dropChild()
}

// dropChild takes the node that the path leads to, which is empty, out of its
// parent, and parents that are left empty likewise.
func (o *ordered) dropChild() {
	for level := o.height - 1; level >= 0; level-- {
		p := o.path[level]
		n := &o.inner[p.node]
		copy(n.children[p.at:n.n-1], n.children[p.at+1:n.n])
		copy(n.bounds[p.at:n.n-1], n.bounds[p.at+1:n.n])
		n.n--
		if n.n > 0 {
			break
		}
		o.freeInner = append(o.freeInner, p.node)
	}
	if o.len == 0 {
		o.clear()
		return
	}
	for o.height > 0 && o.inner[o.root].n == 1 {
		o.freeInner = append(o.freeInner, o.root)
		o.root = o.inner[o.root].children[0]
		o.height--
	}
}

// between appends the slots of all values from lo to hi, both inclusive, ascending.
func (o *ordered) between(lo, hi uint64, slots []int32) []int32 {
	if lo > hi {
		return slots
	}
	from := entry{lo, math.MinInt32}
	at := o.descend(from)
	i := o.leaves[at].place(from)
	for at != column.None {
		l := &o.leaves[at]
		for ; i < l.n; i++ {
			if l.entries[i].key > hi {
				return slots
			}
			slots = append(slots, l.entries[i].slot)
		}
		at, i = l.next, 0
	}
	return slots
}

// sortable gives value i of a numeric column as a number that sorts as it does.
// The two zeros are one value.
func sortable(c *column.Column, i int) uint64 {
	switch c.Type {
	case schema.Int:
		return sortableInt(int64(c.I32[i]))
	case schema.Long:
		return sortableInt(c.I64[i])
	case schema.Float:
		return sortableFloat(float64(c.F32[i]))
	}
	return sortableFloat(c.F64[i])
}

func sortableInt(v int64) uint64 { return uint64(v) ^ 1<<63 }

func sortableFloat(v float64) uint64 {
	if v == 0 {
		v = 0
	}
	if v != v { // behind everything: no comparison finds it
		return math.MaxUint64
	}
	bits := math.Float64bits(v)
	if bits>>63 != 0 {
		return ^bits
	}
	return bits | 1<<63
}

// extent returns the least and the greatest sortable value that a comparison can find.
func extent(t schema.Type) (lo, hi uint64) {
	if t == schema.Float || t == schema.Double {
		return sortableFloat(math.Inf(-1)), sortableFloat(math.Inf(1))
	}
	return 0, math.MaxUint64
}

package window

import "millrace/pkg/siddhi/column"

// tree keeps numbered nodes in order, those of each key apart: a treap in
// arrays. Nodes are ordered by rank; before orders those of one rank, which
// must not be equal.
type tree struct {
	before func(a, b int32) bool

	rank        []uint64
	left, right []int32
	weight      []uint32 // a node's is not below those of its subtrees
	root        []int32  // by key
	seed        uint32
	path        []int32
}

func (t *tree) growTo(key int32) { t.root = grow(t.root, key, column.None) }

func (t *tree) less(a, b int32) bool {
	if t.rank[a] != t.rank[b] {
		return t.rank[a] < t.rank[b]
	}
	return t.before(a, b)
}

func (t *tree) insert(key, n int32, rank uint64) {
	for int(n) >= len(t.rank) {
		t.rank, t.weight = append(t.rank, 0), append(t.weight, 0)
		t.left, t.right = append(t.left, column.None), append(t.right, column.None)
	}
	t.seed = t.seed*1664525 + 1013904223
	weight := t.seed
	t.rank[n], t.weight[n] = rank, weight
	link := &t.root[key]
	for *link != column.None && t.weight[*link] >= weight {
		if t.less(n, *link) {
			link = &t.left[*link]
		} else {
			link = &t.right[*link]
		}
	}
	rest := *link
	*link = n
	low, high := &t.left[n], &t.right[n]
	for rest != column.None {
		if t.less(n, rest) {
			*high = rest
			high = &t.left[rest]
			rest = *high
		} else {
			*low = rest
			low = &t.right[rest]
			rest = *low
		}
	}
	*low, *high = column.None, column.None
}

// remove takes out a node that is there.
func (t *tree) remove(key, n int32) {
	link := &t.root[key]
	for *link != n {
		if t.less(n, *link) {
			link = &t.left[*link]
		} else {
			link = &t.right[*link]
		}
	}
	t.unlink(link)
}

// unlink puts what is below the node at link in its place.
func (t *tree) unlink(link *int32) {
	low, high := t.left[*link], t.right[*link]
	for low != column.None && high != column.None {
		if t.weight[low] >= t.weight[high] {
			*link = low
			link = &t.right[low]
			low = *link
		} else {
			*link = high
			link = &t.left[high]
			high = *link
		}
	}
	if low == column.None {
		low = high
	}
	*link = low
}

// last returns the greatest node of a key, first the least; None if there is none.
func (t *tree) last(key int32) int32 {
	n := t.root[key]
	for n != column.None && t.right[n] != column.None {
		n = t.right[n]
	}
	return n
}

func (t *tree) first(key int32) int32 {
	n := t.root[key]
	for n != column.None && t.left[n] != column.None {
		n = t.left[n]
	}
	return n
}

// list appends the nodes of a key in order.
func (t *tree) list(key int32, nodes []int32) []int32 {
	t.path = t.path[:0]
	for n := t.root[key]; n != column.None || len(t.path) > 0; {
		for ; n != column.None; n = t.left[n] {
			t.path = append(t.path, n)
		}
		n = t.path[len(t.path)-1]
		t.path = t.path[:len(t.path)-1]
		nodes = append(nodes, n)
		n = t.right[n]
	}
	return nodes
}

package window

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/javatext"
)

// node numbers the sessions of a pair in the tree of ends, and likewise the
// lists of a partition key: of current sessions, and of those that have ended.
func node(n int32, ended bool) int32 {
	if ended {
		return 2*n + 1
	}
	return 2 * n
}

func (w *session) growTo(key int32) {
	w.alarms.growTo(key)
	w.hashes = grow(w.hashes, key, hashSizes{})
	w.ends.growTo(node(key, true))
	w.listed = grow(w.listed, node(key, true), 0)
}

func (w *session) chain(id int32, ended bool) *chain {
	if ended {
		return &w.sessions[id].ended
	}
	return &w.sessions[id].current
}

// enlist puts a session, which has rows, on the list of ends, delist takes it off.
func (w *session) enlist(id int32, ended bool) {
	list := node(w.sessions[id].key, ended)
	w.ends.insert(list, node(id, ended), signed(w.chain(id, ended).end))
	w.listed[list]++
}

func (w *session) delist(id int32, ended bool) {
	list := node(w.sessions[id].key, ended)
	w.ends.remove(list, node(id, ended))
	w.listed[list]--
}

// setEnd moves the end of a session that is listed. One that ends later stays
// where it is until its turn comes, so that a further row costs nothing.
func (w *session) setEnd(id int32, ended bool, end int64) {
	c, n := w.chain(id, ended), node(id, ended)
	if signed(end) < w.ends.rank[n] {
		w.delist(id, ended)
		c.end = end
		w.enlist(id, ended)
		return
	}
	c.end = end
}

// over takes the sessions of a partition key that have ended by a time off
// their list and returns their numbers in the order in which Siddhi ends them:
// by end, then as they lie in its hash map.
func (w *session) over(key int32, ended bool, by int64) []int32 {
	list, h := node(key, ended), &w.hashes[key]
	h.most = max(h.most, int64(w.listed[list]))
	w.due, w.grown = w.due[:0], w.grown[:0]
	for n := w.ends.first(list); n != column.None && w.ends.rank[n] <= signed(by); n = w.ends.first(list) {
		id := n / 2
		w.delist(id, ended)
		if w.chain(id, ended).end > by {
			w.grown = append(w.grown, id)
		} else {
			w.due = append(w.due, id)
		}
	}
	for _, id := range w.grown {
		w.enlist(id, ended)
	}
	if len(w.due) > 1 {
		listed, all := javatext.Buckets(int(h.most)), javatext.Buckets(int(h.met)+1)
		slices.SortFunc(w.due, func(a, b int32) int {
			x, y := &w.sessions[a], &w.sessions[b]
			return cmp.Or(
				cmp.Compare(w.chain(a, ended).end, w.chain(b, ended).end),
				cmp.Compare(javatext.Bucket(x.hash, listed), javatext.Bucket(y.hash, listed)),
				cmp.Compare(javatext.Bucket(x.hash, all), javatext.Bucket(y.hash, all)),
				cmp.Compare(x.born, y.born))
		})
	}
	return w.due
}

// hashSizes is how many keys Siddhi's two hash maps of a partition key have
// held: all session keys it has met, and the most that were in a list at once.
type hashSizes struct{ met, most int64 }

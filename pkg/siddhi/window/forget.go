package window

import (
	"math"
	"slices"

	"millrace/pkg/siddhi/column"
)

// What windows drop of keys that a partition forgets: see flow.Forgetter.

// forgetRows drops the rows that the queues have of keys.
func (r *rows) forgetRows(keys []int32) {
	for _, key := range keys {
		for _, list := range r.lists {
			if int(key) >= len(*list) {
				continue
			}
			q := &(*list)[key]
			if list == r.found {
				r.loseQueue(q)
			}
			r.drop(q)
		}
		r.takeSeen(key)
	}
	r.freeDead()
}

// freeDead frees what was dropped.
func (r *rows) freeDead() {
	r.tell()
	if len(r.dead) > 0 {
		r.free(r.dead)
		r.dead = r.dead[:0]
	}
}

// forgetIn sets what a list has of keys to v.
func forgetIn[T any](list []T, keys []int32, v T) {
	for _, key := range keys {
		if int(key) < len(list) {
			list[key] = v
		}
	}
}

// forget drops the due times of keys.
func (a *alarms) forget(keys []int32) {
	for _, key := range keys {
		if int(key) >= len(a.head) {
			continue
		}
		for n := a.head[key]; n != column.None; {
			next := a.next[n]
			a.next[n], a.free = a.free, n
			n = next
		}
		a.head[key], a.tail[key], a.armed[key], a.asked[key] = column.None, column.None, false, 0
	}
}

func (h *headTimers) forget(keys []int32) {
	forgetIn(h.latest, keys, math.MinInt64)
	forgetIn(h.asked, keys, false)
}

// Forget implements flow.Forgetter, as do those below.
func (w *length) Forget(keys []int32) { w.forgetRows(keys) }

func (w *externalTime) Forget(keys []int32) { w.forgetRows(keys) }

func (w *timeWindow) Forget(keys []int32) {
	w.forgetRows(keys)
	w.headTimers.forget(keys)
}

func (w *timeLength) Forget(keys []int32) {
	w.forgetRows(keys)
	w.alarms.forget(keys)
}

func (w *lengthBatch) Forget(keys []int32) {
	w.forgetRows(keys)
	forgetIn(w.count, keys, 0)
	forgetIn(w.later, keys, 0)
}

// Forget of a timeBatch leaves its timers: as in Siddhi they move the grid on, which
// serves all keys, and the key that they are of has its batches released at its points
// when it comes again.
func (w *timeBatch) Forget(keys []int32) { w.forgetRows(keys) }

// Awaits says whether a timer of a key is on its way.
func (w *timeBatch) Awaits(key int32) bool {
	return int(key) < len(w.head) && w.head[key] != column.None
}

func (w *externalTimeBatch) Forget(keys []int32) {
	w.forgetRows(keys)
	w.alarms.forget(keys)
	forgetIn(w.state, keys, externalKey{latest: math.MinInt64})
}

func (w *chunkBatch) Forget(keys []int32) {
	w.forgetRows(keys)
	forgetIn(w.mark, keys, 0)
}

func (w *delay) Forget(keys []int32) {
	w.forgetRows(keys)
	w.alarms.forget(keys)
	forgetIn(w.latest, keys, math.MinInt64)
}

func (w *cronBatch) Forget(keys []int32) {
	for _, key := range keys {
		if int(key) < len(w.open) {
			w.held -= 1 - w.alone(key)
		}
	}
	w.forgetRows(keys)
	w.filled = slices.DeleteFunc(w.filled, func(key int32) bool { return w.open[key].Len == 0 })
}

// Awaits says that no timer is a key's: one serves all.
func (w *cronBatch) Awaits(int32) bool { return false }

func (w *session) Forget(keys []int32) {
	for id := range w.sessions {
		p := &w.sessions[id]
		if _, gone := slices.BinarySearch(keys, p.key); !gone || p.current.rows+p.ended.rows == 0 {
			continue
		}
		for _, ended := range [...]bool{false, true} {
			if c := w.chain(int32(id), ended); c.rows > 0 {
				w.delist(int32(id), ended)
				w.gone.join(w.slab.Next, c)
			}
		}
		w.forget(int32(id))
	}
	for at := w.gone.head; at != column.None; at = w.slab.Next[at] {
		w.dead = append(w.dead, at)
	}
	w.gone = noChain
	w.freeDead()
	w.alarms.forget(keys)
	forgetIn(w.hashes, keys, hashSizes{})
}

func (w *sorted) Forget(keys []int32) {
	for _, key := range keys {
		if int(key) >= len(w.count) {
			continue
		}
		w.dead = w.tree.list(key, w.dead)
		w.tree.root[key], w.count[key], w.full[key] = column.None, 0, false
	}
	for _, slot := range w.dead {
		w.owner[slot] = column.None
	}
	w.freeDead()
}

// Forget of an expression window drops rows only: as in Siddhi one condition serves all
// keys, and what it has aggregated stays.
func (w *conditional) Forget(keys []int32) { w.forgetRows(keys) }

func (k *byKey) Forget(keys []int32) {
	k.forgetRows(keys)
	k.index.RemoveFirst(keys, func(id int32) {
		k.slotOf[id] = column.None
		if int(id) < len(k.sent) {
			k.sent[id] = column.None
		}
	})
}

func (w *counted) Forget(keys []int32) {
	w.byKey.Forget(keys)
	forgetIn(w.most, keys, 0)
}

func (w *lossyFrequent) Forget(keys []int32) {
	w.counted.Forget(keys)
	forgetIn(w.total, keys, 0)
}

func (w *uniqueFirst) Forget(keys []int32) {
	w.byKey.Forget(keys)
	for id := range w.known {
		w.known[id] = w.known[id] && w.index.Used(int32(id))
	}
}

func (w *uniqueTime) Forget(keys []int32) {
	w.byKey.Forget(keys)
	w.alarms.forget(keys)
	forgetIn(w.latest, keys, math.MinInt64)
}

func (w *uniqueTimeBatch) Forget(keys []int32) {
	w.byKey.Forget(keys)
	forgetIn(w.next, keys, noGrid)
	forgetIn(w.awake, keys, false)
	forgetIn(w.full, keys, false)
}

func (w *uniqueExternal) Forget(keys []int32) {
	w.byKey.Forget(keys)
	forgetIn(w.state, keys, externalKey{latest: math.MinInt64})
}

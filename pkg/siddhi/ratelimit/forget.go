package ratelimit

import "millrace/pkg/siddhi/column"

// What limiters drop of keys that a partition forgets: see flow.Forgetter. The first
// row of a key that comes again lets its ticks begin.

// forgetKeys calls drop with the units of keys, and with group by forgets them.
func (u *units) forgetKeys(keys []int32, drop func(unit int32)) {
	if u.index == nil {
		for _, key := range keys {
			drop(key)
		}
		return
	}
	u.index.RemoveFirst(keys, drop)
}

// forgetIn clears what a list has of an id.
func forgetIn[T any](list []T, id int32) {
	if int(id) < len(list) {
		var zero T
		list[id] = zero
	}
}

func (t *ticks) forgetTicks(keys []int32) {
	for _, key := range keys {
		forgetIn(t.next, key)
		forgetIn(t.phase, key)
	}
}

// forgetRows drops the rows that lists have of keys.
func (k *kept) forgetRows(lists []column.Queue, keys []int32) {
	for _, key := range keys {
		if int(key) < len(lists) {
			k.freed = lists[key].AppendTo(k.slab, k.freed)
			lists[key] = column.EmptyQueue
		}
	}
	k.release()
}

// Forget implements flow.Forgetter, as do those below.
func (l *allOfEvents) Forget(keys []int32) { l.forgetRows(l.waiting, keys) }

func (l *allOfTime) Forget(keys []int32) {
	l.forgetRows(l.waiting, keys)
	l.forgetTicks(keys)
}

func (l *lasts) forgetLasts(keys []int32) {
	for _, key := range keys {
		l.drop(key)
	}
	l.release()
	l.forgetKeys(keys, func(int32) {})
}

func (l *lastOfGroups) Forget(keys []int32) {
	l.forgetLasts(keys)
	for _, key := range keys {
		forgetIn(l.count, key)
	}
}

func (l *lastOfTime) Forget(keys []int32) {
	l.forgetLasts(keys)
	l.forgetTicks(keys)
}

func (l *latest) Forget(keys []int32) {
	for _, key := range keys {
		l.drop(key)
	}
	l.release()
	l.forgetKeys(keys, func(unit int32) { forgetIn(l.held, unit) })
	l.forgetTicks(keys)
}

func (l *contents) Forget(keys []int32) {
	l.forgetRows(l.list, keys)
	l.forgetKeys(keys, func(unit int32) {
		if int(unit) < len(l.newestOf) && l.newestOf[unit] != column.None {
			l.newest.freed = append(l.newest.freed, l.newestOf[unit])
			l.newestOf[unit] = column.None
		}
	})
	l.newest.release()
	l.forgetTicks(keys)
}

func (l *firstOfEvents) Forget(keys []int32) {
	l.forgetKeys(keys, func(unit int32) { forgetIn(l.count, unit) })
}

func (l *lastOfEvents) Forget(keys []int32) {
	for _, key := range keys {
		forgetIn(l.count, key)
	}
}

func (l *firstOfTime) Forget(keys []int32) {
	l.forgetKeys(keys, func(unit int32) {
		forgetIn(l.passed, unit)
		forgetIn(l.at, unit)
	})
}

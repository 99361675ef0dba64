package window

import (
	"cmp"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// alarms are the due times that a window waits for, by key. As in Siddhi those
// of one key are a queue, not a heap: a due time that is asked for behind a
// later one waits for it. Only the first of a queue is at the app's scheduler.
type alarms struct {
	clock     flow.Clock
	scheduler flow.Scheduler
	parted    bool // in a partition

	due  []int64
	next []int32
	free int32

	// By key:
	head, tail []int32
	armed      []bool  // the scheduler knows of head, or the queue is being worked off
	asked      []int64 // when it was told, counted: of equal due times the first goes first
	count      int64

	late  bool // a first due time had passed when it was asked for
	alone bool // a single chunk has come: a timer that is due fires when all have had it
}

func newAlarms(opts Options) alarms {
	return alarms{clock: opts.Clock, scheduler: opts.Scheduler, free: column.None, parted: opts.Place != nil}
}

func (a *alarms) growTo(key int32) {
	a.head = grow(a.head, key, column.None)
	a.tail = grow(a.tail, key, column.None)
	a.armed = grow(a.armed, key, false)
	a.asked = grow(a.asked, key, 0)
}

// ask puts a due time behind those of its key. A second one of the same time
// right behind the first would find nothing to do. One that has passed already goes
// to the scheduler only in playback and where chunks come one by one: see overdue.
func (a *alarms) ask(due int64, key int32) {
	first := a.head[key] == column.None
	a.put(due, key)
	switch {
	case a.armed[key] || !first:
	case due > a.clock.Now() || a.alone || a.clock.Played():
		a.arm(key)
	default:
		a.late = true
	}
}

func (a *alarms) put(due int64, key int32) {
	last := a.tail[key]
	if last != column.None && a.due[last] == due {
		return
	}
	n := a.free
	if n == column.None {
		n = int32(len(a.due))
		a.due, a.next = append(a.due, due), append(a.next, column.None)
	} else {
		a.free = a.next[n]
		a.due[n], a.next[n] = due, column.None
	}
	if last == column.None {
		a.head[key] = n
	} else {
		a.next[last] = n
	}
	a.tail[key] = n
}

func (a *alarms) arm(key int32) {
	a.armed[key] = a.head[key] != column.None
	if a.armed[key] {
		a.count++
		a.asked[key] = a.count
		due := a.due[a.head[key]]
		if a.alone && !a.clock.Played() { // it cannot have fired before
			due = max(due, a.clock.Now())
		}
		a.scheduler.At(due, key)
	}
}

// overdue says whether the first due time of a key had passed when it was asked
// for since overdue was last called: its timer fires before the next chunk. The
// window then works the queue off as for a timer.
func (a *alarms) overdue() bool {
	late := a.late
	a.late = false
	return late
}

// pop takes the first due time of a key that has passed; where there is none
// it asks the scheduler for what is left.
func (a *alarms) pop(key int32, now int64) (due int64, ok bool) {
	n := a.head[key]
	if n == column.None || a.due[n] > now {
		a.arm(key)
		return 0, false
	}
	a.armed[key] = true
	if a.head[key] = a.next[n]; a.head[key] == column.None {
		a.tail[key] = column.None
	}
	a.next[n], a.free = a.free, n
	return a.due[n], true
}

func (a *alarms) snapshot(e *state.Encoder) {
	e.Uint(uint64(len(a.head)))
	for key := range a.head {
		state.Slice(e, a.waiting(int32(key)))
	}
	state.Slice(e, a.asked)
}

// waiting returns the due times of a key.
func (a *alarms) waiting(key int32) (list []int64) {
	for n := a.head[key]; n != column.None; n = a.next[n] {
		list = append(list, a.due[n])
	}
	return list
}

// restore reads what snapshot wrote for a window of n keys, and asks for the
// timers. As in Siddhi, what a running window waited for comes too: only its state is
// replaced. In a partition it comes first: what is overdue waits for it.
func (a *alarms) restore(d *state.Decoder, n int) {
	if d.Count(1) != n {
		d.Fail(state.ErrCorrupt)
		return
	}
	old := *a
	*a = alarms{clock: old.clock, scheduler: old.scheduler, free: column.None, parted: old.parted}
	var list []int64
	for key := range int32(n) {
		a.growTo(key)
		list = state.ReadSlice(d, list)
		switch {
		case int(key) >= len(old.head):
		case a.parted:
			list = append(old.waiting(key), list...)
		case n == 1:
			list = append(list, old.waiting(key)...)
			slices.Sort(list)
		}
		for _, due := range list {
			a.put(due, key)
		}
	}
	a.asked = readEach(d, a.asked, n)
	if d.Err() == nil {
		for _, key := range inOrder(a.asked) {
			a.arm(key)
		}
	}
}

// inOrder returns the indexes of list by its values.
func inOrder(list []int64) []int32 {
	keys := count(nil, 0, int32(len(list)))
	slices.SortStableFunc(keys, func(x, y int32) int { return cmp.Compare(list[x], list[y]) })
	return keys
}

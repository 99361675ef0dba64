package window

import (
	"math"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// headTimers are the timers of a window whose rows stay for t milliseconds and
// go in the order in which they came: one for each key, for the head of its queue.
type headTimers struct {
	t         int64
	clock     flow.Clock
	scheduler flow.Scheduler
	parted    bool // in a partition

	// By key:
	latest []int64 // greatest timestamp so far
	asked  []bool  // a timer is on its way
}

func newHeadTimers(t int64, opts Options) headTimers {
	return headTimers{t: t, clock: opts.Clock, scheduler: opts.Scheduler, parted: opts.Place != nil}
}

func (h *headTimers) growTo(key int32) {
	h.latest = grow(h.latest, key, math.MinInt64)
	h.asked = grow(h.asked, key, false)
}

// ask asks for the timer of a row unless one of its key is on its way.
func (h *headTimers) ask(key int32, ts int64) {
	if !h.asked[key] {
		h.asked[key] = true
		h.scheduler.At(ts+h.t, key)
	}
}

// askAnew asks for the timer of the head of a key's queue, once the one before has come.
func (h *headTimers) askAnew(key int32, q *column.Queue, times []int64) {
	if h.asked[key] = false; q.Head != column.None {
		h.ask(key, times[q.Head])
	}
}

func (h *headTimers) snapshot(e *state.Encoder) {
	state.Slice(e, h.latest)
	state.Slice(e, h.asked)
}

// running returns what keys wait for, 0 for those that wait for nothing, where as in Siddhi
// a restore lets it come first: in a partition.
func (h *headTimers) running(kept []column.Queue, times []int64) []int64 {
	if !h.parted {
		return nil
	}
	dues := make([]int64, len(kept))
	for key := range kept {
		if head := kept[key].Head; h.asked[key] && head != column.None {
			dues[key] = times[head] + h.t
		}
	}
	return dues
}

// restore reads what snapshot wrote, and asks for the timers. What is overdue waits for
// those that are running.
func (h *headTimers) restore(d *state.Decoder, kept []column.Queue, times []int64, running []int64) error {
	h.latest = readEach(d, h.latest, len(kept))
	h.asked = readEach(d, h.asked, len(kept))
	if d.Err() != nil {
		return d.Err()
	}
	for key, asked := range h.asked {
		switch {
		case key < len(running) && running[key] != 0:
			h.asked[key] = true
			h.scheduler.At(running[key], int32(key))
		case asked:
			h.askAnew(int32(key), &kept[key], times)
		}
	}
	return nil
}

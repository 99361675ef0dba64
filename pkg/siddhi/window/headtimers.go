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

	// By key:
	latest []int64 // greatest timestamp so far
	asked  []bool  // a timer is on its way
}

func newHeadTimers(t int64, opts Options) headTimers {
	return headTimers{t: t, clock: opts.Clock, scheduler: opts.Scheduler}
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

// restore reads what snapshot wrote, and asks for the timers.
func (h *headTimers) restore(d *state.Decoder, kept []column.Queue, times []int64) error {
	h.latest = readEach(d, h.latest, len(kept))
	h.asked = readEach(d, h.asked, len(kept))
	if d.Err() != nil {
		return d.Err()
	}
	for key, asked := range h.asked {
		if asked {
			h.askAnew(int32(key), &kept[key], times)
		}
	}
	return nil
}

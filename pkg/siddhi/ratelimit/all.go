package ratelimit

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// collected has the rows of each key that wait to be released together.
type collected struct {
	kept
	waiting []column.Queue // by key
}

// keep adds a row to its key's queue and returns that; nil for a Reset row.
func (l *collected) keep(b *column.Batch, row int) *column.Queue {
	if isReset(b, row) {
		return nil
	}
	key := b.KeyOf(row)
	l.waiting = growWith(l.waiting, key, column.EmptyQueue)
	q := &l.waiting[key]
	q.Push(l.slab, l.add(b, row, 0))
	return q
}

// drain puts the rows of a queue out.
func (l *collected) drain(q *column.Queue) {
	l.slots = q.AppendTo(l.slab, l.slots)
	l.freed = q.AppendTo(l.slab, l.freed)
	*q = column.EmptyQueue
}

func (l *collected) snapshot(e *state.Encoder) { l.encode(e, l.waiting) }

func (l *collected) restore(d *state.Decoder) {
	l.waiting = l.decode(d, func(unit int32) bool { return unit == 0 })
}

// allOfEvents releases the rows of a key as soon as there are n.
type allOfEvents struct {
	collected
	n int64
}

// allOfTime releases the rows of a key at ticks.
type allOfTime struct {
	collected
	ticks
}

func newAll(rate *check.Rate, opts Options) Limiter {
	rows := collected{kept: newKept(opts)}
	if rate.Time == 0 {
		return &allOfEvents{rows, rate.Events}
	}
	return &allOfTime{rows, newTicks(rate.Time, opts)}
}

// Process implements flow.Operator. As in Siddhi no row ever leaves when n is 0.
func (l *allOfEvents) Process(b *column.Batch, emit flow.Emit) error {
	if l.n == 0 {
		return nil
	}
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		for row := lo; row < hi; row++ {
			if q := l.keep(b, row); q != nil && int64(q.Len) == l.n {
				l.drain(q)
			}
		}
		l.endChunk()
	}
	return l.flush(emit)
}

// Snapshot writes the rows that wait.
func (l *allOfEvents) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.collected.snapshot(e)
}

// Restore reads the rows that wait.
func (l *allOfEvents) Restore(d *state.Decoder) error {
	d.Version("output all every events", 1)
	l.collected.restore(d)
	return d.Err()
}

// Process implements flow.Operator.
func (l *allOfTime) Process(b *column.Batch, _ flow.Emit) error {
	for row := range b.N {
		if l.keep(b, row) != nil {
			l.come(b.KeyOf(row))
		}
	}
	return nil
}

// Timer implements flow.Alarmed.
func (l *allOfTime) Timer(due int64, key int32, emit flow.Emit) error {
	if !l.due(due, key) || int(key) >= len(l.waiting) {
		return nil
	}
	l.drain(&l.waiting[key])
	l.endChunk()
	return l.flush(emit)
}

// Snapshot writes the rows that wait, and the ticks.
func (l *allOfTime) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.collected.snapshot(e)
	l.ticks.snapshot(e)
}

// Restore reads the rows that wait, and the ticks.
func (l *allOfTime) Restore(d *state.Decoder) error {
	d.Version("output all every time", 1)
	l.collected.restore(d)
	l.ticks.restore(d)
	return d.Err()
}

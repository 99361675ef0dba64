package ratelimit

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// lasts has the last row of each unit, those of a key in the order in which
// their units came first.
type lasts struct {
	kept
	units
	slot []int32        // by unit: its row's; None
	list []column.Queue // by key
}

func newLasts(opts Options) lasts {
	return lasts{kept: newKept(opts), units: newUnits(opts)}
}

// note makes a row the last of its unit.
func (l *lasts) note(b *column.Batch, row int, unit int32) int32 {
	l.slot = growWith(l.slot, unit, column.None)
	if slot := l.slot[unit]; slot != column.None {
		l.replace(slot, b, row)
		return slot
	}
	key := b.KeyOf(row)
	l.list = growWith(l.list, key, column.EmptyQueue)
	slot := l.add(b, row, unit)
	l.slot[unit] = slot
	l.list[key].Push(l.slab, slot)
	return slot
}

// give puts the rows of a key out and forgets them.
func (l *lasts) give(key int32) {
	if int(key) < len(l.list) {
		l.slots = l.list[key].AppendTo(l.slab, l.slots)
		l.drop(key)
	}
}

// drop forgets the rows of a key.
func (l *lasts) drop(key int32) {
	if int(key) >= len(l.list) {
		return
	}
	from := len(l.freed)
	l.freed = l.list[key].AppendTo(l.slab, l.freed)
	for _, slot := range l.freed[from:] {
		l.slot[l.unitOf[slot]] = column.None
	}
	l.list[key] = column.EmptyQueue
}

// tidy forgets units without a row when there are many.
func (l *lasts) tidy() {
	if !l.crowded() {
		return
	}
	inUse := make([]bool, len(l.slot))
	for id, slot := range l.slot {
		inUse[id] = slot != column.None
	}
	l.forget(inUse)
}

func (l *lasts) snapshot(e *state.Encoder) {
	l.units.snapshot(e)
	e.Uint(uint64(len(l.list)))
	l.encode(e, l.list)
}

func (l *lasts) restore(d *state.Decoder) {
	l.units.restore(d)
	l.list = l.decode(d, l.among(d.Count(1)))
	l.slot = l.slot[:0]
	for _, slot := range l.listed(l.list) {
		unit := l.unitOf[slot]
		l.slot = growWith(l.slot, unit, column.None)
		if l.slot[unit] != column.None {
			d.Fail(state.ErrCorrupt)
			return
		}
		l.slot[unit] = slot
	}
}

// lastOfGroups releases the last row of each group that came, whenever n rows
// of a key have come.
type lastOfGroups struct {
	lasts
	n     int64
	count []int64 // by key
}

// lastOfTime releases at ticks the last row of each unit that came since the last tick.
type lastOfTime struct {
	lasts
	ticks
}

func newLast(rate *check.Rate, opts Options) Limiter {
	if rate.Time == 0 {
		return &lastOfGroups{lasts: newLasts(opts), n: rate.Events}
	}
	return &lastOfTime{newLasts(opts), newTicks(rate.Time, opts)}
}

// Process implements flow.Operator.
func (l *lastOfGroups) Process(b *column.Batch, emit flow.Emit) error {
	ids := l.of(b)
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		for row := lo; row < hi; row++ {
			if isReset(b, row) {
				continue
			}
			key := b.KeyOf(row)
			l.note(b, row, ids[row])
			l.count = grow(l.count, key)
			if l.count[key]++; l.count[key] == l.n {
				l.count[key] = 0
				l.give(key)
			}
		}
		l.endChunk()
	}
	err := l.flush(emit)
	l.tidy()
	return err
}

// Snapshot writes rows and counts.
func (l *lastOfGroups) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.lasts.snapshot(e)
	state.Slice(e, l.count)
}

// Restore reads rows and counts.
func (l *lastOfGroups) Restore(d *state.Decoder) error {
	d.Version("output last every events", 1)
	l.lasts.restore(d)
	l.count = state.ReadSlice(d, l.count)
	return d.Err()
}

// Process implements flow.Operator.
func (l *lastOfTime) Process(b *column.Batch, _ flow.Emit) error {
	for row, id := range l.of(b) {
		if !isReset(b, row) {
			l.note(b, row, id)
			l.come(b.KeyOf(row))
		}
	}
	return nil
}

// Timer implements flow.Alarmed.
func (l *lastOfTime) Timer(due int64, key int32, emit flow.Emit) error {
	if !l.due(due, key) {
		return nil
	}
	l.give(key)
	l.endChunk()
	err := l.flush(emit)
	l.tidy()
	return err
}

// Snapshot writes rows and ticks.
func (l *lastOfTime) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.lasts.snapshot(e)
	l.ticks.snapshot(e)
}

// Restore reads rows and ticks.
func (l *lastOfTime) Restore(d *state.Decoder) error {
	d.Version("output last every time", 1)
	l.lasts.restore(d)
	l.ticks.restore(d)
	return d.Err()
}

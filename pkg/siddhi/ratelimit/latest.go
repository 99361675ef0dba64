package ratelimit

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// latest is the snapshot of a query that has no window, or puts out nothing but
// aggregates: the last row, or the last of each group.
//
// Without a window only current rows are looked at. With one, the last row may
// be an expired one, since that has the newest aggregates; without group by it
// ends what there is to show, and a group is shown while it has rows.
type latest struct {
	lasts
	ticks
	windowed bool
	held     []int64 // by unit, with a window and group by: rows in it
}

func newLatest(period int64, opts Options, windowed bool) *latest {
	return &latest{lasts: newLasts(opts), ticks: newTicks(period, opts), windowed: windowed}
}

// Process implements flow.Operator.
func (l *latest) Process(b *column.Batch, emit flow.Emit) error {
	grouped := l.index != nil
	ids := l.of(b)
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		for row := lo; row < hi; row++ {
			if kind := b.KindOf(row); !grouped || l.windowed || kind == column.Current {
				l.take(b, row, ids[row], kind, grouped)
			}
		}
		l.endChunk()
	}
	err := l.flush(emit)
	l.tidy()
	return err
}

func (l *latest) take(b *column.Batch, row int, unit int32, kind column.Kind, grouped bool) {
	key := b.KeyOf(row)
	l.come(key)
	if l.early(b.Time[row], key) {
		l.tick(key)
	}
	switch {
	case grouped && l.windowed:
		l.noteGroup(b, row, unit)
	case kind == column.Current:
		l.note(b, row, unit)
	case l.windowed:
		l.drop(key)
	}
}

func (l *latest) noteGroup(b *column.Batch, row int, unit int32) {
	l.note(b, row, unit)
	l.held = grow(l.held, unit)
	if b.KindOf(row) == column.Expired {
		l.held[unit]--
	} else {
		l.held[unit]++
	}
}

// Timer implements flow.Alarmed.
func (l *latest) Timer(due int64, key int32, emit flow.Emit) error {
	if !l.due(due, key) {
		return nil
	}
	l.tick(key)
	l.endChunk()
	return l.flush(emit)
}

// tick puts out what a key has.
func (l *latest) tick(key int32) {
	if int(key) >= len(l.list) {
		return
	}
	if l.windowed && l.index != nil {
		l.dropEmpty(key)
	}
	for slot := l.list[key].Head; slot != column.None; slot = l.slab.Next[slot] {
		l.show(slot)
	}
}

// dropEmpty forgets the groups of a key that have no row in the window any more.
func (l *latest) dropEmpty(key int32) {
	left := column.EmptyQueue
	for slot := l.list[key].Head; slot != column.None; {
		next, unit := l.slab.Next[slot], l.unitOf[slot]
		if l.held[unit] > 0 {
			left.Push(l.slab, slot)
		} else {
			l.held[unit] = 0
			l.slot[unit] = column.None
			l.freed = append(l.freed, slot)
		}
		slot = next
	}
	l.list[key] = left
}

// Snapshot writes rows and ticks.
func (l *latest) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.lasts.snapshot(e)
	state.Slice(e, l.held)
	l.ticks.snapshot(e)
}

// Restore reads rows and ticks.
func (l *latest) Restore(d *state.Decoder) error {
	d.Version("output snapshot", 1)
	l.lasts.restore(d)
	l.held = state.ReadSlice(d, l.held)
	if len(l.slot) > 0 {
		l.held = grow(l.held, int32(len(l.slot)-1))
	}
	l.ticks.restore(d)
	return d.Err()
}

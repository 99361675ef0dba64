package ratelimit

import (
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// contents is the snapshot of a query with a window: the rows that are in it. A
// row that expires takes the first away that is equal to it apart from
// aggregates. Those of the rows shown are the newest; with group by each group
// has one row, its oldest, with the newest aggregates of the group.
type contents struct {
	kept
	units
	ticks
	grouped    bool
	aggregates []int
	plain      []int          // columns that are no aggregate
	list       []column.Queue // by key

	// newest has the newest aggregates: by unit the slot of the row that has them.
	newest   kept
	newestOf []int32 // by unit; None

	shown []bool // by unit, in a tick
}

func newContents(period int64, opts Options) *contents {
	l := &contents{
		kept: newKept(opts), units: newUnits(opts), ticks: newTicks(period, opts),
		aggregates: opts.Aggregates, newest: newKept(opts),
	}
	l.grouped = l.index != nil && len(l.aggregates) > 0
	for c := range opts.Out {
		if !slices.Contains(l.aggregates, c) {
			l.plain = append(l.plain, c)
		}
	}
	return l
}

// Process implements flow.Operator.
func (l *contents) Process(b *column.Batch, emit flow.Emit) error {
	ids := l.units.of(b)
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		for row := lo; row < hi; row++ {
			l.note(b, row, ids[row])
		}
		l.endChunk()
	}
	err := l.flush(emit)
	l.tidy()
	return err
}

func (l *contents) note(b *column.Batch, row int, unit int32) {
	key := b.KeyOf(row)
	l.come(key)
	l.list = growWith(l.list, key, column.EmptyQueue)
	if l.early(b.Time[row], key) {
		l.tick(key)
	}
	switch b.KindOf(row) {
	case column.Current:
		l.list[key].Push(l.slab, l.add(b, row, unit))
		l.renew(b, row, unit)
	case column.Expired:
		if l.take(b, row, key) {
			l.renew(b, row, unit)
		}
	case column.Reset:
		l.freed = l.list[key].AppendTo(l.slab, l.freed)
		l.list[key] = column.EmptyQueue
	}
}

// tidy forgets groups without a row when there are many.
func (l *contents) tidy() {
	if !l.crowded() {
		return
	}
	inUse := make([]bool, l.index.Cap())
	for _, slot := range l.listed(l.list) {
		inUse[l.unitOf[slot]] = true
	}
	for unit, slot := range l.newestOf {
		if slot != column.None && !inUse[unit] {
			l.newest.freed = append(l.newest.freed, slot)
			l.newestOf[unit] = column.None
		}
	}
	l.newest.release()
	l.forget(inUse)
}

// renew makes the aggregates of a row the newest of its unit.
func (l *contents) renew(b *column.Batch, row int, unit int32) {
	if len(l.aggregates) == 0 {
		return
	}
	l.newestOf = growWith(l.newestOf, unit, column.None)
	if l.newestOf[unit] == column.None {
		l.newestOf[unit] = l.newest.add(b, row, unit)
		return
	}
	l.newest.replace(l.newestOf[unit], b, row)
}

// take removes the first row of a key that is equal to an expired one.
func (l *contents) take(b *column.Batch, row int, key int32) bool {
	q, before := &l.list[key], column.None
	for slot := q.Head; slot != column.None; slot = l.slab.Next[slot] {
		if !l.equal(slot, b, row) {
			before = slot
			continue
		}
		next := l.slab.Next[slot]
		if before == column.None {
			q.Head = next
		} else {
			l.slab.Next[before] = next
		}
		if next == column.None {
			q.Tail = before
		}
		q.Len--
		l.freed = append(l.freed, slot)
		return true
	}
	return false
}

func (l *contents) equal(slot int32, b *column.Batch, row int) bool {
	for _, c := range l.plain {
		mine, other := &l.slab.Cols[c], b.Cols[c]
		if mine.IsNull(int(slot)) != other.IsNull(row) || !column.SameKey(mine, int(slot), other, row) {
			return false
		}
	}
	return true
}

// Timer implements flow.Alarmed.
func (l *contents) Timer(due int64, key int32, emit flow.Emit) error {
	if !l.due(due, key) || int(key) >= len(l.list) {
		return nil
	}
	l.tick(key)
	l.endChunk()
	return l.flush(emit)
}

// tick puts out what a key has: with group by the oldest row of each group.
func (l *contents) tick(key int32) {
	for slot := l.list[key].Head; slot != column.None; slot = l.slab.Next[slot] {
		unit := l.unitOf[slot]
		if l.grouped {
			l.shown = grow(l.shown, unit)
			if l.shown[unit] {
				continue
			}
			l.shown[unit] = true
		}
		shown := l.show(slot)
		for _, c := range l.aggregates {
			l.slab.Set(shown, c, &l.newest.slab.Cols[c], int(l.newestOf[unit]))
		}
	}
	clear(l.shown)
}

// Snapshot writes rows, newest aggregates and ticks.
func (l *contents) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.units.snapshot(e)
	e.Uint(uint64(len(l.list)))
	l.encode(e, l.list)
	var newest []int32
	for _, slot := range l.newestOf {
		if slot != column.None {
			newest = append(newest, slot)
		}
	}
	l.newest.encodeRows(e, newest)
	l.ticks.snapshot(e)
}

// Restore reads rows, newest aggregates and ticks.
func (l *contents) Restore(d *state.Decoder) error {
	d.Version("output snapshot", 1)
	l.units.restore(d)
	known := l.among(d.Count(1))
	l.list = l.decode(d, known)
	l.newestOf = l.newestOf[:0]
	for _, slot := range l.newest.decodeRows(d, known) {
		unit := l.newest.unitOf[slot]
		l.newestOf = growWith(l.newestOf, unit, column.None)
		l.newestOf[unit] = slot
	}
	for _, slot := range l.listed(l.list) {
		unit := l.unitOf[slot]
		if len(l.aggregates) > 0 && (int(unit) >= len(l.newestOf) || l.newestOf[unit] == column.None) {
			d.Fail(state.ErrCorrupt)
		}
	}
	l.ticks.restore(d)
	return d.Err()
}

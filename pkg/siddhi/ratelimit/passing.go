package ratelimit

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// passing is what the limiters share that keep no rows: each row passes or not.
type passing struct {
	units
	ends bool // see Options.Ends
	rows []int32
	need []int // the columns of the output
	out  *column.Buffer
}

func newPassing(opts Options) passing {
	p := passing{units: newUnits(opts), ends: opts.Ends, out: column.NewBuffer(opts.Out)}
	for i := range opts.Out {
		p.need = append(p.need, i)
	}
	return p
}

// pass lets a row leave. As in Siddhi a Reset row passes like others.
func (p *passing) pass(b *column.Batch, row int) {
	if p.ends || !isReset(b, row) {
		p.rows = append(p.rows, int32(row))
	}
}

func (p *passing) emit(b *column.Batch, emit flow.Emit) error {
	if len(p.rows) == 0 {
		return nil
	}
	p.out.GatherChunks(b, p.rows, p.need)
	return emit(&p.out.Batch)
}

// firstOfEvents lets the first of every n rows of each unit pass. As in Siddhi
// only the very first passes when n is below 2, and a Reset row counts as one.
type firstOfEvents struct {
	passing
	n     int64
	count []int64 // by unit: rows since, and with, the one that passed; 0: the next passes
}

// Process implements flow.Operator.
func (l *firstOfEvents) Process(b *column.Batch, emit flow.Emit) error {
	ids := l.of(b)
	l.count = grow(l.count, highest(ids))
	l.rows = l.rows[:0]
	for row, id := range ids {
		switch c := &l.count[id]; *c {
		case 0:
			*c = 1
			l.pass(b, row)
		case l.n - 1:
			*c = 0
		default:
			*c++
		}
	}
	if l.crowded() {
		inUse := make([]bool, len(l.count))
		for id, c := range l.count {
			inUse[id] = c != 0
		}
		l.forget(inUse)
	}
	return l.emit(b, emit)
}

// Snapshot writes the counts.
func (l *firstOfEvents) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.units.snapshot(e)
	state.Slice(e, l.count)
}

// Restore reads the counts.
func (l *firstOfEvents) Restore(d *state.Decoder) error {
	d.Version("output first every events", 1)
	l.units.restore(d)
	l.count = state.ReadSlice(d, l.count)
	return d.Err()
}

// lastOfEvents lets the last of every n rows of each key pass.
type lastOfEvents struct {
	passing
	n     int64
	count []int64 // by key
}

// Process implements flow.Operator.
func (l *lastOfEvents) Process(b *column.Batch, emit flow.Emit) error {
	ids := l.of(b)
	l.count = grow(l.count, highest(ids))
	l.rows = l.rows[:0]
	for row, id := range ids {
		if isReset(b, row) {
			continue
		}
		c := &l.count[id]
		if *c++; *c == l.n {
			*c = 0
			l.rows = append(l.rows, int32(row))
		}
	}
	return l.emit(b, emit)
}

// Snapshot writes the counts.
func (l *lastOfEvents) Snapshot(e *state.Encoder) {
	e.Uint(1)
	state.Slice(e, l.count)
}

// Restore reads the counts.
func (l *lastOfEvents) Restore(d *state.Decoder) error {
	d.Version("output last every events", 1)
	l.count = state.ReadSlice(d, l.count)
	return d.Err()
}

// firstOfTime lets a row pass when none of its unit has for as long as the
// period: with group by any row, without the first row of a chunk. As in Siddhi
// a Reset row counts as one.
type firstOfTime struct {
	passing
	period int64
	clock  flow.Clock
	passed []bool  // by unit
	at     []int64 // by unit: when a row passed last
}

// Process implements flow.Operator.
func (l *firstOfTime) Process(b *column.Batch, emit flow.Emit) error {
	now, ids := l.clock.Now(), l.of(b)
	top := highest(ids)
	l.passed, l.at = grow(l.passed, top), grow(l.at, top)
	l.rows = l.rows[:0]
	if l.index != nil {
		for row, id := range ids {
			l.try(b, row, id, now)
		}
		if l.crowded() {
			l.forgetOld(now)
		}
		return l.emit(b, emit)
	}
	for c := range b.Chunks() {
		row, _ := b.Chunk(c)
		l.try(b, row, ids[row], now)
	}
	return l.emit(b, emit)
}

func (l *firstOfTime) try(b *column.Batch, row int, id int32, now int64) {
	if !l.passed[id] || l.at[id]+l.period <= now {
		l.passed[id], l.at[id] = true, now
		l.pass(b, row)
	}
}

// forgetOld forgets the groups of which any row would pass.
func (l *firstOfTime) forgetOld(now int64) {
	for id, at := range l.at {
		if at+l.period <= now {
			l.passed[id] = false
		}
	}
	l.forget(l.passed)
}

// Snapshot writes when rows passed.
func (l *firstOfTime) Snapshot(e *state.Encoder) {
	e.Uint(1)
	l.units.snapshot(e)
	state.Slice(e, l.passed)
	state.Slice(e, l.at)
}

// Restore reads when rows passed.
func (l *firstOfTime) Restore(d *state.Decoder) error {
	d.Version("output first every time", 1)
	l.units.restore(d)
	l.passed, l.at = state.ReadSlice(d, l.passed), state.ReadSlice(d, l.at)
	if len(l.passed) != len(l.at) {
		d.Fail(state.ErrCorrupt)
	}
	return d.Err()
}

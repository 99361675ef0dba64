package operator

import (
	"math"
	"math/bits"
	"slices"

	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

// Purge has a partition forget its keys to which no row has come for longer than a
// time. As in Siddhi it looks for them every so long counted from each row that has
// come: so there is a grid of times for each point of an interval at which rows have
// come. Only the times at which a key can be due are waited for.
type Purge struct {
	keys      *Keys
	idle      int64
	interval  int64
	clock     flow.Clock
	wall      flow.Clock // what the grids are counted by
	scheduler flow.Scheduler
	forget    []func(keys []int32)
	holds     []func(key int32) bool

	grids []uint64 // bits: points of an interval, each of grain ms
	grain int64
	next  int64 // the time that is waited for; never: none

	// By key id: when its last row came, and a list of the keys in this order.
	last         []int64
	before, then []int32
	first, final int32
	gone         []int32
}

// PurgeOptions is what a Purge needs. All are required.
type PurgeOptions struct {
	Idle, Interval int64 // ms
	Clock, Wall    flow.Clock
	Scheduler      flow.Scheduler
}

const (
	never     = math.MaxInt64
	maxPoints = 1 << 20 // of an interval
	nobody    = -1
)

// NewPurge makes the purge of the keys of a partition.
func NewPurge(keys *Keys, o PurgeOptions) *Purge {
	grain := (o.Interval + maxPoints - 1) / maxPoints
	p := &Purge{
		keys: keys, idle: o.Idle, interval: o.Interval, clock: o.Clock, wall: o.Wall, scheduler: o.Scheduler,
		grain: grain, grids: make([]uint64, (o.Interval/grain+64)/64), next: never, first: nobody, final: nobody,
	}
	keys.purge = p
	return p
}

// OnForget has f called with the ids of keys, ascending, that are forgotten.
func (p *Purge) OnForget(f func(keys []int32)) { p.forget = append(p.forget, f) }

// OnHold has f asked whether a key that has been forgotten must keep its id.
func (p *Purge) OnHold(f func(key int32) bool) { p.holds = append(p.holds, f) }

// seen notes that rows of keys have come.
func (p *Purge) seen(ids []int32) {
	now := p.clock.Now()
	for i, id := range ids {
		if i == 0 || id != ids[i-1] {
			p.move(id, now)
		}
	}
	wall := p.wall.Now()
	point := p.point(wall)
	word, bit := &p.grids[point/64], uint64(1)<<(point%64)
	known := *word&bit != 0
	*word |= bit
	switch {
	case p.next == never:
		p.waitAgain(wall)
	case !known:
		at := p.earliest(wall)
		p.wait(at + p.until(at, point))
	}
}

// move makes a key the one whose row came last.
func (p *Purge) move(id int32, now int64) {
	for int(id) >= len(p.last) {
		p.last, p.before, p.then = append(p.last, never), append(p.before, nobody), append(p.then, nobody)
	}
	if p.last[id] == now && p.final == id {
		return
	}
	if p.last[id] != never {
		p.unlink(id)
	}
	p.last[id], p.before[id], p.then[id] = now, p.final, nobody
	if p.final == nobody {
		p.first = id
	} else {
		p.then[p.final] = id
	}
	p.final = id
}

func (p *Purge) unlink(id int32) {
	before, then := p.before[id], p.then[id]
	if before == nobody {
		p.first = then
	} else {
		p.then[before] = then
	}
	if then == nobody {
		p.final = before
	} else {
		p.before[then] = before
	}
	p.last[id] = never
}

// point returns where in an interval a time lies.
func (p *Purge) point(at int64) int64 {
	return p.within(at) / p.grain
}

// within returns how far into an interval a time is.
func (p *Purge) within(at int64) int64 {
	if at %= p.interval; at < 0 {
		at += p.interval
	}
	return at
}

// until returns how long it is from a time to the next one at a point, 0 if that is now.
func (p *Purge) until(at, point int64) int64 {
	d := point*p.grain - p.within(at)
	if d < 0 {
		d += p.interval
	}
	return d
}

// earliest returns the first time behind now at which a key can be due. In playback
// the events say when that is, and each time is waited for.
func (p *Purge) earliest(now int64) int64 {
	if p.first == nobody || p.clock.Played() {
		return now + 1
	}
	return max(now, p.last[p.first]+p.idle) + 1
}

// waitAgain waits for the next time on a grid at which a key can be due.
func (p *Purge) waitAgain(now int64) {
	if p.first == nobody {
		return
	}
	from := p.earliest(now)
	least := int64(never)
	here := p.point(from)
	// The first point from here on, or the first of all where there is none: each of
	// them comes within an interval.
	for _, start := range [...]int64{here, here + 1, 0} {
		if point, ok := p.nextPoint(start); ok {
			least = min(least, p.until(from, point))
		}
	}
	if least != never {
		p.wait(from + least)
	}
}

// nextPoint returns the first point of a grid from start on.
func (p *Purge) nextPoint(start int64) (int64, bool) {
	for word := start / 64; word < int64(len(p.grids)); word++ {
		set := p.grids[word]
		if word == start/64 {
			set &^= 1<<(start%64) - 1
		}
		if set != 0 {
			return word*64 + int64(bits.TrailingZeros64(set)), true
		}
	}
	return 0, false
}

func (p *Purge) wait(at int64) {
	if at < p.next {
		p.next = at
		p.scheduler.At(at, 0)
	}
}

// Timer implements flow.Alarmed.
func (p *Purge) Timer(due int64, _ int32, _ flow.Emit) error {
	if due != p.next {
		return nil // another is waited for, or none
	}
	p.next = never
	now := p.clock.Now()
	p.gone = p.gone[:0]
	for id := p.first; id != nobody && p.last[id]+p.idle < now; id = p.first {
		p.unlink(id)
		p.gone = append(p.gone, id)
	}
	if len(p.gone) > 0 {
		slices.Sort(p.gone)
		for _, f := range p.forget {
			f(p.gone)
		}
		p.keys.forget(p.gone, p.held)
	}
	p.waitAgain(p.wall.Now())
	return nil
}

// held says whether an operator waits for timers of a key that has been forgotten: it
// keeps its id.
func (p *Purge) held(key int32) bool {
	return slices.ContainsFunc(p.holds, func(holds func(int32) bool) bool { return holds(key) })
}

// present says whether a key has rows that it has not been forgotten since.
func (p *Purge) present(key int32) bool { return int(key) < len(p.last) && p.last[key] != never }

// Snapshot implements state.Snapshotter. As in Siddhi the grids are no part of it:
// behind a restore the rows that come lay new ones.
func (p *Purge) Snapshot(e *state.Encoder) {
	e.Uint(1)
	var ids []int32
	var last []int64
	for id := p.first; id != nobody; id = p.then[id] {
		ids, last = append(ids, id), append(last, p.last[id])
	}
	state.Slice(e, ids)
	state.Slice(e, last)
}

// Restore implements state.Snapshotter. It comes behind that of the keys.
func (p *Purge) Restore(d *state.Decoder) error {
	d.Version("@purge", 1)
	ids, last := state.ReadSlice[int32](d, nil), state.ReadSlice[int64](d, nil)
	p.last, p.before, p.then, p.first, p.final, p.next = nil, nil, nil, nobody, nobody, never
	if d.Err() != nil || len(ids) != len(last) {
		d.Fail(state.ErrCorrupt)
		return d.Err()
	}
	for i, id := range ids {
		if id < 0 || int(id) >= p.keys.index.Cap() || !p.keys.index.Used(id) || p.present(id) || last[i] == never {
			d.Fail(state.ErrCorrupt)
			return d.Err()
		}
		p.move(id, last[i])
	}
	p.waitAgain(p.wall.Now())
	return nil
}

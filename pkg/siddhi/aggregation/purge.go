package aggregation

import (
	"fmt"
	"time"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
)

// Purger deletes the rows of an aggregation's tables when their retention is over.
// As in Siddhi it first looks whether the next table has rows for the time of those
// that it is about to delete; where it has none it gives up until the app is restarted.
// It follows the clock on the wall; its state is when it goes on.
type Purger struct {
	def    *check.Aggregation
	wall   flow.Clock
	timers flow.Scheduler
	levels []purged
	halted bool
	// bucketed is the attribute whose value is a row's bucket: by event time that of the event.
	bucketed int
	asks     *column.Batch
	next     int64
}

// UnsafePurgeError says that an aggregation has stopped to purge its tables.
type UnsafePurgeError struct{ Aggregation, Table, Next string }

func (e *UnsafePurgeError) Error() string {
	return fmt.Sprintf("aggregation %s: rows of %s that are to be purged are not in %s, as happens with events that are very late: "+
		"nothing is purged any more, and memory grows, until the app is restarted", e.Aggregation, e.Table, e.Next)
}

// purged is what a purge does with the table of one level.
type purged struct {
	keep   int64
	cal    calendar // of the granularity above, whether it is kept or not
	before table.Finder
	within table.Finder
	delete table.Change
}

// NewPurger makes what purges the tables of the levels of an aggregation.
func NewPurger(def *check.Aggregation, tables []table.Table, zone *time.Location, wall flow.Clock, timers flow.Scheduler, env expr.Env, report func(error)) (*Purger, error) {
	p := &Purger{def: def, wall: wall, timers: timers, asks: column.NewBatch(limits), bucketed: def.Bucket()}
	start, end, bucket := longColumn(0), longColumn(1), longColumn(len(limits)+p.bucketed)
	for i, t := range tables {
		above := def.Levels[i].Unit + 1
		if above == ast.Week {
			above = ast.Month
		}
		u := purged{keep: def.Levels[i].Keep, cal: calendar{unit: min(above, ast.Year), zone: zone}}
		search := table.Search{Stream: limits, On: compare(ast.LE, bucket, end), Need: []int{p.bucketed}, Env: env}
		var err error
		if u.before, err = t.Search(search); err != nil {
			return nil, err
		}
		search.On = check.And(compare(ast.LE, start, bucket), compare(ast.LE, bucket, end))
		if u.within, err = t.Search(search); err != nil {
			return nil, err
		}
		write := &check.TableWrite{Kind: check.Delete, Table: def.Levels[i].Table, On: compare(ast.LT, bucket, end)}
		if u.delete, err = t.Change(write, limits, env, report); err != nil {
			return nil, err
		}
		p.levels = append(p.levels, u)
	}
	return p, nil
}

// Begin lets the first interval begin, unless a restore has. It is called when the app starts.
func (p *Purger) Begin() {
	if p.next == 0 {
		p.wait(p.wall.Now() + p.def.PurgeEvery)
	}
}

// Snapshot implements state.Snapshotter.
func (p *Purger) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Int(p.next)
}

// Restore implements state.Snapshotter.
func (p *Purger) Restore(d *state.Decoder) error {
	d.Version("purge of aggregation "+p.def.Name, 1)
	if next := d.Int(); d.Err() == nil && next > 0 {
		p.wait(next)
	}
	return d.Err()
}

func (p *Purger) wait(next int64) {
	p.next = next
	p.timers.At(next, 0)
}

// Timer implements flow.Alarmed.
func (p *Purger) Timer(due int64, _ int32, _ flow.Emit) error {
	p.wait(due + p.def.PurgeEvery)
	if p.halted {
		return nil
	}
	return p.purge(p.wall.Now())
}

func (p *Purger) purge(now int64) error {
	needed, safe := false, false
	for i := range p.levels {
		l := &p.levels[i]
		if l.keep == check.KeepAll {
			continue
		}
		limit := now - l.keep
		if i+1 < len(p.levels) { // the last one does as the one before it did
			newest, some, err := p.newest(l.before, limit)
			if err != nil {
				return err
			}
			if needed = some; needed {
				if safe, err = p.some(p.levels[i+1].within, l.cal.start(newest), l.cal.next(newest)); err != nil {
					return err
				}
			}
		}
		if !needed {
			continue
		}
		if !safe {
			p.halted = true
			return &UnsafePurgeError{Aggregation: p.def.Name, Table: p.def.Levels[i].Table.Name, Next: p.def.Levels[min(i+1, len(p.levels)-1)].Table.Name}
		}
		if err := l.delete.Apply(p.ask(0, limit)); err != nil {
			return err
		}
	}
	return nil
}

// newest returns the newest bucket of a table that is not newer than limit.
func (p *Purger) newest(before table.Finder, limit int64) (bucket int64, some bool, err error) {
	found, err := before.Find(p.ask(0, limit))
	if err != nil {
		return 0, false, err
	}
	for i, slot := range found.Slots {
		if t := found.Cols[p.bucketed].I64[slot]; i == 0 || t > bucket {
			bucket = t
		}
	}
	return bucket, len(found.Slots) > 0, nil
}

// some says whether a table has a row from start to end, inclusive.
func (p *Purger) some(within table.Finder, start, end int64) (bool, error) {
	found, err := within.Find(p.ask(start, end))
	return err == nil && len(found.Slots) > 0, err
}

func (p *Purger) ask(start, end int64) *column.Batch {
	p.asks.Reset()
	p.asks.N, p.asks.Time = 1, append(p.asks.Time, end)
	p.asks.Cols[0].AppendLong(start)
	p.asks.Cols[1].AppendLong(end)
	return p.asks
}

// Package aggregation has the incremental aggregations of an app: rows of a stream
// are added up by group for each second, minute ... year of the clock.
//
// As in Siddhi an event only goes to the finest level. When the bucket of a level
// is over, its rows go into the level's table, which queries can read like any
// other, and on to the next level. By event time a row has two buckets: that of
// the clock, in which it came, and that of the event; so a late event is a row of
// its own, which whoever reads puts together with the others of its time.
//
// It imports flow, column, state, schema, extension, ast, check, expr, javatext and table.
package aggregation

import (
	"fmt"
	"time"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/table"
)

// Options is what an aggregation needs of the app around it.
type Options struct {
	Env       expr.Env
	Clock     flow.Clock
	Scheduler flow.Scheduler
	Zone      *time.Location // in which hours and longer buckets begin
	// Tables has that of each level.
	Tables []table.Table
	// Report is told of rows that a table does not take.
	Report func(error)
}

// Aggregation is the operator that a stream's rows reach. Nothing comes out of it:
// it is read with Search, and by its tables.
type Aggregation struct {
	*layout
	opts    Options
	levels  []*level
	values  []*expr.Program // by attribute; nil for those that are times
	at      *expr.Program   // when an event happened; nil: when it comes
	times   column.Column   // of texts
	in      column.Batch    // what events bring, in the layout of a row
	out     *column.Buffer  // rows that leave a level
	started bool            // a row has come: the levels have a bucket
	due     int64           // of the timer that is waited for; 0: none
}

// New makes an aggregation without rows.
func New(def *check.Aggregation, opts Options) (*Aggregation, error) {
	a := &Aggregation{layout: newLayout(def), opts: opts, values: make([]*expr.Program, len(def.Row)), out: column.NewBuffer(def.Row)}
	for i, v := range def.Values {
		if v.Value == nil {
			continue
		}
		var err error
		if a.values[i], err = expr.Compile(v.Value, opts.Env); err != nil {
			return nil, fmt.Errorf("%s: %w", def.Row[i].Name, err)
		}
	}
	if def.Time != nil {
		var err error
		if a.at, err = expr.Compile(def.Time, opts.Env); err != nil {
			return nil, fmt.Errorf("aggregate by: %w", err)
		}
	}
	for _, l := range def.Levels {
		a.levels = append(a.levels, newLevel(a.layout, calendar{unit: l.Unit, zone: opts.Zone}))
	}
	a.in.Cols = make([]*column.Column, len(def.Row))
	a.in.Cols[0] = column.Unread
	a.times.Type = schema.Long
	return a, nil
}

// Process implements flow.Operator. It fails before it has taken anything, but for
// an event without a time: as in Siddhi those before it in its chunk count.
func (a *Aggregation) Process(b *column.Batch, _ flow.Emit) error {
	n, failed := a.evaluate(b)
	if failed != nil && n == 0 {
		return failed
	}
	if err := a.advance(a.opts.Clock.Now()); err != nil {
		return err
	}
	a.in.N = n
	a.levels[0].fold(&a.in)
	a.wait()
	return failed
}

// evaluate has a.in be what the rows of b bring. Of these it returns how many come
// before one that has no time.
func (a *Aggregation) evaluate(b *column.Batch) (int, error) {
	a.in.Time = b.Time
	for i, p := range a.values {
		if p == nil {
			continue
		}
		v, err := p.Eval(b)
		if err != nil {
			return 0, err
		}
		a.in.Cols[i] = v
	}
	n, failed := a.typed(b)
	if a.at == nil {
		return n, failed
	}
	times, err := a.at.Eval(b)
	if err != nil {
		return 0, err
	}
	if times.Type == schema.String {
		if err := a.readTimes(times, b.N); err != nil {
			return 0, err
		}
		times = &a.times
	}
	a.in.Cols[a.event] = times
	if a.newest >= 0 {
		a.in.Cols[a.newest] = times
	}
	if times.HasNulls() {
		for r := range n {
			if times.IsNull(r) {
				if b.Chunks() > 1 {
					r = 0 // the chunks before this one come again
				}
				return r, fmt.Errorf("aggregation %s: an event has no time, and is left out", a.def.Name)
			}
		}
	}
	return n, failed
}

// typed returns how many rows of b come before one with a value of another type among
// what is added up, and the error of that.
func (a *Aggregation) typed(b *column.Batch) (n int, failed error) {
	n = b.N
	for _, i := range a.folds {
		c := a.in.Cols[i]
		if !c.HasStrays() || a.def.Values[i].Fold == check.FoldUnion {
			continue
		}
		for r := range n {
			if v, ok := c.Stray(r); ok {
				n, failed = r, fmt.Errorf("aggregation %s: %w", a.def.Name, expr.NewStrayError(a.def.Row[i], v))
				break
			}
		}
	}
	if failed != nil && b.Chunks() > 1 {
		n = 0 // the chunks before this one come again
	}
	return n, failed
}

func (a *Aggregation) readTimes(texts *column.Column, n int) error {
	a.times.Resize(n)
	for r := range n {
		if texts.IsNull(r) {
			return fmt.Errorf("aggregation %s: an event has no time", a.def.Name)
		}
		t, err := parseTime(texts.String(r))
		if err != nil {
			return fmt.Errorf("aggregation %s: %w", a.def.Name, err)
		}
		a.times.I64[r] = t
	}
	return nil
}

// advance closes the buckets that are over now.
func (a *Aggregation) advance(now int64) error {
	if a.started && now < a.levels[0].end {
		return nil
	}
	first := !a.started
	a.started = true
	for i, l := range a.levels {
		if !first && now < l.end {
			return nil
		}
		if err := a.flush(i); err != nil {
			return err
		}
		l.start, l.end = l.cal.start(now), l.cal.next(now)
		now = l.start // as in Siddhi levels above hear of the bucket
	}
	return nil
}

// flush writes the rows of a level to its table and adds them to the next level.
func (a *Aggregation) flush(i int) error {
	l := a.levels[i]
	if l.len() == 0 {
		return nil
	}
	a.gather(a.out, l)
	if err := a.opts.Tables[i].Add(&a.out.Batch, a.opts.Report); err != nil {
		return err
	}
	if i+1 < len(a.levels) {
		a.levels[i+1].fold(&a.out.Batch)
	}
	l.clear()
	return nil
}

// gather has to be the rows of a level in their order.
func (a *Aggregation) gather(to *column.Buffer, l *level) {
	l.stamp(l.start)
	l.rows.Time = l.cols[0].I64
	to.Gather(&l.rows, l.leaving(), nil)
}

// wait asks for a timer when the first bucket with rows is over. Finer buckets are over
// then, too, unless a snapshot comes from another time zone.
func (a *Aggregation) wait() {
	over := int64(0)
	for _, l := range a.levels {
		over = max(over, l.end)
		if l.len() == 0 {
			continue
		}
		if a.due != over {
			a.due = over
			a.opts.Scheduler.At(over, 0)
		}
		return
	}
}

// Timer implements flow.Timed.
func (a *Aggregation) Timer(due int64, _ int32, _ flow.Emit) error {
	if due != a.due {
		return nil // of a bucket that an event has closed
	}
	a.due = 0
	err := a.advance(max(due, a.opts.Clock.Now()))
	a.wait()
	return err
}

package plan

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/table"
	"millrace/pkg/siddhi/window"
)

// windowFinder searches a named window for an on-demand query: it tests every
// row that a search sees. It implements table.Finder.
type windowFinder struct {
	from  window.Searchable
	on    *expr.Predicate // nil: every row
	reads []int           // attributes that on reads
	rows  *column.Buffer
	pass  []int32
	found table.Matches
}

// searchWindow makes the finder of an on-demand query of a named window.
func (p *Plan) searchWindow(def *check.OnDemand) (table.Finder, error) {
	w := def.Window
	s, ok := p.windows[w].(window.Searchable)
	if !ok {
		return nil, noSearch(w.Call)
	}
	if !p.remembers(w) {
		return nil, fmt.Errorf("window %s with `output current events` does not keep what has passed it: use `output all events`, or read it in a join",
			w.Name)
	}
	return newWindowFinder(s, def, p.env)
}

func newWindowFinder(s window.Searchable, def *check.OnDemand, env expr.Env) (*windowFinder, error) {
	attrs := def.Window.Out.Attrs
	f := &windowFinder{from: s, rows: column.NewBuffer(def.Select.In)}
	f.found.Cols = make([]column.Column, len(attrs))
	if def.On == nil {
		return f, nil
	}
	f.reads = expr.Columns(def.On)
	var err error
	if f.on, err = expr.CompilePredicate(def.On, env); err != nil {
		return nil, fmt.Errorf("on: %w", err)
	}
	return f, nil
}

// Find implements table.Finder. b is the one row that asks.
func (f *windowFinder) Find(b *column.Batch) (*table.Matches, error) {
	m := &f.found
	m.Slots = f.from.Find(0, m.Slots[:0])
	for i := range m.Cols {
		m.Cols[i] = *f.from.Column(i)
	}
	m.Times = f.from.Times()
	if f.on != nil {
		if err := f.test(b.Time[0]); err != nil {
			return nil, err
		}
	}
	m.Rows = m.Rows[:0]
	for range m.Slots {
		m.Rows = append(m.Rows, 0)
	}
	return m, nil
}

// test keeps the slots whose rows fit.
func (f *windowFinder) test(time int64) error {
	m := &f.found
	f.rows.Reset()
	f.rows.N = len(m.Slots)
	for range m.Slots {
		f.rows.Time = append(f.rows.Time, time)
	}
	for _, c := range f.reads {
		if c < len(m.Cols) {
			f.rows.Cols[c].Gather(&m.Cols[c], m.Slots)
		} else {
			f.rows.Cols[c].GatherTimes(m.Times, m.Slots)
		}
	}
	pass, err := f.on.Select(&f.rows.Batch, f.pass[:0])
	if err != nil {
		return err
	}
	f.pass = pass
	for i, r := range pass {
		m.Slots[i] = m.Slots[r]
	}
	m.Slots = m.Slots[:len(pass)]
	return nil
}

// Explain implements table.Finder.
func (f *windowFinder) Explain() string { return "by scan" }

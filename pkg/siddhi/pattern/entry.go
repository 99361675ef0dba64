package pattern

import (
	"slices"

	"millrace/pkg/siddhi/column"
)

// prepare evaluates for the whole batch what needs nothing but the batch: the
// events' own parts of the conditions, and which events start a match.
func (e *entry) prepare(b *column.Batch) {
	o := e.o
	e.lazy = false
	for _, k := range e.states {
		st := &o.stages[k]
		if st.cond.own == nil {
			continue
		}
		rows, err := e.selectOwn(st, b)
		if err != nil && k == 0 { // the last here
			e.lazy = true
			return
		}
		st.passes = slices.Grow(st.passes[:0], b.N)[:b.N]
		clear(st.passes)
		if clear(st.failed); err != nil { // of others only strays fail
			e.passEach(st, b)
			continue
		}
		for _, r := range rows {
			st.passes[r] = true
		}
	}
	if e.feeds[0] && o.every && len(o.stages) > 1 {
		e.addStarts(b)
	}
}

func (e *entry) selectOwn(st *stage, b *column.Batch) ([]int32, error) {
	v := &e.view
	if v.Cols == nil {
		v.Cols = make([]*column.Column, e.o.width)
		for i := range v.Cols {
			v.Cols[i] = column.Unread
		}
	}
	v.N, v.Time, v.Kind, v.Key = b.N, b.Time, b.Kind, b.Key
	for _, c := range st.cond.ownCols {
		v.Cols[st.offset+c] = b.Cols[c]
	}
	var err error
	e.rows, err = st.cond.own.Select(v, e.rows[:0])
	return e.rows, err
}

// addStarts stores the events that start a match: under every all that pass.
func (e *entry) addStarts(b *column.Batch) {
	o := e.o
	st := &o.stages[0]
	e.starts = slices.Grow(e.starts[:0], b.N)[:b.N]
	if st.cond.own == nil {
		e.added = o.store.start(b, nil, e.added[:0])
		copy(e.starts, e.added)
		return
	}
	rows := e.rows[:0] // those of state 0, which comes last
	for r, ok := range st.passes {
		if ok {
			rows = append(rows, int32(r))
		}
	}
	e.rows = rows
	if len(rows) == 0 {
		return
	}
	e.added = o.store.start(b, rows, e.added[:0])
	for i, r := range rows {
		e.starts[r] = e.added[i]
	}
}

// walk takes the rows one after the other, each of them by the states that the
// stream feeds from last to first, so that no event moves a match twice.
// It returns the row at which it met an error.
func (e *entry) walk(b *column.Batch) (int, error) {
	o := e.o
	n := len(o.stages)
	for row := range b.N {
		key := b.KeyOf(row)
		if int(key) >= len(o.begun) {
			o.grow(key)
		}
		lists := o.lists[int(key)*n : int(key)*n+n]
		var err error
		if o.sequence {
			err = e.sequenceRow(b, row, key, lists)
		} else {
			err = e.patternRow(b, row, key, lists)
		}
		if err != nil {
			return row, err
		}
		if o.output.joint {
			o.output.endRow()
		}
	}
	return b.N, nil
}

// discardStarts frees the events that were to start a match from a row on.
func (e *entry) discardStarts(b *column.Batch, row int) {
	o := e.o
	if e.lazy || !e.feeds[0] || !o.every || len(o.stages) == 1 {
		return
	}
	for ; row < b.N; row++ {
		if o.stages[0].admits(row) {
			o.store.bury(e.starts[row], 1)
		}
	}
}

func (o *Operator) grow(key int32) {
	for int(key) >= len(o.begun) {
		o.begun = append(o.begun, false)
		for range o.stages {
			o.lists = append(o.lists, emptyList)
		}
	}
}

// admits says whether the event of a row passes the part of the condition that
// looks at it alone.
func (st *stage) admits(row int) bool { return st.cond.own == nil || st.passes[row] }

func (e *entry) patternRow(b *column.Batch, row int, key int32, lists []list) error {
	o := e.o
	if o.within > 0 {
		for k := 1; k < len(lists); k++ {
			if lists[k].head != column.None {
				o.expire(&lists[k], k, b.Time[row])
			}
		}
	}
	for _, k := range e.states {
		if k == 0 {
			if o.every || !o.begun[key] {
				if err := e.begin(b, row, key); err != nil {
					return err
				}
			}
			continue
		}
		l := &lists[k]
		l.epoch++
		if l.head == column.None {
			continue
		}
		if o.strays {
			if err := o.stages[k].failed[row]; err != nil {
				return err
			}
		}
		if !o.stages[k].admits(row) {
			continue
		}
		if err := o.match(k, l, b, row, key); err != nil {
			return err
		}
	}
	return nil
}

// begin lets the event start a match, if it passes.
func (e *entry) begin(b *column.Batch, row int, key int32) error {
	o := e.o
	if ok, err := e.begins(b, row); !ok {
		return err
	}
	o.begun[key] = true
	if len(o.stages) == 1 {
		o.output.add(column.None, row, key)
		return nil
	}
	var p int32
	if o.every && !e.lazy {
		p = e.starts[row]
	} else {
		o.single[0] = int32(row)
		e.added = o.store.start(b, o.single[:], e.added[:0])
		p = e.added[0]
	}
	o.wait(1, key, p)
	return nil
}

// begins says whether the event of a row passes the condition of the first state.
func (e *entry) begins(b *column.Batch, row int) (bool, error) {
	st := &e.o.stages[0]
	if !e.lazy {
		return st.admits(row), nil
	}
	b.Slice(&e.one, row, row+1)
	rows, err := e.selectOwn(st, &e.one)
	return len(rows) > 0, err
}

// sequenceRow is patternRow for sequences: a waiting match takes this event or
// is gone. So at most one match waits for each state.
func (e *entry) sequenceRow(b *column.Batch, row int, key int32, lists []list) error {
	o := e.o
	for k := len(lists) - 1; k > 0; k-- {
		l := &lists[k]
		p := l.head
		if p == column.None {
			continue
		}
		if o.strays && e.feeds[k] {
			if err := o.stages[k].failed[row]; err != nil {
				o.endWaiting(lists[:k+1])
				return err
			}
		}
		ok := e.feeds[k] && o.stages[k].admits(row) && !o.tooOld(p, b.Time[row])
		if ok {
			l.epoch++
			if err := o.match(k, l, b, row, key); err != nil {
				o.endWaiting(lists[:k+1])
				return err
			}
		}
		if l.head == p {
			o.end(l, k, p)
		}
	}
	if e.feeds[0] && (o.every || !o.begun[key]) {
		if err := e.begin(b, row, key); err != nil {
			return err
		}
	}
	o.begun[key] = true
	return nil
}

// endWaiting ends the matches of a sequence that wait in the lists of its first states.
func (o *Operator) endWaiting(lists []list) {
	for k := range lists {
		if p := lists[k].head; p != column.None {
			o.end(&lists[k], k, p)
		}
	}
}

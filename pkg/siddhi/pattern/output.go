package pattern

import (
	"errors"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// output puts the completed matches of a batch together.
type output struct {
	buf     *column.Buffer
	columns []pair // what is filled: state, attr, and as event the position
	joint   bool   // the matches of one event are one chunk
	apart   bool   // which is made behind the operator: see Options.Apart
	cut     column.Batch

	matches []int32
	rows    []int32
	keys    []int32
	ends    []int32
	refs    []int32 // events of the matches at one state
}

func (u *output) init(stages []stage, width int, need []int) {
	var attrs schema.Attributes
	want := make([]bool, width)
	for i := range want {
		want[i] = need == nil
	}
	for _, c := range need {
		want[c] = true
	}
	for k := range stages {
		for a, attr := range stages[k].attrs {
			if pos := stages[k].offset + a; want[pos] {
				u.columns = append(u.columns, pair{state: k, attr: a, event: pos})
			} else {
				attr.Type = schema.Invalid
			}
			attrs = append(attrs, attr)
		}
	}
	for _, c := range u.columns {
		attrs[c.event] = stages[c.state].attrs[c.attr]
	}
	u.buf = column.NewBuffer(attrs)
	for i := range want {
		if !want[i] {
			u.buf.Cols[i].Type = schema.Invalid
		}
	}
}

// add appends a match (None in a chain of one state) that the event of a row completes.
func (u *output) add(p int32, row int, key int32) {
	u.matches = append(u.matches, p)
	u.rows = append(u.rows, int32(row))
	u.keys = append(u.keys, key)
}

// endRow ends the chunk of the matches that one event completed.
func (u *output) endRow() {
	n := len(u.rows)
	if m := len(u.ends); m == 0 && n > 0 || m > 0 && int(u.ends[m-1]) < n {
		u.ends = append(u.ends, int32(n))
	}
}

// drop forgets the matches.
func (u *output) drop() {
	u.matches, u.rows, u.keys, u.ends = u.matches[:0], u.rows[:0], u.keys[:0], u.ends[:0]
}

// flush emits the matches and frees what no longer waits.
func (u *output) flush(o *Operator, b *column.Batch, emit flow.Emit) error {
	var err error
	if len(u.rows) > 0 {
		u.gather(&o.store, b, len(o.stages)-1)
		if o.keyed {
			u.buf.Key = u.keys
		}
		err = u.emit(emit)
		u.drop()
	}
	if len(o.store.buried) > 0 {
		o.store.free()
		o.compact()
	}
	return err
}

// emit gives the matches on in the chunks that they belong to.
func (u *output) emit(emit flow.Emit) error {
	b := &u.buf.Batch
	if !u.joint || !u.apart {
		if u.joint {
			b.Ends = u.ends
		}
		return emit(b)
	}
	if len(u.ends) == 1 {
		return emit(b)
	}
	var errs []error
	lo := 0
	for _, hi := range u.ends {
		b.Slice(&u.cut, lo, int(hi))
		errs = append(errs, emit(&u.cut))
		lo = int(hi)
	}
	return errors.Join(errs...)
}

func (u *output) gather(s *partials, b *column.Batch, last int) {
	u.buf.Reset()
	u.buf.N = len(u.rows)
	for _, r := range u.rows {
		u.buf.Time = append(u.buf.Time, b.Time[r])
	}
	of := 0 // state that refs are of
	for _, c := range u.columns {
		dst := u.buf.Cols[c.event]
		switch {
		case c.state == last:
			dst.Gather(b.Cols[c.attr], u.rows)
		case c.state == 0:
			dst.Gather(&s.events[0].Cols[c.attr], u.matches)
		default:
			if of != c.state {
				of = c.state
				u.refs = u.refs[:0]
				for _, p := range u.matches {
					u.refs = append(u.refs, s.refs[c.state][p])
				}
			}
			dst.Gather(&s.events[c.state].Cols[c.attr], u.refs)
		}
	}
}

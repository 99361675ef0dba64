package pattern

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// refusesStrays returns why the event of a row cannot be compared with that of a match
// that waits, from p on: since a value of either is not of its attribute's type. Texts
// can be compared with anything.
func (o *Operator) refusesStrays(c *condition, p int32, b *column.Batch, row int) error {
	for ; p != column.None; p = o.store.links[p].next {
		for i := range c.equal {
			if err := o.refusesPair(&c.equal[i], p, b, row); err != nil {
				return err
			}
		}
		for i := range c.plain {
			if err := o.refusesPair(&c.plain[i].pair, p, b, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *Operator) refusesPair(x *pair, p int32, b *column.Batch, row int) error {
	before, at := &o.store.events[x.state].Cols[x.attr], int(o.store.ref(p, x.state))
	now := b.Cols[x.event]
	if x.typ == schema.String || before.IsMissing(at) || now.IsMissing(row) {
		return nil
	}
	v, ok := now.Stray(row)
	if !ok {
		v, ok = before.Stray(at)
	}
	if !ok {
		return nil
	}
	return expr.NewStrayError(schema.Attribute{Name: "of a state", Type: x.typ}, v)
}

// passEach evaluates the event's own part of a state's condition row by row, as it
// fails for some: that counts where a match waits for the state.
func (e *entry) passEach(st *stage, b *column.Batch) {
	for row := range b.N {
		b.Slice(&e.one, row, row+1)
		rows, err := e.selectOwn(st, &e.one)
		st.passes[row] = len(rows) > 0
		if err != nil {
			if st.failed == nil {
				st.failed = map[int]error{}
			}
			st.failed[row] = err
		}
	}
}

package table

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Writer is the end of a query that changes a table. Rows act one after the
// other, each on the table that the rows before it left. It passes its input on
// unchanged, for whoever watches the query.
type Writer struct {
	t      *Table
	write  *check.TableWrite // nil: insert
	cond   *Condition
	set    []*expr.Program
	reads  []int // columns that set reads
	direct bool  // set can be computed for whole batches: see NewWriter
	report func(error)
	rows   []int32
	one    column.Batch
	layout *column.Buffer // one row in the table's layout
	order  []int          // table attribute → output attribute
	fixed  []*column.Column
}

// NewInserter makes the writer of `insert into table`. Rows that cannot be added are given to report.
func NewInserter(t *Table, report func(error)) *Writer { return &Writer{t: t, report: report} }

// NewWriter makes the writer of delete, update, or update or insert, whose
// rows have the attributes out.
func NewWriter(t *Table, w *check.TableWrite, out schema.Attributes, env expr.Env, report func(error)) (*Writer, error) {
	cond, err := NewCondition(t, out, w.On, env)
	if err != nil {
		return nil, fmt.Errorf("on: %w", err)
	}
	wr := &Writer{t: t, write: w, cond: cond, report: report, layout: column.NewBuffer(t.def.Attrs)}
	independent := true // no assignment reads the table, or changes what finds its rows
	for _, a := range w.Set {
		p, err := expr.Compile(a.Value, env)
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", t.def.Attrs[a.Column].Name, err)
		}
		wr.set = append(wr.set, p)
		wr.reads = append(wr.reads, expr.Columns(a.Value)...)
		independent = independent && !t.keyed(a.Column) && !expr.Fallible(a.Value)
	}
	for _, c := range wr.reads {
		independent = independent && c < len(out)
	}
	wr.direct = independent && cond.exact
	slices.Sort(wr.reads)
	wr.reads = slices.Compact(wr.reads)
	if w.Kind == check.UpdateOrInsert {
		for i := range t.def.Attrs {
			wr.order = append(wr.order, out.Index(t.def.Attrs[i].Name))
		}
	}
	wr.fixed = make([]*column.Column, len(wr.set))
	return wr, nil
}

// keyed says whether an attribute is part of a key or index.
func (t *Table) keyed(attr int) bool {
	return slices.Contains(t.def.PrimaryKey, attr) || slices.Contains(t.def.Indexes, attr)
}

// Process implements flow.Operator.
func (w *Writer) Process(b *column.Batch, emit flow.Emit) error {
	var err error
	switch {
	case w.write == nil:
		w.rows = w.rows[:0]
		for r := range int32(b.N) {
			w.rows = append(w.rows, r)
		}
		w.t.Add(b, w.rows, w.report)
	case w.write.Kind == check.Delete:
		err = w.delete(b)
	case w.direct:
		err = w.updateDirect(b)
	default:
		err = w.updateRows(b)
	}
	if err != nil {
		return err
	}
	return emit(b)
}

// delete removes every row that some row of b fits. Rows that are gone cannot
// fit again, so the whole batch is looked up at once.
func (w *Writer) delete(b *column.Batch) error {
	pairs, err := w.cond.Find(b)
	if err != nil {
		return err
	}
	slots := append(w.rows[:0], pairs.Slots...)
	slices.Sort(slots)
	for _, slot := range slices.Compact(slots) {
		w.t.Remove(slot)
	}
	w.rows = slots
	return nil
}

// updateDirect handles the common case: the condition is equality on the
// primary key and the new values come from the event alone.
func (w *Writer) updateDirect(b *column.Batch) error {
	for i, p := range w.set {
		v, err := p.Eval(b)
		if err != nil {
			return err
		}
		w.fixed[i] = v
	}
	c := w.cond
	for i, p := range c.probe {
		v, err := p.Eval(b)
		if err != nil {
			return err
		}
		c.cols[i] = c.widen(i, v, b.N)
	}
	keys := w.t.primary
	for row := range b.N {
		id := keys.keys.LookupRow(c.cols, row)
		if id != column.None && !c.anyNull(row) && !c.nullKey(keys.attrs, keys.slot[id]) {
			for i, a := range w.write.Set {
				w.t.rows.Set(keys.slot[id], a.Column, w.fixed[i], row)
			}
			continue
		}
		if w.write.Kind == check.UpdateOrInsert {
			w.insert(b, row)
		}
	}
	return nil
}

// updateRows is the general case, row by row.
func (w *Writer) updateRows(b *column.Batch) error {
	for row := range b.N {
		w.slice(b, row)
		pairs, err := w.cond.Find(&w.one)
		if err != nil {
			return err
		}
		if len(pairs.Rows) == 0 {
			if w.write.Kind == check.UpdateOrInsert {
				w.insert(b, row)
			}
			continue
		}
		if err := w.assign(pairs); err != nil {
			return err
		}
	}
	return nil
}

// slice makes w.one the view of a single row.
func (w *Writer) slice(b *column.Batch, row int) {
	ends := b.Ends
	b.Ends = nil // a row of a chunk is looked at alone; restored at once
	b.Slice(&w.one, row, row+1)
	b.Ends = ends
}

// assign gives the rows of pairs, all for the one row of w.one, their new
// values. An assignment sees those before it.
func (w *Writer) assign(pairs *Pairs) error {
	slots := append(w.rows[:0], pairs.Slots...)
	w.rows = slots
	rows := append([]int32(nil), pairs.Rows...)
	for i, p := range w.set {
		w.cond.candidates(&w.one, rows, slots, w.reads)
		v, err := p.Eval(&w.cond.cand.Batch)
		if err != nil {
			return err
		}
		if err := w.t.setAll(slots, w.write.Set[i].Column, v); err != nil {
			w.report(err)
			return nil
		}
	}
	return nil
}

// setAll gives column attr of each slot the value of v at the same position.
func (t *Table) setAll(slots []int32, attr int, v *column.Column) error {
	if !t.keyed(attr) {
		for i, slot := range slots {
			t.rows.Set(slot, attr, v, i)
		}
		return nil
	}
	for i, slot := range slots {
		if column.SameKey(&t.rows.Cols[attr], int(slot), v, i) && t.rows.Cols[attr].IsNull(int(slot)) == v.IsNull(i) {
			continue
		}
		if err := t.rekey(slot, attr, v, i); err != nil {
			return err
		}
	}
	return nil
}

// rekey changes an attribute that is part of a key or index.
func (t *Table) rekey(slot int32, attr int, v *column.Column, row int) error {
	if t.primary != nil && slices.Contains(t.primary.attrs, attr) {
		if err := t.primary.move(t, slot, attr, v, row); err != nil {
			return err
		}
	}
	for _, x := range t.indexes {
		if x.attr == attr {
			x.remove(slot)
		}
	}
	t.rows.Set(slot, attr, v, row)
	for _, x := range t.indexes {
		if x.attr == attr {
			x.add(t.rows, slot)
		}
	}
	return nil
}

// move gives a row another primary key, unless that key is taken.
func (p *primary) move(t *Table, slot int32, attr int, v *column.Column, row int) error {
	next := make([]column.Column, len(p.attrs))
	for i, a := range p.attrs {
		next[i].Type = t.def.Attrs[a].Type
		if a == attr {
			next[i].AppendFrom(v, row)
		} else {
			next[i].AppendFrom(&t.rows.Cols[a], int(slot))
		}
		p.cols[i] = &next[i]
	}
	id, added := p.keys.InsertRow(p.cols, 0)
	if !added {
		return fmt.Errorf("table %s: update refused: a row with primary key %s is there already", t.def.Name, p.text(id))
	}
	p.keys.Remove(p.id[slot])
	p.bind(id, slot)
	return nil
}

// insert adds a row of b in the table's layout.
func (w *Writer) insert(b *column.Batch, row int) {
	w.layout.Reset()
	w.layout.N = 1
	w.layout.Time = append(w.layout.Time, b.Time[row])
	for i, from := range w.order {
		w.layout.Cols[i].AppendFrom(b.Cols[from], row)
	}
	w.rows = append(w.rows[:0], 0)
	w.t.Add(&w.layout.Batch, w.rows, w.report)
}

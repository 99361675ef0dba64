package table

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// change is a delete, update, or update or insert of a table in memory.
type change struct {
	t      *Memory
	write  *check.TableWrite
	find   *finder
	set    []*expr.Program
	reads  []int // columns that set reads
	direct bool  // set can be computed for whole batches: see Change
	report func(error)
	slots  []int32
	rows   []int32
	one    column.Batch
	layout *column.Buffer // one row in the table's layout
	order  []int          // table attribute → output attribute
	fixed  []*column.Column

	// Rows of a chunk that an update or insert is to add are not in the table
	// before the chunk is done: see upsertChunk.
	fresh *Memory
	late  *change // the same change of fresh
	added *column.Buffer

	view    column.Batch     // candidates as the assignments so far leave them
	after   []*column.Column // its columns
	values  []column.Column  // by assignment
	keys    []int            // attributes of the primary key that are assigned
	indexes []*secondary     // of assigned attributes
	reindex []*secondary
	moved   *column.Buffer // the key that a row is to have
	whole   bool           // the row that is found is replaced: see overwrite
}

// Change implements Table.
func (t *Memory) Change(w *check.TableWrite, out schema.Attributes, env expr.Env, report func(error)) (Change, error) {
	c, err := t.change(w, out, env, report)
	if err != nil || w.Kind != check.UpdateOrInsert || c.direct {
		return c, err
	}
	c.fresh = NewMemory(&check.Table{Name: t.def.Name, Attrs: t.def.Attrs})
	c.late, err = c.fresh.change(w, out, env, report)
	return c, err
}

func (t *Memory) change(w *check.TableWrite, out schema.Attributes, env expr.Env, report func(error)) (*change, error) {
	find, err := t.search(Search{Stream: out, On: w.On, Env: env})
	if err != nil {
		return nil, fmt.Errorf("on: %w", err)
	}
	whole := w.Kind == check.UpdateOrInsert && find.exact
	if whole {
		w = overwrite(w, out)
		if find, err = t.search(Search{Stream: out, On: w.On, Env: env}); err != nil {
			return nil, err
		}
	}
	c := &change{t: t, write: w, find: find, report: report, layout: column.NewBuffer(t.def.Attrs), whole: whole}
	independent := true // no assignment reads the table, or changes what finds its rows
	for _, a := range w.Set {
		p, err := expr.Compile(a.Value, env)
		if err != nil {
			return nil, fmt.Errorf("set %s: %w", t.def.Attrs[a.Column].Name, err)
		}
		c.set = append(c.set, p)
		c.reads = append(c.reads, expr.Columns(a.Value)...)
		independent = independent && !(t.keyed(a.Column) && !c.same(a)) && !expr.Fallible(a.Value)
	}
	for _, n := range c.reads {
		independent = independent && n < len(out)
	}
	c.direct = independent && find.exact
	slices.Sort(c.reads)
	c.reads = slices.Compact(c.reads)
	if w.Kind == check.UpdateOrInsert {
		for i := range t.def.Attrs {
			c.order = append(c.order, out.Index(t.def.Attrs[i].Name))
		}
	}
	c.prepare()
	return c, nil
}

// overwrite is the update or insert that an equality on the whole primary key
// means to Siddhi: the event takes the place of the row with its key, whatever
// the condition compares the key with. What is to be set is not looked at; check
// warns of that.
func overwrite(w *check.TableWrite, out schema.Attributes) *check.TableWrite {
	all := *w
	all.On, all.Set = nil, nil
	for i, a := range w.Table.Attrs {
		value := &check.Column{Span: w.On.Position(), Index: out.Index(a.Name), Name: a.Name, T: a.Type}
		if slices.Contains(w.Table.PrimaryKey, i) {
			column := &check.Column{Span: value.Span, Index: len(out) + i, Name: a.Name, T: a.Type}
			var same check.Expr = &check.Binary{Span: value.Span, Op: ast.EQ, L: column, R: value, T: schema.Bool}
			if all.On != nil {
				same = &check.Binary{Span: value.Span, Op: ast.And, L: all.On, R: same, T: schema.Bool}
			}
			all.On = same
		}
		all.Set = append(all.Set, check.Assignment{Column: i, Value: value})
	}
	return &all
}

// prepare notes which parts of keys and indexes the assignments change.
func (c *change) prepare() {
	t := c.t
	c.fixed = make([]*column.Column, len(c.set))
	c.after = make([]*column.Column, c.find.width+len(t.def.Attrs)+2) // timestamps
	c.values = make([]column.Column, len(c.set))
	for i, a := range c.write.Set {
		c.values[i].Type = t.def.Attrs[a.Column].Type
		if t.primary != nil && slices.Contains(t.primary.attrs, a.Column) && !slices.Contains(c.keys, a.Column) {
			c.keys = append(c.keys, a.Column)
		}
		for _, x := range t.indexes {
			if x.attr == a.Column && !slices.Contains(c.indexes, x) {
				c.indexes = append(c.indexes, x)
			}
		}
	}
}

// Explain implements Change.
func (c *change) Explain() string { return c.find.Explain() }

// Apply implements Change.
func (c *change) Apply(b *column.Batch) error {
	switch {
	case c.write.Kind == check.Delete:
		return c.delete(b)
	case c.direct:
		return c.updateDirect(b)
	}
	return c.updateRows(b)
}

// delete removes every row that some row of b fits. Rows that are gone cannot
// fit again, so the whole batch is looked up at once.
func (c *change) delete(b *column.Batch) error {
	found, err := c.find.Find(b)
	if err != nil {
		return err
	}
	c.slots = append(c.slots[:0], found.Slots...)
	if len(c.slots) > 1 {
		slices.Sort(c.slots)
		c.slots = slices.Compact(c.slots)
	}
	for _, slot := range c.slots {
		c.t.remove(slot)
	}
	return nil
}

// updateDirect handles the common case: the condition is equality on the
// primary key and the new values come from the event alone.
func (c *change) updateDirect(b *column.Batch) error {
	for i, p := range c.set {
		v, err := p.Eval(b)
		if err != nil {
			return err
		}
		c.fixed[i] = v
	}
	f := c.find
	for i, p := range f.keys {
		v, err := p.eval(b)
		if err != nil {
			return err
		}
		f.cols[i] = v
	}
	keys := c.t.primary
	for row := range b.N {
		id := keys.keys.LookupRow(f.cols, row)
		if id != column.None && f.sameKey(row, keys.slot[id]) {
			slot := keys.slot[id]
			if c.whole {
				c.t.rows.Time[slot] = b.Time[row]
			}
			for i, a := range c.write.Set {
				// One key is null or the text "null", if there are several.
				if !c.t.keyed(a.Column) || c.fixed[i].IsNull(row) != c.t.rows.Cols[a.Column].IsNull(int(slot)) {
					c.t.rows.Set(slot, a.Column, c.fixed[i], row)
				}
			}
			continue
		}
		if c.write.Kind == check.UpdateOrInsert {
			if err := c.insert(b, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// same says whether an assignment to a key attribute gives it the value by
// which the row was found: then it changes nothing.
func (c *change) same(a check.Assignment) bool {
	if c.t.primary == nil || !slices.Contains(c.t.primary.attrs, a.Column) || slices.Contains(c.t.def.Indexes, a.Column) {
		return false
	}
	value, ok := a.Value.(*check.Column)
	if !ok || value.Index >= c.find.width || c.write.On == nil {
		return false
	}
	return slices.ContainsFunc(check.Conjuncts(c.write.On), func(e check.Expr) bool {
		t, ok := termOf(e, c.find.width, c.find.width+len(c.t.def.Attrs))
		if !ok || t.attr != a.Column {
			return false
		}
		by, ok := t.value.(*check.Column)
		return ok && by.Index == value.Index && by.T == c.t.def.Attrs[a.Column].Type
	})
}

// updateRows is the general case, row by row.
func (c *change) updateRows(b *column.Batch) error {
	if c.late == nil {
		return c.updateEach(b, 0, b.N)
	}
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		update := c.updateEach
		if hi-lo > 1 {
			update = c.upsertChunk
		}
		if err := update(b, lo, hi); err != nil {
			return err
		}
	}
	return nil
}

// upsertChunk updates with the rows of a chunk that find something, and puts
// the others together: as in Siddhi each of them updates those before it that it
// fits, or stands for itself, and what that gives is added at the end.
func (c *change) upsertChunk(b *column.Batch, lo, hi int) error {
	for row := lo; row < hi; row++ {
		c.slice(b, row)
		found, err := c.find.Find(&c.one)
		switch {
		case err != nil:
		case len(found.Rows) > 0:
			err = c.assign(found)
		default:
			err = c.late.updateEach(&c.one, 0, 1)
		}
		if err != nil {
			c.fresh.clear()
			return err
		}
	}
	if c.fresh.Len() == 0 {
		return nil
	}
	if c.added == nil {
		c.added = column.NewBuffer(c.t.def.Attrs)
	}
	c.slots = c.fresh.scan(c.slots[:0])
	c.fresh.rows.Gather(c.added, c.slots)
	c.fresh.clear()
	return c.t.Add(&c.added.Batch, c.report)
}

// updateEach lets rows lo to hi act one after the other.
func (c *change) updateEach(b *column.Batch, lo, hi int) error {
	for row := lo; row < hi; row++ {
		c.slice(b, row)
		found, err := c.find.Find(&c.one)
		if err != nil {
			return err
		}
		if len(found.Rows) == 0 {
			if c.write.Kind == check.UpdateOrInsert {
				if err := c.insert(b, row); err != nil {
					return err
				}
			}
			continue
		}
		if err := c.assign(found); err != nil {
			return err
		}
	}
	return nil
}

// slice makes c.one the view of a single row.
func (c *change) slice(b *column.Batch, row int) {
	ends := b.Ends
	b.Ends = nil // a row of a chunk is looked at alone; restored at once
	b.Slice(&c.one, row, row+1)
	b.Ends = ends
}

// assign gives the rows that were found, all for the one row of c.one, their
// new values. An assignment sees those before it. Where a row would get a primary
// key that another has, none of them changes.
func (c *change) assign(found *Matches) error {
	c.slots = append(c.slots[:0], found.Slots...)
	c.rows = append(c.rows[:0], found.Rows...)
	c.find.candidates(&c.one, c.rows, c.slots, c.reads)
	cand := &c.find.cand.Batch
	copy(c.after, cand.Cols)
	c.view.N, c.view.Time, c.view.Cols = cand.N, cand.Time, c.after
	for i, p := range c.set {
		v, err := p.Eval(&c.view)
		if err != nil {
			return err
		}
		own := &c.values[i] // a copy: v may be a column that a later assignment replaces
		own.Reset()
		own.AppendColumn(v, len(c.slots))
		c.after[c.find.width+c.write.Set[i].Column] = own
	}
	if err := c.takenKey(); err != nil {
		c.report(err)
		return nil
	}
	moved := false
	for i, slot := range c.slots {
		moved = c.store(slot, i) || moved
	}
	if moved && !c.whole {
		c.requeue()
	}
	return nil
}

// requeue puts the changed rows behind all others. Siddhi takes rows out and adds
// them again when a key or index changes; it shows in the order of a hash map.
func (c *change) requeue() {
	if c.t.primary == nil || c.t.primary.places == nil {
		return
	}
	for _, slot := range c.slots {
		c.t.unlink(slot)
		c.t.link(slot)
	}
}

// newValue returns the column with what an assigned attribute is to be.
func (c *change) newValue(attr int) *column.Column { return c.after[c.find.width+attr] }

// moves says whether a row gets another value in an assigned attribute.
func (c *change) moves(slot int32, attr, at int) bool {
	have, want := &c.t.rows.Cols[attr], c.newValue(attr)
	return !column.SameKey(have, int(slot), want, at) || have.IsNull(int(slot)) != want.IsNull(at)
}

// movesKey says whether a row gets another primary key.
func (c *change) movesKey(slot int32, at int) bool {
	return slices.ContainsFunc(c.keys, func(attr int) bool { return c.moves(slot, attr, at) })
}

// takenKey returns an error if a row would get a primary key that another row
// has, or is to have, or a null where that cannot be one.
func (c *change) takenKey() error {
	p := c.t.primary
	var fresh *column.KeyIndex
	for at, slot := range c.slots {
		if len(c.keys) == 0 || !c.movesKey(slot, at) {
			continue
		}
		if p.sorted != nil && c.newValue(p.attrs[0]).IsNull(at) {
			return &RefusedUpdateError{Table: c.t.def.Name, Reason: "the primary key " + c.t.def.Attrs[p.attrs[0]].Name + " would be null"}
		}
		c.keyOf(slot, at)
		id := p.keys.LookupRow(p.cols, 0)
		if id == column.None && len(c.slots) > 1 {
			if fresh == nil {
				fresh = p.keys.Like()
			}
			if _, added := fresh.InsertRow(p.cols, 0); added {
				continue
			}
		} else if id == column.None {
			continue
		}
		return &RefusedUpdateError{Table: c.t.def.Name, Reason: "two rows would have the primary key " + keyText(p.cols, 0)}
	}
	return nil
}

// keyOf makes p.cols the primary key that a row is to have.
func (c *change) keyOf(slot int32, at int) {
	p := c.t.primary
	if c.moved == nil {
		c.moved = column.NewBuffer(c.t.def.Attrs)
	}
	for i, a := range p.attrs {
		key := c.moved.Cols[a]
		key.Reset()
		if slices.Contains(c.keys, a) {
			key.AppendFrom(c.newValue(a), at)
		} else {
			key.AppendFrom(&c.t.rows.Cols[a], int(slot))
		}
		p.cols[i] = key
	}
}

// store writes the new values of a row, and its places in the indexes. It
// reports whether any of these has changed.
func (c *change) store(slot int32, at int) (moved bool) {
	t := c.t
	key := len(c.keys) > 0 && c.movesKey(slot, at)
	if key {
		t.primary.remove(t.rows, slot)
	}
	for _, x := range c.indexes {
		if c.moves(slot, x.attr, at) {
			x.remove(t.rows, slot)
			c.reindex = append(c.reindex, x)
		}
	}
	for i, a := range c.write.Set {
		t.rows.Set(slot, a.Column, &c.values[i], at)
	}
	if key {
		for i, a := range t.primary.attrs {
			t.primary.cols[i] = &t.rows.Cols[a]
		}
		id, _ := t.primary.keys.InsertRow(t.primary.cols, int(slot))
		t.primary.bind(t.rows, id, slot)
	}
	moved = key || len(c.reindex) > 0
	for _, x := range c.reindex {
		x.add(t.rows, slot)
	}
	c.reindex = c.reindex[:0]
	return moved
}

// insert adds a row of b in the table's layout.
func (c *change) insert(b *column.Batch, row int) error {
	c.layout.Reset()
	c.layout.N = 1
	c.layout.Time = append(c.layout.Time, b.Time[row])
	for i, from := range c.order {
		c.layout.Cols[i].AppendFrom(b.Cols[from], row)
	}
	return c.t.Add(&c.layout.Batch, c.report)
}

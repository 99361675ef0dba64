package table

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// finder searches a table in memory. Its condition is over the stream's columns
// followed by the table's. What an index answers is asked of the best one: the
// primary key by equality, another index by equality, a range of numbers. The
// rest of the condition is tested on the rows found; without an index on all rows.
type finder struct {
	t        *Memory
	width    int      // stream columns
	keys     []*probe // one for each attribute of the hash index; nil: none is used
	index    *secondary
	attr     int      // of the range
	tree     *ordered // nil: no range
	ends     [2]bound
	rest     *expr.Predicate // nil: nothing left to test
	reads    []int           // columns that rest reads
	exact    bool            // the condition is equality on the whole primary key and nothing else
	converts bool            // a probe is of another type than its attribute
	either   *union          // the sides of an `or`; then the fields above are not used
	cand     *column.Buffer  // stream columns, then table columns, of candidate pairs
	cols     []*column.Column
	ids      []int32
	found    Matches
}

// Search implements Table.
func (t *Memory) Search(s Search) (Finder, error) { return t.search(s) }

func (t *Memory) search(s Search) (*finder, error) {
	s.On = t.otherKeys(s.On, len(s.Stream))
	if f, err := t.searchUnion(s); f != nil || err != nil {
		return f, err
	}
	f := &finder{t: t, width: len(s.Stream)}
	attrs := append(append(schema.Attributes{}, s.Stream...), t.def.Attrs...)
	f.cand = column.NewBuffer(append(attrs, schema.Attribute{Type: schema.Long}, schema.Attribute{Type: schema.Long})) // timestamps
	var parts []check.Expr
	if s.On != nil {
		parts = check.Conjuncts(s.On)
	}
	rest, err := f.choose(parts, s.Env)
	if err != nil || len(rest) == 0 {
		return f, err
	}
	joined := rest[0]
	for _, e := range rest[1:] {
		joined = &check.Binary{Span: s.On.Position(), Op: ast.And, L: joined, R: e, T: schema.Bool}
	}
	f.reads = expr.Columns(joined)
	f.rest, err = expr.CompilePredicate(joined, s.Env)
	return f, err
}

// choose takes the best index and returns the conjuncts that remain to be tested.
func (f *finder) choose(parts []check.Expr, env expr.Env) ([]check.Expr, error) {
	equal := map[int]int{} // attribute → the conjunct that fixes it
	terms := make([]term, len(parts))
	for i, e := range parts {
		t, ok := termOf(e, f.width, f.width+len(f.t.def.Attrs))
		terms[i] = t
		if _, twice := equal[t.attr]; ok && t.op == ast.EQ && !twice {
			equal[t.attr] = i
		}
		if !ok {
			terms[i].value = nil
		}
	}
	used := make([]bool, len(parts))
	var err error
	switch attrs := f.hashed(equal); {
	case attrs != nil:
		err = f.useHash(attrs, equal, terms, used, env)
	default:
		err = f.useRange(terms, used, env)
	}
	if err != nil {
		return nil, err
	}
	var rest []check.Expr
	for i, e := range parts {
		if !used[i] {
			rest = append(rest, e)
		}
	}
	f.exact = f.keys != nil && f.index == nil && len(rest) == 0
	return rest, nil
}

// hashed returns the attributes of the hash index to use, or nil: the primary
// key if all its attributes are fixed, else the first index that is.
func (f *finder) hashed(equal map[int]int) []int {
	if p := f.t.primary; p != nil {
		fixed := 0
		for _, a := range p.attrs {
			if _, ok := equal[a]; ok {
				fixed++
			}
		}
		if fixed == len(p.attrs) {
			return p.attrs
		}
	}
	for _, x := range f.t.indexes {
		if _, ok := equal[x.attr]; ok {
			f.index = x
			return []int{x.attr}
		}
	}
	return nil
}

func (f *finder) useHash(attrs []int, equal map[int]int, terms []term, used []bool, env expr.Env) error {
	for _, a := range attrs {
		p, err := expr.Compile(terms[equal[a]].value, env)
		if err != nil {
			return err
		}
		f.keys = append(f.keys, &probe{value: p, conv: column.Column{Type: f.t.def.Attrs[a].Type}})
		f.converts = f.converts || terms[equal[a]].value.Type() != f.t.def.Attrs[a].Type
		used[equal[a]] = true
	}
	f.cols = make([]*column.Column, len(attrs))
	return nil
}

// useRange looks for an attribute with sorted values that has bounds: the
// primary key, else the first index. Of two lower or upper bounds one is used.
func (f *finder) useRange(terms []term, used []bool, env expr.Env) error {
	for _, try := range f.t.sorted() {
		for i, t := range terms {
			if t.value == nil || t.attr != try.attr || !t.op.IsOrdering() {
				continue
			}
			end := &f.ends[0]
			if t.op == ast.LT || t.op == ast.LE {
				end = &f.ends[1]
			}
			if end.value != nil {
				continue
			}
			p, err := expr.Compile(t.value, env)
			if err != nil {
				return err
			}
			end.value, end.op, used[i] = p, t.op, true
			f.tree, f.attr = try.tree, try.attr
		}
		if f.tree != nil {
			return nil
		}
	}
	return nil
}

// sortedAttr is an attribute whose values an index has in order.
type sortedAttr struct {
	attr int
	tree *ordered
}

func (t *Memory) sorted() []sortedAttr {
	var all []sortedAttr
	if p := t.primary; p != nil && p.sorted != nil {
		all = append(all, sortedAttr{p.attrs[0], p.sorted})
	}
	for _, x := range t.indexes {
		if x.sorted != nil {
			all = append(all, sortedAttr{x.attr, x.sorted})
		}
	}
	return all
}

// Explain implements Finder.
func (f *finder) Explain() string {
	switch {
	case f.either != nil:
		return f.either.explain()
	case f.tree != nil:
		return "by range of " + f.t.def.Attrs[f.attr].Name
	case f.keys == nil:
		return "by scan"
	case f.index != nil:
		return "by index on " + f.t.def.Attrs[f.index.attr].Name
	}
	return "by primary key"
}

// Find implements Finder.
func (f *finder) Find(b *column.Batch) (*Matches, error) {
	m := &f.found
	m.Rows, m.Slots, m.Cols, m.Times = m.Rows[:0], m.Slots[:0], f.t.rows.Cols, f.t.rows.Time
	var err error
	switch {
	case f.either != nil:
		err = f.either.find(b, m)
	case f.keys != nil:
		if err = f.byHash(b); err == nil {
			err = f.test(b, 0)
		}
	case f.tree != nil:
		err = f.byRange(b)
	default:
		err = f.byScan(b)
	}
	return m, err
}

// byHash finds the rows of the table with the values that b's rows ask for.
func (f *finder) byHash(b *column.Batch) error {
	for i, p := range f.keys {
		v, err := p.eval(b)
		if err != nil {
			return err
		}
		f.cols[i] = v
	}
	if f.index != nil {
		f.byIndex(b)
		return nil
	}
	p := f.t.primary
	f.ids = p.keys.Lookup(f.cols, b.N, f.ids[:0])
	for row, id := range f.ids {
		if id == column.None || b.KindOf(row) == column.Reset {
			continue
		}
		if slot := p.slot[id]; f.sameKey(row, slot) {
			f.found.add(int32(row), slot)
		}
	}
	return nil
}

func (f *finder) byIndex(b *column.Batch) {
	x := f.index
	f.ids = x.keys.Lookup(f.cols, b.N, f.ids[:0])
	for row, id := range f.ids {
		if id == column.None || b.KindOf(row) == column.Reset || f.cols[0].IsNull(row) {
			continue
		}
		for slot := x.rows.First(id); slot != column.None; slot = x.rows.Next(slot) {
			if !f.t.rows.Cols[x.attr].IsNull(int(slot)) {
				f.found.add(int32(row), slot)
			}
		}
	}
}

// sameKey says whether the key that a row of b asks for, for which the index has
// given a slot, is that of the slot as a condition sees it. A null is equal to
// nothing, with one exception that is Siddhi's: where the condition is equality on
// the whole primary key and nothing else, it is answered by a hash map, to which
// null is a key. It does not hold for nulls that stand for "no such value": see probe.
func (f *finder) sameKey(row int, slot int32) bool {
	if f.exact && !f.converts {
		return true
	}
	for i, a := range f.t.primary.attrs {
		if f.cols[i].IsNull(row) || f.t.rows.Cols[a].IsNull(int(slot)) {
			return false
		}
	}
	return true
}

// byRange finds the rows of the table whose number lies where b's rows ask for.
// By the primary key they come in its order, else in that in which they were added.
func (f *finder) byRange(b *column.Batch) error {
	for i := range f.ends {
		if err := f.ends[i].eval(b); err != nil {
			return err
		}
	}
	t := f.t.def.Attrs[f.attr].Type
	byKey := f.t.primary != nil && f.tree == f.t.primary.sorted
	for row := range b.N {
		if b.KindOf(row) == column.Reset {
			continue
		}
		lo, hi := extent(t)
		if !f.ends[0].limit(t, row, &lo, &hi) || !f.ends[1].limit(t, row, &lo, &hi) {
			continue
		}
		first := len(f.found.Slots)
		f.found.Slots = f.tree.between(lo, hi, f.found.Slots)
		f.pair(int32(row), first)
		if err := f.test(b, first); err != nil {
			return err
		}
		if !byKey {
			f.t.byAge(f.found.Slots[first:])
			f.sortEach(first)
		}
	}
	return nil
}

// byScan tests all rows of the table for each row of b.
func (f *finder) byScan(b *column.Batch) error {
	tested := 0
	for row := range b.N {
		if b.KindOf(row) == column.Reset {
			continue
		}
		first := len(f.found.Slots)
		f.found.Slots = f.t.scan(f.found.Slots)
		f.pair(int32(row), first)
		if len(f.found.Slots)-tested >= expr.PairsAtOnce {
			if err := f.test(b, tested); err != nil {
				return err
			}
			f.sortEach(tested)
			tested = len(f.found.Slots)
		}
	}
	if err := f.test(b, tested); err != nil {
		return err
	}
	f.sortEach(tested)
	return nil
}

// sortEach puts the slots of each row from index first on in the table's order.
func (f *finder) sortEach(first int) {
	if f.t.primary == nil || f.t.primary.places == nil {
		return
	}
	m := &f.found
	for i := first + 1; i <= len(m.Rows); i++ {
		if i == len(m.Rows) || m.Rows[i] != m.Rows[first] {
			f.t.primary.places.sort(m.Slots[first:i])
			first = i
		}
	}
}

// pair gives the slots from first on to a row.
func (f *finder) pair(row int32, first int) {
	for range len(f.found.Slots) - first {
		f.found.Rows = append(f.found.Rows, row)
	}
}

// test keeps the pairs from index first on that satisfy the rest of the condition.
func (f *finder) test(b *column.Batch, first int) error {
	m := &f.found
	if f.rest == nil || len(m.Rows) == first {
		return nil
	}
	kept, err := f.rest.SelectPairs(m.Rows[first:], m.Slots[first:], func(rows, slots []int32) *column.Batch {
		return f.candidates(b, rows, slots, f.reads)
	})
	m.Rows, m.Slots = m.Rows[:first+kept], m.Slots[:first+kept]
	return err
}

// candidates gives the columns in need of the given pairs.
func (f *finder) candidates(b *column.Batch, rows, slots []int32, need []int) *column.Batch {
	f.cand.Reset()
	f.cand.N = len(rows)
	for _, r := range rows {
		f.cand.Time = append(f.cand.Time, b.Time[r])
	}
	for _, n := range need {
		switch k := n - f.width; {
		case k < 0:
			f.cand.Cols[n].Gather(b.Cols[n], rows)
		case k < len(f.t.rows.Cols):
			f.cand.Cols[n].Gather(&f.t.rows.Cols[k], slots)
		case k == len(f.t.rows.Cols):
			f.cand.Cols[n].GatherTimes(b.Time, rows)
		default:
			f.cand.Cols[n].GatherTimes(f.t.rows.Time, slots)
		}
	}
	return &f.cand.Batch
}

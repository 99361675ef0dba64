package table

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
)

// Condition finds the rows of a table that fit a row of a stream. Its
// expression is over the stream's columns followed by the table's. Equalities
// between a table attribute with an index and something that only reads the
// stream become index probes; the rest is tested on the rows found.
type Condition struct {
	t     *Table
	width int              // stream columns
	probe []*expr.Program  // one for each attribute of the index; nil: scan
	index *secondary       // nil with probe: the primary key
	rest  *expr.Predicate  // nil: nothing left to test
	reads []int            // columns that rest reads
	exact bool             // the condition is equality on the whole primary key and nothing else
	cand  *column.Buffer   // stream columns, then table columns, of candidate pairs
	pass  []int32          // candidates that rest accepts
	cols  []*column.Column // probe values
	conv  []column.Column  // probe values widened to the attribute's type
	ids   []int32
	pairs Pairs
}

// Pairs is a list of (row of a batch, slot of a table), rows ascending.
type Pairs struct{ Rows, Slots []int32 }

func (p *Pairs) add(row, slot int32) {
	p.Rows = append(p.Rows, row)
	p.Slots = append(p.Slots, slot)
}

func (p *Pairs) reset() { p.Rows, p.Slots = p.Rows[:0], p.Slots[:0] }

// NewCondition compiles on, which may be nil: every pair fits.
func NewCondition(t *Table, stream schema.Attributes, on check.Expr, env expr.Env) (*Condition, error) {
	c := &Condition{t: t, width: len(stream)}
	attrs := append(append(schema.Attributes{}, stream...), t.def.Attrs...)
	c.cand = column.NewBuffer(attrs)
	var parts []check.Expr
	if on != nil {
		parts = conjuncts(on, nil)
	}
	rest, err := c.chooseIndex(parts, env)
	if err != nil || len(rest) == 0 {
		return c, err
	}
	joined := rest[0]
	for _, e := range rest[1:] {
		joined = &check.Binary{Span: on.Position(), Op: ast.And, L: joined, R: e, T: schema.Bool}
	}
	c.reads = expr.Columns(joined)
	c.rest, err = expr.CompilePredicate(joined, env)
	return c, err
}

// conjuncts appends the operands of nested ands.
func conjuncts(e check.Expr, to []check.Expr) []check.Expr {
	if b, ok := e.(*check.Binary); ok && b.Op == ast.And {
		return conjuncts(b.R, conjuncts(b.L, to))
	}
	return append(to, e)
}

// equality returns the table attribute and the stream's side of e, if e is an
// equality that an index can answer.
func (c *Condition) equality(e check.Expr) (attr int, value check.Expr) {
	b, ok := e.(*check.Binary)
	if !ok || b.Op != ast.EQ {
		return -1, nil
	}
	for _, s := range [2][2]check.Expr{{b.L, b.R}, {b.R, b.L}} {
		col, ok := s[0].(*check.Column)
		if !ok || col.Index < c.width || !c.streamOnly(s[1]) {
			continue
		}
		have, want := s[1].Type(), col.T
		if have == want || have == schema.Int && want == schema.Long {
			return col.Index - c.width, s[1]
		}
	}
	return -1, nil
}

func (c *Condition) streamOnly(e check.Expr) bool {
	if expr.Fallible(e) {
		return false
	}
	for _, col := range expr.Columns(e) {
		if col >= c.width {
			return false
		}
	}
	return true
}

// chooseIndex takes the primary key if its attributes are all given, else the
// first index that is, and returns the conjuncts that remain to be tested.
func (c *Condition) chooseIndex(parts []check.Expr, env expr.Env) ([]check.Expr, error) {
	by := map[int]int{} // table attribute → conjunct
	values := make([]check.Expr, len(parts))
	for i, e := range parts {
		if attr, v := c.equality(e); attr >= 0 {
			values[i] = v
			if _, twice := by[attr]; !twice {
				by[attr] = i
			}
		}
	}
	var attrs []int
	if p := c.t.primary; p != nil && !slices.ContainsFunc(p.attrs, func(a int) bool { _, ok := by[a]; return !ok }) {
		attrs = p.attrs
	} else {
		for _, x := range c.t.indexes {
			if _, ok := by[x.attr]; ok {
				attrs, c.index = []int{x.attr}, x
				break
			}
		}
	}
	if attrs == nil {
		return parts, nil
	}
	used := map[int]bool{}
	for _, a := range attrs {
		p, err := expr.Compile(values[by[a]], env)
		if err != nil {
			return nil, err
		}
		c.probe = append(c.probe, p)
		c.conv = append(c.conv, column.Column{Type: c.t.def.Attrs[a].Type})
		used[by[a]] = true
	}
	c.cols = make([]*column.Column, len(attrs))
	var rest []check.Expr
	for i, e := range parts {
		if !used[i] {
			rest = append(rest, e)
		}
	}
	c.exact = c.index == nil && len(rest) == 0
	return rest, nil
}

// batchOfPairs bounds how many candidates are tested at once.
const batchOfPairs = 4096

// Find returns the pairs that fit, for rows of b that are not Reset; they are
// valid until the next call. Slots of one row come in insertion order.
func (c *Condition) Find(b *column.Batch) (*Pairs, error) {
	c.pairs.reset()
	if c.probe != nil {
		if err := c.probeIndex(b); err != nil {
			return nil, err
		}
		return &c.pairs, c.test(b, 0)
	}
	tested := 0
	for row := range int32(b.N) {
		if b.KindOf(int(row)) == column.Reset {
			continue
		}
		for slot := c.t.order.Head; slot != column.None; slot = c.t.rows.Next[slot] {
			c.pairs.add(row, slot)
		}
		if len(c.pairs.Rows)-tested >= batchOfPairs {
			if err := c.test(b, tested); err != nil {
				return nil, err
			}
			tested = len(c.pairs.Rows)
		}
	}
	return &c.pairs, c.test(b, tested)
}

// probeIndex finds the rows of the table with the values that b's rows ask for.
func (c *Condition) probeIndex(b *column.Batch) error {
	for i, p := range c.probe {
		v, err := p.Eval(b)
		if err != nil {
			return err
		}
		c.cols[i] = c.widen(i, v, b.N)
	}
	keys := c.t.primary
	if c.index != nil {
		c.ids = c.index.keys.Lookup(c.cols, b.N, c.ids[:0])
	} else {
		c.ids = keys.keys.Lookup(c.cols, b.N, c.ids[:0])
	}
	for row, id := range c.ids {
		if id == column.None || b.KindOf(row) == column.Reset || c.anyNull(row) {
			continue
		}
		if c.index == nil {
			if slot := keys.slot[id]; !c.nullKey(keys.attrs, slot) {
				c.pairs.add(int32(row), slot)
			}
			continue
		}
		for slot := c.index.head[id]; slot != column.None; slot = c.index.next[slot] {
			if !c.t.rows.Cols[c.index.attr].IsNull(int(slot)) {
				c.pairs.add(int32(row), slot)
			}
		}
	}
	return nil
}

// widen returns v with the type of probe i.
func (c *Condition) widen(i int, v *column.Column, n int) *column.Column {
	w := &c.conv[i]
	if v.Type == w.Type {
		return v
	}
	w.Resize(n)
	for r, x := range v.I32[:n] {
		w.I64[r] = int64(x)
	}
	if v.HasNulls() {
		for r := range n {
			if v.Nulls[r] {
				w.SetNull(r)
			}
		}
	}
	return w
}

// anyNull says whether a probe value is null: null equals nothing.
func (c *Condition) anyNull(row int) bool {
	for _, v := range c.cols {
		if v.IsNull(row) {
			return true
		}
	}
	return false
}

// nullKey says whether a key attribute of a row is null: the index takes it for "null".
func (c *Condition) nullKey(attrs []int, slot int32) bool {
	for _, a := range attrs {
		if c.t.rows.Cols[a].IsNull(int(slot)) {
			return true
		}
	}
	return false
}

// test keeps the pairs from index first on that satisfy the rest of the condition.
func (c *Condition) test(b *column.Batch, first int) error {
	if c.rest == nil || len(c.pairs.Rows) == first {
		return nil
	}
	kept := first
	for first < len(c.pairs.Rows) {
		last := min(first+batchOfPairs, len(c.pairs.Rows))
		c.candidates(b, c.pairs.Rows[first:last], c.pairs.Slots[first:last], c.reads)
		rows, err := c.rest.Select(&c.cand.Batch, c.pass[:0])
		if err != nil {
			return err
		}
		c.pass = rows
		for _, r := range rows {
			c.pairs.Rows[kept], c.pairs.Slots[kept] = c.pairs.Rows[first+int(r)], c.pairs.Slots[first+int(r)]
			kept++
		}
		first = last
	}
	c.pairs.Rows, c.pairs.Slots = c.pairs.Rows[:kept], c.pairs.Slots[:kept]
	return nil
}

// candidates fills c.cand with the columns in need of the given pairs.
func (c *Condition) candidates(b *column.Batch, rows, slots []int32, need []int) {
	c.cand.Reset()
	c.cand.N = len(rows)
	for _, r := range rows {
		c.cand.Time = append(c.cand.Time, b.Time[r])
	}
	for _, n := range need {
		if n < c.width {
			c.cand.Cols[n].Gather(b.Cols[n], rows)
		} else {
			c.cand.Cols[n].Gather(&c.t.rows.Cols[n-c.width], slots)
		}
	}
}

// Contains implements expr.Membership for `in`.
func (c *Condition) Contains(b *column.Batch, out []bool) error {
	pairs, err := c.Find(b)
	if err != nil {
		return err
	}
	clear(out[:b.N])
	for _, r := range pairs.Rows {
		out[r] = true
	}
	return nil
}

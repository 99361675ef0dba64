package operator

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

const tagType = schema.Int // of the column of group ids

// groups has the aggregates of a selector for every group of every partition
// key. A group is a dense id: without group by the partition key's id (0
// outside of partitions), else that of (partition key, group by values).
type groups struct {
	by      []*check.Column
	grouped bool // has group by
	keyed   bool
	sliding bool // rows may expire
	aggs    []aggregate.Function
	renew   func() error // makes aggs, which are empty then: for a restore
	args    [][]item
	parts   []*part          // of aggs; nil for one that every row is told to
	results []*column.Column // one per aggregate, a value per row; the selector's
	seen    *partView        // what parts read; nil if there are none
	lasting bool             // Reset rows reset nothing

	index *column.KeyIndex // nil when the key is the group
	of    column.Chains    // inside partitions: which groups a key has, for Reset rows
	cap   int              // groups that the aggregates have room for

	// carried is set when a Tag in front of the window has given rows their
	// group: they come with it in the column behind the input's, at this index.
	carried int
	held    []int32 // by group: tagged rows that have not expired

	rows     aggregate.Rows
	ids      []int32
	keyCol   column.Column
	cols     []*column.Column
	touched  []int32 // groups that lost a row, or all, in this batch
	viewCols []column.Column
	from     int  // the aggs in front of it have been told of the rows
	first    int  // if not 0, only so many of aggs are told of rows
	staying  bool // groups without rows keep their ids until settle

	coming arguments // of the aggregates that every row is told to
	trade  trade

	leftovers  []aggregate.Leftover // those of aggs
	remembered []int32              // groups without rows: a ring once it is full
	oldest     int                  // in it
}

// clause is what groups aggregate.
type clause struct {
	in    schema.Attributes  // columns of the rows
	calls []*check.Aggregate // their results are the columns behind those
	reads []check.Expr       // what reads results
	by    []*check.Column
	// lasting is set where Reset rows reset nothing.
	lasting bool
}

func newGroups(c clause, opts Options) (*groups, error) {
	g := &groups{by: c.by, grouped: len(c.by) > 0, keyed: opts.Keyed, sliding: opts.Sliding, lasting: c.lasting}
	g.rows.Silent = opts.Events == ast.CurrentEvents
	if opts.Tagged {
		g.carried = len(c.in)
	}
	var kinds [][]schema.Type
	for _, a := range c.calls {
		var types []schema.Type
		for _, arg := range a.Args {
			types = append(types, arg.Type())
		}
		args, err := compileArguments(a, opts.Env)
		if err != nil {
			return nil, err
		}
		g.args, kinds = append(g.args, args), append(kinds, types)
		if !g.sliding { // nothing is exchanged
			continue
		}
		leaving, err := compileArguments(a, opts.Env)
		if err != nil {
			return nil, err
		}
		g.trade.leaving.add(leaving)
	}
	if err := g.makeParts(c, opts); err != nil {
		return nil, err
	}
	for i, args := range g.args {
		if g.parts[i] == nil {
			g.coming.add(args)
		}
	}
	g.renew = func() error { return g.makeAggregates(c.calls, kinds, opts) }
	if err := g.renew(); err != nil {
		return nil, err
	}
	if g.grouped {
		g.keyCol.Type = schema.Int
		types := []schema.Type{}
		if g.keyed {
			types = append(types, schema.Int)
			g.cols = append(g.cols, &g.keyCol)
		}
		for _, c := range g.by {
			types = append(types, c.T)
			g.cols = append(g.cols, nil)
		}
		g.index = column.NewKeyIndex(javatext.KeyTypes(types...)...)
	}
	return g, nil
}

func compileArguments(a *check.Aggregate, env expr.Env) ([]item, error) {
	var args []item
	for _, arg := range a.Args {
		p, err := expr.Compile(arg, env)
		if err != nil {
			return nil, fmt.Errorf("argument of %s: %w", a.Fn.FullName(), err)
		}
		args = append(args, newItem(p))
	}
	return args, nil
}

func (g *groups) makeAggregates(calls []*check.Aggregate, types [][]schema.Type, opts Options) error {
	g.aggs, g.leftovers, g.trade.aggs = nil, nil, nil
	for i, a := range calls {
		leaving := opts.leaving()
		if leaving == aggregate.InOrder && g.parts[i] != nil {
			leaving = aggregate.AnyOrder // it may be told to take back what it has not seen
		}
		f, err := aggregate.New(a.Fn, types[i], leaving)
		if err != nil {
			return err
		}
		g.aggs = append(g.aggs, f)
		if f, ok := f.(aggregate.Grouped); ok && (g.grouped || g.keyed) {
			f.Grouped()
		}
		if e, ok := f.(aggregate.Exchanger); ok {
			g.trade.aggs = append(g.trade.aggs, e)
		}
		if l, ok := f.(aggregate.Leftover); ok {
			g.leftovers = append(g.leftovers, l)
		}
	}
	return nil
}

// update folds a batch in and returns the group of each row. g.results then
// has the aggregates as they stood after each row.
func (g *groups) update(b *column.Batch) ([]int32, error) {
	g.ids = g.ids[:0]
	for i, r := range g.results {
		if i < g.from {
			continue
		}
		if g.parts[i] != nil {
			r.Reset()
			continue
		}
		r.Resize(b.N)
	}
	if err := g.coming.evaluate(b, g.arguments()); err != nil {
		return nil, err
	}
	lo := 0
	if b.Kind != nil {
		for row, k := range b.Kind[:b.N] {
			if k != column.Reset {
				continue
			}
			if err := g.run(b, lo, row); err != nil {
				return nil, err
			}
			g.ids = append(g.ids, column.None)
			if g.seen != nil {
				g.skipReset()
			}
			if !g.lasting {
				g.reset(b.KeyOf(row), beginsChunk(b, row) && !g.staying && g.first == 0)
			}
			lo = row + 1
		}
	}
	if err := g.run(b, lo, b.N); err != nil {
		return nil, err
	}
	if !g.staying {
		g.discard()
	}
	return g.ids, nil
}

// settle ends staying.
func (g *groups) settle() {
	g.staying = false
	g.discard()
}

// clearResets makes the results at Reset rows null: they have none.
func (g *groups) clearResets(b *column.Batch) {
	if b.Kind == nil {
		return
	}
	for row, k := range b.Kind[:b.N] {
		if k == column.Reset {
			for _, r := range g.results {
				r.SetNull(row)
			}
		}
	}
}

// arguments returns how many arguments the aggregates that are told of rows take.
func (g *groups) arguments() int {
	if g.first == 0 {
		return len(g.coming.items)
	}
	n := 0
	for i, args := range g.args[:g.first] {
		if g.parts[i] == nil {
			n += len(args)
		}
	}
	return n
}

// run folds rows lo to hi, none of which is a Reset. g.coming has the arguments.
func (g *groups) run(b *column.Batch, lo, hi int) error {
	if lo == hi {
		return nil
	}
	g.assign(b, lo, hi)
	g.rows.Lo, g.rows.Hi, g.rows.Groups = lo, hi, g.ids
	if g.sliding {
		g.rows.Kinds = b.Kind
	}
	if g.seen != nil {
		g.seen.begin(b, g.results, lo, hi)
	}
	args := g.coming.cols
	for i, f := range g.aggs {
		if g.first > 0 && i == g.first {
			break
		}
		if g.parts[i] != nil {
			if i < g.from {
				continue
			}
			if err := g.tellPart(i, lo); err != nil {
				return err
			}
			continue
		}
		n := len(g.args[i])
		if i >= g.from {
			f.Update(args[:n], &g.rows, g.results[i])
		}
		args = args[n:]
	}
	if g.index != nil && g.sliding && b.Kind != nil && g.from == 0 {
		g.lose(b.Kind[lo:hi], g.ids[lo:hi])
	}
	return nil
}

// lose notes which of the groups may have lost their last row. Without kinds all
// of the rows leave.
func (g *groups) lose(kinds []column.Kind, ids []int32) {
	for i, id := range ids {
		if kinds != nil && kinds[i] != column.Expired {
			continue
		}
		if g.carried > 0 {
			n := &g.held[id]
			if *n--; *n > 0 {
				continue
			}
		}
		g.touched = append(g.touched, id)
	}
}

// assign appends the groups of rows lo to hi to g.ids.
func (g *groups) assign(b *column.Batch, lo, hi int) {
	switch {
	case g.index == nil && b.Key == nil:
		for range hi - lo {
			g.ids = append(g.ids, 0)
		}
		g.grow(1)
	case g.index == nil:
		g.ids = append(g.ids, b.Key[lo:hi]...)
		for _, k := range b.Key[lo:hi] {
			if int(k) >= g.cap {
				g.grow(int(k) + 1)
			}
		}
	case g.carried > 0:
		g.ids = append(g.ids, b.Cols[g.carried].I32[lo:hi]...)
	default:
		g.ids = g.lookUp(b, lo, hi, g.ids)
	}
}

// lookUp appends the groups of rows lo to hi to ids, adding the new ones.
func (g *groups) lookUp(b *column.Batch, lo, hi int, ids []int32) []int32 {
	first, before := len(ids), g.index.Len()
	ids = g.index.Insert(g.groupColumns(b, lo, hi), hi-lo, ids)
	if g.index.Len() != before {
		g.register(b, lo, ids[first:])
	}
	return ids
}

// groupColumns returns views of the key columns for rows lo to hi.
func (g *groups) groupColumns(b *column.Batch, lo, hi int) []*column.Column {
	cols := g.cols
	if g.keyed {
		g.keyCol.I32 = b.Key[lo:hi]
		cols = cols[1:]
	}
	whole := lo == 0 && hi == b.N
	if !whole && g.viewCols == nil {
		g.viewCols = make([]column.Column, len(g.by))
	}
	for i, c := range g.by {
		if whole {
			cols[i] = b.Cols[c.Index]
			continue
		}
		g.viewCols[i] = b.Cols[c.Index].Slice(lo, hi)
		cols[i] = &g.viewCols[i]
	}
	for i, c := range cols {
		cols[i] = javatext.Key(c, hi-lo)
	}
	return g.cols
}

// register notes which partition key new groups belong to.
func (g *groups) register(b *column.Batch, lo int, ids []int32) {
	g.grow(g.index.Cap())
	if !g.keyed {
		return
	}
	for i, id := range ids {
		if g.of.Of(id) == column.None {
			g.of.Append(b.KeyOf(lo+i), id)
		}
	}
}

func (g *groups) grow(n int) {
	if n <= g.cap {
		return
	}
	g.cap = max(n, 2*g.cap)
	for _, f := range g.aggs {
		f.Grow(g.cap)
	}
}

// reset makes all groups of a partition key new. Unless the Reset begins its
// chunk, their ids stay taken until the batch is done: the rows of a group on
// both sides of it must be told to be of one.
func (g *groups) reset(key int32, begins bool) {
	if g.index == nil {
		if int(key) < g.cap {
			g.resetGroup(key)
		}
		return
	}
	switch {
	case g.keyed:
		for id := g.of.First(key); id != column.None; id = g.of.Next(id) {
			g.resetGroup(id)
			g.touched = append(g.touched, id)
		}
	case begins:
		g.resetAll()
	default:
		for id := range int32(g.index.Cap()) {
			if g.index.Used(id) {
				g.resetGroup(id)
				g.touched = append(g.touched, id)
			}
		}
	}
}

// beginsChunk says whether a row is the first of its chunk.
func beginsChunk(b *column.Batch, row int) bool {
	if row == 0 || b.Ends == nil {
		return true
	}
	_, found := slices.BinarySearch(b.Ends, int32(row))
	return found
}

// resetAll makes all groups new and gives their ids back, at once: ids removed
// one by one would leave marks in the index that make it slower.
func (g *groups) resetAll() {
	for id := range int32(g.index.Cap()) {
		if g.index.Used(id) {
			g.resetGroup(id)
		}
	}
	g.index.Clear()
	g.touched = g.touched[:0]
}

// forget makes a group new and gives its id back.
func (g *groups) forget(id int32) {
	g.resetGroup(id)
	if g.keyed {
		g.of.Remove(id)
	}
	g.index.Remove(id)
}

func (g *groups) resetGroup(id int32) {
	for i, f := range g.aggs {
		if g.first > 0 && i == g.first {
			break
		}
		f.Reset(id)
	}
}

// discard forgets groups whose last row has expired.
func (g *groups) discard() {
	for _, id := range g.touched {
		switch {
		case !g.gone(id):
		case g.hasLeft(id):
			g.remember(id)
		default:
			g.forget(id)
		}
	}
	g.touched = g.touched[:0]
}

// gone says whether a group has no row any more.
func (g *groups) gone(id int32) bool {
	return g.index.Used(id) && (g.carried == 0 || g.held[id] == 0) && g.empty(id)
}

// maxRemembered bounds the groups that are kept for what rounding has left in
// them, lest each value that ever occurred stays for ever.
const maxRemembered = 1 << 16

// hasLeft says whether an aggregate of a group without rows is not as new.
func (g *groups) hasLeft(id int32) bool {
	for _, f := range g.leftovers {
		if f.Left(id) {
			return true
		}
	}
	return false
}

// remember keeps a group without rows, and forgets the one that has been so for
// longest if there are too many.
func (g *groups) remember(id int32) {
	if len(g.remembered) < maxRemembered {
		g.remembered = append(g.remembered, id)
		return
	}
	oldest := g.remembered[g.oldest]
	g.remembered[g.oldest] = id
	g.oldest = (g.oldest + 1) % maxRemembered
	if oldest != id && g.gone(oldest) {
		g.forget(oldest)
	}
}

// keyOf returns the partition key that a group belongs to.
func (g *groups) keyOf(id int32) int32 {
	if g.keyed {
		return g.index.Column(0).I32[id]
	}
	return 0
}

func (g *groups) empty(id int32) bool {
	for _, f := range g.aggs {
		if !f.Empty(id) {
			return false
		}
	}
	return true
}

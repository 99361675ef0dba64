package aggregation

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
)

// Reader answers one read of an aggregation. It implements table.Finder.
type Reader struct {
	a          *Aggregation
	start, end *expr.Program // end is nil with a pattern
	per        *expr.Program
	on         *expr.Predicate // nil: every row
	onReads    []int
	width      int // attributes of the rows that ask
	// settled has only closed buckets be seen, as it is inside of a partition: in
	// Siddhi open ones belong to the key for which they were filled, which is none.
	settled bool

	closed []table.Finder // by level: rows of its table within a time
	byRow  bool           // what is found there depends on the row that asks
	asks   *column.Batch  // one row: from when to when, and behind that the row that asks
	rows   *column.Buffer // what a level, or its table, gave
	part   *column.Buffer // of these those within the time
	mem    *level         // rows of open buckets, put together
	merged *level         // by event time: rows of all buckets of the clock, put together
	kept   []int32
	suffix []byte

	found table.Matches
	cols  []column.Column // of found
	cand  *column.Buffer  // of the rows that ask, then what is read, of candidate pairs
}

// Search prepares a read by rows with the attributes of s.Stream, of which s.On, over
// them and what is read, selects. With settled it sees closed buckets only.
func (a *Aggregation) Search(read *check.AggregationRead, s table.Search, settled bool) (*Reader, error) {
	attrs := read.Attrs()
	r := &Reader{
		a: a, settled: settled, width: len(s.Stream), rows: column.NewBuffer(a.def.Row), part: column.NewBuffer(a.def.Row), asks: column.NewBatch(slices.Concat(limits, s.Stream)),
		mem: newLevel(a.layout, a.levels[0].cal), merged: newLevel(a.layout, a.levels[0].cal),
		cols: make([]column.Column, len(attrs)), cand: column.NewBuffer(slices.Concat(s.Stream, attrs)),
	}
	for i, t := range attrs {
		r.cols[i].Type = t.Type
	}
	for _, p := range []struct {
		to *(*expr.Program)
		e  check.Expr
	}{{&r.start, read.Start}, {&r.end, read.End}, {&r.per, read.Per}} {
		var err error
		if p.e == nil {
			continue
		}
		if *p.to, err = expr.Compile(p.e, s.Env); err != nil {
			return nil, err
		}
	}
	if s.On != nil {
		var err error
		if r.on, err = expr.CompilePredicate(s.On, s.Env); err != nil {
			return nil, fmt.Errorf("on: %w", err)
		}
		r.onReads = expr.Columns(s.On)
	}
	on := check.And(a.within(len(s.Stream)), r.closedOnly(s.On))
	for _, t := range a.opts.Tables {
		find, err := t.Search(table.Search{Stream: slices.Concat(limits, s.Stream), On: on, Need: schema.Positions(len(a.def.Row)), Env: s.Env})
		if err != nil {
			return nil, err
		}
		r.closed = append(r.closed, find)
	}
	return r, nil
}

// limits are the attributes of a row that asks a table for rows within a time.
var limits = schema.Attributes{{Name: "start", Type: schema.Long}, {Name: "end", Type: schema.Long}}

// within is the condition that the bucket of a table's row is not before start and
// before end. These stand in front of width attributes of the row that asks.
func (a *Aggregation) within(width int) check.Expr {
	bucket := longColumn(len(limits) + width + a.def.Bucket())
	return check.And(compare(ast.LE, longColumn(0), bucket), compare(ast.LT, bucket, longColumn(1)))
}

func longColumn(i int) check.Expr { return &check.Column{Index: i, T: schema.Long} }

func compare(op ast.Op, l, r check.Expr) check.Expr {
	return &check.Binary{Op: op, L: l, R: r, T: schema.Bool}
}

// closedOnly returns those of the conditions of on that can be asked of a table's rows
// before they are put together: they read the row that asks and groups, under the
// name that these have in the stream. It is over limits, that row, and the table's.
func (r *Reader) closedOnly(on check.Expr) check.Expr {
	var all check.Expr
	for _, c := range check.Conjuncts(on) {
		if !expr.Lasting(c) {
			continue
		}
		known := true
		moved := check.Moved(c, func(col *check.Column) int {
			if col.Index < r.width {
				return len(limits) + col.Index
			}
			at := r.group(col.Index - r.width)
			known = known && at >= 0
			return len(limits) + r.width + at
		})
		if !known || moved == nil {
			continue
		}
		for _, col := range expr.Columns(c) {
			r.byRow = r.byRow || col < r.width
		}
		all = check.And(all, moved)
	}
	return all
}

// group returns the attribute of a row that result i is, if that is a group of its name; else -1.
func (r *Reader) group(i int) int {
	def := r.a.def
	if i >= len(def.Results) || def.Results[i].Kind != check.ResultColumn {
		return -1
	}
	of := def.Results[i].Of
	if def.Values[of].Fold != check.FoldGroup || def.Row[of].Name != def.Out[i].Name {
		return -1
	}
	return of
}

// Explain implements table.Finder.
func (r *Reader) Explain() string { return "by time, on " + r.closed[0].Explain() }

// span is what one row asks for.
type span struct {
	start, end int64
	level      int
}

// Find implements table.Finder. Rows that ask for the same are answered together.
func (r *Reader) Find(b *column.Batch) (*table.Matches, error) {
	m := &r.found
	m.Rows, m.Slots = m.Rows[:0], m.Slots[:0]
	for i := range r.cols {
		r.cols[i].Reset()
	}
	m.Cols = r.cols
	values, err := r.evaluate(b)
	if err != nil {
		return nil, err
	}
	var last span
	first, size := int32(0), int32(-1)
	for row := range b.N {
		if b.KindOf(row) == column.Reset {
			continue
		}
		s, err := r.span(values, row)
		if err != nil {
			return nil, err
		}
		if size < 0 || s != last || r.byRow {
			first = int32(r.cols[0].Len())
			if err := r.read(s, b, row); err != nil {
				return nil, err
			}
			last, size = s, int32(r.cols[0].Len())-first
		}
		for slot := range size {
			m.Rows, m.Slots = append(m.Rows, int32(row)), append(m.Slots, first+slot)
		}
	}
	if r.on == nil || len(m.Rows) == 0 {
		return m, nil
	}
	kept, err := r.on.SelectPairs(m.Rows, m.Slots, func(rows, slots []int32) *column.Batch { return r.candidates(b, rows, slots) })
	m.Rows, m.Slots = m.Rows[:kept], m.Slots[:kept]
	return m, err
}

// evaluate returns the values of within and per for each row; the second is nil with a pattern.
func (r *Reader) evaluate(b *column.Batch) (values [3]*column.Column, err error) {
	for i, p := range []*expr.Program{r.start, r.end, r.per} {
		if p == nil {
			continue
		}
		if values[i], err = p.Eval(b); err != nil {
			return values, err
		}
	}
	return values, nil
}

var errNoTime = errors.New("within is null")

// span returns what a row asks for.
func (r *Reader) span(values [3]*column.Column, row int) (s span, err error) {
	if r.end == nil {
		if values[0].IsNull(row) {
			return s, errNoTime
		}
		s.start, s.end, err = parsePattern(values[0].String(row))
	} else if s.start, err = moment(values[0], row); err == nil {
		s.end, err = moment(values[1], row)
	}
	if err != nil {
		return s, err
	}
	if s.start >= s.end {
		return s, fmt.Errorf("within: %s is not before %s", dateTime(s.start), dateTime(s.end))
	}
	if values[2].IsNull(row) {
		return s, errors.New("per is null")
	}
	word := values[2].String(row)
	unit, ok := check.Granularity(word)
	if !ok {
		return s, fmt.Errorf("per: '%s' is not a granularity; write 'sec', 'min', 'hours', 'days', 'months' or 'years'", word)
	}
	if s.level = r.a.def.Level(unit); s.level < 0 {
		return s, fmt.Errorf("per: aggregation %s keeps nothing for each %s", r.a.def.Name, unit)
	}
	return s, nil
}

// moment returns a time of within.
func moment(c *column.Column, row int) (int64, error) {
	switch {
	case c.IsNull(row):
		return 0, errNoTime
	case c.Type == schema.Long:
		return c.I64[row], nil
	}
	t, err := parseTime(c.String(row))
	if err != nil {
		err = fmt.Errorf("within: %w", err)
	}
	return t, err
}

// read appends the rows of a span to what is found, in Siddhi's order, for a row of b that asks.
func (r *Reader) read(s span, b *column.Batch, row int) error {
	a := r.a
	if err := r.readClosed(s, b, row); err != nil {
		return err
	}
	if a.event < 0 {
		r.append(&r.rows.Batch, s)
		if a.started && a.levels[s.level].start < s.end {
			r.readOpen(s)
			r.append(&r.part.Batch, s)
		}
		return nil
	}
	r.merged.clear()
	r.merged.cal = a.levels[s.level].cal
	r.merged.fold(&r.rows.Batch)
	r.readOpen(s)
	r.merged.fold(&r.part.Batch)
	r.merged.rows.Time = r.merged.cols[0].I64
	r.rows.Gather(&r.merged.rows, r.merged.inOrder(nil), nil)
	r.append(&r.rows.Batch, s)
	return nil
}

// readClosed has r.rows be the rows of the level's table that are within the span.
func (r *Reader) readClosed(s span, b *column.Batch, row int) error {
	r.asks.Reset()
	r.asks.N, r.asks.Time = 1, append(r.asks.Time, b.Time[row])
	if r.byRow {
		for i := range r.width {
			if b.Cols[i].Len() > row {
				r.asks.Cols[len(limits)+i].AppendFrom(b.Cols[i], row)
			}
		}
	}
	r.asks.Cols[0].AppendLong(s.start)
	r.asks.Cols[1].AppendLong(s.end)
	found, err := r.closed[s.level].Find(r.asks)
	if err != nil {
		return err
	}
	r.rows.Reset()
	r.rows.N = len(found.Slots)
	for i := range r.a.def.Row {
		r.rows.Cols[i].Gather(&found.Cols[i], found.Slots)
	}
	r.rows.Time = append(r.rows.Time[:0], r.rows.Cols[0].I64...)
	return nil
}

// readOpen has r.part be what is within the span of the open buckets of a level and of
// those below it, from coarse to fine.
func (r *Reader) readOpen(s span) {
	a := r.a
	r.mem.clear()
	for i := s.level; i >= 0 && !r.settled; i-- {
		if l := a.levels[i]; l.len() > 0 {
			a.gather(r.part, l)
			r.mem.fold(&r.part.Batch)
		}
	}
	start := a.levels[s.level].start
	if a.event < 0 && len(a.groups) == 0 && r.mem.len() == 0 {
		start = 0 // as in Siddhi the one group is always there, in the first moment of 1970
		r.mem.empty()
	}
	r.mem.stamp(start)
	r.mem.rows.Time = r.mem.cols[0].I64
	r.suffix = strconv.AppendInt(append(r.suffix[:0], '-'), start, 10)
	r.kept = r.kept[:0]
	bucket := r.mem.cols[a.def.Bucket()].I64
	for _, id := range r.mem.inOrder(r.suffix) {
		if t := bucket[id]; s.start <= t && t < s.end {
			r.kept = append(r.kept, id)
		}
	}
	r.part.Gather(&r.mem.rows, r.kept, nil)
}

// append adds what rows of the aggregation say to what is found.
func (r *Reader) append(rows *column.Batch, s span) {
	n := rows.N
	for i, result := range r.a.def.Results {
		dst, of := &r.cols[i], rows.Cols[result.Of]
		switch result.Kind {
		case check.ResultColumn:
			dst.AppendColumn(of, n)
		case check.ResultMean:
			appendMeans(dst, of, rows.Cols[result.Count], n)
		case check.ResultSize:
			for row := range n {
				if set, ok := of.Obj[row].(state.Set); ok && !of.IsNull(row) {
					dst.AppendLong(int64(len(set)))
				} else {
					dst.AppendNull()
				}
			}
		}
	}
	width := len(r.a.def.Results)
	for range n {
		r.cols[width].AppendLong(s.start)
		r.cols[width+1].AppendLong(s.end)
	}
}

func appendMeans(dst, sums, counts *column.Column, n int) {
	for row := range n {
		switch {
		case sums.IsNull(row) || counts.IsNull(row) || counts.I64[row] == 0:
			dst.AppendNull()
		case sums.Type == schema.Long:
			dst.AppendDouble(float64(sums.I64[row] / counts.I64[row]))
		default:
			dst.AppendDouble(sums.F64[row] / float64(counts.I64[row]))
		}
	}
}

// candidates gives the columns that the condition reads of the given pairs.
func (r *Reader) candidates(b *column.Batch, rows, slots []int32) *column.Batch {
	r.cand.Reset()
	r.cand.N = len(rows)
	for _, row := range rows {
		r.cand.Time = append(r.cand.Time, b.Time[row])
	}
	for _, c := range r.onReads {
		if c < r.width {
			r.cand.Cols[c].Gather(b.Cols[c], rows)
		} else {
			r.cand.Cols[c].Gather(&r.cols[c-r.width], slots)
		}
	}
	return &r.cand.Batch
}

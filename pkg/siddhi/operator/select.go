package operator

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Select computes a query's output from what its input emits: projections,
// aggregates, group by, having, order by, offset and limit.
//
//   - In: current, expired and reset rows of the input's attributes.
//   - Out: rows of the output attributes, kinds as they came; no reset rows.
//   - What leaves per chunk is Siddhi's (QuerySelector): every wanted row without
//     aggregates and groups; the last wanted row with aggregates only; the last
//     wanted row of each group, groups by first appearance, with group by.
//     Aggregates see every row, also those that having or the kind keeps back.
type Select struct {
	sel    *check.Select
	events ast.EventKind
	need   []int // input columns that are read
	moved  []int // columns of ext that are read behind the aggregation
	items  []item
	having *having     // nil without one
	groups *groups     // nil without aggregates and group by
	parts  func() bool // see Options.Parts; nil where a part that having has cut ends well
	plain  bool        // every current row leaves as it comes
	every  bool        // see Options.EveryRow
	resets bool        // see Options.Resets

	leaving [4]uint8 // by kind: 1 if such rows leave, or are looked at by having

	ext     column.Batch // input columns, then aggregates
	rows    []int32      // candidates, then winners
	marked  []int32      // its other half where Reset rows come back in
	wanted  *column.Buffer
	out     column.Batch
	passed  *column.Buffer
	order   *ordering
	pick    picker
	groupOf []int32
	// fallible is set when an item can fail for a row.
	fallible bool
	early    early
	strays   *bool // see expr.Env
	typed    []int // input columns in which no value may be a stray
	strayed  early // what takes the place of early where one is
	late     late
	retried  bool // what fails comes again chunk by chunk
	apart    bool // having may fail for a chunk: those in front of it leave
	chunk    column.Batch
}

// Options says what a selector needs to know beside its clause.
type Options struct {
	Events ast.EventKind
	// Sliding is set when rows may expire, so that aggregates can take values back.
	Sliding bool
	// Disorder is set when they may expire in another order than they came in.
	Disorder bool
	// Unkept is set where min and max keep nothing but their result.
	Unkept bool
	// Tagged is set when rows come with their group: see Select.Tag.
	Tagged bool
	// Unsorted is set when a Reset follows each row: order by sorts rows
	// between two of them, unless aggregates or groups have left the Resets out.
	Unsorted bool
	// Keyed is set inside partitions.
	Keyed bool
	// Parts says whether the chunks of a batch are parts of one, of which nothing
	// leaves behind the part whose last row having or the limit has cut first; nil
	// where they never are.
	Parts func() bool
	// Windowed is set behind a window, which gives several chunks at once: those in
	// front of one that fails leave. Others come one by one, or again one by one.
	Windowed bool
	// Marked is set where items can be computed for the Reset rows that come: they
	// have the data of the event that Siddhi takes.
	Marked bool
	// EveryRow lets every wanted row leave, not only the last of a chunk or group.
	EveryRow bool
	// Resets lets Reset rows leave too, unless the last of a chunk or group is
	// picked, or rows are grouped.
	Resets bool
	Env    expr.Env
}

// leaving says how aggregates take values back.
func (o *Options) leaving() aggregate.Leaving {
	switch {
	case !o.Sliding:
		return aggregate.Never
	case o.Unkept:
		return aggregate.Unkept
	case o.Disorder:
		return aggregate.AnyOrder
	}
	return aggregate.InOrder
}

// NewSelect makes the selector of a query.
func NewSelect(sel *check.Select, opts Options) (*Select, error) {
	s := &Select{sel: sel, events: opts.Events, every: opts.EveryRow, strays: opts.Env.MayStray()}
	s.resets = opts.Resets && len(sel.GroupBy) == 0 && (opts.EveryRow || !sel.Aggregating())
	for _, it := range sel.Items {
		p, err := expr.Compile(it.Expr, opts.Env)
		if err != nil {
			return nil, fmt.Errorf("attribute %s: %w", it.Name, err)
		}
		s.items = append(s.items, newItem(p))
		s.fallible = s.fallible || expr.Fallible(it.Expr)
	}
	if sel.Having != nil {
		h, err := newHaving(sel, opts)
		if err != nil {
			return nil, fmt.Errorf("having: %w", err)
		}
		s.having = h
		if len(sel.GroupBy) == 0 && len(sel.OrderBy) == 0 && (opts.EveryRow || !sel.Aggregating()) {
			s.parts = opts.Parts
		}
	}
	s.setLeaving()
	if sel.Aggregating() || len(sel.GroupBy) > 0 {
		own := opts
		if s.having.asks() || s.fallible { // results at rows that expire are read
			own.Events = ast.AllEvents
		}
		g, err := newGroups(clause{in: sel.In, calls: sel.Aggregates, reads: itemExprs(sel), by: sel.GroupBy}, own)
		if err != nil {
			return nil, err
		}
		s.groups = g
	}
	s.early = newEarly(sel, s.items, s.groups, false)
	s.typed, s.strayed = typedColumns(sel, s.items), newEarly(sel, s.items, s.groups, true)
	s.early.marked, s.strayed.marked = opts.Marked, opts.Marked
	s.late = newLate(sel, s)
	s.apart = opts.Windowed && !sel.Aggregating() && sel.Having != nil && expr.Fallible(sel.Having)
	s.retried = !opts.Windowed && !sel.Aggregating()
	s.need, s.moved = Needed(sel), projected(sel)
	all := append(schema.Attributes{}, sel.In...)
	for _, a := range sel.Aggregates {
		all = append(all, schema.Attribute{Type: a.T})
	}
	s.wanted = column.NewBuffer(all)
	s.ext.Cols = make([]*column.Column, len(all))
	for i := range s.ext.Cols {
		s.ext.Cols[i] = column.Unread
	}
	if s.groups != nil {
		s.groups.results = s.ext.Cols[len(sel.In):]
		for i, a := range sel.Aggregates {
			s.groups.results[i] = &column.Column{Type: a.T}
		}
	}
	items := itemAttrs(sel)
	s.out.Cols = make([]*column.Column, len(items))
	s.passed = column.NewBuffer(items)
	if len(sel.OrderBy) > 0 || sel.Limit >= 0 || sel.Offset > 0 {
		s.order = newOrdering(sel, opts)
		if opts.Unsorted && s.groups == nil {
			s.order.by = nil
		}
	}
	s.plain = s.groups == nil && s.having == nil && s.order == nil && opts.Events != ast.ExpiredEvents
	return s, nil
}

// Process implements flow.Operator.
func (s *Select) Process(b *column.Batch, emit flow.Emit) error {
	if s.plain && b.Kind == nil {
		if err := s.project(b); err != nil {
			return s.failed(b, emit, err)
		}
		return emit(&s.out)
	}
	if s.apart && b.Chunks() > 1 {
		return flow.ByChunk(s, b, &s.chunk, emit)
	}
	in := b
	strays := s.hasStrays(b)
	switch {
	case s.groups == nil && (s.fallible || strays) && s.earlyFor(strays).marks(b):
		return s.earlyFor(strays).process(s, b, emit)
	case s.groups != nil:
		if s.late.may() {
			return s.late.process(s, b, emit)
		}
		if early := s.earlyFor(strays); early.fails(b) {
			return early.process(s, b, emit)
		}
		ids, err := s.groups.update(b)
		if err != nil {
			return err
		}
		s.groupOf = ids
		in = s.extend(b)
	}
	return s.show(b, in, strays, emit)
}

// show emits what leaves of b. in has the results of its aggregates, too.
func (s *Select) show(b, in *column.Batch, strays bool, emit flow.Emit) error {
	if s.resets && s.groups != nil {
		s.groups.clearResets(b)
	}
	if s.fallible || strays && hasAll(b, s.typed) {
		// As in Siddhi a row that cannot be computed fails also where it would
		// not leave.
		if err := s.project(s.folded(in, b.Kind)); err != nil {
			return s.failed(b, emit, err)
		}
	}
	s.rows = s.wantedRows(b, s.rows[:0])
	if len(s.rows) == 0 {
		return nil
	}
	return s.leave(in, emit)
}

// folded is in without its Reset rows if there are aggregates, as these have no
// results there.
func (s *Select) folded(in *column.Batch, kinds []column.Kind) *column.Batch {
	if s.groups == nil || !slices.Contains(kinds, column.Reset) {
		return in
	}
	s.rows = s.rows[:0]
	for row, k := range kinds[:in.N] {
		if k != column.Reset {
			s.rows = append(s.rows, int32(row))
		}
	}
	s.wanted.GatherChunks(in, s.rows, s.moved)
	return &s.wanted.Batch
}

// extend returns b with the results of the aggregates behind its columns.
func (s *Select) extend(b *column.Batch) *column.Batch {
	e := &s.ext
	e.N, e.Time, e.Kind, e.Ends, e.Key = b.N, b.Time, b.Kind, b.Ends, b.Key
	if s.events == ast.CurrentEvents && !s.having.asks() {
		e.Kind = nil // of the rows that leave, which are chosen by b's
	}
	for _, i := range s.need {
		if e.Cols[i] != b.Cols[i] { // the same as last time, mostly: a store of a pointer less
			e.Cols[i] = b.Cols[i]
		}
	}
	return e
}

// leave emits the output for those of s.rows that leave.
func (s *Select) leave(in *column.Batch, emit flow.Emit) error {
	if s.having == nil {
		return s.withoutHaving(in, emit)
	}
	return s.withHaving(in, emit)
}

// Into implements flow.Direct.
func (s *Select) Into(next flow.Emit) flow.Emit {
	if !s.plain {
		return func(b *column.Batch) error { return s.Process(b, next) }
	}
	return func(b *column.Batch) error {
		if b.Kind != nil {
			return s.Process(b, next)
		}
		if err := s.project(b); err != nil {
			return s.failed(b, next, err)
		}
		return next(&s.out)
	}
}

// withoutHaving picks the rows that leave before it computes anything for them.
func (s *Select) withoutHaving(in *column.Batch, emit flow.Emit) error {
	if s.groups != nil && !s.every {
		s.rows = s.pick.last(in, s.rows, s.groupKeys())
	}
	if !s.all(in) {
		s.wanted.GatherChunks(in, s.rows, s.moved)
		in = &s.wanted.Batch
	}
	if err := s.project(in); err != nil {
		return err
	}
	return s.finish(emit)
}

// withHaving computes every wanted row, since having decides which of them is the last.
func (s *Select) withHaving(in *column.Batch, emit flow.Emit) error {
	ids := s.groupOf
	if !s.all(in) {
		s.wanted.GatherChunks(in, s.rows, s.moved)
		in = &s.wanted.Batch
		if s.groups != nil {
			for i, r := range s.rows { // ascending, so in place is safe
				ids[i] = ids[r]
			}
		}
	}
	if err := s.project(in); err != nil {
		return err
	}
	rows, err := s.held(in)
	if err != nil {
		return err
	}
	s.rows = rows
	if s.having.asks() {
		s.rows = s.ofKind(in.Kind, rows)
	}
	switch {
	case s.resets && in.Kind != nil: // having does not ask them
		s.marked = withResets(in, rows, s.marked[:0])
		s.rows, s.marked = s.marked, rows
	case s.every:
	case s.groups != nil:
		if !s.groups.grouped {
			ids = nil
		}
		s.rows = s.pick.last(&s.out, s.rows, ids)
	}
	if len(s.rows) == 0 {
		return nil
	}
	if s.parts != nil && s.parts() {
		s.rows = firstParts(&s.out, s.rows)
	}
	if len(s.rows) < s.out.N {
		s.passed.GatherChunks(&s.out, s.rows, nil)
		s.out.N, s.out.Time, s.out.Kind, s.out.Ends, s.out.Key = s.passed.N, s.passed.Time, s.passed.Kind, s.passed.Ends, s.passed.Key
		copy(s.out.Cols, s.passed.Cols)
	}
	if s.events == ast.CurrentEvents && s.having.asks() && !s.resets {
		s.out.Kind = nil
	}
	return s.finish(emit)
}

// held returns which of the rows of s.out, made of s.rows, having keeps.
func (s *Select) held(in *column.Batch) ([]int32, error) {
	if s.late.asked {
		return s.late.kept(s.rows), nil
	}
	return s.having.keep(&s.out, in, s.rows[:0])
}

// project computes the items over in, into s.out.
func (s *Select) project(in *column.Batch) error {
	o := &s.out
	o.N, o.Time, o.Kind, o.Ends, o.Key = in.N, in.Time, in.Kind, in.Ends, in.Key
	lone := in.N == 1 && !s.hasStrays(in)
	for i := range s.items {
		it := &s.items[i]
		var c *column.Column
		switch {
		case it.column >= 0:
			c = in.Cols[it.column]
		case lone && it.cell != nil:
			c = it.cell(in)
		default:
			var err error
			if c, err = it.program.Eval(in); err != nil {
				return fmt.Errorf("attribute %s: %w", s.sel.Items[i].Name, err)
			}
		}
		if o.Cols[i] != c { // the same as last time, mostly: a store of a pointer less
			o.Cols[i] = c
		}
	}
	return nil
}

func (s *Select) finish(emit flow.Emit) error {
	if s.order != nil {
		b, err := s.order.apply(&s.out, s.groups != nil && !s.groups.grouped && !s.every)
		if err != nil || b.N == 0 {
			return err
		}
		return emit(b)
	}
	return emit(&s.out)
}

// Snapshot writes the aggregates.
func (s *Select) Snapshot(e *state.Encoder) {
	e.Uint(1)
	e.Bool(s.groups != nil)
	if s.groups != nil {
		s.groups.Snapshot(e)
	}
	if s.having.counts() {
		s.having.groups.Snapshot(e)
	}
}

// Restore reads the aggregates.
func (s *Select) Restore(d *state.Decoder) error {
	d.Version("select", 1)
	if d.Bool() != (s.groups != nil) && d.Err() == nil {
		return fmt.Errorf("the snapshot is of a select with other aggregates: %w", state.ErrCorrupt)
	}
	if s.groups != nil {
		if err := s.groups.Restore(d); err != nil {
			return err
		}
	}
	if s.having.counts() {
		return s.having.groups.Restore(d)
	}
	return d.Err()
}

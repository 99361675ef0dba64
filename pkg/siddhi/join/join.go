// Package join puts the rows of two inputs beside each other: each row that
// triggers, with the rows that it finds on the other side.
//
// It imports table and window, in which rows are found, and ast, check, column,
// expr, flow, schema.
package join

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Finder finds rows of the side that does not trigger.
type Finder interface {
	// Match returns pairs of a row of b and the slot of a row that fits it; rows
	// ascend, the slots of one row are in the order in which Siddhi finds them.
	// Reset rows find nothing. The lists are valid until the next call.
	Match(b *column.Batch) (rows, slots []int32, err error)
	// Column has attribute i of the rows that Match found last, Times their
	// timestamps, by slot.
	Column(i int) *column.Column
	Times() []int64
	// Explain says how rows are found, as in "by index".
	Explain() string
}

// Layout says where the attributes of the two sides stand among the columns
// that conditions and the selector see.
type Layout struct {
	Attrs schema.Attributes // all columns
	// Own and Other are where the triggering side and the side that is searched
	// begin, Width the number of columns of the triggering side.
	Own, Other, Width int
	// OwnMissing and OtherMissing are the columns that say whether a side has no
	// row; 0 where nobody can ask.
	OwnMissing, OtherMissing int
	// OwnTime and OtherTime are the columns of the timestamps of the two rows; 0 likewise.
	OwnTime, OtherTime int
}

// timed says whether column c is a timestamp.
func (l *Layout) timed(c int) bool { return c > 0 && (c == l.OwnTime || c == l.OtherTime) }

// own says whether column c is of the triggering side.
func (l *Layout) own(c int) bool { return c >= l.Own && c < l.Own+l.Width }

// place has the columns of a batch of the triggering side stand in the layout.
func (l *Layout) place(b, v *column.Batch) {
	if v.Cols == nil {
		v.Cols = make([]*column.Column, len(l.Attrs))
		for i := range v.Cols {
			v.Cols[i] = column.Unread
		}
	}
	v.N, v.Time, v.Kind, v.Ends, v.Key = b.N, b.Time, b.Kind, b.Ends, b.Key
	copy(v.Cols[l.Own:l.Own+l.Width], b.Cols)
}

// Options say how a side joins.
type Options struct {
	Layout
	Outer bool  // rows that find nothing leave, with nulls for the other side
	Need  []int // columns of the layout that are read behind the join, ascending
	// Chunks is shared by both sides where the matches of each row are a chunk of
	// their own, as selectors that aggregate, group, order or refuse rows want them; nil if not.
	Chunks *Chunks
}

// Join is one triggering side of a join.
//
//   - In: rows of the side, current, expired or reset.
//   - Out: rows of the layout; kind, time and key are those of the triggering
//     row. All matches of a chunk's rows are one chunk or, with Options.Chunks,
//     those of each row. A Reset row passes, with nulls for the other side.
type Join struct {
	find Finder
	opts Options
	mine []int // of Options.Need the columns of the triggering side
	view column.Batch
	part column.Batch
	out  *column.Buffer
	rows []int32
	slot []int32
}

// New makes a side that looks rows up in find.
func New(find Finder, opts Options) *Join {
	j := &Join{find: find, opts: opts, mine: []int{}, out: column.NewBuffer(opts.Attrs)}
	for _, n := range opts.Need {
		if opts.own(n) {
			j.mine = append(j.mine, n)
		}
	}
	return j
}

// Process implements flow.Operator.
func (j *Join) Process(b *column.Batch, emit flow.Emit) error {
	c := j.opts.Chunks
	if c == nil {
		return j.join(b, emit)
	}
	before := c.whole
	c.whole = b.Chunks() < b.N
	defer func() { c.whole = before }()
	if !c.whole {
		return j.join(b, emit)
	}
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		b.Slice(&j.part, lo, hi)
		if err := j.join(&j.part, emit); err != nil {
			return err
		}
	}
	return nil
}

func (j *Join) join(b *column.Batch, emit flow.Emit) error {
	rows, slots, err := j.find.Match(b)
	if err != nil {
		return err
	}
	nulls := false
	if j.opts.Outer || b.Kind != nil {
		rows, slots, nulls = j.unmatched(b, rows, slots)
	}
	if len(rows) == 0 {
		return nil
	}
	j.opts.place(b, &j.view)
	j.out.Gather(&j.view, rows, j.mine)
	for _, n := range j.opts.Need {
		switch {
		case j.opts.own(n):
		case n > 0 && n == j.opts.OwnMissing:
			j.missing(n, slots, false)
		case n > 0 && n == j.opts.OtherMissing:
			j.missing(n, slots, true)
		case n > 0 && n == j.opts.OwnTime:
			j.out.Cols[n].GatherTimes(b.Time, rows)
		case n > 0 && n == j.opts.OtherTime:
			j.out.Cols[n].GatherTimes(j.find.Times(), slots)
		case nulls:
			j.out.Cols[n].GatherOrNull(j.find.Column(n-j.opts.Other), slots)
		default:
			j.out.Cols[n].Gather(j.find.Column(n-j.opts.Other), slots)
		}
	}
	j.mark(b, rows)
	return emit(&j.out.Batch)
}

// missing fills column n: the triggering side has a row always, the other one,
// if it is that one's column, where one was found.
func (j *Join) missing(n int, slots []int32, other bool) {
	c := j.out.Cols[n]
	c.Resize(len(slots))
	for i, slot := range slots {
		c.Bool[i] = other && slot == column.None
	}
}

// unmatched adds the rows without a match that still leave: Reset rows, and in
// an outer join all of them.
func (j *Join) unmatched(b *column.Batch, found, in []int32) (rows, slots []int32, nulls bool) {
	j.rows, j.slot = j.rows[:0], j.slot[:0]
	at := 0
	for r := range int32(b.N) {
		if at < len(found) && found[at] == r {
			for ; at < len(found) && found[at] == r; at++ {
				j.rows, j.slot = append(j.rows, r), append(j.slot, in[at])
			}
		} else if j.opts.Outer || b.KindOf(int(r)) == column.Reset {
			j.rows, j.slot = append(j.rows, r), append(j.slot, column.None)
			nulls = true
		}
	}
	return j.rows, j.slot, nulls
}

// mark ends a chunk behind the matches of each row or, unless they are to be
// apart, behind those of each chunk.
func (j *Join) mark(b *column.Batch, rows []int32) {
	if j.opts.Chunks == nil && b.Ends != nil {
		j.out.UseEnds()
		at := 0
		for _, end := range b.Ends {
			first := at
			for at < len(rows) && rows[at] < end {
				at++
			}
			if at > first {
				j.out.Ends = append(j.out.Ends, int32(at))
			}
		}
		return
	}
	several := false
	for i := 1; i < len(rows); i++ {
		if rows[i] == rows[i-1] {
			several = true
			break
		}
	}
	if !several {
		return
	}
	j.out.UseEnds()
	for i := range rows {
		if i+1 == len(rows) || rows[i+1] != rows[i] {
			j.out.Ends = append(j.out.Ends, int32(i+1))
		}
	}
}

// Chunks stands behind the selector of a join whose matches are apart: what the
// rows of one chunk gave leaves as one chunk.
type Chunks struct {
	whole bool // what is emitted now belongs to one chunk
	view  column.Whole
}

// Whole says whether what comes now belongs to one chunk.
func (c *Chunks) Whole() bool { return c.whole }

// Process implements flow.Operator.
func (c *Chunks) Process(b *column.Batch, emit flow.Emit) error {
	if !c.whole {
		return emit(b)
	}
	return emit(c.view.Of(b))
}

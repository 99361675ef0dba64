package table

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Join puts each row of a stream beside the rows of a table that fit it.
//
//   - In: rows of the stream, current, expired or reset.
//   - Out: the stream's columns followed by the table's; kind, time and key are
//     those of the stream's row. All matches of a chunk's rows are one chunk;
//     with apart, which is for selectors that aggregate, group or order, the matches of
//     each row are one, and Rejoin puts together what they become. A row without
//     a match gives nothing, or, in an outer join, a row with nulls.
type Join struct {
	find  Finder
	width int // stream columns
	outer bool
	apart bool
	whole bool  // what is emitted now belongs to one chunk: see Rejoin
	need  []int // output columns that are read
	view  column.Batch
	out   *column.Buffer
	rows  []int32
	slots []int32
}

// JoinOptions say how a stream is joined with a table.
type JoinOptions struct {
	Stream schema.Attributes
	On     check.Expr // over the stream's attributes, then the table's; nil: every pair
	Outer  bool       // rows of the stream without a match leave with nulls
	Apart  bool       // the matches of each row are a chunk
	Need   []int      // output columns that are read behind the join
	Env    expr.Env
}

// NewJoin makes a join with t.
func NewJoin(t Table, o JoinOptions) (*Join, error) {
	j := &Join{width: len(o.Stream), outer: o.Outer, apart: o.Apart, need: o.Need}
	s := Search{Stream: o.Stream, On: o.On, Env: o.Env}
	for _, n := range o.Need {
		if n >= j.width {
			s.Need = append(s.Need, n-j.width)
		}
	}
	var err error
	if j.find, err = t.Search(s); err != nil {
		return nil, err
	}
	j.out = column.NewBuffer(append(append(schema.Attributes{}, o.Stream...), t.Attrs()...))
	return j, nil
}

// Explain says how rows of the table are found.
func (j *Join) Explain() string { return j.find.Explain() }

// Process implements flow.Operator.
func (j *Join) Process(b *column.Batch, emit flow.Emit) error {
	if !j.apart || b.Chunks() == b.N {
		return j.join(b, emit)
	}
	j.whole = true
	defer func() { j.whole = false }()
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		b.Slice(&j.view, lo, hi)
		if err := j.join(&j.view, emit); err != nil {
			return err
		}
	}
	return nil
}

func (j *Join) join(b *column.Batch, emit flow.Emit) error {
	pairs, err := j.find.Find(b)
	if err != nil {
		return err
	}
	rows, slots := pairs.Rows, pairs.Slots
	nulls := false
	if j.outer || b.Kind != nil {
		rows, slots, nulls = j.unmatched(b, pairs)
	}
	if len(rows) == 0 {
		return nil
	}
	j.out.Gather(b, rows, j.left())
	width := j.width
	for _, n := range j.need {
		switch {
		case n < width:
		case nulls:
			j.out.Cols[n].GatherOrNull(&pairs.Cols[n-width], slots)
		default:
			j.out.Cols[n].Gather(&pairs.Cols[n-width], slots)
		}
	}
	j.mark(b, rows)
	return emit(&j.out.Batch)
}

// left lists the stream's columns that are read.
func (j *Join) left() []int {
	for i, n := range j.need {
		if n >= j.width {
			return j.need[:i]
		}
	}
	return j.need
}

// unmatched adds the rows without a match that still leave: Reset rows, and in
// an outer join all of them.
func (j *Join) unmatched(b *column.Batch, pairs *Matches) (rows, slots []int32, nulls bool) {
	j.rows, j.slots = j.rows[:0], j.slots[:0]
	at := 0
	for r := range int32(b.N) {
		if at < len(pairs.Rows) && pairs.Rows[at] == r {
			for ; at < len(pairs.Rows) && pairs.Rows[at] == r; at++ {
				j.rows, j.slots = append(j.rows, r), append(j.slots, pairs.Slots[at])
			}
		} else if j.outer || b.KindOf(int(r)) == column.Reset {
			j.rows, j.slots = append(j.rows, r), append(j.slots, column.None)
			nulls = true
		}
	}
	return j.rows, j.slots, nulls
}

// mark ends a chunk behind the matches of each row or, unless they are to be
// apart, behind those of each chunk.
func (j *Join) mark(b *column.Batch, rows []int32) {
	if !j.apart && b.Ends != nil {
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

// Rejoin stands behind the selector of a join whose matches are apart: what the
// rows of one chunk gave leaves as one chunk.
type Rejoin struct {
	join *Join
	ends [1]int32
	view column.Batch
}

// Rejoin returns the operator that belongs to j.
func (j *Join) Rejoin() *Rejoin { return &Rejoin{join: j} }

// Process implements flow.Operator.
func (r *Rejoin) Process(b *column.Batch, emit flow.Emit) error {
	if !r.join.whole {
		return emit(b)
	}
	v := &r.view
	v.N, v.Time, v.Kind, v.Key, v.Cols = b.N, b.Time, b.Kind, b.Key, b.Cols
	r.ends[0] = int32(b.N)
	v.Ends = r.ends[:]
	return emit(v)
}

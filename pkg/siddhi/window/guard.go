package window

import (
	"errors"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// refusal says that a window cannot take a null in one of its arguments.
type refusal struct {
	arg   int   // which of the arguments: an attribute, if the call has it
	begun bool  // as in Siddhi the rows of the chunk in front of the first null are taken
	why   error // what a chunk is left out with
}

func noTimestamp(arg int, begun bool) *refusal {
	return &refusal{arg, begun, errors.New("the timestamp attribute of an external time window is null: the chunk was left out")}
}

func noSession() *refusal {
	return &refusal{arg: 1, why: errors.New("the key attribute of a session window is null: the chunk was left out")}
}

// Refused returns the attribute in which a null has Guard leave a chunk out, or -1
// where the window w takes all rows.
func Refused(w *check.Window) int {
	if k := kindOf(w.Fn); k != nil && k.refuses != nil && k.refuses.arg < len(w.Args) {
		return w.Args[k.refuses.arg].(*check.Column).Index
	}
	return -1
}

// Guard stands in front of a window that cannot take nulls in an attribute: a
// timestamp or a session key. It leaves out the chunks that have one, as Siddhi
// does, and reports that when the others are through. It keeps no state.
type Guard struct {
	refusal
	attr int
	need []int
	rows []int32
	out  *column.Buffer
}

// NewGuard makes the guard of w, of whose rows, which have the attributes in, those
// in need are read behind it (nil: all). It is nil where w takes all rows.
func NewGuard(w *check.Window, in schema.Attributes, need []int) *Guard {
	attr := Refused(w)
	if attr < 0 {
		return nil
	}
	return &Guard{refusal: *kindOf(w.Fn).refuses, attr: attr, need: need, out: column.NewBuffer(in)}
}

// Into implements flow.Direct.
func (g *Guard) Into(next flow.Emit) flow.Emit {
	return func(b *column.Batch) error {
		if !b.Cols[g.attr].HasNulls() {
			return next(b)
		}
		return g.Process(b, next)
	}
}

// Process implements flow.Operator.
func (g *Guard) Process(b *column.Batch, emit flow.Emit) error {
	c := b.Cols[g.attr]
	g.rows = g.rows[:0]
	bad := false
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		if first := firstNull(c, lo, hi); first < hi {
			bad = true
			if !g.begun {
				continue
			}
			hi = first
		}
		g.rows = count(g.rows, int32(lo), int32(hi-lo))
	}
	switch {
	case !bad:
		return emit(b)
	case len(g.rows) == 0:
		return g.why
	}
	g.out.GatherChunks(b, g.rows, g.need)
	if err := emit(&g.out.Batch); err != nil {
		return errors.Join(err, g.why)
	}
	return g.why
}

// firstNull returns the first of rows lo to hi that is null, or hi.
func firstNull(c *column.Column, lo, hi int) int {
	for lo < hi && !c.IsNull(lo) {
		lo++
	}
	return lo
}

package window

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// Exchanges says whether the operator of w is a flow.Exchanger: rows leave the
// window in the order in which they came, and each that came will leave.
func Exchanges(w *check.Window) bool {
	k := kindOf(w.Fn)
	return k != nil && k.exchanges && !keepsNothing(w)
}

// keepsNothing says whether a window of a number of events has none.
func keepsNothing(w *check.Window) bool {
	last, ok := w.Args[len(w.Args)-1].(*check.Const)
	switch w.Fn.FullName() {
	case "length", "timeLength":
		return ok && last.Int <= 0
	}
	return false
}

// exchange is the part of rows that makes flow.Exchange of a batch: while one is
// made, rows that come are counted, not listed for the output, and those that
// leave are the dead.
type exchange struct {
	exchanging bool
	told       flow.Exchange
	before     []int32
	runBatch   column.Batch // the batch at hand with the window's own chunks
	leaving    column.Batch
	views      []column.Column // what leaving shows of a log
	leavingKey []int32
}

// come tells of a row that comes behind those that are dead.
func (r *rows) come() { r.before = append(r.before, int32(len(r.dead))) }

// endRun gives the rows that have left in this run their key.
func (r *rows) endRun(key int32) {
	if r.keyed {
		r.leavingKey = repeat(r.leavingKey, key, len(r.dead)-len(r.leavingKey))
	}
}

// exchanged has take, which the window puts its output together with, tell of b.
func (r *rows) exchanged(b *column.Batch, take func(*column.Batch)) *flow.Exchange {
	r.exchanging = true
	r.before, r.leavingKey = r.before[:0], r.leavingKey[:0]
	take(b)
	r.exchanging = false
	r.told.Rows, r.told.Before = r.inRuns(b), r.before
	if r.mode == chained {
		r.tellGathered()
	} else if n := len(r.dead); n > 0 {
		r.tellLog(int(r.dead[0]), n)
	} else {
		r.tellLog(0, 0)
	}
	r.dead = r.dead[:0]
	return &r.told
}

// inRuns returns b with a chunk for each run of one key.
func (r *rows) inRuns(b *column.Batch) *column.Batch {
	if b.Key == nil || b.Ends == nil {
		return b
	}
	v := &r.runBatch
	v.N, v.Time, v.Key, v.Cols = b.N, b.Time, b.Key, b.Cols
	v.Ends = r.runsOf(b)
	return v
}

// tellLog tells that n rows of a log have left, from slot first on. What is
// shown of them stays as it is until the window is called again.
func (r *rows) tellLog(first, n int) {
	v := &r.leaving
	if r.views == nil {
		r.views = make([]column.Column, len(r.cols))
		for c := range r.views {
			r.views[c].Type = r.cols[c].Type
			v.Cols = append(v.Cols, &r.views[c])
		}
		r.told.Leaving = v
	}
	v.N, v.Time = n, r.time[first:first+n]
	for _, c := range r.need {
		r.views[c].View(&r.cols[c], first, first+n)
	}
	if n > 0 {
		r.forget(n)
	}
}

// tellGathered tells that the dead rows of a slab have left.
func (r *rows) tellGathered() {
	r.slab.Gather(r.out, r.dead)
	if r.keyed {
		r.out.Key = r.leavingKey
	}
	r.told.Leaving = &r.out.Batch
	if len(r.dead) > 0 {
		r.free(r.dead)
	}
}

// pushedOut returns for each of n rows how many have been pushed out when it
// comes: none when the first ones do, then by each row one.
func (r *rows) pushedOut(n, over int) []int32 {
	for i := len(r.each); i < n; i++ {
		r.each = append(r.each, int32(i)+1)
	}
	if over == n {
		return r.each[:n]
	}
	r.before = append(repeat(r.before[:0], 0, n-over), r.each[:over]...)
	return r.before
}

package window

import (
	"slices"
	"testing"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
)

// A reference is one window for one key, row at a time, as Siddhi has it. It
// shares nothing with the operators.
type reference interface {
	chunk(rows []refRow)
}

// refTimed is a reference that asks for timers.
type refTimed interface {
	timer(due int64)
}

type refRow struct {
	time   int64
	ts     int64 // own timestamp
	start  int64
	sym    string
	v      *int32
	values string
}

func (r refRow) as(k column.Kind, at int64) outRow { return outRow{k, at, r.values} }

// refRun is the world of one reference.
type refRun struct {
	now    int64
	timers []int64
	ref    reference
	keyed  bool // in a partition, where Siddhi forgets what a key without rows has had
	out    []chunk
}

func (w *refRun) ask(due int64) { w.timers = append(w.timers, due) }

func (w *refRun) emit(rows []outRow) {
	if len(rows) > 0 {
		w.out = append(w.out, chunk{at: w.now, rows: rows})
	}
}

func (w *refRun) advance(to int64) {
	for {
		first := -1
		for i, due := range w.timers {
			if due <= to && (first < 0 || due < w.timers[first]) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		due := w.timers[first]
		w.timers = append(w.timers[:first:first], w.timers[first+1:]...)
		w.now = max(w.now, due)
		w.ref.(refTimed).timer(due)
	}
	w.now = max(w.now, to)
}

func newReference(t *testing.T, w *check.Window, expires bool) *refRun {
	run := &refRun{}
	num := func(i int) int64 { return w.Args[i].(*check.Const).Int }
	flag := func(i int) bool { return i < len(w.Args) && w.Args[i].(*check.Const).Bool }
	if w.Fn.Namespace == "unique" {
		run.ref = newUniqueReference(run, w, num, expires)
		return run
	}
	switch w.Fn.Name {
	case "length":
		run.ref = &refLength{w: run, n: int(num(0))}
	case "lengthBatch":
		run.ref = &refLengthBatch{w: run, n: int(num(0)), stream: flag(1), expires: expires}
	case "time":
		run.ref = &refTime{w: run, t: num(0), last: -1 << 62}
	case "timeBatch":
		r := &refTimeBatch{w: run, t: num(0), expires: expires, next: -1, start: -1}
		for i := 1; i < len(w.Args); i++ {
			if c := w.Args[i].(*check.Const); c.Type().Numeric() {
				r.start = c.Int
			} else {
				r.stream = c.Bool
			}
		}
		run.ref = r
	case "externalTime":
		run.ref = &refExternalTime{w: run, t: num(1)}
	case "externalTimeBatch":
		r := &refExternalBatch{w: run, t: num(1), join: addRow, expires: expires, end: -1, latest: -1 << 62, how: "first"}
		if len(w.Args) > 2 {
			r.how = "attribute"
			if c, ok := w.Args[2].(*check.Const); ok {
				r.how, r.start = "constant", c.Int
			}
		}
		if len(w.Args) > 3 {
			r.timeout = num(3)
		}
		run.ref = r
	case "frequent":
		run.ref = &refFrequent{w: run, n: int(num(0)), counts: newCounts()}
	case "lossyFrequent":
		share := func(i int) float64 { return w.Args[i].(*check.Const).Float }
		run.ref = &refLossyFrequent{w: run, support: share(0), bound: share(1), counts: newCounts()}
	case "expression":
		run.ref = &refExpression{w: run, holds: conditionOf(t, w.Condition.Text)}
	case "expressionBatch":
		run.ref = &refExpressionBatch{w: run, holds: conditionOf(t, w.Condition.Text), include: flag(1), stream: flag(2), expires: expires}
	default:
		run.ref = otherReference(w, run, expires)
	}
	if run.ref == nil {
		t.Fatalf("no reference for %s", w.Fn.Name)
	}
	return run
}

type refLength struct {
	w    *refRun
	n    int
	kept []refRow
}

func (r *refLength) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		if r.n == 0 {
			out = append(out, e.as(column.Current, e.time), e.as(column.Expired, e.time), e.as(column.Reset, e.time))
			continue
		}
		if len(r.kept) == r.n {
			out = append(out, r.kept[0].as(column.Expired, r.w.now))
			r.kept = r.kept[1:]
		}
		out = append(out, e.as(column.Current, e.time))
		r.kept = append(r.kept, e)
	}
	r.w.emit(out)
}

type refLengthBatch struct {
	w       *refRun
	n       int
	stream  bool
	expires bool
	open    []refRow
	before  []refRow
	mark    *refRow
}

func (r *refLengthBatch) chunk(rows []refRow) {
	now := r.w.now
	for _, e := range rows {
		var out []outRow
		switch {
		case r.n == 0:
			out = append(out, e.as(column.Current, e.time))
			if r.expires {
				out = append(out, e.as(column.Expired, now))
			}
			out = append(out, e.as(column.Reset, now))
		case r.stream:
			if r.mark == nil {
				r.mark = &e
			}
			if len(r.open) == r.n {
				if r.expires {
					out = appendAll(out, r.open, column.Expired, now)
				}
				out = append(out, r.mark.as(column.Reset, now))
				r.open, r.mark = nil, nil
			}
			out = append(out, e.as(column.Current, e.time))
			r.open = append(r.open, e)
		default:
			r.open = append(r.open, e)
			if len(r.open) == r.n {
				if r.expires {
					out = appendAll(out, r.before, column.Expired, now)
				}
				out = append(out, r.open[0].as(column.Reset, now))
				out = appendAll(out, r.open, column.Current, -1)
				r.before, r.open = r.open, nil
			}
		}
		r.w.emit(out)
	}
}

// appendAll appends rows; at < 0 leaves them their timestamps.
func appendAll(out []outRow, rows []refRow, k column.Kind, at int64) []outRow {
	for _, e := range rows {
		when := at
		if at < 0 {
			when = e.time
		}
		out = append(out, e.as(k, when))
	}
	return out
}

type refTime struct {
	w    *refRun
	t    int64
	last int64
	kept []refRow
}

// leave lets the rows at the head of kept go that have been there for t.
func (w *refRun) leave(out []outRow, kept *[]refRow, t int64, as column.Kind) []outRow {
	for len(*kept) > 0 && (*kept)[0].time+t <= w.now {
		out = append(out, (*kept)[0].as(as, w.now))
		*kept = (*kept)[1:]
	}
	return out
}

func (r *refTime) expire(out []outRow) []outRow {
	return r.w.leave(out, &r.kept, r.t, column.Expired)
}

func (r *refTime) chunk(rows []refRow) {
	var out []outRow
	if r.w.keyed && len(r.kept) == 0 {
		r.last = -1 << 62
	}
	for _, e := range rows {
		out = r.expire(out)
		out = append(out, e.as(column.Current, e.time))
		r.kept = append(r.kept, e)
		if r.last < e.time {
			r.last = e.time
			r.w.ask(e.time + r.t)
		}
	}
	r.w.emit(out)
}
func (r *refTime) timer(int64) { r.w.emit(r.expire(nil)) }

type refTimeBatch struct {
	w       *refRun
	t       int64
	start   int64
	stream  bool
	expires bool
	next    int64
	open    []refRow
	before  []refRow
}

func (r *refTimeBatch) lay() {
	if r.next >= 0 {
		return
	}
	r.next = r.w.now + r.t
	if r.start >= 0 {
		r.next -= (r.w.now - r.start) % r.t
	}
	r.w.ask(r.next)
}

func (r *refTimeBatch) chunk(rows []refRow) {
	r.lay()
	if r.stream {
		r.w.emit(appendAll(nil, rows, column.Current, -1))
	}
	r.open = append(r.open, rows...)
}

func (r *refTimeBatch) timer(int64) {
	r.lay()
	if r.w.now < r.next {
		return
	}
	r.next += r.t
	r.w.ask(r.next) // for ever
	var out []outRow
	if r.stream {
		r.before = r.open
	}
	if r.expires {
		out = appendAll(out, r.before, column.Expired, r.w.now)
	}
	if len(r.open) > 0 {
		out = append(out, r.open[0].as(column.Reset, r.open[0].time))
		if !r.stream {
			out = appendAll(out, r.open, column.Current, -1)
		}
	}
	r.before, r.open = r.open, nil
	r.w.emit(out)
}

type refExternalTime struct {
	w    *refRun
	t    int64
	kept []refRow
}

func (r *refExternalTime) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		for len(r.kept) > 0 && r.kept[0].ts-e.ts+r.t <= 0 {
			out = append(out, r.kept[0].as(column.Expired, e.ts))
			r.kept = r.kept[1:]
		}
		out = append(out, e.as(column.Current, e.time))
		r.kept = append(r.kept, e)
	}
	r.w.emit(out)
}

type refExternalBatch struct {
	w       *refRun
	t       int64
	join    func(list []refRow, e refRow) []refRow
	how     string // where the grid comes from
	start   int64
	timeout int64
	expires bool
	end     int64
	latest  int64
	asked   int64
	flushed bool
	open    []refRow
	before  []refRow
}

func (r *refExternalBatch) ask() {
	if r.timeout > 0 {
		r.asked = r.w.now + r.timeout
		r.w.ask(r.asked)
	}
}

func (r *refExternalBatch) after(t int64) int64 { return t + r.t - (t-r.start)%r.t }

func (r *refExternalBatch) chunk(rows []refRow) {
	if r.end < 0 {
		switch r.how {
		case "constant":
			r.end = r.after(rows[0].ts)
		case "attribute":
			r.start = rows[0].start
			r.end = r.start + r.t
		default:
			r.start = rows[0].ts
			r.end = r.start + r.t
		}
		r.ask()
	}
	for _, e := range rows {
		r.latest = max(r.latest, e.ts)
		if e.ts >= r.end {
			r.flush()
			r.flushed = false
			r.end = r.after(r.latest)
			r.ask()
		}
		r.open = r.join(r.open, e)
	}
}

func addRow(list []refRow, e refRow) []refRow { return append(list, e) }

func (r *refExternalBatch) flush() {
	var out []outRow
	if r.flushed && len(r.open) == 0 {
		return
	}
	if r.expires {
		out = appendAll(out, r.before, column.Expired, r.latest)
	}
	all := r.open
	if r.flushed {
		all = slices.Clone(r.before)
		for _, e := range r.open {
			all = r.join(all, e)
		}
	}
	if len(all) > 0 {
		out = append(out, all[0].as(column.Reset, r.latest))
	}
	out = appendAll(out, all, column.Current, -1)
	r.before, r.open = all, nil
	r.w.emit(out)
}

func (r *refExternalBatch) timer(due int64) {
	if r.asked > due {
		return
	}
	r.flush()
	r.flushed = true
	r.ask()
}

package window

import (
	"slices"
	"strings"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
)

// The references of the windows that keep one row for each key look at all rows
// held, for each row. The tests' keys are the symbols, or symbol and v together.

func newUniqueReference(run *refRun, w *check.Window, num func(int) int64, expires bool) reference {
	batch := &refUniqueBatch{w: run, first: strings.HasPrefix(w.Fn.Name, "first"), next: -1, start: -1, expires: expires}
	last := len(w.Args) - 1
	switch w.Fn.Name {
	case "ever", "first":
		return &refUnique{w: run, both: last > 0, first: w.Fn.Name == "first"}
	case "length":
		return &refUnique{w: run, n: int(num(1))}
	case "time":
		return &refUnique{w: run, t: num(1), timed: true, last: -1 << 62}
	case "lengthBatch", "firstLengthBatch":
		batch.n = int(num(1))
		return batch
	case "externalTimeBatch":
		r := &refExternalBatch{w: run, t: num(2), join: overlay, expires: expires, end: -1, latest: -1 << 62, how: "first"}
		if last > 2 {
			r.how, r.start = "constant", num(3)
		}
		if last > 3 {
			r.timeout = num(4)
		}
		return r
	}
	batch.t = num(1)
	if w.Fn.Name == "timeLengthBatch" {
		batch.n = int(num(last))
		last--
	}
	if last > 1 {
		batch.start = num(2)
	}
	return batch
}

func (r refRow) key(both bool) string {
	if !both {
		return r.sym
	}
	if r.v == nil {
		return r.sym + "|"
	}
	return r.sym + "|" + string(rune(*r.v))
}

func indexOf(list []refRow, key string, both bool) int {
	return slices.IndexFunc(list, func(r refRow) bool { return r.key(both) == key })
}

// refUnique is ever, first, length and time: n and t are what ends a row, 0 nothing.
type refUnique struct {
	w     *refRun
	both  bool
	first bool
	n     int
	t     int64
	timed bool
	last  int64
	kept  []refRow
}

func (r *refUnique) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		at := indexOf(r.kept, e.key(r.both), r.both)
		switch {
		case r.first && at >= 0:
			continue
		case at >= 0:
			out = append(out, r.kept[at].as(column.Expired, r.w.now))
			r.kept = slices.Delete(r.kept, at, at+1)
		case r.n > 0 && len(r.kept) == r.n:
			out = append(out, r.kept[0].as(column.Expired, r.w.now))
			r.kept = r.kept[1:]
		}
		r.kept = append(r.kept, e)
		out = r.due(out)
		out = append(out, e.as(column.Current, e.time))
		if r.timed && e.time > r.last {
			r.last = e.time
			r.w.ask(e.time + r.t)
		}
	}
	r.w.emit(out)
}

func (r *refUnique) due(out []outRow) []outRow {
	if !r.timed {
		return out
	}
	return r.w.leave(out, &r.kept, r.t, column.Expired)
}

func (r *refUnique) timer(int64) { r.w.emit(r.due(nil)) }

// refUniqueBatch is the windows that release batches by n keys, by a grid of t, or both.
type refUniqueBatch struct {
	w       *refRun
	first   bool
	n       int
	t       int64
	start   int64
	next    int64 // grid point; -1: not laid
	full    bool
	expires bool
	open    []refRow
	before  []refRow
}

func (r *refUniqueBatch) chunk(rows []refRow) {
	if r.t > 0 && r.next < 0 {
		r.next = r.w.now + r.t
		if r.start >= 0 {
			r.next -= (r.w.now - r.start) % r.t
		}
		r.w.ask(r.next)
	}
	for _, e := range rows {
		if r.full {
			return
		}
		at := indexOf(r.open, e.sym, false)
		switch {
		case at < 0:
			r.open = append(r.open, e)
		case !r.first:
			r.open[at] = e
		}
		if len(r.open) == r.n {
			r.release()
			r.full = r.t > 0
		}
	}
}

func (r *refUniqueBatch) release() {
	var out []outRow
	if r.expires {
		out = appendAll(out, r.before, column.Expired, r.w.now)
	}
	if len(r.open) > 0 {
		out = append(out, r.open[0].as(column.Reset, r.w.now))
		out = appendAll(out, r.open, column.Current, r.w.now)
	}
	r.before, r.open = r.open, nil
	r.w.emit(out)
}

func (r *refUniqueBatch) timer(int64) {
	r.next += r.t
	r.w.ask(r.next)
	if r.full {
		r.full = false
		return
	}
	r.release()
}

// overlay puts e in the place of the row of its key, or at the end.
func overlay(list []refRow, e refRow) []refRow {
	if at := indexOf(list, e.sym, false); at >= 0 {
		list[at] = e
		return list
	}
	return append(list, e)
}

package window

import (
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// conditionOf gives what the tests' conditions say of held rows. It looks at
// all of them each time, where the operators keep aggregates. more is how many rows count though
// they are not held, and what they sum up to.
func conditionOf(t *testing.T, text string) func(held []refRow, more int, moreSum int64) bool {
	switch text {
	case "count() <= 3":
		return func(held []refRow, more int, _ int64) bool { return len(held)+more <= 3 }
	case "sum(v) < 150":
		return func(held []refRow, more int, sum int64) bool {
			some := more > 0 && sum >= 0
			sum = max(sum, 0)
			for _, r := range held {
				if r.v != nil {
					some = true
					sum += int64(*r.v)
				}
			}
			return some && sum < 150
		}
	case "first.sym == last.sym or last.ts - first.ts < 500":
		return func(held []refRow, _ int, _ int64) bool {
			first, last := held[0], held[len(held)-1]
			return first.sym == last.sym || last.ts-first.ts < 500
		}
	}
	t.Fatalf("no reference for the condition %s", text)
	return nil
}

type refExpression struct {
	w     *refRun
	holds func([]refRow, int, int64) bool
	kept  []refRow
}

func (r *refExpression) chunk(rows []refRow) {
	var out []outRow
	for _, e := range rows {
		r.kept = append(r.kept, e)
		for len(r.kept) > 0 && !r.holds(r.kept, 0, 0) {
			out = append(out, r.kept[0].as(column.Expired, r.w.now))
			r.kept = r.kept[1:]
		}
		out = append(out, e.as(column.Current, e.time))
	}
	r.w.emit(out)
}

type refExpressionBatch struct {
	w               *refRun
	holds           func([]refRow, int, int64) bool
	include, stream bool
	expires         bool
	open, before    []refRow
	// lone is the row that ended a batch and still counts: it is in none.
	lone []refRow
}

// counted is what lone adds: how many rows, and their sum or -1 without a value.
func (r *refExpressionBatch) counted() (int, int64) {
	sum := int64(-1)
	for _, e := range r.lone {
		if e.v != nil {
			sum = max(sum, 0) + int64(*e.v)
		}
	}
	return len(r.lone), sum
}

func (r *refExpressionBatch) chunk(rows []refRow) {
	now := r.w.now
	for _, e := range rows {
		more, sum := r.counted()
		if r.holds(append(r.open[:len(r.open):len(r.open)], e), more, sum) {
			r.open = append(r.open, e)
			if r.stream {
				r.w.emit([]outRow{e.as(column.Current, e.time)})
			}
			continue
		}
		r.lone = nil
		var out []outRow
		if r.stream {
			out = r.endStream(e, now)
		} else {
			out = r.end(e, now)
		}
		r.w.emit(out)
	}
}

func (r *refExpressionBatch) gone(out []outRow, rows ...refRow) []outRow {
	if !r.expires {
		return out
	}
	return appendAll(out, rows, column.Expired, r.w.now)
}

func (r *refExpressionBatch) end(e refRow, now int64) []outRow {
	out := r.gone(nil, r.before...)
	r.before = nil
	if len(r.open) == 0 {
		r.lone = []refRow{e}
		return append(r.gone(out, e), e.as(column.Current, now))
	}
	out = appendAll(out, r.open, column.Current, now)
	r.before = r.open
	r.open = []refRow{e}
	if r.include {
		out = append(out, e.as(column.Current, e.time))
		r.before = append(r.before, e)
		r.open, r.lone = nil, []refRow{e}
	}
	return out
}

func (r *refExpressionBatch) endStream(e refRow, now int64) []outRow {
	if len(r.open) == 0 {
		r.lone = []refRow{e}
		return append(r.gone(nil, e), e.as(column.Current, now))
	}
	var out []outRow
	open := r.open
	r.open = []refRow{e}
	if r.include {
		r.open, r.lone = nil, []refRow{e}
		return r.gone(append(out, e.as(column.Current, e.time)), append(open, e)...)
	}
	return append(r.gone(out, open...), e.as(column.Current, e.time))
}

// Texts that events bring: the windows do, with each text, what a window does that
// begins with the rows held.
func TestTextsOfEvents(t *testing.T) {
	const name = "expression(ifThenElse(v > 50, 'count() < 3', 'count() < 5'))"
	w := mustResolve(t, name, events)
	s := start(t, w, events, eventNeed, true, 0)
	send := func(sym string, v int32) {
		b := batch([]step{{rows: []eventRow{{sym: sym, v: &v}}}}, false, false)
		b.Cols[4] = &column.Column{Type: schema.Double, F64: []float64{0}} // a text can name any attribute
		s.send(t, b)
	}
	for _, sym := range []string{"a", "b", "c", "d", "e"} {
		send(sym, 1)
	}
	send("f", 60)
	s.restart(t, s.snapshot(), w, events, eventNeed, true)
	send("g", 60)
	send("h", 1)
	var got []string
	for _, c := range s.out {
		line := ""
		for _, r := range c.rows {
			line += string("+-R"[r.kind]) + strings.Fields(r.values)[0][1:]
		}
		got = append(got, line)
	}
	want := "+a +b +c +d -a+e -b-c-d+f -e+g +h"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}

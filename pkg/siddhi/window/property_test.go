package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

var events = schema.Attributes{{Name: "sym", Type: schema.String}, {Name: "v", Type: schema.Int}, {Name: "ts", Type: schema.Long}, {Name: "s", Type: schema.Long}, {Name: "unread", Type: schema.Double}}

var eventNeed = []int{0, 1, 2, 3}

// step is one chunk that is sent at a time.
type step struct {
	at   int64
	rows []eventRow
}

type eventRow struct {
	key  int32
	time int64
	sym  string
	v    *int32
	ts   int64
	s    int64
}

// script makes random steps: gaps of all sizes, several chunks at one time,
// late rows, nulls, strings that lie in an arena. In a tidy one every row has
// the time at which it is sent.
func script(r *rand.Rand, steps, keys int, tidy bool) []step {
	var list []step
	at, ts := int64(1000), int64(5000)
	for range steps {
		at += []int64{0, 0, 0, 1, 40, 300, 1000, 3500}[r.IntN(8)]
		st := step{at: at}
		for range 1 + r.IntN(4) {
			ts += int64(r.IntN(400)) - 60
			row := eventRow{key: int32(r.IntN(keys)), time: at, ts: max(ts, 1), s: int64(r.IntN(1000)), sym: fmt.Sprint("s", r.IntN(5))}
			if r.IntN(3) == 0 {
				row.sym = fmt.Sprintf("a symbol that is long, number %d", r.IntN(1000))
			}
			if r.IntN(4) > 0 {
				v := int32(r.IntN(100))
				row.v = &v
			}
			if !tidy && r.IntN(3) == 0 {
				row.time = at - int64(r.IntN(2000)) + 200
			}
			st.rows = append(st.rows, row)
		}
		list = append(list, st)
	}
	return list
}

// batch puts chunks that are sent at one time into one batch.
func batch(steps []step, keyed bool, plain bool) *column.Batch {
	b := column.NewBatch(events)
	b.Cols[4].Type = schema.Invalid
	for _, st := range steps {
		for _, row := range st.rows {
			b.N++
			b.Time = append(b.Time, row.time)
			b.Cols[0].AppendString(row.sym)
			if row.v == nil {
				b.Cols[1].AppendNull()
			} else {
				b.Cols[1].AppendInt(*row.v)
			}
			b.Cols[2].AppendLong(row.ts)
			b.Cols[3].AppendLong(row.s)
			if keyed {
				b.Key = append(b.Key, row.key)
			}
		}
		b.Ends = append(b.Ends, int32(b.N))
	}
	if plain && len(b.Ends) == b.N {
		b.Ends = nil // every row is a chunk: the short form
	}
	return b
}

// play runs a script through a window. cut says how many of the steps that are
// sent at one time go into the next batch; stop, when set, restarts the window
// from its snapshot before a step.
func play(t *testing.T, window string, script []step, expired, keyed bool, cut func(left int) int, stop func(i int) bool) []chunk {
	t.Helper()
	w := call(t, window, events)
	s := start(t, w, events, eventNeed, expired, script[0].at)
	for i := 0; i < len(script); {
		s.advance(t, script[i].at)
		if stop != nil && stop(i) {
			s.restart(t, s.snapshot(), w, events, eventNeed, expired)
		}
		n := 1
		for i+n < len(script) && script[i+n].at == script[i].at {
			n++
		}
		n = cut(n)
		s.send(t, batch(script[i:i+n], keyed, i%2 == 0))
		i += n
	}
	s.advance(t, script[len(script)-1].at+20_000)
	return s.out
}

func one(int) int { return 1 }

func sameChunks(t *testing.T, what string, want, got []chunk) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		w, g := "nothing", "nothing"
		if i < len(want) {
			w = want[i].String()
		}
		if i < len(got) {
			g = got[i].String()
		}
		if w != g {
			t.Fatalf("%s: chunk %d:\ngot  %s\nwant %s", what, i, g, w)
		}
	}
}

var allWindows = []string{
	"length(0)", "length(1)", "length(3)", "length(50)",
	"lengthBatch(0)", "lengthBatch(1)", "lengthBatch(3)", "lengthBatch(0, true)", "lengthBatch(1, true)", "lengthBatch(4, true)",
	"time(0)", "time(1 sec)", "time(350)",
	"timeLength(1 sec, 2)", "timeLength(350, 20)", "timeLength(0, 3)", "timeLength(1 sec, 0)",
	"batch()", "batch(1)", "batch(2)", "delay(1 sec)", "delay(350)", "delay(0)",
	"sort(0, v)", "sort(3, v)", "sort(10, sym, 'desc', v)", "sort(4, v, 'desc', ts)",
	"session(1 sec)", "session(900 L, sym)", "session(1 sec, sym, 400 L)", "session(600 L, sym, 600 L)",
	"timeBatch(1 sec)", "timeBatch(370)", "timeBatch(1 sec, 0)", "timeBatch(700, 130, true)", "timeBatch(700, true)",
	"externalTime(ts, 1 sec)", "externalTime(ts, 0)",
	"externalTimeBatch(ts, 1 sec)", "externalTimeBatch(ts, 500, 0)", "externalTimeBatch(ts, 500, s)",
	"externalTimeBatch(ts, 1 sec, 0, 450)", "externalTimeBatch(ts, 2 sec, s, 100)", "externalTimeBatch(ts, 1 sec, 0, 300, false)",
	"expression('count() <= 3')", "expression('sum(v) < 150')", "expression('first.sym == last.sym or last.ts - first.ts < 500')",
	"expressionBatch('count() <= 3')", "expressionBatch('count() <= 3', true)", "expressionBatch('sum(v) < 150', false, true)",
	"frequent(1, sym)", "frequent(4, sym)", "lossyFrequent(0.3, 0.1, sym)", "lossyFrequent(0.5, 0.25, sym)",
	"unique:ever(sym)", "unique:ever(sym, v)", "unique:first(sym)", "unique:first(sym, v)", "unique:length(sym, 1)", "unique:length(sym, 4)",
	"unique:time(sym, 1 sec)", "unique:time(sym, 0)", "unique:lengthBatch(sym, 1)", "unique:lengthBatch(sym, 4)", "unique:firstLengthBatch(sym, 4)",
	"unique:timeBatch(sym, 1 sec)", "unique:timeBatch(sym, 370, 130)", "unique:firstTimeBatch(sym, 700)",
	"unique:timeLengthBatch(sym, 1 sec, 4)", "unique:timeLengthBatch(sym, 700, 130, 2)",
	"unique:externalTimeBatch(sym, ts, 1 sec)", "unique:externalTimeBatch(sym, ts, 500, 0)", "unique:externalTimeBatch(sym, ts, 1 sec, 0, 450)",
	"unique:externalTimeBatch(sym, ts, 2 sec, 0, 100, false)",
	"expressionBatch('sum(v) < 150', true, true)", "expressionBatch('first.sym == last.sym or last.ts - first.ts < 500')",
}

func forAll(t *testing.T, f func(t *testing.T, window string, expired bool, r *rand.Rand)) {
	for _, window := range allWindows {
		for _, expired := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/expired=%v", window, expired), func(t *testing.T) {
				for seed := range uint64(5) {
					f(t, window, expired, rand.New(rand.NewPCG(seed, 7)))
				}
			})
		}
	}
}

// Where a batch is cut does not show.
func TestCuts(t *testing.T) {
	forAll(t, func(t *testing.T, window string, expired bool, r *rand.Rand) {
		sc := script(r, 120, 3, false)
		keyed := r.IntN(2) == 0 && (expired || !Sliding(call(t, window, events).Fn))
		want := play(t, window, sc, expired, keyed, one, nil)
		got := play(t, window, sc, expired, keyed, func(left int) int { return 1 + r.IntN(left) }, nil)
		sameChunks(t, "random cuts", want, got)
		if len(got) == 0 {
			t.Fatal("no output")
		}
	})
}

// The windows do what the row-at-a-time references do, in partitions for each
// key apart, and go on doing so after restarts.
func TestReference(t *testing.T) {
	forAll(t, func(t *testing.T, window string, expired bool, r *rand.Rand) {
		keys, tidy := 1+2*r.IntN(2), r.IntN(2) == 0
		if shared(window) {
			keys = 1 // TestTimeBatchOfKeys, TestConditionOfKeys
		}
		if strings.HasPrefix(window, "unique:time(") {
			tidy = true // late rows go when they are due, whatever timers there are
		}
		sc := script(r, 150, keys, tidy)
		stops := map[int]bool{}
		if r.IntN(2) == 0 {
			stops[r.IntN(150)], stops[r.IntN(150)], stops[75] = true, true, true
		}
		w := call(t, window, events)
		if !expired && Sliding(w.Fn) {
			return // passes rows on: TestPass
		}
		got := play(t, window, sc, expired, keys > 1, one, func(i int) bool { return stops[i] })
		for key := range int32(keys) {
			mine := slices.DeleteFunc(slices.Clone(got), func(c chunk) bool { return c.key != key })
			run := newReference(t, w, expired)
			run.keyed = keys > 1
			for i, st := range sc {
				run.advance(st.at)
				if stops[i] {
					if r, ok := run.ref.(*refTimeBatch); ok {
						r.next = -1 // no part of a snapshot
					}
				}
				for lo := 0; lo < len(st.rows); { // runs of one key
					hi := lo + 1
					for hi < len(st.rows) && (keys == 1 || st.rows[hi].key == st.rows[lo].key) {
						hi++
					}
					if keys == 1 || st.rows[lo].key == key {
						run.ref.chunk(refRows(st.rows[lo:hi]))
						run.advance(st.at)
					}
					lo = hi
				}
			}
			run.advance(sc[len(sc)-1].at + 20_000)
			for i := range run.out {
				run.out[i].key = key
			}
			sameChunks(t, fmt.Sprintf("key %d", key), run.out, mine)
		}
	})
}

func refRows(rows []eventRow) []refRow {
	var list []refRow
	b := batch([]step{{rows: rows}}, false, false)
	s := &sim{need: eventNeed}
	for i, row := range rows {
		list = append(list, refRow{row.time, row.ts, row.s, row.sym, row.v, s.valuesOf(b, i)})
	}
	return list
}

// A partition's keys are windows of their own: rows of one key come out as if
// there were no others.
func TestKeysApart(t *testing.T) {
	forAll(t, func(t *testing.T, window string, expired bool, r *rand.Rand) {
		if !expired && Sliding(call(t, window, events).Fn) {
			return // passes rows on: TestPass
		}
		switch {
		case shared(window):
			return // TestTimeBatchOfKeys, TestConditionOfKeys
		case window == "time(0)" || window == "delay(0)":
			return // a key without rows is forgotten, and rows never stay: TestReference
		case strings.HasPrefix(window, "batch(") && !expired:
			return // a partition forgets the batch before: TestReference
		}
		sc := script(r, 100, 4, true)
		together := play(t, window, sc, expired, true, one, nil)
		for key := range int32(4) {
			var own []step
			for _, st := range sc {
				last := int32(-1)
				for _, row := range st.rows {
					if row.key == key && last != key {
						own = append(own, step{at: st.at})
					}
					if row.key == key {
						own[len(own)-1].rows = append(own[len(own)-1].rows, row)
					}
					last = row.key
				}
			}
			apart := play(t, window, own, expired, false, one, nil)
			mine := slices.DeleteFunc(slices.Clone(together), func(c chunk) bool { return c.key != key })
			for i := range apart {
				apart[i].key = key
			}
			end := own[len(own)-1].at + 20_000 // the whole script may run longer
			mine = slices.DeleteFunc(mine, func(c chunk) bool { return c.at > end })
			sameChunks(t, fmt.Sprintf("key %d", key), apart, mine)
		}
	})
}

// A sliding window whose expired rows nobody wants passes its input on.
func TestPass(t *testing.T) {
	for _, window := range []string{"length(3)", "time(1 sec)", "externalTime(ts, 1 sec)"} {
		s := start(t, call(t, window, events), events, eventNeed, false, 0)
		in := batch(script(rand.New(rand.NewPCG(1, 1)), 5, 1, true), false, false)
		var out *column.Batch
		if err := s.op.Process(in, func(b *column.Batch) error { out = b; return nil }); err != nil || out != in {
			t.Errorf("%s: got %p, %v, want the input %p", window, out, err, in)
		}
	}
}

// shared says whether the keys of a partition are not windows of their own.
func shared(window string) bool {
	return strings.HasPrefix(window, "timeBatch(") || strings.HasPrefix(window, "expression")
}

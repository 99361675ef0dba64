package window

import (
	"errors"
	"strings"
	"testing"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/state"
)

func TestRefused(t *testing.T) {
	cases := []struct{ window, says string }{
		{"timeBatch(0)", "at least 1"},
		{"batch(-1)", "window.length is -1"},
		{"externalTime(sym, 1 sec)", "does not take"},
		{"externalTime(7, 1 sec)", "does not take"},
		{"length(true)", "does not take"},
		{"length(v)", "does not take"},
		{"length(1, 2)", "does not take"},
		{"lengthBatch(2, 3)", "does not take"},
		{"frequent(v, sym)", "does not take"},
	}
	for _, c := range cases {
		s := &sim{}
		_, err := New(call(t, c.window, events), events, Options{Clock: s, Scheduler: s})
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", c.window, err, c.says)
		}
	}
	if _, err := New(call(t, "length(1)", events), events, Options{}); err == nil {
		t.Error("a window without clock was made")
	}
	foreign := &check.Window{Fn: &extension.Declaration{Kind: extension.Window, Name: "hopping"}}
	s := &sim{}
	if _, err := New(foreign, events, Options{Clock: s, Scheduler: s}); err == nil {
		t.Error("a window that is not here was made")
	}
}

// What the checker refuses.
func TestRefusedCalls(t *testing.T) {
	cases := []struct{ window, says string }{
		{"expression('v')", "the text of a window must be true or false"},
		{"expression('count() <')", "line 2, column 36: expected an expression"},
		{"expression(\"\"\"count() < 3 and\nfirst.vv < 3\"\"\")", "line 3, column 1: first has no attribute 'vv'; it has sym string"},
		{"expression('sum(sum(v)) < 3')", "cannot be used in the argument of an aggregator"},
		{"expression('first[1].v < 3')", "only states of a pattern can be indexed"},
		{"expression('v < 3 in T')", "cannot look into tables"},
		{"expression('eventTimestamp(v) < 3')", "eventTimestamp() does not take (int)"},
		{"expression(v)", "expression() does not take (int)"},
		{"expressionBatch(true)", "expressionBatch() does not take (bool)"},
		{"expressionBatch('v < 3', 1)", "does not take (string, int)"},
		{"frequent(2, v)", "frequent() does not take (int, int)"},
		{"lossyFrequent(0.1)", "lossyFrequent() does not take (double)"},
		{"unique:ever()", "unique:ever() does not take an empty list"},
		{"unique:length(sym, 0)", "window.length is 0, it must be at least 1"},
		{"unique:length(sym, v)", "'window.length' of unique:length() must be a constant"},
		{"unique:timeBatch(sym, 0)", "window.time is 0"},
		{"unique:timeLengthBatch(sym, 1 sec, 0)", "window.length is 0"},
		{"unique:externalTimeBatch(sym, 5L, 1 sec)", "'time.stamp' of unique:externalTimeBatch() must be an attribute"},
	}
	for _, c := range cases {
		if _, err := resolve(c.window, events); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want an error that says %q", c.window, err, c.says)
		}
	}
}

func TestTraits(t *testing.T) {
	cases := []struct {
		window                          string
		sliding, batches, clock, stamps bool
	}{
		{"length(1)", true, false, false, true},
		{"lengthBatch(1)", false, true, false, true},
		{"time(1)", true, false, true, true},
		{"timeBatch(1)", false, true, true, true},
		{"externalTime(ts, 1)", true, false, false, false},
		{"externalTimeBatch(ts, 1, 0)", false, true, false, false},
		{"externalTimeBatch(ts, 1, 0, 10)", false, true, true, false},
		{"expression('count() < 3')", true, false, false, true},
		{"expression('eventTimestamp(S) < 3')", true, false, true, true},
		{"expressionBatch('count() < 3')", true, false, true, true},
		{"frequent(2, sym)", true, false, false, true},
		{"unique:ever(sym)", true, false, false, true},
		{"unique:time(sym, 1)", true, false, true, true},
		{"unique:timeBatch(sym, 1)", false, true, true, true},
		{"unique:externalTimeBatch(sym, ts, 1)", false, true, false, false},
	}
	for _, c := range cases {
		w := call(t, c.window, events)
		if Sliding(w.Fn) != c.sliding || Batches(w.Fn) != c.batches || UsesClock(w) != c.clock || StampsExpired(w.Fn) != c.stamps {
			t.Errorf("%s: sliding %v, batches %v, clock %v, stamps %v", c.window, Sliding(w.Fn), Batches(w.Fn), UsesClock(w), StampsExpired(w.Fn))
		}
	}
	if len(Declarations()) != len(kinds()) {
		t.Error("declarations and implementations differ in number")
	}
	for _, d := range Declarations() {
		if kindOf(d) == nil || d.Summary == "" || d.Example == "" {
			t.Errorf("%s is declared without implementation, summary or example", d.Name)
		}
	}
}

// What emit fails with comes back, and the window's rows stay in order.
func TestEmitFails(t *testing.T) {
	boom := errors.New("boom")
	s := start(t, call(t, "length(1)", events), events, eventNeed, true, 0)
	rows := func(sym string) *column.Batch {
		return batch([]step{{rows: []eventRow{{sym: sym}}}}, false, false)
	}
	if err := s.op.Process(rows("a"), func(*column.Batch) error { return boom }); !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	s.send(t, rows("b"))
	if len(s.out) != 1 || len(s.out[0].rows) != 2 || !strings.HasPrefix(s.out[0].rows[0].values, "(a ") {
		t.Errorf("got %v", s.out)
	}
}

// Snapshots that are cut short or of a later version are refused without harm.
func TestDamagedSnapshot(t *testing.T) {
	for _, window := range allWindows {
		s := start(t, call(t, window, events), events, eventNeed, true, 1000)
		for range 5 {
			s.send(t, batch([]step{{rows: []eventRow{{time: 1000, ts: 1000, sym: "some long symbol text"}, {time: 1000, ts: 1800}}}}, false, false))
		}
		good := s.snapshot()
		for n := range good {
			fresh := start(t, call(t, window, events), events, eventNeed, true, 1000)
			if err := fresh.op.(flow.Stateful).Restore(state.NewDecoder(good[:n])); err == nil {
				t.Fatalf("%s: %d of %d bytes were accepted", window, n, len(good))
			}
		}
		bad := append([]byte{9}, good[1:]...)
		fresh := start(t, call(t, window, events), events, eventNeed, true, 1000)
		if err := fresh.op.(flow.Stateful).Restore(state.NewDecoder(bad)); err == nil || !strings.Contains(err.Error(), "version") {
			t.Errorf("%s: got %v", window, err)
		}
		for i := range good { // flipped bits: refused or harmless, never a panic
			bad := append([]byte(nil), good...)
			bad[i] ^= 0x55
			fresh := start(t, call(t, window, events), events, eventNeed, true, 1000)
			if fresh.op.(flow.Stateful).Restore(state.NewDecoder(bad)) == nil {
				fresh.timers = nil
			}
		}
	}
}

// Long strings that left do not pile up, and compacting keeps the others whole.
func TestLongStrings(t *testing.T) {
	s := start(t, call(t, "length(5)", events), events, []int{0}, true, 0)
	text := func(i int) string { return strings.Repeat("x", 200) + string(rune('a'+i%26)) }
	const n = 5000
	for i := range n {
		s.out = s.out[:0]
		s.send(t, batch([]step{{rows: []eventRow{{sym: text(i)}}}}, false, false))
		if want := "(" + text(max(i-5, 0)) + ")"; i >= 5 && s.out[0].rows[0].values != want {
			t.Fatalf("row %d: got %s, want %s", i, s.out[0].rows[0].values, want)
		}
	}
	if held := len(s.op.(*length).slab.Cols[0].Arena); held > n*200/4 {
		t.Errorf("%d bytes are held for 5 strings", held)
	}
}

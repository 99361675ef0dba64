package window

import (
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// A chunk with a null is left out and reported; the others count. A batch has the rows
// in front of the null, as in Siddhi (null_externaltimebatch_plain of test/scenarios).
func TestGuard(t *testing.T) {
	windows := map[string]struct {
		null  int // the attribute
		begun bool
		says  string
	}{
		"externalTime(ts, 1 sec)":                  {2, false, "timestamp"},
		"externalTimeBatch(ts, 1 sec)":             {2, true, "timestamp"},
		"unique:externalTimeBatch(sym, ts, 1 sec)": {2, true, "timestamp"},
		"session(1 sec, sym)":                      {0, false, "session"},
	}
	for window, want := range windows {
		w := call(t, window, events)
		s := start(t, w, events, eventNeed, true, 0)
		guard := NewGuard(w, events, nil)
		b := batch([]step{
			{rows: []eventRow{{ts: 1000, sym: "a"}}},
			{rows: []eventRow{{ts: 1100, sym: "b"}, {ts: 1200, sym: "null"}}},
			{rows: []eventRow{{ts: 1300, sym: "null"}, {ts: 1300, sym: "d"}}},
			{rows: []eventRow{{ts: 9000, sym: "c"}}},
		}, false, false)
		b.Cols[want.null].SetNull(2)
		b.Cols[want.null].SetNull(3)
		entry := flow.Chain([]flow.Operator{guard, s.op}, s.collect)
		if err := entry(b); err == nil || !strings.Contains(err.Error(), want.says) {
			t.Errorf("%s: got error %v", window, err)
		}
		var text string
		for _, c := range s.out {
			text += c.String()
		}
		for sym, comes := range map[string]bool{"a": true, "b": want.begun, "null": false, "d": false} {
			if strings.Contains(text, "("+sym+" ") != comes {
				t.Errorf("%s: %s, want %v in %s", window, sym, comes, text)
			}
		}
	}
}

// Batches without a null pass uncopied, and those with one cost no allocation.
func TestGuardAllocates(t *testing.T) {
	guard := NewGuard(call(t, "externalTime(ts, 1 sec)", events), events, nil)
	rows := []step{{rows: []eventRow{{ts: 1000, sym: "a"}}}, {rows: []eventRow{{ts: 1100, sym: "b"}}}}
	clean, bad := batch(rows, false, false), batch(rows, false, false)
	bad.Cols[2].SetNull(1)
	var seen *column.Batch
	entry := guard.Into(func(b *column.Batch) error {
		seen = b
		return nil
	})
	if err := entry(clean); err != nil || seen != clean {
		t.Errorf("a batch without a null did not pass as it is: %v", err)
	}
	if err := entry(bad); err == nil || seen.N != 1 {
		t.Errorf("got %d rows and error %v, want 1 and an error", seen.N, err)
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = entry(clean), entry(bad) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

// Windows that take all rows have no guard.
func TestNoGuard(t *testing.T) {
	for _, window := range []string{"length(3)", "session(1 sec)", "unique:ever(sym)"} {
		if NewGuard(call(t, window, events), events, nil) != nil {
			t.Errorf("%s has a guard", window)
		}
	}
}

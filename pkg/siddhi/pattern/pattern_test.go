package pattern

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

func TestRefused(t *testing.T) {
	if _, err := New(&check.PatternInput{}, Options{}); err == nil {
		t.Error("a pattern without states was made")
	}
	st := &check.Stream{Name: "A", Attrs: schema.Attributes{{Name: "v", Type: schema.Int}}}
	in := &check.PatternInput{Slots: []check.Slot{{Name: "e1", Stream: st}, {Name: "e2", Stream: st, Offset: 3}}}
	if _, err := New(in, Options{}); err == nil || !strings.Contains(err.Error(), "e2") {
		t.Errorf("offsets that leave a gap: got %v", err)
	}
	streams, q := query(t, "every e1=A -> e2=A", false)
	o, err := New(q.in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if o.Input(streams["A"]) == nil || o.Input(streams["B"]) != nil {
		t.Error("only streams that feed a state have an entry")
	}
}

// What a pattern without end of waiting matches holds is bounded by within.
func TestWithinFrees(t *testing.T) {
	streams, q := query(t, "every e1=A -> e2=A[id == e1.id and v > e1.v] -> e3=B within 1 sec", false)
	w := newWorld(t, streams, q, nil)
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 20_000 {
		w.send(send{stream: "A", events: []event{{time: int64(i) * 10, vals: []any{int32(r.IntN(1000)), int32(r.IntN(10)), strings.Repeat("long", 20)}}}})
	}
	if n := w.o.store.events[0].Live(); n > 250 {
		t.Errorf("%d matches wait, at most 200 can", n)
	}
	if n := w.o.stages[1].index.ids.Len(); n > 250 {
		t.Errorf("the index has %d values", n)
	}
	if n := len(w.o.store.events[0].Cols[2].Arena); n > 400_000 {
		t.Errorf("%d bytes of strings are held", n)
	}
	w.send(send{stream: "A", events: []event{{time: 1 << 40, vals: []any{int32(0), int32(0), "x"}}}})
	if n := w.o.store.events[0].Live(); n != 1 {
		t.Errorf("%d matches wait after a long pause, want the last", n)
	}
	if n := w.o.store.events[1].Live(); n != 0 {
		t.Errorf("%d second events are held after a long pause", n)
	}
}

func TestEmitFails(t *testing.T) {
	streams, q := query(t, "every e1=A -> e2=B", false)
	w := newWorld(t, streams, q, nil)
	a := send{stream: "A", events: []event{{time: 1, vals: []any{int32(1), int32(1), "x"}}}}
	w.send(a)
	boom := errors.New("boom")
	in := w.o.Input(streams["B"])
	b := column.NewBatch(streams["B"].Attrs)
	b.N, b.Time = 1, []int64{2}
	b.Cols[0].AppendInt(1)
	b.Cols[1].AppendInt(1)
	b.Cols[2].AppendString("y")
	if err := in.Process(b, func(*column.Batch) error { return boom }); !errors.Is(err, boom) {
		t.Fatalf("got %v", err)
	}
	w.process(in, b)
	if len(w.out) != 0 {
		t.Errorf("the match came out twice: %v", w.out)
	}
	w.send(a)
	w.process(in, b)
	if len(w.out) != 1 {
		t.Errorf("got %v after an error, want one match", w.out)
	}
}

// Snapshots that are cut short or of a later version are refused; flipped bits
// never make it panic.
func TestDamagedSnapshot(t *testing.T) {
	for _, chain := range chains {
		streams, q := query(t, chain, true)
		w := newWorld(t, streams, q, nil)
		for _, s := range script(rand.New(rand.NewPCG(9, 9)), 25, 2) {
			w.send(s)
		}
		good := w.snapshot()
		for n := range good {
			w.make()
			if w.o.Restore(state.NewDecoder(good[:n])) == nil {
				t.Fatalf("%s: %d of %d bytes were accepted", chain, n, len(good))
			}
		}
		for i := range good {
			bad := append([]byte(nil), good...)
			bad[i] ^= 0x55
			w.make()
			err := w.o.Restore(state.NewDecoder(bad))
			if i == 0 && (err == nil || !strings.Contains(err.Error(), "version")) {
				t.Errorf("%s: a later version: got %v", chain, err)
			}
		}
	}
}

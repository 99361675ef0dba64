package handler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

var readings = schema.Attributes{{Name: "sensor", Type: schema.String}, {Name: "v", Type: schema.Long}}

func newDedup(t testing.TB, interval int64) flow.Operator {
	t.Helper()
	f := &check.StreamFunction{Fn: &deduplicating().Declaration, Width: 2, Args: []check.Expr{
		&check.Column{Index: 0, Name: "sensor", T: schema.String},
		&check.Const{Const: &ast.Const{Type: schema.Long, Int: interval}},
	}}
	op, err := New(f, Options{In: readings, Need: []int{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

type reading struct {
	sensor string
	key    int32
	at     int64
	n      int64
}

func random(r *rand.Rand, n, keys int) []reading {
	list := make([]reading, n)
	at := int64(1000)
	for i := range list {
		at += int64(r.IntN(300)) - 40
		list[i] = reading{fmt.Sprintf("sensor with a long name %d", r.IntN(12)), int32(r.IntN(keys)), at, int64(i)}
	}
	return list
}

func readingBatch(list []reading, keyed bool, ends []int32) *column.Batch {
	b := column.NewBatch(readings)
	b.N, b.Ends = len(list), ends
	for _, r := range list {
		b.Time = append(b.Time, r.at)
		b.Cols[0].AppendString(r.sensor)
		b.Cols[1].AppendLong(r.n)
		if keyed {
			b.Key = append(b.Key, r.key)
		}
	}
	return b
}

// naive says which readings pass: it looks at all that passed before.
func naive(list []reading, interval int64) []int64 {
	var passed []int64
	known := map[int32][]reading{}
	for _, r := range list {
		old := known[r.key]
		for len(old) > 0 && r.at-old[0].at > interval {
			old = old[1:]
		}
		if !slices.ContainsFunc(old, func(o reading) bool { return o.sensor == r.sensor }) {
			old = append(old, r)
			passed = append(passed, r.n)
		}
		known[r.key] = old
	}
	return passed
}

// However the readings are cut into batches, and with restarts between them, those
// pass that the naive model lets pass.
func TestDeduplicate(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		keys, interval := 1+2*r.IntN(2), int64(r.IntN(2500))
		list := random(r, 400, keys)
		op := newDedup(t, interval)
		var got []int64
		for rest := list; len(rest) > 0; {
			n := min(len(rest), 1+r.IntN(20))
			var ends []int32
			if r.IntN(2) == 0 && n > 2 {
				ends = []int32{2, int32(n)}
			}
			err := op.Process(readingBatch(rest[:n], keys > 1, ends), func(b *column.Batch) error {
				if b.Ends != nil && int(b.Ends[len(b.Ends)-1]) != b.N {
					return fmt.Errorf("chunk marks %v of %d rows", b.Ends, b.N)
				}
				for row := range b.N {
					if want := list[b.Cols[1].I64[row]].sensor; b.Cols[0].String(row) != want {
						return fmt.Errorf("row %d is of %q, want %q", row, b.Cols[0].String(row), want)
					}
					got = append(got, b.Cols[1].I64[row])
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
			if r.IntN(10) == 0 {
				op = restarted(t, op, interval)
			}
		}
		if want := naive(list, interval); !slices.Equal(got, want) {
			t.Fatalf("seed %d, interval %d: got %v\nwant %v", seed, interval, got, want)
		}
	}
}

func restarted(t *testing.T, op flow.Operator, interval int64) flow.Operator {
	t.Helper()
	var e state.Encoder
	op.(state.Snapshotter).Snapshot(&e)
	fresh := newDedup(t, interval)
	if err := fresh.(state.Snapshotter).Restore(state.NewDecoder(slices.Clone(e.Bytes()))); err != nil {
		t.Fatal(err)
	}
	return fresh
}

// A Reset passes and makes no key known; what a snapshot lacks is refused.
func TestDeduplicateReset(t *testing.T) {
	op := newDedup(t, 1000)
	b := readingBatch([]reading{{"a", 0, 100, 0}, {"a", 0, 100, 1}, {"b", 0, 100, 2}, {"b", 0, 100, 3}}, false, []int32{4})
	b.Kind = []column.Kind{column.Reset, column.Current, column.Reset, column.Current}
	var rows []int64
	if err := op.Process(b, func(b *column.Batch) error { rows = append(rows, b.Cols[1].I64...); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(rows, []int64{0, 1, 2, 3}) {
		t.Errorf("got rows %v", rows)
	}
	var e state.Encoder
	op.(state.Snapshotter).Snapshot(&e)
	for n := range e.Bytes() {
		if newDedup(t, 1000).(state.Snapshotter).Restore(state.NewDecoder(e.Bytes()[:n])) == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(e.Bytes()))
		}
	}
}

// Forgotten keys are given up: many of them leave room for others.
func TestDeduplicateForgets(t *testing.T) {
	op := newDedup(t, 10)
	for i := range 5000 {
		r := []reading{{strings.Repeat("x", 20) + fmt.Sprint(i), 0, int64(i), 0}}
		if err := op.Process(readingBatch(r, false, nil), func(*column.Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if d := op.(*deduplicate); d.index.Len() > 11 || d.index.Cap() > 20 {
		t.Errorf("%d keys are known, %d ids given out", d.index.Len(), d.index.Cap())
	}
}

func BenchmarkDeduplicate(b *testing.B) {
	for _, known := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(known), func(b *testing.B) {
			op := newDedup(b, int64(known))
			const n = 1000
			batch := readingBatch(make([]reading, n), false, nil)
			at := int64(0)
			step := func() {
				for i := range n {
					at++
					batch.Time[i] = at
					batch.Cols[0].Str[i], _ = column.InlineStr(fmt.Sprintf("%011d", at*7919%(2*int64(known))))
				}
			}
			for range 2 * known / n {
				step()
				if err := op.Process(batch, func(*column.Batch) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				step()
				b.StartTimer()
				if err := op.Process(batch, func(*column.Batch) error { return nil }); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
		})
	}
}

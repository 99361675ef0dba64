package pattern

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
)

// The workloads W7 (partitioned) and W7b (not) of the benchmark suite: 1000
// symbols, ten events a millisecond, prices of which one in ten starts a match.
func BenchmarkRising(b *testing.B) {
	const stream = "define stream S (symbol string, price float, volume int, ts long);\n"
	cases := []struct {
		name, chain string
		keyed       bool
	}{
		{"W7", "every e1=S[price > 900.0f] -> e2=S[price > e1.price] within 5 sec", true},
		{"W7b", "every e1=S[price > 900.0f] -> e2=S[symbol == e1.symbol and price > e1.price] within 5 sec", false},
		{"remainder", "every e1=S[price > 900.0f] -> e2=S[symbol == e1.symbol and price > e1.price + 10.0f] within 5 sec", false},
		{"sequence", "every e1=S[price > 500.0f], e2=S[price > e1.price], e3=S[price < e2.price]", false},
	}
	for _, c := range cases {
		for _, n := range []int{1000, 1} {
			b.Run(fmt.Sprintf("%s/batch=%d", c.name, n), func(b *testing.B) {
				streams, queries := resolve(b, stream+"from "+c.chain+" select e1.symbol as s insert into O;")
				queries[0].keyed = c.keyed
				w := newWorld(b, streams, queries[0], []int{0, 1, 5})
				rising(b, w, n)
			})
		}
	}
}

func rising(b *testing.B, w *world, n int) {
	const size = 200_000 // 20 s of events, again and again
	st := w.streams["S"]
	all := column.NewBatch(st.Attrs)
	seed := uint64(42)
	draw := func() uint64 {
		seed = seed*6364136223846793005 + 1442695040888963407
		return seed >> 33
	}
	for i := range size {
		sym := draw() % 1000
		all.N++
		all.Time = append(all.Time, int64(i)/10)
		all.Key = append(all.Key, int32(sym))
		all.Cols[0].AppendString(fmt.Sprint("S", sym))
		all.Cols[1].AppendFloat(float32(draw()%4000) * 0.25)
		all.Cols[2].AppendInt(int32(draw() % 1000))
		all.Cols[3].AppendLong(int64(i) / 10)
	}
	if !w.q.keyed {
		all.Key = nil
	}
	in := w.o.Input(st)
	var view column.Batch
	matches := 0
	emit := func(out *column.Batch) error { matches += out.N; return nil }
	at := 0
	step := func() {
		if at+n > size {
			at = 0
			for i := range all.Time { // time goes on
				all.Time[i] += size / 10
			}
		}
		all.Slice(&view, at, at+n)
		if err := in.Process(&view, emit); err != nil {
			b.Fatal(err)
		}
		at += n
	}
	for range size / n / 2 {
		step()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
	if matches == 0 {
		b.Error("no matches")
	}
}

package window

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

var quotes = schema.Attributes{{Name: "symbol", Type: schema.String}, {Name: "price", Type: schema.Double}, {Name: "volume", Type: schema.Long}, {Name: "ts", Type: schema.Long}}

// feed makes batches of n rows whose ts rises by 1 ms every perMilli rows.
type feed struct {
	batch *column.Batch
	row   int64
	every int64
}

func newFeed(n, keys int, every int64) *feed {
	b := column.NewBatch(quotes)
	b.N = n
	for i := range n {
		b.Time = append(b.Time, int64(i))
		b.Cols[0].AppendString(fmt.Sprintf("S%d", i%100))
		b.Cols[1].AppendDouble(float64(i))
		b.Cols[2].AppendLong(int64(i))
		b.Cols[3].AppendLong(0)
		if keys > 1 {
			b.Key = append(b.Key, int32(i*7919%keys))
		}
	}
	return &feed{batch: b, every: every}
}

func (f *feed) next() *column.Batch {
	ts := f.batch.Cols[3].I64
	for i := range ts {
		ts[i] = f.row / f.every
		f.batch.Time[i] = ts[i]
		f.row++
	}
	return f.batch
}

func BenchmarkWindow(b *testing.B) {
	cases := []struct {
		window  string
		keys    int
		every   int64
		expired bool
	}{
		{"length(1000)", 1, 1, true},
		{"length(10)", 100, 1, true},
		{"lengthBatch(1000)", 1, 1, false},
		{"lengthBatch(1000, true)", 1, 1, false},
		{"time(1 sec)", 1, 10, true},
		{"timeBatch(1 sec)", 1, 10, false},
		{"externalTime(ts, 1 sec)", 1, 100, true},
		{"externalTimeBatch(ts, 1 sec)", 1, 10, false},
		{"externalTimeBatch(ts, 1 sec)", 100, 1, false},
	}
	for _, c := range cases {
		for _, n := range []int{1000, 1} {
			b.Run(fmt.Sprintf("%s/keys=%d/batch=%d", c.window, c.keys, n), func(b *testing.B) {
				run(b, c.window, newFeed(n, c.keys, c.every), n, c.expired)
			})
		}
	}
}

func run(b *testing.B, window string, f *feed, n int, expired bool) {
	s := start(b, call(b, window, quotes), quotes, []int{0, 1, 2}, expired, 0)
	rows := 0
	count := func(out *column.Batch) error { rows += out.N; return nil }
	step := func() {
		batch := f.next()
		s.now = batch.Time[0]
		for len(s.timers) > 0 && s.timers[0].due <= s.now { // one key: due times rise
			x := s.timers[0]
			s.timers = append(s.timers[:0], s.timers[1:]...)
			if err := s.op.(flow.Timed).Timer(x.due, x.key, count); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.op.Process(batch, count); err != nil {
			b.Fatal(err)
		}
	}
	for f.row < 300_000 {
		step()
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		step()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
}

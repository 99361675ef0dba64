package window

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// BenchmarkHeld shows that what a row costs does not grow with the rows that
// a window holds: only a sort, and sessions, grow with the logarithm.
func BenchmarkHeld(b *testing.B) {
	cases := []struct {
		name   string
		window func(retained int) string
		ids    bool // as many symbols as retained rows
	}{
		{"length", func(n int) string { return fmt.Sprintf("length(%d)", n) }, false},
		{"time", func(n int) string { return fmt.Sprintf("time(%d)", n) }, false},
		{"timeLength", func(n int) string { return fmt.Sprintf("timeLength(%d, %d)", 2*n, n) }, false},
		{"delay", func(n int) string { return fmt.Sprintf("delay(%d)", n) }, false},
		{"externalTime", func(n int) string { return fmt.Sprintf("externalTime(ts, %d)", n) }, false},
		{"sort", func(n int) string { return fmt.Sprintf("sort(%d, price)", n) }, false},
		{"session", func(n int) string { return fmt.Sprintf("session(%d L, symbol)", n) }, true},
	}
	for _, c := range cases {
		for _, n := range []int{1_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/held=%d", c.name, n), func(b *testing.B) {
				b.ReportAllocs()
				hold(b, c.window(n), n, c.ids)
			})
		}
	}
}

// hold sends rows, one a millisecond, in batches of 1; what is measured
// begins when the window holds n of them.
func hold(b *testing.B, window string, n int, ids bool) {
	r := rand.New(rand.NewPCG(1, 2))
	s := start(b, call(b, window, quotes), quotes, []int{0, 1, 2}, true, 0)
	in := column.NewBatch(quotes)
	in.N, in.Time = 1, []int64{0}
	in.Cols[0].AppendString("")
	in.Cols[1].AppendDouble(0)
	in.Cols[2].AppendLong(1)
	in.Cols[3].AppendLong(0)
	symbols := []string{"S1", "S2", "S3"}
	if ids {
		symbols = symbols[:0]
		for i := range n {
			symbols = append(symbols, fmt.Sprintf("s%d", i))
		}
	}
	drop := func(*column.Batch) error { return nil }
	send := func() {
		s.now++
		for len(s.timers) > 0 && s.timers[0].due <= s.now { // one key: due times rise
			x := s.timers[0]
			s.timers = append(s.timers[:0], s.timers[1:]...)
			if err := s.op.(flow.Timed).Timer(x.due, x.key, drop); err != nil {
				b.Fatal(err)
			}
		}
		in.Time[0], in.Cols[3].I64[0] = s.now, s.now
		in.Cols[1].F64[0] = r.Float64()
		in.Cols[0].Reset()
		in.Cols[0].AppendString(symbols[r.IntN(len(symbols))])
		if err := s.op.Process(in, drop); err != nil {
			b.Fatal(err)
		}
	}
	for range 2*n + 10_000 {
		send()
	}
	b.ResetTimer()
	for range b.N {
		send()
	}
}

package window

import (
	"fmt"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// BenchmarkRetained runs windows that hold a thousand rows, and a million: a row
// must cost as much.
func BenchmarkRetained(b *testing.B) {
	for _, window := range []string{
		"unique:ever(volume)", "unique:first(volume)", "unique:length(volume, N)", "unique:time(volume, N)", "unique:lengthBatch(volume, N)",
		"unique:timeBatch(volume, N)", "expression('count() <= NL')", "expression('last.ts - first.ts < NL')", "expressionBatch('count() <= NL')",
	} {
		for _, held := range []int64{1000, 1_000_000} {
			for _, n := range []int{1000, 1} {
				text := strings.ReplaceAll(window, "N", fmt.Sprint(held))
				b.Run(fmt.Sprintf("%s/held=%d/batch=%d", window, held, n), func(b *testing.B) { retain(b, text, held, n) })
			}
		}
	}
}

func retain(b *testing.B, window string, held int64, n int) {
	f := newFeed(n, 1, 1)
	s := start(b, mustResolve(b, window, quotes), quotes, []int{0, 1, 2}, true, 0)
	none := func(*column.Batch) error { return nil }
	fill := func() *column.Batch {
		batch := f.next()
		for i := range batch.Cols[2].I64 { // half of the keys come again
			batch.Cols[2].I64[i] = (f.row + int64(i)) * 7919 % (2 * held)
		}
		return batch
	}
	step := func(batch *column.Batch) {
		s.now = batch.Time[0]
		for len(s.timers) > 0 && s.timers[0].due <= s.now {
			x := s.timers[0]
			s.timers = append(s.timers[:0], s.timers[1:]...)
			if err := s.op.(flow.Timed).Timer(x.due, x.key, none); err != nil {
				b.Fatal(err)
			}
		}
		if err := s.op.Process(batch, none); err != nil {
			b.Fatal(err)
		}
	}
	for f.row < 2*held {
		step(fill())
	}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		step(fill())
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/row")
}

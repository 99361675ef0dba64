package siddhi_test

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi"
)

// BenchmarkJoinStreams joins on equality with windows full of rows: what an
// event costs must not depend on how many. One in two events finds a row, one in
// two pushes one out of the window.
func BenchmarkJoinStreams(b *testing.B) {
	for _, kept := range []int{1_000, 1_000_000} {
		app := fmt.Sprintf(`define stream A (id long, v int); define stream B (id long, w int);
			from A#window.length(%d) as a join B#window.length(%d) as b on a.id == b.id
			select a.id as id, a.v + b.w as s insert into Out;`, kept, kept)
		b.Run(fmt.Sprintf("kept=%d/batch=1", kept), func(b *testing.B) { joinStreams(b, app, kept, 1) })
		b.Run(fmt.Sprintf("kept=%d/batch=1000", kept), func(b *testing.B) { joinStreams(b, app, kept, 1000) })
	}
}

func joinStreams(b *testing.B, text string, kept, size int) {
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		b.Fatal(err)
	}
	found := 0
	if err := app.OnStream("Out", func(out *siddhi.Batch) { found += out.N }); err != nil {
		b.Fatal(err)
	}
	if err := app.Start(); err != nil {
		b.Fatal(err)
	}
	defer app.Close()
	sides := [2]*siddhi.Input{}
	for i, name := range []string{"A", "B"} {
		if sides[i], err = app.Input(name); err != nil {
			b.Fatal(err)
		}
	}
	next := [2]int64{}
	batch := sides[0].NewBatch()
	send := func(side, n int) {
		batch.Reset()
		for range n {
			id := next[side]
			next[side]++
			if side == 1 {
				id *= 2 // one in two
			}
			batch.Time = append(batch.Time, 0)
			batch.Cols[0].AppendLong(id % int64(2*kept))
			batch.Cols[1].AppendInt(int32(id))
			batch.N++
		}
		if err := sides[side].SendBatch(batch); err != nil {
			b.Fatal(err)
		}
	}
	for at := 0; at < kept; at += 1000 {
		send(0, 1000)
		send(1, 1000)
	}
	found = 0
	b.ResetTimer()
	for i := 0; i < b.N; i += size {
		send(i/size%2, size)
	}
	b.StopTimer()
	b.ReportMetric(float64(found)/float64(b.N), "rows/event")
}

package expr

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// tradeAttrs and trades are the benchmarks' stream: see the workloads.
var tradeAttrs = schema.Attributes{
	{Name: "symbol", Type: schema.String}, {Name: "price", Type: schema.Float}, {Name: "volume", Type: schema.Int},
	{Name: "ts", Type: schema.Long}, {Name: "note", Type: schema.String},
}

func trades(n int) *column.Batch {
	state := uint64(42)
	draw := func() uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return state >> 33
	}
	b := column.NewBatch(tradeAttrs)
	for i := range n {
		b.N++
		b.Time = append(b.Time, 1_700_000_000_000+int64(i/100))
		b.Cols[0].AppendString(fmt.Sprint("S", draw()%100))
		b.Cols[1].AppendFloat(float32(draw()%4000) * 0.25)
		volume := int32(draw() % 1000)
		b.Cols[2].AppendInt(volume)
		b.Cols[3].AppendLong(b.Time[i])
		if volume%3 == 0 {
			b.Cols[4].AppendNull()
		} else {
			b.Cols[4].AppendString(fmt.Sprint("n", volume%10))
		}
	}
	return b
}

// projections are those of workload W2.
var projections = []string{
	"price * 1.1 + volume",
	"(volume % 7) * 3 + 1",
	"ifThenElse(price > 500.0, 'high', 'low')",
	"coalesce(note, symbol)",
	"maximum(price, 250.0f)",
	"convert(ts / 1000, 'long')",
	"symbol",
}

var filters = []string{
	"700 > price",
	"price > 630.0",
	"volume > 100 and price < 500.0f and ts != 5L",
	"price > 900.0 or volume == 7",
	"symbol == 'S17'",
	"not (volume < 500)",
}

func perRow(b *testing.B, rows int) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
}

func BenchmarkProjections(b *testing.B) {
	for _, n := range []int{1, 1000} {
		batch := trades(n)
		var all []*Program
		for _, text := range projections {
			p := mustCompile(b, parse(b, text, tradeAttrs))
			all = append(all, p)
			b.Run(fmt.Sprintf("%d/%s", n, text), func(b *testing.B) {
				for b.Loop() {
					if _, err := p.Eval(batch); err != nil {
						b.Fatal(err)
					}
				}
				perRow(b, n)
			})
		}
		b.Run(fmt.Sprintf("%d/all", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, p := range all {
					if _, err := p.Eval(batch); err != nil {
						b.Fatal(err)
					}
				}
			}
			perRow(b, n)
		})
	}
}

func BenchmarkFilter(b *testing.B) {
	for _, n := range []int{1, 1000} {
		batch := trades(n)
		for _, text := range filters {
			p, err := CompilePredicate(parse(b, text, tradeAttrs), Env{})
			if err != nil {
				b.Fatal(err)
			}
			b.Run(fmt.Sprintf("%d/%s", n, text), func(b *testing.B) {
				b.ReportAllocs()
				rows := make([]int32, 0, n)
				for b.Loop() {
					if rows, err = p.Select(batch, rows[:0]); err != nil {
						b.Fatal(err)
					}
				}
				perRow(b, n)
			})
		}
	}
}

func TestNoAllocations(t *testing.T) {
	for _, n := range []int{1, 1000} {
		batch := trades(n)
		others := []string{"convert(price, 'string')", "UUID()", "convert(symbol, 'double')", "minimum(volume, 3, 5)",
			"ifThenElse(volume > 3, symbol, 'a long string of text')", "currentTimeMillis() - eventTimestamp()"}
		for _, text := range append(others, projections...) {
			p := mustCompile(t, parse(t, text, tradeAttrs))
			if got := testing.AllocsPerRun(10, func() { p.Eval(batch) }); got != 0 {
				t.Errorf("%s: %v allocations in a batch of %d", text, got, n)
			}
		}
		for _, text := range filters {
			p, err := CompilePredicate(parse(t, text, tradeAttrs), Env{})
			if err != nil {
				t.Fatal(err)
			}
			rows := make([]int32, 0, n)
			if got := testing.AllocsPerRun(10, func() { rows, _ = p.Select(batch, rows[:0]) }); got != 0 {
				t.Errorf("%s: %v allocations in a batch of %d", text, got, n)
			}
		}
	}
}

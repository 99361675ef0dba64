package mapper

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/stream"
)

func benchRows(b *testing.B) *column.Buffer {
	in := column.NewBuffer(trade)
	for i := range 1024 {
		in.Cols[0].AppendString(fmt.Sprintf("SYM%03d", i%500))
		in.Cols[1].AppendFloat(float32(i) / 100)
		in.Cols[2].AppendLong(int64(i))
		in.Time = append(in.Time, 0)
	}
	in.N = 1024
	return in
}

func BenchmarkEncode(b *testing.B) {
	for _, typ := range []string{"json", "csv", "text", "frame"} {
		b.Run(typ, func(b *testing.B) {
			in := benchRows(b)
			e, err := NewEncoder(trade, Config{Type: typ})
			if err != nil {
				b.Fatal(err)
			}
			var recs []stream.Record
			b.ReportAllocs()
			for b.Loop() {
				if recs, err = e.Encode(recs[:0], &in.Batch, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, typ := range []string{"json", "csv", "frame"} {
		b.Run(typ, func(b *testing.B) {
			e, err := NewEncoder(trade, Config{Type: typ})
			if err != nil {
				b.Fatal(err)
			}
			recs, err := e.Encode(nil, &benchRows(b).Batch, nil)
			if err != nil {
				b.Fatal(err)
			}
			d, err := NewDecoder(trade, Config{Type: typ})
			if err != nil {
				b.Fatal(err)
			}
			out := column.NewBuffer(trade)
			b.ReportAllocs()
			for b.Loop() {
				out.Reset()
				if bad := d.Decode(out, recs); len(bad) > 0 || out.N != 1024 {
					b.Fatal(reasons(bad), out.N)
				}
			}
			b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

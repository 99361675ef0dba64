package frame

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

var trade = schema.Attributes{
	{Name: "symbol", Type: schema.String}, {Name: "price", Type: schema.Double},
	{Name: "volume", Type: schema.Long}, {Name: "exchange", Type: schema.String},
}

func trades(n int) *column.Buffer {
	b := column.NewBuffer(trade)
	for i := range n {
		b.Time = append(b.Time, int64(i))
		b.Cols[0].AppendString(fmt.Sprintf("SYM%03d", i%500))
		b.Cols[1].AppendDouble(float64(i) / 100)
		b.Cols[2].AppendLong(int64(i))
		b.Cols[3].AppendString("a longer name of an exchange")
	}
	b.N = n
	return b
}

func BenchmarkEncode(b *testing.B) {
	for _, above := range []int{0, 1} {
		b.Run(fmt.Sprintf("zstd=%v", above > 0), func(b *testing.B) {
			in := trades(1024)
			e, err := NewEncoder(trade, above)
			if err != nil {
				b.Fatal(err)
			}
			var data []byte
			b.ReportAllocs()
			for b.Loop() {
				if data, err = e.Append(data[:0], Header{Producer: "p"}, &in.Batch, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds(), "rows/s")
			b.ReportMetric(float64(len(data)), "bytes/frame")
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, above := range []int{0, 1} {
		b.Run(fmt.Sprintf("zstd=%v", above > 0), func(b *testing.B) {
			e, err := NewEncoder(trade, above)
			if err != nil {
				b.Fatal(err)
			}
			data, err := e.Append(nil, Header{Producer: "p"}, &trades(1024).Batch, nil)
			if err != nil {
				b.Fatal(err)
			}
			d, out := NewDecoder(trade), column.NewBuffer(trade)
			b.ReportAllocs()
			for b.Loop() {
				f, err := Parse(data)
				if err != nil {
					b.Fatal(err)
				}
				out.Reset()
				if err := d.Append(out, f, 0); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)*1024/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

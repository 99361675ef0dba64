package table_test

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/table"
)

// sizes are the tables that each operation is measured on: its cost must not
// grow with them, apart from what caches do.
var sizes = []int{1_000, 1_000_000}

const benchKeys = "@primaryKey('l') @index('v') @index('p')"

// fill adds n rows: l counts, v has a tenth as many values, p counts in halves.
func fill(b *testing.B, m *table.Memory, n int) {
	b.Helper()
	rows := batch(m.Attrs())
	for range 1000 {
		rows.Time, rows.N = append(rows.Time, 0), rows.N+1
		rows.Cols[0].AppendString("k")
		rows.Cols[4].AppendBool(true)
	}
	rows.Cols[1].Resize(rows.N)
	rows.Cols[2].Resize(rows.N)
	rows.Cols[3].Resize(rows.N)
	for at := 0; at < n; at += rows.N {
		for i := range rows.N {
			rows.Cols[1].I32[i] = int32((at + i) % max(n/10, 1))
			rows.Cols[2].F64[i] = float64(at+i) / 2
			rows.Cols[3].I64[i] = int64(at + i)
		}
		if err := m.Add(rows, mustNotReport(b)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	for name, on := range map[string]string{
		"key": "T.l == S.m", "index": "T.v == S.n", "range": "T.p >= S.x and T.p < S.x + 5.0", "keyRange": "T.l >= S.m and T.l < S.m + 10L",
	} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/rows=%d", name, n), func(b *testing.B) {
				m, f := searching(b, benchKeys, on)
				fill(b, m, n)
				event := batch(streamAttrs(b), []any{"k", 0, 0.0, 0})
				found := 0
				b.ReportAllocs()
				b.ResetTimer()
				for i := range b.N {
					at := i * 7919 % n
					event.Cols[1].I32[0], event.Cols[2].F64[0], event.Cols[3].I64[0] = int32(at%(n/10)), float64(at)/2, int64(at)
					matches, err := f.Find(event)
					if err != nil {
						b.Fatal(err)
					}
					found += len(matches.Slots)
				}
				if found == 0 {
					b.Fatal("nothing was found")
				}
			})
		}
	}
}

// apply measures a change whose event i is set by next.
func apply(b *testing.B, query string, n int, next func(event *column.Batch, i int)) {
	m, change, out := changing(b, benchKeys, query, mustNotReport(b))
	fill(b, m, n)
	event := batch(out, []any{"k", 0, 0.0, 0})
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		next(event, i)
		if err := change.Apply(event); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkUpdate(b *testing.B) {
	for name, query := range map[string]string{
		"byKey":     "select k, n, x, m update T set T.k = k on T.l == m",
		"readWrite": "select k, n, x, m update T set T.p = T.p + 0.0, T.k = k on T.l == m",
		"ofIndex":   "select k, n, x, m update T set T.v = n on T.l == m",
	} {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/rows=%d", name, n), func(b *testing.B) {
				apply(b, query, n, func(event *column.Batch, i int) {
					event.Cols[1].I32[0], event.Cols[3].I64[0] = int32(i%(n/10)), int64(i*7919%n)
				})
			})
		}
	}
}

func BenchmarkUpdateOrInsert(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			m, change, out := changing(b, "@primaryKey('l')",
				"select k, n as v, x as p, m as l, true as b update or insert into T set T.p = p on T.l == l", mustNotReport(b))
			fill(b, m, n)
			event := batch(out, []any{"k", 0, 0.0, 0, true})
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				event.Cols[3].I64[0] = int64(i * 7919 % (n + n/10)) // one in eleven is new at first
				if err := change.Apply(event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkInsertDelete adds a row and deletes another, so that the table stays as large as it is.
func BenchmarkInsertDelete(b *testing.B) {
	for _, n := range sizes {
		b.Run(fmt.Sprintf("rows=%d", n), func(b *testing.B) {
			m, change, out := changing(b, benchKeys, "select k, n, x, m delete T on T.l == m", mustNotReport(b))
			fill(b, m, n)
			event := batch(out, []any{"k", 0, 0.0, 0})
			row := batch(m.Attrs(), []any{"k", 0, 0.0, 0, true})
			report := mustNotReport(b)
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				row.Cols[1].I32[0], row.Cols[2].F64[0], row.Cols[3].I64[0] = int32(i%(n/10)), float64(i)/2, int64(n+i)
				event.Cols[3].I64[0] = int64(i)
				if err := m.Add(row, report); err != nil {
					b.Fatal(err)
				}
				if err := change.Apply(event); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

package window

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/column"
)

// countOfKeys is expression('count() <= n') and, with batches, expressionBatch('count()
// <= n') in a partition as Siddhi has them: each key has its rows, and one count serves all.
type countOfKeys struct {
	n, count     int
	batches      bool
	open, before map[int32][]refRow
	out          []chunk
}

func (w *countOfKeys) chunk(key int32, rows []refRow, now int64) {
	var out []outRow
	emit := func() {
		if len(out) > 0 {
			w.out = append(w.out, chunk{at: now, key: key, rows: out})
		}
		out = nil
	}
	for _, e := range rows {
		w.count++
		switch {
		case w.count <= w.n:
			w.open[key] = append(w.open[key], e)
			if !w.batches {
				out = append(out, e.as(column.Current, e.time))
			}
		case w.batches:
			w.count = 1
			out = appendAll(out, w.before[key], column.Expired, now)
			if w.before[key] = w.open[key]; len(w.open[key]) == 0 { // it passes alone
				out = append(out, e.as(column.Expired, now), e.as(column.Current, now))
			} else {
				out = appendAll(out, w.open[key], column.Current, now)
				w.open[key] = []refRow{e}
			}
			emit()
		default:
			held := append(w.open[key], e)
			for ; w.count > w.n && len(held) > 0; held = held[1:] {
				w.count--
				out = append(out, held[0].as(column.Expired, now))
			}
			w.open[key] = held
			out = append(out, e.as(column.Current, e.time))
		}
	}
	emit()
}

// The keys of a partition share the condition of an expression window.
func TestConditionOfKeys(t *testing.T) {
	for _, batches := range []bool{false, true} {
		window := "expression('count() <= 3')"
		if batches {
			window = "expressionBatch('count() <= 3')"
		}
		for seed := range uint64(10) {
			r := rand.New(rand.NewPCG(seed, 13))
			sc := script(r, 120, 3, true)
			stop := func(i int) bool { return seed%2 == 0 && i%50 == 20 }
			got := play(t, window, sc, true, true, one, stop)
			ref := &countOfKeys{n: 3, batches: batches, open: map[int32][]refRow{}, before: map[int32][]refRow{}}
			for _, st := range sc {
				for lo := 0; lo < len(st.rows); {
					hi := lo + 1
					for hi < len(st.rows) && st.rows[hi].key == st.rows[lo].key {
						hi++
					}
					ref.chunk(st.rows[lo].key, refRows(st.rows[lo:hi]), st.at)
					lo = hi
				}
			}
			sameChunks(t, fmt.Sprint(window, " seed ", seed), ref.out, got)
		}
	}
}

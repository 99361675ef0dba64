package aggregate

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// slide is what a length window of 1000 over 100 groups gives: each row after
// the one that it drives out, in batches of 1000 or of one event.
func slide(arg schema.Type, events int) (c column.Column, kinds []column.Kind, groups []int32) {
	c.Type = arg
	state := uint64(42)
	draw := func() uint64 {
		state = state*6364136223846793005 + 1442695040888963407
		return state >> 33
	}
	var values []uint64
	add := func(i int, kind column.Kind) {
		switch v := values[i] % 4000; arg {
		case schema.Int:
			c.AppendInt(int32(v))
		case schema.Double:
			c.AppendDouble(float64(v) / 4)
		case schema.String:
			c.AppendString(fmt.Sprint("S", v%1000))
		}
		kinds, groups = append(kinds, kind), append(groups, int32(i%100))
	}
	for i := range events + 1000 {
		values = append(values, draw())
		if i >= 1000 {
			add(i-1000, column.Expired)
		}
		add(i, column.Current)
	}
	return c, kinds, groups
}

var benchmarked = []struct {
	name string
	arg  schema.Type
}{
	{"sum", schema.Int}, {"sum", schema.Double}, {"avg", schema.Double}, {"count", schema.Int}, {"min", schema.Double},
	{"max", schema.Double}, {"distinctCount", schema.String}, {"stdDev", schema.Double},
}

func BenchmarkSliding(b *testing.B) {
	for _, k := range benchmarked {
		for _, rows := range []int{2, 2000} {
			b.Run(fmt.Sprintf("%s/%s/%d", k.name, k.arg, rows), func(b *testing.B) {
				const events = 20000
				c, kinds, groups := slide(k.arg, events)
				cols := []*column.Column{&c}
				m := newMade(b, k.name, k.arg, true, 100)
				m.out.Resize(len(kinds))
				at := &Rows{Hi: 1000, Kinds: kinds, Groups: groups}
				m.Update(cols, at, &m.out)
				b.ReportAllocs()
				lo := 1000
				for b.Loop() {
					if lo == len(kinds) { // the same again, from an empty window
						for g := range int32(100) {
							m.Reset(g)
						}
						at.Lo, at.Hi = 0, 1000
						m.Update(cols, at, &m.out)
						lo = 1000
					}
					at.Lo, at.Hi = lo, lo+rows
					m.Update(cols, at, &m.out)
					lo += rows
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
			})
		}
	}
}

func BenchmarkRunning(b *testing.B) {
	for _, k := range benchmarked {
		b.Run(fmt.Sprintf("%s/%s", k.name, k.arg), func(b *testing.B) {
			c, _, groups := slide(k.arg, 0)
			cols := []*column.Column{&c}
			m := newMade(b, k.name, k.arg, false, 100)
			m.out.Resize(len(groups))
			rows := &Rows{Hi: len(groups), Groups: groups}
			for b.Loop() {
				m.Update(cols, rows, &m.out)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(groups)), "ns/row")
		})
	}
}

func TestNoAllocations(t *testing.T) {
	for _, k := range benchmarked {
		c, kinds, groups := slide(k.arg, 10000)
		cols := []*column.Column{&c}
		m := newMade(t, k.name, k.arg, true, 100)
		m.out.Resize(len(kinds))
		rows := &Rows{Hi: 11000, Kinds: kinds, Groups: groups}
		m.Update(cols, rows, &m.out)
		lo := 11000
		if got := testing.AllocsPerRun(50, func() {
			rows.Lo, rows.Hi = lo, lo+100
			m.Update(cols, rows, &m.out)
			lo += 100
		}); got != 0 {
			t.Errorf("%s(%s): %v allocations", k.name, k.arg, got)
		}
	}
}

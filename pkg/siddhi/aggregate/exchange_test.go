package aggregate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

var exchanged = []struct {
	name string
	args []schema.Type
}{
	{"sum", numbers}, {"avg", numbers}, {"min", numbers}, {"max", numbers}, {"minForever", numbers}, {"maxForever", numbers}, {"stdDev", numbers},
	{"distinctCount", values}, {"count", values}, {"and", []schema.Type{schema.Bool}}, {"or", []schema.Type{schema.Bool}},
}

// exchangeOf makes a random batch of a window that has kept rows: it returns what
// comes and leaves, and the same as rows in their order.
func exchangeOf(r *rand.Rand, arg schema.Type, kept []row) (x Exchange, coming, leaving *column.Column, all, left []row) {
	coming, leaving = &column.Column{Type: arg}, &column.Column{Type: arg}
	depart := func() {
		old := kept[0]
		kept = kept[1:]
		x.Leaving = append(x.Leaving, old.group)
		leaving.AppendAny(old.value)
		old.gone = true
		all = append(all, old)
	}
	for range r.IntN(20) {
		for len(kept) > 0 && r.IntN(3) > 0 {
			depart()
		}
		x.Before = append(x.Before, int32(len(x.Leaving)))
		next := row{group: int32(r.IntN(3)), value: anyValue(r, arg)}
		x.Coming = append(x.Coming, next.group)
		coming.AppendAny(next.value)
		kept, all = append(kept, next), append(all, next)
	}
	for len(kept) > 0 && r.IntN(3) == 0 {
		depart()
	}
	return x, coming, leaving, all, kept
}

// anyValue is null, not a number, or one of a few values.
func anyValue(r *rand.Rand, t schema.Type) any {
	if r.IntN(6) == 0 {
		return nil
	}
	switch n := r.IntN(6); t {
	case schema.Int:
		return int32(n - 2)
	case schema.Long:
		return int64(n) << 40
	case schema.Float:
		if n == 0 {
			return float32(math.NaN())
		}
		return float32(n) / 3
	case schema.Double:
		if n == 0 {
			return math.NaN()
		}
		return float64(n) / 3
	case schema.Bool:
		return n > 2
	default:
		return fmt.Sprint("a text of some length ", n)
	}
}

// What comes and leaves in one go gives the results that the rows give in their
// order, and leaves the aggregator as they do.
func TestExchangeIsUpdate(t *testing.T) {
	for _, k := range exchanged {
		for _, arg := range k.args {
			for seed := range uint64(30) {
				r := rand.New(rand.NewPCG(seed, 11))
				a, b := newMade(t, k.name, arg, true, 3), newMade(t, k.name, arg, true, 3)
				var kept []row
				for range 12 {
					x, coming, leaving, all, left := exchangeOf(r, arg, kept)
					kept = left
					a.out.Resize(len(x.Coming))
					a.Function.(Exchanger).Exchange(&x, []*column.Column{coming}, []*column.Column{leaving}, &a.out)
					want := b.apply(arg, all)
					row := 0
					for i, was := range all {
						if was.gone {
							continue
						}
						if got := a.out.Any(row); fmt.Sprint(got) != fmt.Sprint(want[i]) {
							t.Fatalf("%s of %s, seed %d: %v, in order %v", k.name, arg, seed, got, want[i])
						}
						row++
					}
					if row != len(x.Coming) {
						t.Fatalf("%d of %d rows were compared", row, len(x.Coming))
					}
				}
				var one, other state.Encoder
				a.Snapshot(&one)
				b.Snapshot(&other)
				if string(one.Bytes()) != string(other.Bytes()) {
					t.Fatalf("%s of %s, seed %d: another state than in order", k.name, arg, seed)
				}
			}
		}
	}
}

// BenchmarkExchange is BenchmarkSliding with rows that come and leave apart.
func BenchmarkExchange(b *testing.B) {
	for _, k := range benchmarked {
		for _, rows := range []int{1, 1000} {
			b.Run(fmt.Sprintf("%s/%s/%d", k.name, k.arg, rows), func(b *testing.B) {
				const events = 20000
				c, kinds, groups := slide(k.arg, events)
				var coming, leaving column.Column
				coming.Type, leaving.Type = k.arg, k.arg
				var x Exchange
				for i, kind := range kinds {
					if kind == column.Expired {
						leaving.AppendFrom(&c, i)
						x.Leaving = append(x.Leaving, groups[i])
					} else {
						coming.AppendFrom(&c, i)
						x.Coming = append(x.Coming, groups[i])
					}
				}
				before := make([]int32, rows)
				for i := range before {
					before[i] = int32(i) + 1
				}
				m := newMade(b, k.name, k.arg, true, 100)
				f := m.Function.(Exchanger)
				fill := func() {
					none := coming.Slice(0, 0)
					first := coming.Slice(0, 1000)
					m.out.Resize(1000)
					f.Exchange(&Exchange{Coming: x.Coming[:1000], Before: make([]int32, 1000)}, []*column.Column{&first}, []*column.Column{&none}, &m.out)
					m.out.Resize(rows)
				}
				fill()
				var came, left column.Column
				came.Type, left.Type = k.arg, k.arg
				in, out := []*column.Column{&came}, []*column.Column{&left}
				lo, at := 0, &Exchange{Before: before}
				b.ReportAllocs()
				for b.Loop() {
					if lo == events { // the same again, from an empty window
						for g := range int32(100) {
							m.Reset(g)
						}
						fill()
						lo = 0
					}
					came.View(&coming, 1000+lo, 1000+lo+rows)
					left.View(&leaving, lo, lo+rows)
					at.Coming, at.Leaving = x.Coming[1000+lo:1000+lo+rows], x.Leaving[lo:lo+rows]
					f.Exchange(at, in, out, &m.out)
					lo += rows
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
			})
		}
	}
}

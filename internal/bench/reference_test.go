package bench

import (
	"math"
	"slices"
	"testing"
)

// The tests of this file compute the workloads which have no ceiling, in the
// plainest way: row by row, with maps and searches, from the meaning of the
// query and not from how an engine would run it.

// collector hashes rows one by one, apart from Checksum.
type collector struct{ Result }

func (c *collector) row(fields ...uint64) {
	h := uint64(0xcbf29ce484222325)
	for _, f := range fields {
		h = (h ^ f) * 0x100000001b3
		h ^= h >> 32
	}
	c.Checksum += h
	c.Rows++
}

func double(v float64) uint64 { return math.Float64bits(v) }
func single(v float32) uint64 { return math.Float64bits(float64(v)) }

// trade is an event of the common stream.
type trade struct {
	symbol string
	price  float32
	volume int32
	ts     int64
}

// eachTrade calls f for every event of the workload's only stream.
func eachTrade(w *Workload, f func(i int, e trade)) {
	c := w.Input().Streams[0]
	for i := range c.Times {
		f(i, trade{c.Cols[0].Strings[i], c.Cols[1].Floats[i], c.Cols[2].Ints[i], c.Cols[3].Longs[i]})
	}
}

func TestReferencesGiveTheExpectedRows(t *testing.T) {
	tests := []struct {
		name string
		want func(Want) Result
		got  func(*Workload) Result
	}{
		{"W1x10", wantSingle, tenFilters},
		{"W3", func(w Want) Result { return w.Exact }, lengthWindowExact},
		{"W3", wantSingle, lengthWindowSiddhi},
		{"W4", wantSingle, slidingAverage},
		{"W8", wantSingle, sequence},
		{"W9", wantSingle, func(w *Workload) Result { in := w.Input(); return lengthJoin(in, in.Runs()) }},
		{"W9", wantBatched, func(w *Workload) Result { in := w.Input(); return lengthJoin(in, in.Batches(BatchRows)) }},
		{"W9b", wantSingle, func(w *Workload) Result { in := w.Input(); return timeJoin(in, in.Runs()) }},
		{"W9b", wantBatched, func(w *Workload) Result { in := w.Input(); return timeJoin(in, in.Batches(BatchRows)) }},
		{"W10b", wantSingle, upserted},
		{"W11", wantSingle, deviation},
		{"W12", wantSingle, perSecond},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, err := Find(test.name)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := test.got(w), test.want(w.Want); got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func wantSingle(w Want) Result  { return w.Single }
func wantBatched(w Want) Result { return w.Batched }

func tenFilters(w *Workload) Result {
	var c collector
	eachTrade(w, func(_ int, e trade) {
		for limit := float32(90); limit <= 900; limit += 90 {
			if e.price > limit {
				c.row(hashString(e.symbol), single(e.price), uint64(e.volume))
			}
		}
	})
	return c.Result
}

// lengthWindow is W3 with the maximum of a symbol's prices, oldest first, by
// max, and what max remembers of the symbol by forget.
func lengthWindow(w *Workload, max func(symbol string, window []float32, added float32) float32, forget func(string, float32)) Result {
	type group struct {
		prices []float32
		sum    float64
		volume int64
	}
	var c collector
	var all []trade
	groups := map[string]*group{}
	eachTrade(w, func(_ int, e trade) {
		if all = append(all, e); len(all) > 1000 {
			old := all[len(all)-1001]
			g := groups[old.symbol]
			g.prices = g.prices[1:]
			g.sum -= float64(old.price)
			g.volume -= int64(old.volume)
			forget(old.symbol, old.price)
		}
		g := groups[e.symbol]
		if g == nil {
			g = &group{}
			groups[e.symbol] = g
		}
		g.prices = append(g.prices, e.price)
		g.sum += float64(e.price)
		g.volume += int64(e.volume)
		c.row(hashString(e.symbol), double(g.sum/float64(len(g.prices))), uint64(g.volume), single(max(e.symbol, g.prices, e.price)))
	})
	return c.Result
}

func lengthWindowExact(w *Workload) Result {
	return lengthWindow(w, func(_ string, window []float32, _ float32) float32 { return slices.Max(window) }, func(string, float32) {})
}

// lengthWindowSiddhi has the defect of Siddhi's maximum: an expiring value takes
// away the first equal one of those still remembered, also where it was itself
// displaced long ago.
func lengthWindowSiddhi(w *Workload) Result {
	remembered := map[string][]float32{}
	max := func(symbol string, _ []float32, added float32) float32 {
		q := remembered[symbol]
		for len(q) > 0 && q[len(q)-1] < added {
			q = q[:len(q)-1]
		}
		q = append(q, added)
		remembered[symbol] = q
		return q[0]
	}
	return lengthWindow(w, max, func(symbol string, price float32) {
		if at := slices.Index(remembered[symbol], price); at >= 0 {
			remembered[symbol] = slices.Delete(remembered[symbol], at, at+1)
		}
	})
}

func slidingAverage(w *Workload) Result {
	type group struct {
		sum   float64
		count int
	}
	var c collector
	var window []trade
	groups := map[string]group{}
	eachTrade(w, func(_ int, e trade) {
		for len(window) > 0 && window[0].ts+1000 <= e.ts {
			g := groups[window[0].symbol]
			groups[window[0].symbol] = group{g.sum - float64(window[0].price), g.count - 1}
			window = window[1:]
		}
		window = append(window, e)
		g := groups[e.symbol]
		g = group{g.sum + float64(e.price), g.count + 1}
		groups[e.symbol] = g
		c.row(hashString(e.symbol), double(g.sum/float64(g.count)))
	})
	return c.Result
}

// sequence is W8. A state of a Siddhi sequence takes one partial match an event,
// the first that is offered: while a match goes on, none begins beside it. An
// event that ends a match may begin the next one.
func sequence(w *Workload) Result {
	var c collector
	var p1 float32
	var later []float32 // the prices of e2
	open := false
	eachTrade(w, func(_ int, e trade) {
		switch n := len(later); {
		case open && n > 0 && e.price < later[n-1]:
			c.row(single(p1), single(later[0]), single(later[n-1]), single(e.price))
			open = false
		case open && e.price >= p1:
			later = append(later, e.price)
		default:
			open = false
		}
		if !open && e.price > 500 {
			open, p1, later = true, e.price, later[:0]
		}
	})
	return c.Result
}

// sideRow is an event of one side of a join.
type sideRow struct {
	k, v int32
	ts   int64
}

// join sends the cuts to two windows. expire says how many of the oldest rows
// of a side leave when a row arrives on it.
func join(in *Input, cuts []Cut, expire func(window []sideRow, arrived sideRow) int) Result {
	var c collector
	var sides [2][]sideRow
	for _, cut := range cuts {
		cols := in.Streams[cut.Stream].Cols
		for i := cut.Lo; i < cut.Hi; i++ {
			e := sideRow{cols[0].Ints[i], cols[1].Ints[i], cols[2].Longs[i]}
			for _, o := range sides[1-cut.Stream] {
				if o.k != e.k {
					continue
				}
				a, b := e, o
				if cut.Stream == 1 {
					a, b = o, e
				}
				c.row(uint64(e.k), uint64(a.v), uint64(b.v))
			}
			own := sides[cut.Stream]
			sides[cut.Stream] = append(own[expire(own, e):], e)
		}
	}
	return c.Result
}

func lengthJoin(in *Input, cuts []Cut) Result {
	return join(in, cuts, func(window []sideRow, _ sideRow) int { return max(0, len(window)-999) })
}

func timeJoin(in *Input, cuts []Cut) Result {
	return join(in, cuts, func(window []sideRow, e sideRow) int {
		n := 0
		for n < len(window) && window[n].ts+1000 <= e.ts {
			n++
		}
		return n
	})
}

func upserted(w *Workload) Result {
	in := w.Input()
	table := map[int64]float64{}
	for i, id := range in.Prefill.Cols[0].Longs {
		table[id] = in.Prefill.Cols[2].Doubles[i]
	}
	for i, id := range in.Streams[0].Cols[0].Longs {
		table[id] = float64(in.Streams[0].Cols[1].Ints[i])
	}
	var c collector
	for id, v := range table {
		c.row(uint64(id), double(v))
	}
	return c.Result
}

// deviation is W11. The prices are multiples of 0.25, so that their sums and
// those of their squares are exact and the deviation is rounded only once.
func deviation(w *Workload) Result {
	var c collector
	var window []trade
	var sum, squares float64
	symbols := map[string]int{}
	eachTrade(w, func(_ int, e trade) {
		if len(window) == 1000 {
			old := window[0]
			window = window[1:]
			sum -= float64(old.price)
			squares -= float64(old.price) * float64(old.price)
			if symbols[old.symbol]--; symbols[old.symbol] == 0 {
				delete(symbols, old.symbol)
			}
		}
		window = append(window, e)
		sum += float64(e.price)
		squares += float64(e.price) * float64(e.price)
		symbols[e.symbol]++
		n := float64(len(window))
		deviation := math.Sqrt((squares*n - sum*sum) / (n * n))
		c.row(uint64(len(symbols)), double(math.RoundToEven(deviation*1000)/1000))
	})
	return c.Result
}

func perSecond(w *Workload) Result {
	type key struct {
		second int64
		symbol string
	}
	type group struct {
		sum   float64
		count int64
	}
	groups := map[key]group{}
	eachTrade(w, func(_ int, e trade) {
		k := key{e.ts / 1000 * 1000, e.symbol}
		groups[k] = group{groups[k].sum + float64(e.price), groups[k].count + 1}
	})
	var c collector
	for k, g := range groups {
		c.row(uint64(k.second), hashString(k.symbol), double(g.sum/float64(g.count)), double(g.sum), uint64(g.count))
	}
	return c.Result
}

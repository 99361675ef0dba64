package bench

import (
	"math/big"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestDrawsFollowTheDefinition(t *testing.T) {
	factor, _ := new(big.Int).SetString("6364136223846793005", 10)
	addend, _ := new(big.Int).SetString("1442695040888963407", 10)
	modulus := new(big.Int).Lsh(big.NewInt(1), 64)
	state := big.NewInt(seed)
	g := lcg(seed)
	for i := range 1000 {
		state.Mul(state, factor).Add(state, addend).Mod(state, modulus)
		if got, want := g.draw(), new(big.Int).Rsh(state, 33).Int64(); int64(got) != want {
			t.Fatalf("draw %d: got %d, want %d", i, got, want)
		}
	}
}

func TestFindNamesTheWorkloadsThereAre(t *testing.T) {
	if w, err := Find("W10a"); err != nil || w.Name != "W10a" {
		t.Errorf("Find(W10a) = %v, %v", w, err)
	}
	_, err := Find("W0")
	if err == nil || !strings.Contains(err.Error(), `"W0"`) || !strings.Contains(err.Error(), "W10b") {
		t.Errorf("Find(W0): %v; want an error that names the workloads", err)
	}
}

func TestWorkloadsAreWhole(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range Workloads() {
		if seen[w.Name] {
			t.Errorf("%s: there are two of this name", w.Name)
		}
		seen[w.Name] = true
		if (w.Output == "") == (w.EndQuery == "") {
			t.Errorf("%s: output %q and end query %q, want one of them", w.Name, w.Output, w.EndQuery)
		}
		for mode, want := range map[string]Result{"single": w.Want.Single, "batched": w.Want.Batched, "Siddhi": w.Want.SiddhiSingle} {
			if !want.Known() {
				t.Errorf("%s: no %s result", w.Name, mode)
			}
		}
	}
	if len(seen) != 23 {
		t.Errorf("%d workloads, want 23", len(seen))
	}
}

func TestInputsAreRectangularAndRepeatable(t *testing.T) {
	for _, w := range Workloads() {
		w.Events = 3_003
		in := w.Input()
		if got := in.Events(); got != w.Events {
			t.Errorf("%s: %d events, want %d", w.Name, got, w.Events)
		}
		if !reflect.DeepEqual(in, w.Input()) {
			t.Errorf("%s: two inputs differ", w.Name)
		}
		all := slices.Clone(in.Streams)
		if in.Prefill != nil {
			all = append(all, *in.Prefill)
		}
		for _, c := range all {
			checkColumns(t, w.Name, &c)
		}
	}
}

// checkColumns checks that the columns are of one length, in order of time, and
// those that the app defines.
func checkColumns(t *testing.T, workload string, c *Columns) {
	t.Helper()
	if !slices.IsSorted(c.Times) {
		t.Errorf("%s: the times of %s are not in order", workload, c.Stream)
	}
	w, err := Find(workload)
	if err != nil {
		t.Fatal(err)
	}
	_, definition, _ := strings.Cut(w.App, "define stream "+c.Stream+" (")
	definition, _, _ = strings.Cut(definition, ")")
	var attributes []string
	for i := range c.Cols {
		col := &c.Cols[i]
		n := len(col.Ints) + len(col.Longs) + len(col.Floats) + len(col.Doubles) + len(col.Bools) + len(col.Strings)
		if n != c.Len() {
			t.Errorf("%s: %s.%s has %d values, want %d", workload, c.Stream, col.Name, n, c.Len())
		}
		names := map[Type]string{Int: "int", Long: "long", Float: "float", Double: "double", Bool: "bool", String: "string"}
		attributes = append(attributes, col.Name+" "+names[col.Type])
	}
	if got := strings.Join(attributes, ", "); got != definition {
		t.Errorf("%s: columns of %s are %q, the app defines %q", workload, c.Stream, got, definition)
	}
}

func TestTradesBeginAsDocumented(t *testing.T) {
	c := trades(250, 100, 100)
	g := lcg(seed)
	for i := range 250 {
		symbol, price, volume := g.draw()%100, g.draw()%4000, g.draw()%1000
		if got := c.Cols[0].Strings[i]; got != "S"+big.NewInt(int64(symbol)).String() {
			t.Fatalf("event %d: symbol %q, want S%d", i, got, symbol)
		}
		if got := c.Cols[1].Floats[i]; float64(got) != float64(price)/4 {
			t.Fatalf("event %d: price %v, want %d/4", i, got, price)
		}
		if got := c.Cols[2].Ints[i]; int(got) != volume {
			t.Fatalf("event %d: volume %d, want %d", i, got, volume)
		}
	}
	if got := []int64{c.Times[99], c.Times[100], c.Times[249]}; !slices.Equal(got, []int64{startMillis, startMillis + 1, startMillis + 2}) {
		t.Errorf("times of events 99, 100, 249: %v", got)
	}
}

func TestCutsSendEachEventOnce(t *testing.T) {
	for _, in := range []*Input{tradesInput(10, 10)(2_500), sidesInput(10)(2_501), nexmarkInput(5_003)} {
		for _, cuts := range [][]Cut{in.Runs(), in.Batches(BatchRows), in.Batches(7)} {
			next := make([]int, len(in.Streams))
			for _, c := range cuts {
				if c.Lo != next[c.Stream] || c.Hi <= c.Lo {
					t.Fatalf("cut %+v, want one from %d", c, next[c.Stream])
				}
				next[c.Stream] = c.Hi
			}
			for i := range next {
				if next[i] != in.Streams[i].Len() {
					t.Errorf("stream %s: %d events sent, want %d", in.Streams[i].Stream, next[i], in.Streams[i].Len())
				}
			}
		}
	}
}

func TestRunsKeepTheOrder(t *testing.T) {
	in := nexmarkInput(500)
	var got []uint8
	for _, c := range in.Runs() {
		for range c.Hi - c.Lo {
			got = append(got, uint8(c.Stream))
		}
	}
	if !slices.Equal(got, in.Order) {
		t.Errorf("got the order %v, want %v", got, in.Order)
	}
}

func TestBatchesGoWhenTheyAreFull(t *testing.T) {
	in := &Input{Streams: []Columns{{Times: make([]int64, 3)}, {Times: make([]int64, 4)}}, Order: []uint8{1, 0, 1, 1, 0, 1, 0}}
	want := []Cut{{1, 0, 2}, {0, 0, 2}, {1, 2, 4}, {0, 2, 3}}
	if got := in.Batches(2); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

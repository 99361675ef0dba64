package aggregate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

func declaration(t testing.TB, name string) *extension.Declaration {
	t.Helper()
	r, err := extension.NewRegistry(Declarations())
	if err != nil {
		t.Fatal(err)
	}
	d := r.Find(extension.Aggregator, "", name)
	if d == nil {
		t.Fatalf("no aggregator %s", name)
	}
	return d
}

// made is an aggregator with a column for its results.
type made struct {
	Function
	out column.Column
}

func newMade(t testing.TB, name string, arg schema.Type, sliding bool, groups int) *made {
	t.Helper()
	d := declaration(t, name)
	out, err := d.Returns([]schema.Type{arg})
	if err != nil {
		t.Fatal(err)
	}
	f, err := New(d, []schema.Type{arg}, leaving(sliding))
	if err != nil {
		t.Fatal(err)
	}
	f.Grow(groups)
	return &made{f, column.Column{Type: out}}
}

// row is one step of a test: a value that comes to a group or leaves it.
type row struct {
	group int32
	value any
	gone  bool
}

// apply folds rows into m as one batch, cut at each of cuts, and returns the results.
func (m *made) apply(arg schema.Type, rows []row, cuts ...int) []any {
	c := column.Column{Type: arg}
	var kinds []column.Kind
	var groups []int32
	for _, r := range rows {
		c.AppendAny(r.value)
		kinds = append(kinds, column.Current)
		if r.gone {
			kinds[len(kinds)-1] = column.Expired
		}
		groups = append(groups, r.group)
	}
	if !slices.Contains(kinds, column.Expired) {
		kinds = nil
	}
	m.out.Resize(len(rows))
	lo := 0
	for _, hi := range append(cuts, len(rows)) {
		m.Update([]*column.Column{&c}, &Rows{Lo: lo, Hi: hi, Kinds: kinds, Groups: groups}, &m.out)
		lo = hi
	}
	results := make([]any, len(rows))
	for i := range results {
		results[i] = m.out.Any(i)
	}
	return results
}

// TestRecorded has a window of two events over the values of the recorded
// scenarios; the results are Siddhi's.
func TestRecorded(t *testing.T) {
	f := func(name string, arg schema.Type, values, want []any) {
		t.Helper()
		m := newMade(t, name, arg, true, 1)
		for i, v := range values {
			rows := []row{{value: v}}
			if i >= 2 {
				rows = []row{{value: values[i-2], gone: true}, {value: v}}
			}
			if got := m.apply(arg, rows); got[len(got)-1] != want[i] {
				t.Errorf("%s after %v = %v, Siddhi gives %v", name, values[:i+1], got[len(got)-1], want[i])
			}
		}
	}
	ints := []any{nil, int32(3), int32(5), int32(-5), nil, nil, int32(7), int32(7), int32(math.MaxInt32), int32(math.MaxInt32)}
	f("sum", schema.Int, ints, []any{nil, int64(3), int64(8), int64(0), int64(-5), nil, int64(7), int64(14), int64(2147483654), int64(4294967294)})
	f("avg", schema.Int, ints, []any{nil, 3.0, 4.0, 0.0, -5.0, nil, 7.0, 7.0, 1073741827.0, 2147483647.0})
	f("min", schema.Int, ints, []any{nil, int32(3), int32(3), int32(-5), int32(-5), nil, int32(7), int32(7), int32(7), int32(math.MaxInt32)})
	f("max", schema.Int, ints, []any{nil, int32(3), int32(5), int32(5), int32(-5), nil, int32(7), int32(7), int32(math.MaxInt32), int32(math.MaxInt32)})
	f("count", schema.Int, ints, []any{int64(1), int64(2), int64(2), int64(2), int64(2), int64(2), int64(2), int64(2), int64(2), int64(2)})
	f("distinctCount", schema.Int, ints, []any{int64(1), int64(2), int64(2), int64(2), int64(2), int64(1), int64(2), int64(1), int64(2), int64(1)})
	f("stdDev", schema.Int, ints, []any{nil, 0.0, 1.0, 5.0, 0.0, nil, 0.0, 0.0, 1073741820.0, 0.0})

	doubles := []any{nil, 0.1, 0.2, 0.3, nil, nil, 0.7, 0.7}
	f("sum", schema.Double, doubles, []any{nil, 0.1, 0.30000000000000004, 0.5, 0.3, nil, 0.7, 1.4})
	f("stdDev", schema.Double, doubles, []any{nil, 0.0, 0.049999999999999996, 0.04999999999999996, 0.0, nil, 0.0, 0.0})
	floats := []any{nil, float32(0.1), float32(0.2), float32(0.3)}
	f("sum", schema.Float, floats, []any{nil, 0.10000000149011612, 0.30000000447034836, 0.5000000149011612})
	f("avg", schema.Float, floats, []any{nil, 0.10000000149011612, 0.15000000223517418, 0.2500000074505806})

	texts := []any{"a", nil, "null", "null", "a"}
	f("distinctCount", schema.String, texts, []any{int64(1), int64(2), int64(2), int64(1), int64(2)})
}

// TestResidue: the rounding error of a huge value goes with the last value.
func TestResidue(t *testing.T) {
	for _, name := range []string{"sum", "avg"} {
		m := newMade(t, name, schema.Double, true, 1)
		rows := []row{{value: 0.1}, {value: 1e16}, {value: 0.1, gone: true}, {value: 1e16, gone: true}, {value: 0.5}}
		if got := m.apply(schema.Double, rows); got[3] != nil || got[4] != 0.5 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestLongSumTakesBackInDoubles: 2(2^53+1) is 2^54 as a double, and 2^53+1 is 2^53.
func TestLongSumTakesBackInDoubles(t *testing.T) {
	m := newMade(t, "sum", schema.Long, true, 1)
	const even = int64(1) << 53
	rows := []row{{value: even + 1}, {value: even + 1}, {value: even + 1, gone: true}, {value: int64(math.MaxInt64)}, {value: even - 3, gone: true}}
	want := []any{even + 1, 2*even + 2, even, math.MinInt64 + even - 1, int64(math.MinInt64)}
	if got := m.apply(schema.Long, rows); !slices.Equal(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestNaNIsTheExtreme(t *testing.T) {
	nan := math.NaN()
	for _, name := range []string{"min", "max"} {
		m := newMade(t, name, schema.Double, true, 1)
		rows := []row{{value: 3.0}, {value: nan}, {value: 5.0}, {value: nan}, {value: 3.0, gone: true}, {value: nan, gone: true},
			{value: 5.0, gone: true}, {value: 1.0}, {value: nan, gone: true}}
		got := m.apply(schema.Double, rows)
		for i, v := range got {
			if want := i > 0 && i < 8; (v != v) != want {
				t.Errorf("%s: %v", name, got)
			}
		}
	}
}

func TestRunningNaN(t *testing.T) {
	nan := math.NaN()
	for name, want := range map[string]string{"min": "[3 3 2]", "max": "[3 3 3]"} {
		r := newMade(t, name, schema.Double, false, 1)
		if got := fmt.Sprint(r.apply(schema.Double, []row{{value: 3.0}, {value: nan}, {value: 2.0}})); got != want {
			t.Errorf("%s behind a number: %s, want %s", name, got, want)
		}
		r = newMade(t, name, schema.Double, false, 1)
		if got := fmt.Sprint(r.apply(schema.Double, []row{{value: nan}, {value: 2.0}})); got != "[NaN NaN]" {
			t.Errorf("%s that begins with NaN: %s", name, got)
		}
	}
}

func TestForever(t *testing.T) {
	rows := []row{{value: int32(3)}, {value: int32(5)}, {value: int32(5), gone: true}, {value: nil}}
	if got := newMade(t, "maxForever", schema.Int, true, 1).apply(schema.Int, rows); fmt.Sprint(got) != "[3 5 5 5]" {
		t.Errorf("maxForever: %v", got)
	}
	if got := newMade(t, "minForever", schema.Int, true, 1).apply(schema.Int, rows); fmt.Sprint(got) != "[3 3 3 3]" {
		t.Errorf("minForever: %v", got)
	}
}

// TestRandom compares each aggregator with one that computes anew from the
// values that are there: over groups, with nulls, resets, cuts and restarts.
func TestRandom(t *testing.T) {
	names := []string{"sum", "avg", "count", "min", "max", "distinctCount", "stdDev"}
	types := []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double, schema.String}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 2))
		name, typ := names[r.IntN(len(names))], types[r.IntN(len(types))]
		if typ == schema.String {
			name = "distinctCount"
		}
		sliding := r.IntN(3) > 0 && name != "min" && name != "max" // see TestSlidingExtremes
		const groups = 5
		m := newMade(t, name, typ, sliding, groups)
		held := make([][]any, groups)
		for range 30 {
			rows, want := randomRows(r, name, typ, sliding, held)
			got := m.apply(typ, rows, r.IntN(len(rows)+1))
			for i := range got {
				if !close(got[i], want[i]) && !roundedAway(name, got[i], want[i]) {
					t.Fatalf("seed %d: %s of %s: row %d of %v = %v, want %v", seed, name, typ, i, rows, got[i], want[i])
				}
			}
			if g := int32(r.IntN(groups)); r.IntN(4) == 0 {
				m.Reset(g)
				held[g] = nil
			}
			for g := range int32(groups) {
				if len(held[g]) == 0 && !m.Empty(g) {
					t.Fatalf("seed %d: %s: group %d is not empty", seed, name, g)
				}
			}
			if r.IntN(4) == 0 {
				m = restart(t, m, name, typ, sliding, groups)
			}
		}
	}
}

// roundedAway says whether a deviation of next to nothing is NaN, which it may be.
func roundedAway(name string, got, want any) bool {
	g, _ := got.(float64)
	w, ok := want.(float64)
	return name == "stdDev" && ok && g != g && w < 1e-6
}

func restart(t *testing.T, m *made, name string, typ schema.Type, sliding bool, groups int) *made {
	t.Helper()
	var e state.Encoder
	m.Snapshot(&e)
	next := newMade(t, name, typ, sliding, groups)
	d := state.NewDecoder(e.Bytes())
	if err := next.Restore(d); err != nil || d.Rest() != 0 {
		t.Fatalf("restore %s: %v, %d bytes left", name, err, d.Rest())
	}
	return next
}

// randomRows makes a batch and what it should give; held has each group's
// values, oldest first.
func randomRows(r *rand.Rand, name string, typ schema.Type, sliding bool, held [][]any) (rows []row, want []any) {
	for range 1 + r.IntN(20) {
		g := r.IntN(len(held))
		if sliding && len(held[g]) > 0 && r.IntN(5) < 2 {
			rows = append(rows, row{int32(g), held[g][0], true})
			held[g] = held[g][1:]
		} else {
			v := randomValue(r, typ)
			rows = append(rows, row{int32(g), v, false})
			held[g] = append(held[g], v)
		}
		want = append(want, direct(name, typ, held[g]))
	}
	return rows, want
}

func randomValue(r *rand.Rand, typ schema.Type) any {
	n := r.IntN(12) - 5
	if n == 6 {
		return nil
	}
	switch typ {
	case schema.Int:
		return int32(n)
	case schema.Long:
		return int64(n)
	case schema.Float:
		return float32(n) / 4
	case schema.Double:
		return float64(n) / 4 // sums of quarters are exact in any order
	}
	return []string{"a", "null", "", "a string that is rather long"}[r.IntN(4)]
}

// direct computes an aggregate from its values.
func direct(name string, typ schema.Type, values []any) any {
	var numbers []float64
	var exact int64
	seen := map[any]bool{}
	var least, most any
	for _, v := range values {
		seen[v] = true
		if v == nil || typ == schema.String {
			continue
		}
		x := number64(v)
		exact += int64(x)
		if least == nil || x < number64(least) {
			least = v
		}
		if most == nil || x > number64(most) {
			most = v
		}
		numbers = append(numbers, x)
	}
	switch name {
	case "count":
		return int64(len(values))
	case "distinctCount":
		return int64(len(seen))
	case "min":
		return least
	case "max":
		return most
	}
	if len(numbers) == 0 {
		return nil
	}
	sum, n := 0.0, float64(len(numbers))
	for _, x := range numbers {
		sum += x
	}
	switch {
	case name == "sum" && typ < schema.Float:
		return exact
	case name == "sum":
		return sum
	case name == "avg":
		return sum / n
	}
	squares := 0.0
	for _, x := range numbers {
		squares += (x - sum/n) * (x - sum/n)
	}
	return math.Sqrt(squares / n)
}

func number64(v any) float64 {
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float32:
		return float64(v)
	}
	return v.(float64)
}

// close compares results; only stdDev and avg of doubles may differ by rounding.
func close(a, b any) bool {
	x, isFloat := a.(float64)
	y, ok := b.(float64)
	if !isFloat || !ok {
		return a == b
	}
	return math.Abs(x-y) <= 1e-6*max(1, math.Abs(x), math.Abs(y))
}

func TestDamagedState(t *testing.T) {
	for _, name := range []string{"sum", "avg", "count", "min", "max", "distinctCount", "stdDev", "maxForever"} {
		m := newMade(t, name, schema.Int, true, 3)
		m.apply(schema.Int, []row{{0, int32(5), false}, {1, int32(7), false}, {1, int32(6), false}, {2, nil, false}})
		var e state.Encoder
		m.Snapshot(&e)
		for n := range e.Bytes() {
			if err := newMade(t, name, schema.Int, true, 3).Restore(state.NewDecoder(e.Bytes()[:n])); err == nil {
				t.Errorf("%s: %d of %d bytes were taken for a state", name, n, len(e.Bytes()))
			}
		}
		if err := newMade(t, name, schema.Int, true, 4).Restore(state.NewDecoder(e.Bytes())); err == nil {
			t.Errorf("%s: a state of 3 groups was taken for one of 4", name)
		}
		var later state.Encoder
		later.Uint(99)
		if err := newMade(t, name, schema.Int, true, 3).Restore(state.NewDecoder(later.Bytes())); err == nil {
			t.Errorf("%s: version 99 was accepted", name)
		}
	}
}

func TestDeclarations(t *testing.T) {
	for _, d := range Declarations() {
		if d.Kind != extension.Aggregator || d.Summary == "" || d.Example == "" || d.Returns == nil {
			t.Errorf("%s is not described", d.Name)
		}
		for _, typ := range []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double} {
			if _, err := New(d, []schema.Type{typ}, InOrder); err != nil {
				t.Errorf("%s(%s): %v", d.Name, typ, err)
			}
		}
	}
	if _, err := New(declaration(t, "sum"), []schema.Type{schema.String}, InOrder); err == nil {
		t.Error("sum of strings was made")
	}
	if _, err := New(declaration(t, "count"), nil, InOrder); err != nil {
		t.Error(err)
	}
}

func leaving(sliding bool) Leaving {
	if sliding {
		return InOrder
	}
	return Never
}

// Values may be taken back in any order; min and max lose those that a later,
// better one had made useless.
func TestAnyOrder(t *testing.T) {
	f, err := New(declaration(t, "max"), []schema.Type{schema.Int}, AnyOrder)
	if err != nil {
		t.Fatal(err)
	}
	f.Grow(1)
	in := &column.Column{Type: schema.Int, I32: []int32{9, 7, 5, 7, 3, 9, 8}}
	kinds := []column.Kind{column.Current, column.Current, column.Current, column.Expired, column.Expired, column.Expired, column.Current}
	out := &column.Column{Type: schema.Int}
	out.Resize(7)
	f.Update([]*column.Column{in}, &Rows{Hi: 7, Kinds: kinds, Groups: make([]int32, 7)}, out)
	if want := []int32{9, 9, 9, 9, 9, 5, 8}; !slices.Equal(out.I32, want) {
		t.Errorf("got %v, want %v", out.I32, want)
	}
}

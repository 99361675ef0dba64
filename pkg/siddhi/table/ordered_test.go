package table

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// sound fails unless the tree holds exactly want, in order, in linked leaves.
func sound(t *testing.T, o *ordered, want []entry) {
	t.Helper()
	got := o.between(0, math.MaxUint64, nil)
	slots := make([]int32, len(want))
	for i, e := range want {
		slots[i] = e.slot
	}
	if !slices.Equal(got, slots) {
		t.Fatalf("%d entries, want %d", len(got), len(want))
	}
	if o.len != len(want) {
		t.Fatalf("it counts %d entries, has %d", o.len, len(want))
	}
}

// TestOrderedIsASortedList compares the tree with a sorted slice while it grows
// by random, rising, falling and equal values, and shrinks to nothing.
func TestOrderedIsASortedList(t *testing.T) {
	values := map[string]func(r *rand.Rand, i int) uint64{
		"random":  func(r *rand.Rand, _ int) uint64 { return r.Uint64N(5000) },
		"rising":  func(_ *rand.Rand, i int) uint64 { return uint64(i) },
		"falling": func(_ *rand.Rand, i int) uint64 { return uint64(1<<20 - i) },
		"equal":   func(*rand.Rand, int) uint64 { return 7 },
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			o := newOrdered()
			var all []entry
			drop := func() {
				i := r.IntN(len(all))
				o.remove(all[i])
				all = slices.Delete(all, i, i+1)
			}
			for i := range 20_000 {
				e := entry{value(r, i), int32(i)}
				o.insert(e)
				at, _ := slices.BinarySearchFunc(all, e, compareEntries)
				all = slices.Insert(all, at, e)
				if r.IntN(3) == 0 {
					drop()
				}
			}
			sound(t, o, all)
			for range 300 {
				lo, hi := r.Uint64N(6000), r.Uint64N(6000)
				var want []int32
				for _, e := range all {
					if e.key >= lo && e.key <= hi {
						want = append(want, e.slot)
					}
				}
				if got := o.between(lo, hi, nil); !slices.Equal(got, want) {
					t.Fatalf("from %d to %d: %v, want %v", lo, hi, got, want)
				}
			}
			for len(all) > 0 {
				drop()
				if len(all)%1000 == 0 {
					sound(t, o, all)
				}
			}
			o.insert(entry{3, 4})
			sound(t, o, []entry{{3, 4}})
		})
	}
}

func compareEntries(a, b entry) int {
	switch {
	case a.less(b):
		return -1
	case b.less(a):
		return 1
	}
	return 0
}

// TestOrderedGivesLeavesBack holds a window of values that moves on to use no more memory.
func TestOrderedGivesLeavesBack(t *testing.T) {
	o := newOrdered()
	for i := range 200_000 {
		o.insert(entry{uint64(i), int32(i)})
		if i >= 1000 {
			o.remove(entry{uint64(i - 1000), int32(i - 1000)})
		}
	}
	if len(o.leaves) > 40 || len(o.inner) > 10 {
		t.Errorf("1000 entries lie in %d leaves and %d inner nodes", len(o.leaves), len(o.inner))
	}
}

// TestSortableSortsAsNumbersDo compares neighbours of every numeric type.
func TestSortableSortsAsNumbersDo(t *testing.T) {
	inf := math.Inf(1)
	doubles := []float64{-inf, -math.MaxFloat64, -1.5, -math.SmallestNonzeroFloat64, 0, math.SmallestNonzeroFloat64, 1, 1.5, math.MaxFloat64, inf, math.NaN()}
	c := column.Column{Type: schema.Double, F64: doubles}
	for i := 1; i < len(doubles); i++ {
		if sortable(&c, i-1) >= sortable(&c, i) {
			t.Errorf("%v does not sort before %v", doubles[i-1], doubles[i])
		}
	}
	zeros := column.Column{Type: schema.Double, F64: []float64{0, math.Copysign(0, -1)}}
	if sortable(&zeros, 0) != sortable(&zeros, 1) {
		t.Error("the two zeros are not one value")
	}
	longs := column.Column{Type: schema.Long, I64: []int64{math.MinInt64, -1, 0, 1, math.MaxInt64}}
	for i := 1; i < len(longs.I64); i++ {
		if sortable(&longs, i-1) >= sortable(&longs, i) {
			t.Errorf("%d does not sort before %d", longs.I64[i-1], longs.I64[i])
		}
	}
}

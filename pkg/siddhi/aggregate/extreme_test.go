package aggregate

import (
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/schema"
)

// TestSlidingExtremes compares min and max with Siddhi's way to compute them over
// slices: a value drops the worse ones before it, and the first that is equal to
// one that leaves goes. Values are few, so that many are equal.
func TestSlidingExtremes(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 4))
		name := []string{"min", "max"}[r.IntN(2)]
		better := func(a, b int64) bool { return a != b && (a > b) == (name == "max") }
		const groups = 3
		m := newMade(t, name, schema.Long, true, groups)
		held, kept := make([][]int64, groups), make([][]int64, groups)
		for range 40 {
			var rows []row
			var want []any
			for range 1 + r.IntN(20) {
				g := r.IntN(groups)
				if len(held[g]) > 0 && r.IntN(5) < 2 {
					i := 0
					if r.IntN(4) == 0 {
						i = r.IntN(len(held[g]))
					}
					v := held[g][i]
					held[g] = slices.Delete(held[g], i, i+1)
					if i := slices.Index(kept[g], v); i >= 0 {
						kept[g] = slices.Delete(kept[g], i, i+1)
					}
					rows = append(rows, row{int32(g), v, true})
				} else {
					v := int64(r.IntN(12))
					held[g] = append(held[g], v)
					for len(kept[g]) > 0 && better(v, kept[g][len(kept[g])-1]) {
						kept[g] = kept[g][:len(kept[g])-1]
					}
					kept[g] = append(kept[g], v)
					rows = append(rows, row{int32(g), v, false})
				}
				want = append(want, nil)
				if len(kept[g]) > 0 {
					want[len(want)-1] = kept[g][0]
				}
			}
			if got := m.apply(schema.Long, rows, r.IntN(len(rows)+1)); !slices.Equal(got, want) {
				t.Fatalf("seed %d: %s of %v = %v, want %v", seed, name, rows, got, want)
			}
			if g := r.IntN(groups); r.IntN(8) == 0 {
				m.Reset(int32(g))
				held[g], kept[g] = nil, nil
			}
			if r.IntN(4) == 0 {
				m = restart(t, m, name, schema.Long, true, groups)
			}
		}
	}
}

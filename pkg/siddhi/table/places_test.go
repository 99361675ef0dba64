package table_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// hashMap is a java.util.HashMap of texts as far as its order goes: bins of chained
// keys, of which there are twice as many when three quarters are exceeded.
type hashMap struct {
	bins [][]string
	size int
}

func (m *hashMap) bin(key string) *[]string {
	var h uint32
	for _, c := range []byte(key) {
		h = 31*h + uint32(c)
	}
	h ^= h >> 16
	return &m.bins[int(h)&(len(m.bins)-1)]
}

func (m *hashMap) put(key string) {
	if slices.Contains(*m.bin(key), key) {
		return
	}
	*m.bin(key) = append(*m.bin(key), key)
	if m.size++; m.size > len(m.bins)*3/4 {
		old := m.bins
		m.bins = make([][]string, 2*len(old))
		for _, key := range slices.Concat(old...) {
			*m.bin(key) = append(*m.bin(key), key)
		}
	}
}

func (m *hashMap) remove(key string) {
	bin := m.bin(key)
	if i := slices.Index(*bin, key); i >= 0 {
		*bin = slices.Delete(*bin, i, i+1)
		m.size--
	}
}

// TestRowsLieAsInAHashMap adds and deletes rows whose key is a text, and compares their
// order with that of a hash map that goes through the same.
func TestRowsLieAsInAHashMap(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9))
		m, remove, out := changing(t, "@primaryKey('k')", "select k delete T on T.k == k", mustNotReport(t))
		want := &hashMap{bins: make([][]string, 16)}
		keys := 10 + r.IntN(200)
		for range 400 {
			key := fmt.Sprint("k", r.IntN(keys))
			if r.IntN(3) == 0 {
				if err := remove.Apply(batch(out, []any{key})); err != nil {
					t.Fatal(err)
				}
				want.remove(key)
				continue
			}
			if err := m.Add(batch(m.Attrs(), []any{key, 1, 1.0, 1, true}), func(error) {}); err != nil {
				t.Fatal(err)
			}
			want.put(key)
		}
		var got []string
		for _, row := range everything(t, m) {
			got = append(got, strings.Fields(row)[1])
		}
		if all := slices.Concat(want.bins...); !slices.Equal(got, all) {
			t.Fatalf("seed %d:\n got  %v\n want %v", seed, got, all)
		}
	}
}

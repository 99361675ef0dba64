package column

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// Random changes are compared with lists that are slices.
func TestChains(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var c Chains
	const lists, slots = 5, 40
	var want [lists][]int32
	for step := range 20_000 {
		slot := rnd.Int32N(slots)
		if list := c.Of(slot); list == None {
			to := rnd.Int32N(lists)
			c.Append(to, slot)
			want[to] = append(want[to], slot)
		} else {
			c.Remove(slot)
			at := slices.Index(want[list], slot)
			want[list] = slices.Delete(want[list], at, at+1)
		}
		if step%5000 == 4999 {
			c.Clear()
			want = [lists][]int32{}
		}
		for list := range int32(lists) {
			var got []int32
			for at := c.First(list); at != None; at = c.Next(at) {
				got = append(got, at)
				if c.Of(at) != list {
					t.Fatalf("step %d: slot %d of list %d says %d", step, at, list, c.Of(at))
				}
			}
			if !slices.Equal(got, want[list]) {
				t.Fatalf("step %d: list %d has %v, want %v", step, list, got, want[list])
			}
		}
	}
}

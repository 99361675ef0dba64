package pattern

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/check"
)

const definitions = `define stream A (id int, v int, s string); define stream B (id int, v int, s string); define stream C (id int, v int, s string, x float);
`

// Every way of finding a match: no condition, the event's own, equalities,
// plain comparisons, a remainder, and mixtures; one stream and several.
var chains = []string{
	"every e1=A",
	"e1=A[v > 5]",
	"every e1=A -> e2=B",
	"e1=A -> e2=B",
	"every e1=A[v > 3] -> e2=A",
	"every e1=A -> e2=A[v > e1.v]",
	"every e1=A -> e2=B[id == e1.id]",
	"every e1=A -> e2=B[s == e1.s and id == e1.id]",
	"every e1=A -> e2=B[s != e1.s]",
	"every e1=A[v > 2] -> e2=A[e1.id == id and v >= e1.v and v < 9] within 400 milliseconds",
	"every e1=A -> e2=B[v > e1.v + 1]",
	"every e1=A -> e2=B[id == e1.id and (v > e1.v + 1 or s == e1.s)] within 600 milliseconds",
	"every e1=A -> e2=B[id == e1.id] -> e3=C[v > e2.v] within 900 milliseconds",
	"every e1=A -> e2=A -> e3=A[v == e1.v]",
	"every e1=A -> e2=B -> e3=A[id == e2.id and v - e1.v > 1]",
	"e1=A -> e2=B -> e3=C",
	"every e1=A -> e2=A[id == e1.id] -> e3=B[s == e2.s] -> e4=A[v > e3.v and id == e1.id] within 2 sec",
	"every e1=C -> e2=C[x > e1.x] -> e3=C[x == e1.x]",
	"every e1=A, e2=B",
	"e1=A, e2=B",
	"every e1=A, e2=A[v > e1.v]",
	"every e1=A, e2=A[v > e1.v], e3=A[v < e2.v and id == e1.id] within 300 milliseconds",
	"every e1=A[v > 3], e2=B[v != e1.v + 1], e3=A",
	"e1=A, e2=A",
}

// script makes random sends: several events a chunk, some at one time, some
// late, some far in the future, with nulls and with strings that lie in an arena.
func script(r *rand.Rand, n, keys int) []send {
	var list []send
	at := int64(1000)
	for range n {
		at += []int64{0, 0, 10, 60, 200}[r.IntN(5)]
		s := send{at: at, stream: []string{"A", "A", "A", "B", "B", "C"}[r.IntN(6)]}
		for range 1 + r.IntN(3)*r.IntN(2) {
			e := event{time: at, key: int32(r.IntN(keys))}
			switch r.IntN(12) {
			case 0:
				e.time -= int64(r.IntN(900))
			case 1:
				e.time += int64(r.IntN(700))
			}
			e.vals = []any{int32(r.IntN(3)), int32(r.IntN(10)), fmt.Sprint("s", r.IntN(2))}
			if r.IntN(3) == 0 {
				e.vals[2] = fmt.Sprint("a string too long to lie inline ", r.IntN(2))
			}
			if r.IntN(8) == 0 {
				e.vals[r.IntN(3)] = nil
			}
			if s.stream == "C" {
				e.vals = append(e.vals, float32(r.IntN(4)))
			}
			s.events = append(s.events, e)
		}
		list = append(list, s)
	}
	return list
}

func query(t testing.TB, chain string, keyed bool) (map[string]*check.Stream, *testQuery) {
	streams, queries := resolve(t, definitions+"from "+chain+" select e1.id as id insert into O;")
	queries[0].keyed = keyed
	return streams, queries[0]
}

// play runs a script. cut says how many of the chunks of one stream go into
// the next batch; before a send for which stop is true the operator is replaced.
func play(t *testing.T, chain string, keyed bool, script []send, cut func(left int) int, stop func(i int) bool) []chunk {
	t.Helper()
	streams, q := query(t, chain, keyed)
	w := newWorld(t, streams, q, nil)
	for i := 0; i < len(script); {
		if stop != nil && stop(i) {
			w.restart(w.snapshot())
		}
		n := 1
		for i+n < len(script) && script[i+n].stream == script[i].stream {
			n++
		}
		n = cut(n)
		w.send(script[i : i+n]...)
		i += n
	}
	return w.out
}

func one(int) int { return 1 }

func forAll(t *testing.T, f func(t *testing.T, chain string, r *rand.Rand)) {
	for _, chain := range chains {
		t.Run(chain, func(t *testing.T) {
			for seed := range uint64(20) {
				f(t, chain, rand.New(rand.NewPCG(seed, 3)))
			}
		})
	}
}

func texts(chunks []chunk) []string {
	var list []string
	for _, c := range chunks {
		list = append(list, c.String())
	}
	return list
}

// The operator finds what the reference finds, for each key apart, in batches
// of any size and across restarts; the chunks are Siddhi's.
func TestReference(t *testing.T) {
	total := 0
	forAll(t, func(t *testing.T, chain string, r *rand.Rand) {
		keys := 1 + 2*r.IntN(2)
		sc := script(r, 150, keys)
		cut := one
		if r.IntN(2) == 0 {
			cut = func(left int) int { return 1 + r.IntN(left) }
		}
		var stop func(int) bool
		if r.IntN(2) == 0 {
			stop = func(int) bool { return r.IntN(30) == 0 }
		}
		got := texts(play(t, chain, keys > 1, sc, cut, stop))
		streams, q := query(t, chain, false)
		feeds := map[string]int{}
		for _, s := range q.in.Slots {
			feeds[s.Stream.Name]++
		}
		refs := map[int32]*reference{}
		var want []string
		for _, s := range sc {
			for i := range s.events {
				if feeds[s.stream] == 0 {
					continue
				}
				e := s.events[i]
				if keys == 1 {
					e.key = 0
				}
				if refs[e.key] == nil {
					refs[e.key] = newReference(q.in)
				}
				var rows []string
				for _, p := range refs[e.key].event(streams[s.stream], &e) {
					rows = append(rows, refs[e.key].text(p))
				}
				if feeds[s.stream] > 1 && len(rows) > 0 {
					rows = []string{strings.Join(rows, " ")}
				}
				for _, row := range rows {
					want = append(want, fmt.Sprintf("key %d %s", e.key, row))
				}
			}
		}
		sameLines(t, want, got)
		total += len(want)
	})
	if total < 5000 {
		t.Errorf("only %d chunks of matches were compared", total)
	}
}

// A partition's keys match as if each had an operator of its own.
func TestKeysApart(t *testing.T) {
	forAll(t, func(t *testing.T, chain string, r *rand.Rand) {
		sc := script(r, 120, 3)
		together := play(t, chain, true, sc, func(left int) int { return 1 + r.IntN(left) }, nil)
		for key := range int32(3) {
			var own []send
			for _, s := range sc {
				s.events = slices.DeleteFunc(slices.Clone(s.events), func(e event) bool { return e.key != key })
				if len(s.events) > 0 {
					own = append(own, s)
				}
			}
			apart := play(t, chain, false, own, one, nil)
			for i := range apart {
				apart[i].key = key
			}
			mine := slices.DeleteFunc(slices.Clone(together), func(c chunk) bool { return c.key != key })
			sameLines(t, texts(apart), texts(mine))
		}
	})
}

// Only needed columns are filled, and pruning changes nothing else.
func TestNeed(t *testing.T) {
	chain := "every e1=A -> e2=B[id == e1.id] -> e3=A[v > e2.v + 1]"
	streams, q := query(t, chain, false)
	need := []int{1, 5, 6}
	pruned, whole := newWorld(t, streams, q, need), newWorld(t, streams, q, nil)
	for _, s := range script(rand.New(rand.NewPCG(4, 4)), 200, 1) {
		pruned.send(s)
		whole.send(s)
	}
	if len(whole.out) == 0 || len(whole.out) != len(pruned.out) {
		t.Fatalf("%d chunks pruned, %d whole", len(pruned.out), len(whole.out))
	}
	for i, c := range whole.out {
		for j, row := range c.rows {
			vals, at, _ := strings.Cut(strings.TrimPrefix(row, "("), ")")
			all := splitRow(vals)
			want := fmt.Sprintf("(%s %s %s)%s", all[1], all[5], all[6], at)
			if pruned.out[i].rows[j] != want {
				t.Fatalf("chunk %d: got %s, want %s", i, pruned.out[i].rows[j], want)
			}
		}
	}
}

// splitRow splits the values of a row; the strings with spaces are known.
func splitRow(vals string) []string {
	const long = "a string too long to lie inline"
	parts := strings.Fields(strings.ReplaceAll(vals, long, strings.ReplaceAll(long, " ", "_")))
	for i := 0; i < len(parts); i++ {
		if strings.HasPrefix(parts[i], "a_string") {
			parts[i] = long + " " + parts[i+1]
			parts = slices.Delete(parts, i+1, i+2)
		}
	}
	return parts
}

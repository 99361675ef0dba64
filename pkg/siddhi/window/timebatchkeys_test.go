package window

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/column"
)

// gridOfKeys is timeBatch in a partition as Siddhi has it: one grid, whose timer is
// that of the key that laid it, and a queue of due times for each key, of which
// only the first has a task.
type gridOfKeys struct {
	t, next int64
	expires bool
	keys    map[int32]*keyOfGrid
	tasks   []timer
	now     int64
	out     []chunk
}

type keyOfGrid struct {
	due          []int64
	running      bool
	open, before []refRow
}

func (g *gridOfKeys) key(k int32) *keyOfGrid {
	if g.keys[k] == nil {
		g.keys[k] = &keyOfGrid{}
	}
	return g.keys[k]
}

func (g *gridOfKeys) ask(k int32, due int64) {
	s := g.key(k)
	s.due = append(s.due, due)
	if !s.running {
		s.running = true
		g.tasks = append(g.tasks, timer{due, k})
	}
}

// call is one call of the window: with rows, or from a timer.
func (g *gridOfKeys) call(k int32, rows []refRow) {
	s := g.key(k)
	if g.next < 0 {
		g.next = g.now + g.t
		g.ask(k, g.next)
	}
	s.open = append(s.open, rows...)
	if g.now < g.next {
		return
	}
	g.next += g.t
	g.ask(k, g.next)
	var out []outRow
	if g.expires {
		out = appendAll(out, s.before, column.Expired, g.now)
	}
	if len(s.open) > 0 {
		out = append(out, s.open[0].as(column.Reset, s.open[0].time))
		out = appendAll(out, s.open, column.Current, -1)
	}
	if len(out) > 0 {
		g.out = append(g.out, chunk{at: g.now, key: k, rows: out})
	}
	s.before, s.open = s.open, nil
}

func (g *gridOfKeys) advance(to int64) {
	for {
		first := -1
		for i, x := range g.tasks {
			if x.due <= to && (first < 0 || x.due < g.tasks[first].due) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		x := g.tasks[first]
		g.tasks = slices.Delete(g.tasks, first, first+1)
		g.now = max(g.now, x.due)
		s := g.keys[x.key]
		for len(s.due) > 0 && s.due[0] <= g.now {
			s.due = s.due[1:]
			g.call(x.key, nil)
		}
		if s.running = len(s.due) > 0; s.running {
			g.tasks = append(g.tasks, timer{s.due[0], x.key})
		}
	}
	g.now = max(g.now, to)
}

// The keys of a partition share the grid of timeBatch, also after restarts.
func TestTimeBatchOfKeys(t *testing.T) {
	starved := 0
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 11))
		sc := script(r, 120, 3, true)
		stops := map[int]bool{}
		if seed%2 == 0 {
			stops[r.IntN(120)], stops[60] = true, true
		}
		expires := seed%4 < 2
		got := play(t, "timeBatch(700)", sc, expires, true, one, func(i int) bool { return stops[i] })
		ref := &gridOfKeys{t: 700, next: -1, expires: expires, keys: map[int32]*keyOfGrid{}, now: sc[0].at}
		for i, st := range sc {
			ref.advance(st.at)
			if stops[i] {
				ref.next = -1 // no part of a snapshot
			}
			for lo := 0; lo < len(st.rows); {
				hi := lo + 1
				for hi < len(st.rows) && st.rows[hi].key == st.rows[lo].key {
					hi++
				}
				ref.call(st.rows[lo].key, refRows(st.rows[lo:hi]))
				lo = hi
			}
		}
		ref.advance(sc[len(sc)-1].at + 20_000)
		sameChunks(t, fmt.Sprint("seed ", seed), ref.out, got)
		for _, s := range ref.keys {
			if len(s.open) > 0 {
				starved++
			}
		}
	}
	if starved == 0 {
		t.Error("no key was left waiting")
	}
}

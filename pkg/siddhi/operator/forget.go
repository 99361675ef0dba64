package operator

import "millrace/pkg/siddhi/column"

// Forget implements flow.Forgetter: aggregates begin anew for the keys.
func (s *Select) Forget(keys []int32) {
	if s.groups != nil {
		s.groups.forgetKeys(keys)
	}
	if s.having.counts() {
		s.having.groups.forgetKeys(keys)
	}
}

// forgetKeys drops all groups of keys. Rows of theirs that a window had marked have
// been dropped, too.
func (g *groups) forgetKeys(keys []int32) {
	for _, key := range keys {
		if g.index == nil {
			if int(key) < g.cap {
				g.resetGroup(key)
			}
			continue
		}
		for id := g.of.First(key); id != column.None; id = g.of.First(key) {
			if g.carried > 0 {
				g.held[id] = 0
			}
			g.forget(id)
		}
	}
}

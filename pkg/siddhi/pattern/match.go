package pattern

import (
	"slices"

	"millrace/pkg/siddhi/column"
)

// match offers the event of a row to the matches that wait for state k, oldest
// first, and moves those that it fits.
func (o *Operator) match(k int, l *list, b *column.Batch, row int, key int32) error {
	st, s := &o.stages[k], &o.store
	p := l.head
	if o.strays {
		if err := o.refusesStrays(&st.cond, p, b, row); err != nil {
			return err
		}
	}
	if st.index != nil {
		p = st.index.find(b, row)
	}
	if st.cond.rest != nil {
		return o.matchRest(k, l, p, b, row, key)
	}
	for p != column.None {
		next := s.links[p].next
		if st.index != nil {
			next = s.links[p].nextEqual
		}
		if o.fits(&st.cond, p, b, row) {
			o.advance(k, l, p, b, row, key)
		}
		p = next
	}
	return nil
}

// fits tests the plain comparisons.
func (o *Operator) fits(c *condition, p int32, b *column.Batch, row int) bool {
	for i := range c.plain {
		x := &c.plain[i]
		if !x.holds(&o.store.events[x.state].Cols[x.attr], int(o.store.ref(p, x.state)), b.Cols[x.event], row) {
			return false
		}
	}
	return true
}

// matchRest is match for a condition with a part that only a predicate can
// test: it gathers the candidates, from p on, into one batch.
func (o *Operator) matchRest(k int, l *list, p int32, b *column.Batch, row int, key int32) error {
	st, s := &o.stages[k], &o.store
	candidates := s.slots[:0]
	for p != column.None {
		if o.fits(&st.cond, p, b, row) {
			candidates = append(candidates, p)
		}
		if st.index != nil {
			p = s.links[p].nextEqual
		} else {
			p = s.links[p].next
		}
	}
	s.slots = candidates
	if len(candidates) == 0 {
		return nil
	}
	chosen, err := st.cond.rest.choose(s, st.offset, candidates, b, row)
	if err != nil {
		return o.matchEach(k, l, slices.Clone(candidates), b, row, key)
	}
	for i, c := range chosen {
		chosen[i] = candidates[c] // advance reuses the list of candidates
	}
	for _, p := range chosen {
		o.advance(k, l, p, b, row, key)
	}
	return nil
}

// matchEach is matchRest where it fails for one of the candidates: those in front of that
// one move, as in Siddhi.
func (o *Operator) matchEach(k int, l *list, candidates []int32, b *column.Batch, row int, key int32) error {
	st := &o.stages[k]
	for i, p := range candidates {
		chosen, err := st.cond.rest.choose(&o.store, st.offset, candidates[i:i+1], b, row)
		if err != nil {
			return err
		}
		if len(chosen) > 0 {
			o.advance(k, l, p, b, row, key)
		}
	}
	return nil
}

// choose returns which candidates the event fits.
func (r *remainder) choose(s *partials, offset int, candidates []int32, b *column.Batch, row int) ([]int32, error) {
	n := len(candidates)
	r.batch.N = n
	r.batch.Time = slices.Grow(r.batch.Time[:0], n)[:n]
	r.same = slices.Grow(r.same[:0], n)[:n]
	for i := range n {
		r.same[i] = int32(row)
		r.batch.Time[i] = b.Time[row]
	}
	for _, a := range r.event {
		r.batch.Cols[offset+a].Gather(b.Cols[a], r.same)
	}
	for _, c := range r.before {
		refs := candidates
		if c.state > 0 {
			r.refs = r.refs[:0]
			for _, p := range candidates {
				r.refs = append(r.refs, s.refs[c.state][p])
			}
			refs = r.refs
		}
		r.batch.Cols[c.event].Gather(&s.events[c.state].Cols[c.attr], refs)
	}
	var err error
	r.chosen, err = r.pred.Select(&r.batch, r.chosen[:0])
	return r.chosen, err
}

// advance lets a match that waits for state k take the event.
func (o *Operator) advance(k int, l *list, p int32, b *column.Batch, row int, key int32) {
	o.remove(l, k, p)
	if k == len(o.stages)-1 {
		o.output.add(p, row, key)
		o.store.bury(p, k)
		return
	}
	o.store.take(p, k, b, row)
	o.wait(k+1, key, p)
}

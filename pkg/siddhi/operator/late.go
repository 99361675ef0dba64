package operator

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
)

// late are the places of a select that can fail for a row when aggregates have
// results for it: items that read these, and having. Whether one fails depends on the
// rows before it, and those behind a row that fails do not count: a select that has
// such places goes through its chunks row by row.
type late struct {
	items  []place // in the order of the text
	having *having // nil where it cannot fail
	counts bool    // there are aggregates, which rows can be kept from

	results []*column.Column // of the aggregates, for the rows so far
	groups  []int32          // likewise
	holds   []bool           // likewise, what having says
	asked   bool             // holds are those of the batch that is shown
	rows    []int32
	chunk   column.Batch
	view    column.Batch
	one     column.Whole // of view
	whole   column.Whole // of chunk
}

func newLate(sel *check.Select, s *Select) late {
	l := late{counts: sel.Aggregating()}
	if s.having != nil && s.having.fails {
		l.having = s.having
	}
	for i, it := range sel.Items {
		reads := 0
		for _, c := range expr.Columns(it.Expr) {
			reads = max(reads, c+1-len(sel.In))
		}
		if reads > 0 && expr.Fallible(it.Expr) {
			l.items = append(l.items, place{item: s.items[i], left: reads})
		}
	}
	for _, a := range sel.Aggregates {
		l.results = append(l.results, &column.Column{Type: a.T})
	}
	return l
}

// may says whether a row can fail when aggregates have counted it.
func (l *late) may() bool { return l.counts && (l.having != nil || len(l.items) > 0) }

// process is Select.Process where a row may fail.
func (l *late) process(s *Select, b *column.Batch, emit flow.Emit) error {
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		b.Slice(&l.chunk, lo, hi)
		chunk := l.whole.Of(&l.chunk)
		strays := s.hasStrays(chunk)
		if err := l.count(s, chunk, s.earlyFor(strays)); err != nil {
			return err
		}
		for k, r := range l.results {
			*s.groups.results[k], *r = *r, *s.groups.results[k]
		}
		s.groupOf = l.groups
		l.asked = l.having != nil
		err := s.show(chunk, s.extend(chunk), strays, emit)
		l.asked = false
		if err != nil {
			return err
		}
	}
	return nil
}

// count tells the aggregates of the rows of a chunk, up to one that fails.
func (l *late) count(s *Select, b *column.Batch, e *early) error {
	g := s.groups
	l.groups, l.holds = l.groups[:0], l.holds[:0]
	for _, r := range l.results {
		r.Reset()
	}
	g.staying = true
	defer g.settle()
	for row := range b.N {
		b.Slice(&l.view, row, row+1)
		if err := l.row(s, l.one.Of(&l.view), e); err != nil {
			return err
		}
	}
	return nil
}

// row tells the aggregates of a row, and asks the places, from left to right.
func (l *late) row(s *Select, one *column.Batch, e *early) error {
	g := s.groups
	var at *place // which fails early
	var failed error
	if e.fails(one) {
		_, at, failed = e.first(one)
	}
	if at == nil && one.KindOf(0) == column.Reset {
		if _, err := g.update(one); err != nil {
			return err
		}
		l.groups, l.holds = append(l.groups, column.None), append(l.holds, false)
		for _, r := range l.results {
			r.AppendNull()
		}
		return nil
	}
	defer func() { g.from, g.first = 0, 0 }()
	for _, p := range l.items {
		if at != nil && (p.left > at.left || one.KindOf(0) == column.Reset) {
			break
		}
		if p.left > g.from {
			g.first = p.left
			if _, err := g.update(one); err != nil {
				return err
			}
			g.from, g.first = p.left, 0
		}
		if _, err := p.item.eval(s.extend(one)); err != nil {
			return err
		}
	}
	if at != nil {
		return g.failedAt(at, one, failed)
	}
	if _, err := g.update(one); err != nil {
		return err
	}
	l.groups = append(l.groups, g.ids[0])
	if l.having != nil {
		if err := l.ask(s, s.extend(one)); err != nil {
			return err
		}
	}
	for i, r := range l.results {
		r.AppendColumn(g.results[i], 1)
	}
	return nil
}

// ask asks having of a row.
func (l *late) ask(s *Select, in *column.Batch) error {
	if err := s.project(in); err != nil {
		return err
	}
	rows, err := l.having.keep(&s.out, in, l.rows[:0])
	l.rows = rows
	l.holds = append(l.holds, len(rows) == 1)
	return err
}

// kept returns the places of the rows that having keeps, in the list that is given.
func (l *late) kept(rows []int32) []int32 {
	at := rows[:0]
	for i, r := range rows {
		if l.holds[r] {
			at = append(at, int32(i))
		}
	}
	return at
}

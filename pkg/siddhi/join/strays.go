package join

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
)

// strays is what an index cannot tell: that a value cannot be compared, since it is
// not of its attribute's type. Where one may come into the comparison every row is
// held against the whole condition, as in Siddhi.
type strays struct {
	on    check.Expr
	env   expr.Env
	noted *bool           // see expr.Env
	whole *expr.Predicate // of on
	reads []int
}

// hasStrays says whether a column that the condition reads, of either side, has some.
func (w *Window) hasStrays() bool {
	if !*w.strays.noted {
		return false
	}
	for _, c := range w.strays.reads {
		switch {
		case w.layout.timed(c):
		case w.layout.own(c):
			if w.view.Cols[c].HasStrays() {
				return true
			}
		case w.in.Column(c - w.layout.Other).HasStrays():
			return true
		}
	}
	return false
}

// matchStrays is Match without the index.
func (w *Window) matchStrays(b *column.Batch) (rows, slots []int32, err error) {
	s := &w.strays
	if s.whole == nil {
		if s.whole, err = expr.CompilePredicate(s.on, s.env); err != nil {
			return nil, nil, err
		}
	}
	rest, reads := w.rest, w.reads
	w.rest, w.reads = s.whole, s.reads
	rows, slots, err = w.scan(b)
	w.rest, w.reads = rest, reads
	return rows, slots, err
}

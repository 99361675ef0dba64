package pattern

import (
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/schema"
)

// reference matches one key's events one at a time, with Siddhi's lists: each
// state has pending matches and new ones, which the next event makes pending.
// It shares nothing with the operator.
type reference struct {
	in      *check.PatternInput
	pending [][]*partial
	fresh   [][]*partial
}

// partial is a match so far: an event, or nil, for each state.
type partial struct{ events []*event }

func newReference(in *check.PatternInput) *reference {
	r := &reference{in: in, pending: make([][]*partial, len(in.Slots)), fresh: make([][]*partial, len(in.Slots))}
	r.fresh[0] = []*partial{r.blank()}
	return r
}

func (r *reference) blank() *partial { return &partial{make([]*event, len(r.in.Slots))} }

// event takes an event of a stream and returns the matches that it completes.
func (r *reference) event(stream *check.Stream, e *event) []*partial {
	if r.in.Within > 0 {
		for k := range r.in.Slots {
			old := func(p *partial) bool {
				return p.events[0] != nil && max(e.time-p.events[0].time, p.events[0].time-e.time) > r.in.Within
			}
			r.pending[k] = slices.DeleteFunc(r.pending[k], old)
			r.fresh[k] = slices.DeleteFunc(r.fresh[k], old)
		}
	}
	for k := range r.in.Slots {
		if r.in.Kind == ast.Sequence {
			r.pending[k] = nil
		}
		if r.in.Kind == ast.Sequence || r.in.Slots[k].Stream == stream {
			slices.SortStableFunc(r.fresh[k], func(a, b *partial) int {
				if k == 0 {
					return 0
				}
				return int(a.events[k-1].time - b.events[k-1].time)
			})
			r.pending[k] = append(r.pending[k], r.fresh[k]...)
			r.fresh[k] = nil
		}
	}
	var done []*partial
	for k := len(r.in.Slots) - 1; k >= 0; k-- {
		if r.in.Slots[k].Stream != stream {
			continue
		}
		var stay []*partial
		for _, p := range r.pending[k] {
			p.events[k] = e
			if f := r.in.Slots[k].Filter; f != nil && r.eval(f, p) != true {
				p.events[k] = nil
				stay = append(stay, p)
				continue
			}
			if k == len(r.in.Slots)-1 {
				done = append(done, p)
			} else {
				r.fresh[k+1] = append(r.fresh[k+1], p)
			}
			if k == 0 && r.in.Every {
				r.fresh[0] = append(r.fresh[0], r.blank())
			}
		}
		r.pending[k] = stay
	}
	if r.in.Kind == ast.Sequence && r.in.Every && len(r.fresh[0]) == 0 {
		r.fresh[0] = []*partial{r.blank()}
	}
	return done
}

// value of a column of a match, nil for null.
func (r *reference) value(p *partial, col int) any {
	k := len(r.in.Slots) - 1
	for r.in.Slots[k].Offset > col {
		k--
	}
	if p.events[k] == nil {
		return nil
	}
	return p.events[k].vals[col-r.in.Slots[k].Offset]
}

func (r *reference) eval(e check.Expr, p *partial) any {
	switch e := e.(type) {
	case *check.Const:
		switch e.Type() {
		case schema.Int:
			return int32(e.Const.Int)
		case schema.Float:
			return float32(e.Const.Float)
		case schema.String:
			return e.Const.Text
		}
		return e.Const.Bool
	case *check.Column:
		return r.value(p, e.Index)
	case *check.Not:
		return r.eval(e.X, p) != true
	case *check.Binary:
		a, b := r.eval(e.L, p), r.eval(e.R, p)
		switch {
		case e.Op == ast.And:
			return a == true && b == true
		case e.Op == ast.Or:
			return a == true || b == true
		case a == nil || b == nil:
			if e.Op.IsArithmetic() {
				return nil
			}
			return e.Op == ast.NE
		}
		if x, ok := a.(string); ok {
			return (x == b.(string)) == (e.Op == ast.EQ)
		}
		if x, ok := a.(float32); ok {
			return compared(e.Op, x, b.(float32))
		}
		x, y := a.(int32), b.(int32)
		switch e.Op {
		case ast.Add:
			return x + y
		case ast.Sub:
			return x - y
		}
		return compared(e.Op, x, y)
	}
	panic(fmt.Sprintf("the reference cannot evaluate %T", e))
}

func compared[T int32 | float32](op ast.Op, x, y T) bool {
	return map[ast.Op]bool{ast.LT: x < y, ast.LE: x <= y, ast.GT: x > y, ast.GE: x >= y, ast.EQ: x == y, ast.NE: x != y}[op]
}

// text renders a match like world.collect does.
func (r *reference) text(p *partial) string {
	last := p.events[len(p.events)-1]
	var vals []string
	for _, e := range p.events {
		for _, v := range e.vals {
			vals = append(vals, fmt.Sprint(v))
		}
		vals = append(vals, fmt.Sprint(e.time))
	}
	return fmt.Sprintf("(%s)@%d", strings.Join(vals, " "), last.time)
}

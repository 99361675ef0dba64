// Package expr compiles resolved expressions into vector programs: one call
// evaluates a whole batch, in loops over typed slices.
//
// A program is a tree of nodes, each of which owns the column of its results
// and fills it anew for every batch; so nothing is allocated once the columns
// have grown, and a program belongs to one goroutine. Constant operands are
// part of the loops, constant subtrees are folded. What can fail, or is dear,
// is evaluated only for the rows that ask for it.
//
// It imports ast, check, column, extension, flow and schema.
package expr

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Env is what expressions need from the app around them. A part may be nil
// when no expression uses it.
type Env struct {
	Clock flow.Clock
	// Members gives the test behind `expr in T`.
	Members func(*check.In) (Membership, error)
	// Strays says whether a value has come that is not of its type: before that
	// nothing looks for one. A program sets it that gives such a value, as the casts of
	// Siddhi change nothing. nil: one may come at any time.
	Strays *bool
}

// MayStray returns what says whether to look for strays; it is not nil.
func (e *Env) MayStray() *bool {
	if e.Strays != nil {
		return e.Strays
	}
	yes := true
	return &yes
}

// Membership is the test of one `expr in T`.
type Membership interface {
	// Contains sets out[i] to whether some row of the table satisfies the
	// expression for row i of b. out has b.N entries.
	Contains(b *column.Batch, out []bool) error
}

// Program computes one value per row.
type Program struct {
	root operand
	t    schema.Type
	// unless has columns: where one of them has strays, slow is the way. Without
	// strays there is none.
	unless []int
	strays *bool
	slow   slow
}

// Compile makes a program of e.
func Compile(e check.Expr, env Env) (*Program, error) {
	c := compiler{env: env}
	root, err := c.compile(e)
	if err != nil {
		return nil, err
	}
	p := &Program{root: root, t: e.Type(), strays: env.MayStray(), slow: newSlow(e, env)}
	if root.node == nil {
		p.slow.reads = nil // it only hands the column on
	}
	var casts bool
	if p.root, casts = withCasts(e, root, env); !casts {
		p.unless = p.slow.reads
	}
	return p, nil
}

// Type returns the type of the values.
func (p *Program) Type() schema.Type { return p.t }

// Eval returns the value of each row of b. The column is borrowed: it is valid
// until the next Eval, and only as long as b is; it may be a column of b.
func (p *Program) Eval(b *column.Batch) (*column.Column, error) {
	if *p.strays && b.HasStrays(p.unless) {
		return p.slow.eval(b)
	}
	root := &p.root
	switch { // operand.eval, a call less
	case root.node == nil:
		return b.Cols[root.col], nil
	case b.N == 1 && root.cell != nil:
		return root.cell(b), nil
	}
	return root.node.eval(b)
}

// Column returns the column of the batch that the program's values are, if it
// computes nothing.
func (p *Program) Column() (index int, ok bool) { return p.root.col, p.root.node == nil }

// Cell returns a function that computes the value for a batch of one row: it
// is in the column that the function returns. It is nil when only Eval can. It
// knows nothing of strays: see Computes.
func (p *Program) Cell() func(b *column.Batch) *column.Column { return p.root.cell }

// Const returns the program's value, nil for null, if it is the same for all rows.
func (p *Program) Const() (any, bool) {
	if p.root.value == nil {
		return nil, false
	}
	return p.root.value.one.Any(0), true
}

// Predicate selects rows.
type Predicate struct {
	root   selector
	unless []int // as in Program
	strays *bool
	tests  []rowFunc[bool] // of a lone row; nil when that needs columns
	rows   []int32         // what it needs then
	slow   slow
}

// CompilePredicate makes a predicate of e, whose type is bool.
func CompilePredicate(e check.Expr, env Env) (*Predicate, error) {
	if e.Type() != schema.Bool {
		return nil, fmt.Errorf("%s: a condition is a bool, this is %s %s", e.Position().Start, article(e.Type()), e.Type())
	}
	c := compiler{env: env}
	root, err := c.predicate(e)
	if err != nil {
		return nil, err
	}
	p := &Predicate{root: root, tests: tests(root), strays: env.MayStray(), slow: newSlow(e, env)}
	if o, is := withCasts(e, operand{}, env); is {
		if o.node.(*casting).first, err = c.compile(e); err != nil {
			return nil, err
		}
		p.root, p.tests = &truths{o}, nil
	} else {
		p.unless = p.slow.reads
	}
	return p, nil
}

// Select appends the rows of b for which the predicate is true, in ascending
// order; null counts as false.
func (p *Predicate) Select(b *column.Batch, rows []int32) ([]int32, error) {
	if *p.strays && b.HasStrays(p.unless) {
		return p.slow.selectRows(b, rows)
	}
	return p.root.all(b, rows)
}

// Holds says whether the predicate is true for the only row of b.
func (p *Predicate) Holds(b *column.Batch) (bool, error) {
	if p.tests == nil || *p.strays && b.HasStrays(p.unless) {
		rows, err := p.Select(b, p.rows[:0])
		p.rows = rows
		return err == nil && len(rows) > 0, err
	}
	for _, test := range p.tests {
		if ok, _ := test(b); !ok {
			return false, nil
		}
	}
	return true, nil
}

package expr

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// implementation returns the function that a call's declaration brings along.
func implementation(e *check.Call) (*function.Function, bool) {
	if e.Fn == nil {
		return nil, false
	}
	fn, ok := e.Fn.Impl.(*function.Function)
	return fn, ok
}

// kernel makes the operand of a call of fn.
func (c *compiler) kernel(e *check.Call, fn *function.Function, args []operand) (operand, error) {
	call := &function.Call{Result: e.T, Clock: c.env.Clock, Args: make([]function.Arg, len(args))}
	for i := range args {
		t := e.Args[i].Type()
		if fn.Widen != schema.Invalid && t.Numeric() {
			args[i], t = widen(args[i], t, fn.Widen), fn.Widen
		}
		call.Args[i].Type = t
		if v := args[i].value; v != nil && !v.null() {
			call.Args[i].Value = &v.one
		}
	}
	kernel, err := fn.New(call)
	if err != nil {
		return operand{}, fmt.Errorf("%s: %s(): %w", e.Position().Start, fn.FullName(), err)
	}
	n := &kernelCall{fn: fn, at: e.Position().Start.String(), kernel: kernel, args: args,
		cols: make([]*column.Column, len(args)), out: column.Column{Type: e.T}}
	for i := range args {
		n.ruled = n.ruled || fn.Rule(i) != function.Seen
	}
	return operand{node: n}, nil
}

// kernelCall computes a function by its kernel. It keeps rows with nulls that
// the kernel must not see away from it.
type kernelCall struct {
	fn     *function.Function
	at     string // in the text
	kernel function.Kernel
	args   []operand
	cols   []*column.Column
	ruled  bool // some argument's nulls are not for the kernel
	out    column.Column

	rows  []int32         // without such nulls
	dense []column.Column // the arguments of these rows
	seen  []*column.Column
	part  column.Column // and their results
}

func (n *kernelCall) eval(b *column.Batch) (*column.Column, error) {
	nulls := false
	for i := range n.args {
		c, err := n.args[i].eval(b)
		if err != nil {
			return nil, err
		}
		n.cols[i] = c
		nulls = nulls || len(c.Nulls) != 0
	}
	n.out.Resize(b.N)
	if nulls && n.ruled {
		return n.evalSome(b)
	}
	if err := n.kernel(n.cols, &n.out); err != nil {
		return nil, n.failure(err)
	}
	return &n.out, nil
}

func (n *kernelCall) failure(err error) error {
	return fmt.Errorf("%s: %s(): %w", n.at, n.fn.FullName(), err)
}

// evalSome has the kernel compute the rows without nulls; the others are null.
func (n *kernelCall) evalSome(b *column.Batch) (*column.Column, error) {
	rows := n.rows[:0]
	for row := range b.N {
		keep := true
		for i, c := range n.cols {
			if !c.IsNull(row) {
				continue
			}
			switch n.fn.Rule(i) {
			case function.Absorb:
				keep = false
			case function.Refuse:
				if b.KindOf(row) != column.Reset { // that is no event
					return nil, n.failure(fmt.Errorf("argument %d is null", i+1))
				}
				keep = false
			}
		}
		if keep {
			rows = append(rows, int32(row))
		}
	}
	n.rows = rows
	if n.dense == nil {
		n.dense, n.seen = make([]column.Column, len(n.cols)), make([]*column.Column, len(n.cols))
		n.part.Type = n.out.Type
	}
	for i, c := range n.cols {
		n.dense[i].Type = c.Type
		n.dense[i].Gather(c, rows)
		n.seen[i] = &n.dense[i]
	}
	n.part.Resize(len(rows))
	if err := n.kernel(n.seen, &n.part); err != nil {
		return nil, n.failure(err)
	}
	for row := range b.N {
		n.out.SetNull(row)
	}
	for i, row := range rows {
		n.out.SetFrom(int(row), &n.part, i)
	}
	return &n.out, nil
}

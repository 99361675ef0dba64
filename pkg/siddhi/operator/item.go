package operator

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
)

// item is an attribute of the output. Those that are a column of the input are
// known by its number, which saves the calls.
type item struct {
	program *expr.Program
	column  int // -1: the program's result
	// cell is a quicker way for batches of one row; may be nil.
	cell func(in *column.Batch) *column.Column
}

func newItem(p *expr.Program) item {
	if c, ok := p.Column(); ok {
		return item{p, c, nil}
	}
	return item{p, -1, p.Cell()}
}

func (i *item) eval(in *column.Batch) (*column.Column, error) {
	if i.column >= 0 {
		return in.Cols[i.column], nil
	}
	return i.program.Eval(in)
}

package collection

import (
	"errors"
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// row is what a function sees of its arguments in one row. An argument that is
// not what is asked for fails the call; something empty stands for it until then.
type row struct {
	args []*column.Column
	at   int
	err  error // the first one
}

// fail sets the error of the row if it has none yet.
func (r *row) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *row) value(arg int) any { return r.args[arg].Any(r.at) }

func (r *row) list(arg int) List {
	l, ok := r.args[arg].Obj[r.at].(List)
	if !ok {
		r.fail(fmt.Errorf("a list is needed, not %s", kindOf(r.args[arg].Obj[r.at])))
	}
	return l
}

func (r *row) mapping(arg int) Map {
	m, ok := r.args[arg].Obj[r.at].(Map)
	if !ok {
		r.fail(fmt.Errorf("a map is needed, not %s", kindOf(r.args[arg].Obj[r.at])))
		return Map{}
	}
	return m
}

// key returns a key as text; null is the key null.
func (r *row) key(arg int) string {
	if r.args[arg].IsNull(r.at) {
		return "null"
	}
	return string(javatext.AppendValue(nil, r.args[arg], r.at))
}

var errNullIndex = errors.New("the index is null")

func (r *row) index(arg int) int {
	if r.args[arg].IsNull(r.at) {
		r.fail(errNullIndex)
	}
	return int(r.args[arg].I32[r.at])
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case List:
		return "a list"
	case Map:
		return "a map"
	}
	return fmt.Sprintf("a value of type %T", v)
}

// results are the type of a function's results and what makes its kernels.
type results struct {
	of     schema.Type
	kernel func(*function.Call) (function.Kernel, error)
}

// each is the results of a function that sets the one of a row in out.
func each(of schema.Type, set func(r *row, out *column.Column)) results {
	return results{of, func(*function.Call) (function.Kernel, error) {
		r := &row{}
		return func(args []*column.Column, out *column.Column) error {
			*r = row{args: args}
			for r.at = range out.Len() {
				if set(r, out); r.err != nil {
					return r.err
				}
			}
			return nil
		}, nil
	}}
}

func bools(result func(*row) bool) results {
	return each(schema.Bool, func(r *row, out *column.Column) { out.Bool[r.at] = result(r) })
}

func ints(result func(*row) int) results {
	return each(schema.Int, func(r *row, out *column.Column) { out.I32[r.at] = int32(result(r)) })
}

// objects is results of which nil is null.
func objects(result func(*row) any) results {
	return each(schema.Object, func(r *row, out *column.Column) {
		if out.Obj[r.at] = result(r); out.Obj[r.at] == nil {
			out.SetNull(r.at)
		}
	})
}

func texts(result func(*row) []byte) results {
	return each(schema.String, func(r *row, out *column.Column) { out.SetBytes(r.at, result(r)) })
}

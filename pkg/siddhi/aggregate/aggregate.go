// Package aggregate has the aggregators: sum, avg, count, min, max, minForever,
// maxForever, distinctCount, stdDev, and, or, unionSet, and of Siddhi's extensions
// list:collect, list:merge, math:percentile and str:groupConcat. Each keeps the running state of all groups in
// arrays indexed by group, never an object per group.
//
// It imports column, extension, javatext, schema and state.
package aggregate

import (
	"fmt"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Function is the running state of one aggregator over all groups.
type Function interface {
	state.Snapshotter
	// Grow makes room for groups 0 to groups-1.
	Grow(groups int)
	// Update folds rows in, in order, and writes the result as it stands after
	// each to out, which has a value per row of the batch already.
	Update(args []*column.Column, rows *Rows, out *column.Column)
	// Reset makes a group new.
	Reset(group int32)
	// Empty says whether a group has no value any more, so that it can be forgotten.
	Empty(group int32) bool
}

// Leftover is a Function of which something may stay in a group when its last
// value is gone: what rounding leaves, or a join that takes back other rows than
// it gave. Siddhi keeps it, and with it the group.
type Leftover interface {
	Left(group int32) bool
}

// Grouped is a Function that is told, before the first row, that there are groups
// or partition keys: of these Siddhi forgets at once what is empty, and that shows.
type Grouped interface{ Grouped() }

// Rows says which rows of a batch an Update is about: Lo to Hi-1, no Reset among them.
type Rows struct {
	Lo, Hi int
	Kinds  []column.Kind // Current rows add, Expired ones take back; nil: all add
	Groups []int32       // of each row
	// Silent is set when nobody reads the results at Expired rows: they may be
	// left as they are.
	Silent bool
}

// Leaving says how values are taken back.
type Leaving uint8

// The ways in which values are taken back.
const (
	Never    Leaving = iota
	InOrder          // in the order in which they were added
	AnyOrder         // in any order, also some that were not added
	Unkept           // in any order; min and max keep nothing but their result
)

// New makes the aggregator that fn declares for arguments of the given types.
func New(fn *extension.Declaration, args []schema.Type, leaving Leaving) (Function, error) {
	switch fn.Name {
	case "and", "or":
		return &logic{all: fn.Name == "and"}, nil
	case "count":
		return &count{}, nil
	case "distinctCount":
		return newDistinct(args[0]), nil
	}
	if f := other(fn.FullName(), args); f != nil {
		return f, nil
	}
	if len(args) == 1 {
		switch args[0] {
		case schema.Int:
			return numeric(fn.Name, leaving, func(c *column.Column) []int32 { return c.I32 })
		case schema.Long:
			return numeric(fn.Name, leaving, func(c *column.Column) []int64 { return c.I64 })
		case schema.Float:
			return numeric(fn.Name, leaving, func(c *column.Column) []float32 { return c.F32 })
		case schema.Double:
			return numeric(fn.Name, leaving, func(c *column.Column) []float64 { return c.F64 })
		}
	}
	return nil, fmt.Errorf("aggregator %s does not take %v", fn.FullName(), args)
}

// other makes the aggregators that are neither numeric nor counts; nil: there is none.
func other(name string, args []schema.Type) Function {
	switch name {
	case "unionSet":
		return &union{}
	case "list:collect", "list:merge":
		return newList(name == "list:merge", args[0])
	case "str:groupConcat":
		return &concat{}
	case "math:percentile":
		switch args[0] {
		case schema.Int:
			return &percentile[int32]{in: func(c *column.Column) []int32 { return c.I32 }}
		case schema.Long:
			return &percentile[int64]{in: func(c *column.Column) []int64 { return c.I64 }}
		case schema.Float:
			return &percentile[float32]{in: func(c *column.Column) []float32 { return c.F32 }}
		case schema.Double:
			return &percentile[float64]{in: func(c *column.Column) []float64 { return c.F64 }}
		}
	}
	return nil
}

// number is what the numeric aggregators work on.
type number interface {
	int32 | int64 | float32 | float64
}

// view gives the typed values of a column.
type view[T number] func(*column.Column) []T

func numeric[T number](name string, leaving Leaving, in view[T]) (Function, error) {
	var zero T
	_, isInt := any(zero).(int32)
	_, isLong := any(zero).(int64)
	switch name {
	case "sum":
		if isInt || isLong {
			return &sum[T, int64]{in: in, out: func(c *column.Column) []int64 { return c.I64 }}, nil
		}
		return &sum[T, float64]{in: in, out: func(c *column.Column) []float64 { return c.F64 }}, nil
	case "avg":
		return &avg[T]{in: in}, nil
	case "stdDev":
		return &stdDev[T]{in: in}, nil
	case "min", "max":
		switch now := (extreme[T]{in: in, max: name == "max"}); leaving {
		case Never:
			return &now, nil
		case Unkept:
			return &bareExtreme[T]{now}, nil
		}
		return &slidingExtreme[T]{in: in, max: name == "max"}, nil
	case "minForever", "maxForever":
		return &extreme[T]{in: in, max: name == "maxForever"}, nil
	}
	return nil, fmt.Errorf("aggregator %s is not built in", name)
}

// grow lengthens s to n values, the new ones zero.
func grow[T any](s []T, n int) []T {
	if len(s) >= n {
		return s
	}
	return append(s, make([]T, n-len(s))...)
}

// groups and kinds return what belongs to the rows from Lo on; kinds may be nil.
func (r *Rows) groups() []int32 { return r.Groups[r.Lo:r.Hi] }

func (r *Rows) kinds() []column.Kind {
	if r.Kinds == nil {
		return nil
	}
	return r.Kinds[r.Lo:r.Hi]
}

// null sets the result at row Lo+i to null, if anybody reads it.
func (r *Rows) null(out *column.Column, i int) {
	if !r.Silent || !expired(r.Kinds, r.Lo+i) {
		out.SetNull(r.Lo + i)
	}
}

// sign is 1 for a row that adds its value, -1 for one that takes it back.
func sign(kinds []column.Kind, row int) int64 {
	if kinds == nil {
		return 1
	}
	return 1 - 2*int64(kinds[row]&column.Expired)
}

// expired says whether row takes its value back.
func expired(kinds []column.Kind, row int) bool {
	return kinds != nil && kinds[row] == column.Expired
}

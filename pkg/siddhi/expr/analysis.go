package expr

import (
	"slices"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/extension"
)

// Columns returns, in ascending order, the columns that e reads. Of the
// condition of `in` these are the columns of the row, not the table's.
func Columns(e check.Expr) []int {
	var cols []int
	visit(e, func(e check.Expr) bool {
		switch e := e.(type) {
		case *check.Column:
			cols = append(cols, e.Index)
		case *check.In:
			for _, c := range Columns(e.Cond) {
				if c < e.Width {
					cols = append(cols, c)
				}
			}
			return false
		}
		return true
	})
	slices.Sort(cols)
	return slices.Compact(cols)
}

// Fallible says whether evaluating e can fail for some row.
func Fallible(e check.Expr) bool {
	return contains(e, func(e check.Expr) bool {
		switch e := e.(type) {
		case *check.In:
			return Fallible(e.Cond)
		case *check.Call:
			return says(e.Fn.Fails, e)
		}
		return false
	})
}

// UsesClock says whether the value of e depends on the app's time.
func UsesClock(e check.Expr) bool {
	return contains(e, func(e check.Expr) bool {
		switch e := e.(type) {
		case *check.In:
			return UsesClock(e.Cond)
		case *check.Call:
			return says(e.Fn.Clock, e)
		}
		return false
	})
}

// Lasting says whether the value of e for a row, which never fails, is the same
// whenever it is computed: it depends on the row's attributes and on nothing else.
func Lasting(e check.Expr) bool {
	return !contains(e, func(e check.Expr) bool {
		switch e := e.(type) {
		case *check.In:
			return true
		case *check.Call:
			return says(e.Fn.Volatile, e) || says(e.Fn.Clock, e) || says(e.Fn.Fails, e)
		}
		return false
	})
}

// says asks a declaration about a call.
func says(test func([]extension.Arg) bool, e *check.Call) bool {
	return test != nil && test(check.Describe(e.Args))
}

// demanding says whether e is worth evaluating only for the rows that need it:
// it can fail for the others, or searches a table.
func demanding(e check.Expr) bool {
	return Fallible(e) || contains(e, func(e check.Expr) bool { _, ok := e.(*check.In); return ok })
}

// foldable says whether e, all of whose operands turned out constant, has one
// value for ever.
func foldable(e check.Expr) bool {
	return !contains(e, func(e check.Expr) bool {
		switch e := e.(type) {
		case *check.Column, *check.In:
			return true
		case *check.Call:
			return says(e.Fn.Volatile, e)
		}
		return false
	})
}

func contains(e check.Expr, test func(check.Expr) bool) bool {
	found := false
	visit(e, func(e check.Expr) bool {
		found = found || test(e)
		return !found
	})
	return found
}

// visit calls f for e and, while f returns true, for what is below it.
func visit(e check.Expr, f func(check.Expr) bool) {
	if !f(e) {
		return
	}
	switch e := e.(type) {
	case *check.Binary:
		visit(e.L, f)
		visit(e.R, f)
	case *check.Not:
		visit(e.X, f)
	case *check.IsNull:
		visit(e.X, f)
	case *check.Call:
		for _, a := range e.Args {
			visit(a, f)
		}
	}
}

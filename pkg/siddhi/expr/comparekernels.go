package expr

import "millrace/pkg/siddhi/ast"

// compares says whether x op c is true.
func compares[T number](op ast.Op, x, c T) bool {
	switch op {
	case ast.LT:
		return x < c
	case ast.LE:
		return x <= c
	case ast.GT:
		return x > c
	case ast.GE:
		return x >= c
	}
	return (x == c) == (op == ast.EQ)
}

// The loops of comparisons: of two columns or of a column and a constant, into
// truth values, into the rows of all that are true, or keeping those of some
// rows that are true. Each is free of branches in its body.

func compareConst[T number](op ast.Op, dst []bool, x []T, c T) {
	dst = dst[:len(x)]
	switch op {
	case ast.LT:
		for i, v := range x {
			dst[i] = v < c
		}
	case ast.LE:
		for i, v := range x {
			dst[i] = v <= c
		}
	case ast.GT:
		for i, v := range x {
			dst[i] = v > c
		}
	case ast.GE:
		for i, v := range x {
			dst[i] = v >= c
		}
	case ast.EQ:
		for i, v := range x {
			dst[i] = v == c
		}
	case ast.NE:
		for i, v := range x {
			dst[i] = v != c
		}
	}
}

// compareColumns knows < <= == and !=; the others come with swapped operands.
func compareColumns[T number](op ast.Op, dst []bool, x, y []T) {
	dst, y = dst[:len(x)], y[:len(x)]
	switch op {
	case ast.LT:
		for i, v := range x {
			dst[i] = v < y[i]
		}
	case ast.LE:
		for i, v := range x {
			dst[i] = v <= y[i]
		}
	case ast.EQ:
		for i, v := range x {
			dst[i] = v == y[i]
		}
	case ast.NE:
		for i, v := range x {
			dst[i] = v != y[i]
		}
	}
}

// selectConst writes to rows, which has a place for each value of x.
func selectConst[T number](op ast.Op, rows []int32, x []T, c T) (n int) {
	rows = rows[:len(x)]
	switch op {
	case ast.LT:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v < c)
		}
	case ast.LE:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v <= c)
		}
	case ast.GT:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v > c)
		}
	case ast.GE:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v >= c)
		}
	case ast.EQ:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v == c)
		}
	case ast.NE:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v != c)
		}
	}
	return n
}

func selectColumns[T number](op ast.Op, rows []int32, x, y []T) (n int) {
	rows, y = rows[:len(x)], y[:len(x)]
	switch op {
	case ast.LT:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v < y[i])
		}
	case ast.LE:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v <= y[i])
		}
	case ast.EQ:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v == y[i])
		}
	case ast.NE:
		for i, v := range x {
			rows[n] = int32(i)
			n += bit(v != y[i])
		}
	}
	return n
}

func keepConst[T number](op ast.Op, rows []int32, x []T, c T) (n int) {
	switch op {
	case ast.LT:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] < c)
		}
	case ast.LE:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] <= c)
		}
	case ast.GT:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] > c)
		}
	case ast.GE:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] >= c)
		}
	case ast.EQ:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] == c)
		}
	case ast.NE:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] != c)
		}
	}
	return n
}

func keepColumns[T number](op ast.Op, rows []int32, x, y []T) (n int) {
	switch op {
	case ast.LT:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] < y[r])
		}
	case ast.LE:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] <= y[r])
		}
	case ast.EQ:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] == y[r])
		}
	case ast.NE:
		for _, r := range rows {
			rows[n] = r
			n += bit(x[r] != y[r])
		}
	}
	return n
}

// selectTrue writes the rows of the true values to rows.
func selectTrue(rows []int32, x []bool) (n int) {
	rows = rows[:len(x)]
	for i, v := range x {
		rows[n] = int32(i)
		n += bit(v)
	}
	return n
}

// selectFalse writes the rows of the false values to rows.
func selectFalse(rows []int32, x []bool) (n int) {
	rows = rows[:len(x)]
	for i, v := range x {
		rows[n] = int32(i)
		n += bit(!v)
	}
	return n
}

func keepTrue(rows []int32, x []bool) (n int) {
	for _, r := range rows {
		rows[n] = r
		n += bit(x[r])
	}
	return n
}

func dropNulls(rows []int32, nulls []bool) (n int) {
	for _, r := range rows {
		rows[n] = r
		n += bit(!nulls[r])
	}
	return n
}

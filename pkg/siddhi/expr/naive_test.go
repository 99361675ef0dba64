package expr

import (
	"errors"
	"math"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// naive evaluates an expression for one row of boxed values, the plainest way:
// what programs are compared with.
func naive(e check.Expr, row []any, at int64) (any, error) {
	switch e := e.(type) {
	case *check.Const:
		switch e.Const.Type {
		case schema.String:
			return e.Text, nil
		case schema.Int:
			return int32(e.Int), nil
		case schema.Long:
			return e.Int, nil
		case schema.Float:
			return float32(e.Float), nil
		case schema.Double:
			return e.Float, nil
		}
		return e.Bool, nil
	case *check.Column:
		return row[e.Index], nil
	case *check.Not:
		x, err := naive(e.X, row, at)
		return x != true, err
	case *check.IsNull:
		x, err := naive(e.X, row, at)
		return x == nil, err
	case *check.Binary:
		return naiveBinary(e, row, at)
	case *check.Call:
		v, err := naiveCall(e, row, at)
		if v == nil && e.T == schema.Bool {
			v = false // as Siddhi's functions
		}
		return v, err
	}
	return nil, errors.New("unknown expression")
}

func naiveBinary(e *check.Binary, row []any, at int64) (any, error) {
	l, err := naive(e.L, row, at)
	if err != nil {
		return nil, err
	}
	if e.Op == ast.And && l != true {
		return false, nil
	}
	if e.Op == ast.Or && l == true {
		return true, nil
	}
	r, err := naive(e.R, row, at)
	if err != nil {
		return nil, err
	}
	switch {
	case e.Op.IsLogical():
		return r == true, nil
	case l == nil || r == nil:
		if e.Op.IsArithmetic() {
			return nil, nil
		}
		return e.Op == ast.NE, nil
	case e.Op.IsArithmetic():
		return naiveArithmetic(e.Op, e.T, l, r), nil
	}
	return naiveCompare(e.Op, l, r), nil
}

// asType is Java's widening of a number.
func asType(v any, t schema.Type) any {
	switch t {
	case schema.Int:
		return v.(int32)
	case schema.Long:
		if i, ok := v.(int32); ok {
			return int64(i)
		}
		return v.(int64)
	case schema.Float:
		switch v := v.(type) {
		case int32:
			return float32(v)
		case int64:
			return float32(v)
		}
		return v.(float32)
	}
	switch v := v.(type) {
	case int32:
		return float64(v)
	case int64:
		return float64(v)
	case float32:
		return float64(v)
	}
	return v.(float64)
}

func naiveArithmetic(op ast.Op, t schema.Type, l, r any) any {
	switch l, r := asType(l, t), asType(r, t); t {
	case schema.Int:
		if v, ok := integers(op, int64(l.(int32)), int64(r.(int32))); ok {
			return int32(v)
		}
	case schema.Long:
		if v, ok := integers(op, l.(int64), r.(int64)); ok {
			return v
		}
	case schema.Float:
		return reals(op, l.(float32), r.(float32))
	case schema.Double:
		return reals(op, l.(float64), r.(float64))
	}
	return nil
}

func reals[T float](op ast.Op, x, y T) any {
	switch op {
	case ast.Add:
		return x + y
	case ast.Sub:
		return x - y
	case ast.Mul:
		return x * y
	}
	switch {
	case y == 0:
		return nil
	case op == ast.Div:
		return x / y
	}
	return T(math.Mod(float64(x), float64(y)))
}

func integers(op ast.Op, x, y int64) (int64, bool) {
	switch op {
	case ast.Add:
		return x + y, true
	case ast.Sub:
		return x - y, true
	case ast.Mul:
		return x * y, true
	}
	if y == 0 {
		return 0, false
	}
	if op == ast.Div {
		return x / y, true
	}
	return x % y, true
}

func naiveCompare(op ast.Op, l, r any) any {
	switch l.(type) {
	case string, bool:
		return (l == r) == (op == ast.EQ)
	}
	lt, rt := column.TypeOf(l), column.TypeOf(r)
	t := max(lt, rt)
	if op.IsEquality() && min(lt, rt) == schema.Long && t == schema.Float {
		t = schema.Double
	}
	less, equal := false, false
	switch x, y := asType(l, t), asType(r, t); t {
	case schema.Int:
		less, equal = x.(int32) < y.(int32), x == y
	case schema.Long:
		less, equal = x.(int64) < y.(int64), x == y
	case schema.Float:
		if isNaN(x) || isNaN(y) {
			return op == ast.NE
		}
		less, equal = x.(float32) < y.(float32), x == y
	case schema.Double:
		if isNaN(x) || isNaN(y) {
			return op == ast.NE
		}
		less, equal = x.(float64) < y.(float64), x == y
	}
	switch op {
	case ast.LT:
		return less
	case ast.LE:
		return less || equal
	case ast.GT:
		return !less && !equal
	case ast.GE:
		return !less
	case ast.EQ:
		return equal
	}
	return !equal
}

func isNaN(v any) bool { return v != v }

func naiveCall(e *check.Call, row []any, at int64) (any, error) {
	if e.Fn.Name == "ifThenElse" {
		c, err := naive(e.Args[0], row, at)
		if err != nil {
			return nil, err
		}
		if c == true {
			return naive(e.Args[1], row, at)
		}
		return naive(e.Args[2], row, at)
	}
	args := make([]any, len(e.Args))
	for i, a := range e.Args {
		var err error
		if args[i], err = naive(a, row, at); err != nil {
			return nil, err
		}
	}
	switch e.Fn.Name {
	case "coalesce", "default":
		for _, a := range args {
			if a != nil {
				return a, nil
			}
		}
		return nil, nil
	case "maximum", "minimum":
		if len(args) == 1 {
			return args[0], nil
		}
		best := map[string]map[schema.Type]any{
			"maximum": {schema.Int: int32(0), schema.Long: int64(0), schema.Float: float32(0), schema.Double: math.SmallestNonzeroFloat64},
			"minimum": {schema.Int: int32(math.MaxInt32), schema.Long: int64(math.MaxInt64), schema.Float: float32(math.Inf(1)), schema.Double: math.MaxFloat64},
		}[e.Fn.Name][e.T]
		for _, a := range args {
			if a == nil {
				continue
			}
			op := ast.GT
			if e.Fn.Name == "minimum" {
				op = ast.LT
			}
			if naiveCompare(op, a, best) == true {
				best = a
			}
		}
		if v, ok := best.(int64); ok { // a double on the way
			if d := float64(v); d < 1<<63 {
				return int64(d), nil
			}
			return int64(math.MaxInt64), nil
		}
		return best, nil
	case "instanceOfInteger":
		_, ok := args[0].(int32)
		return ok, nil
	case "eventTimestamp":
		return at, nil
	case "cast":
		if args[0] == nil {
			return nil, nil
		}
		if v, ok := args[0].(int32); ok {
			return v, nil
		}
		return nil, errors.New("not an int")
	}
	return nil, errors.New("unknown function")
}

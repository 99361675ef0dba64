package expr

import (
	"fmt"
	"math"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// choosing has the functions that return one of their arguments.
func choosing() []*builtin {
	return []*builtin{
		{Declaration: extension.Declaration{
			Name:      "coalesce",
			Overloads: [][]extension.Param{{{Name: "arg", Types: anyType, Repeat: true}}},
			Returns:   func(args []schema.Type) (schema.Type, error) { return common("coalesce", args) },
			Summary:   "Returns the first argument that is not null.",
			Example:   "from S select coalesce(nickname, name) as shown insert into Out;",
		}, build: buildCoalesce},
		{Declaration: extension.Declaration{
			Name:      "default",
			Overloads: [][]extension.Param{{{Name: "attribute", Types: anyType}, {Name: "default", Types: anyType, Constant: true}}},
			Returns:   func(args []schema.Type) (schema.Type, error) { return common("default", args) },
			Summary:   "Returns the first argument, or the second one if that is null.",
			Example:   "from S select default(discount, 0.0) as discount insert into Out;",
		}, build: buildCoalesce},
		{Declaration: extension.Declaration{
			Name: "ifThenElse",
			Overloads: [][]extension.Param{{{Name: "condition", Types: onlyBool},
				{Name: "if.expression", Types: anyType}, {Name: "else.expression", Types: anyType}}},
			Returns: func(args []schema.Type) (schema.Type, error) { return common("ifThenElse", args[1:]) },
			Summary: "Returns the second argument where the first one is true, else the third.",
			Example: "from S select ifThenElse(price > 500.0, 'high', 'low') as band insert into Out;",
		}, build: buildIfThenElse},
		{Declaration: extension.Declaration{
			Name:      "maximum",
			Overloads: [][]extension.Param{{{Name: "arg", Types: numbers, Repeat: true}}},
			Returns:   func(args []schema.Type) (schema.Type, error) { return common("maximum", args) },
			Summary:   "Returns the greatest of its arguments that are not null, at least 0 (a double: 4.9E-324).",
			Example:   "from S select maximum(price, 250.0f) as atLeast insert into Out;",
		}, build: buildExtreme},
		{Declaration: extension.Declaration{
			Name:      "minimum",
			Overloads: [][]extension.Param{{{Name: "arg", Types: numbers, Repeat: true}}},
			Returns:   func(args []schema.Type) (schema.Type, error) { return common("minimum", args) },
			Summary:   "Returns the least of its arguments that are not null.",
			Example:   "from S select minimum(price, 250.0f) as atMost insert into Out;",
		}, build: buildExtreme},
	}
}

func buildCoalesce(_ Env, e *check.Call, args []operand) (operand, error) {
	out := args[len(args)-1]
	fails := false // one of the arguments behind: as in Siddhi it does so also where it is not needed
	for i := len(args) - 2; i >= 0; i-- {
		var n node
		fails = fails || Fallible(e.Args[i+1])
		switch a, b := args[i], out; e.T {
		case schema.String:
			n = newCoalesce(e.T, a, b, fails, stringLane)
		case schema.Int:
			n = newCoalesce(e.T, a, b, fails, intLane)
		case schema.Long:
			n = newCoalesce(e.T, a, b, fails, longLane)
		case schema.Float:
			n = newCoalesce(e.T, a, b, fails, floatLane)
		case schema.Double:
			n = newCoalesce(e.T, a, b, fails, doubleLane)
		case schema.Bool:
			n = newCoalesce(e.T, a, b, fails, boolLane)
		case schema.Object:
			n = newCoalesce(e.T, a, b, fails, objectLane)
		default:
			return operand{}, unsupported(e)
		}
		out = operand{node: n}
	}
	return out, nil
}

func unsupported(e *check.Call) error {
	return fmt.Errorf("%s: %s cannot return %s %s", e.Position().Start, e.Fn.FullName(), article(e.T), e.T)
}

// coalesce is a where a is not null, else b.
type coalesce[T any] struct {
	a, b  operand
	fails bool // b can fail
	out   result[T]
}

func newCoalesce[T any](t schema.Type, a, b operand, fails bool, of lane[T]) *coalesce[T] {
	return &coalesce[T]{a: a, b: b, fails: fails, out: newResult(t, of)}
}

func (n *coalesce[T]) row() rowFunc[T] {
	x, y := rowOf(n.a, n.out.of), rowOf(n.b, n.out.of)
	if x == nil || y == nil {
		return nil
	}
	return func(b *column.Batch) (T, bool) {
		if v, null := x(b); !null {
			return v, false
		}
		return y(b)
	}
}

func (n *coalesce[T]) cell() cellFunc {
	x, xOK := newCells(n.a)
	y, yOK := newCells(n.b)
	if !xOK || !yOK {
		return nil
	}
	return func(b *column.Batch) *column.Column {
		if c := x.get(b); !c.IsNull(0) {
			return c
		}
		return y.get(b)
	}
}

func (n *coalesce[T]) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.a.eval(b)
	if err != nil {
		return nil, err
	}
	if len(x.Nulls) == 0 && !n.fails {
		return x, nil
	}
	y, err := n.b.eval(b)
	if err != nil {
		return nil, err
	}
	if len(x.Nulls) == 0 {
		return x, nil
	}
	if len(x.Arena)+len(y.Arena) != 0 {
		pickStrings(&n.out.Column, x.Nulls[:b.N], y, x)
		return &n.out.Column, nil
	}
	dst := n.out.values(b.N)
	pick(dst, x.Nulls, *n.out.of.in(y), *n.out.of.in(x))
	if len(y.Nulls) != 0 {
		nulls := grown(n.out.Nulls, b.N)
		for i := range nulls {
			nulls[i] = x.Nulls[i] && y.Nulls[i]
		}
		n.out.Nulls = nulls
	}
	return &n.out.Column, nil
}

// pick sets dst to yes where cond, else to no.
func pick[T any](dst []T, cond []bool, yes, no []T) {
	cond, yes, no = cond[:len(dst)], yes[:len(dst)], no[:len(dst)]
	for i, c := range cond {
		from := &no[i]
		if c {
			from = &yes[i]
		}
		dst[i] = *from
	}
}

// pickStrings is pick for columns of strings of which some may be long.
func pickStrings(dst *column.Column, cond []bool, yes, no *column.Column) {
	dst.Resize(len(cond))
	for i, c := range cond {
		from := no
		if c {
			from = yes
		}
		if from.IsNull(i) {
			dst.SetNull(i)
			continue
		}
		dst.CopyString(i, from.Str[i], from.Arena)
	}
}

func buildIfThenElse(_ Env, e *check.Call, args []operand) (operand, error) {
	if demanding(e.Args[1]) || demanding(e.Args[2]) {
		return operand{node: &lazyChoice{cond: args[0], yes: newSubset(args[1], e.Args[1]), no: newSubset(args[2], e.Args[2]),
			out: column.Column{Type: e.T}}}, nil
	}
	var n node
	switch c, a, b := args[0], args[1], args[2]; e.T {
	case schema.String:
		n = newChoice(e.T, c, a, b, stringLane)
	case schema.Int:
		n = newChoice(e.T, c, a, b, intLane)
	case schema.Long:
		n = newChoice(e.T, c, a, b, longLane)
	case schema.Float:
		n = newChoice(e.T, c, a, b, floatLane)
	case schema.Double:
		n = newChoice(e.T, c, a, b, doubleLane)
	case schema.Bool:
		n = newChoice(e.T, c, a, b, boolLane)
	case schema.Object:
		n = newChoice(e.T, c, a, b, objectLane)
	default:
		return operand{}, unsupported(e)
	}
	return operand{node: n}, nil
}

// choice is ifThenElse of branches that are evaluated for all rows.
type choice[T any] struct {
	cond, yes, no operand
	out           result[T]
	// pair has the values for false and true when both branches are constants
	// that are not null; arena has the bytes of long strings in them.
	constants bool
	pair      [2]T
	arena     []byte
}

func newChoice[T any](t schema.Type, cond, yes, no operand, of lane[T]) *choice[T] {
	n := &choice[T]{cond: cond, yes: yes, no: no, out: newResult(t, of)}
	if yes.value != nil && no.value != nil && !yes.value.null() && !no.value.null() {
		both := column.Column{Type: t}
		both.AppendFrom(&no.value.one, 0)
		both.AppendFrom(&yes.value.one, 0)
		n.constants, n.pair, n.arena = true, [2]T(*of.in(&both)), both.Arena
	}
	return n
}

func (n *choice[T]) row() rowFunc[T] {
	test, x, y := rowOf(n.cond, boolLane), rowOf(n.yes, n.out.of), rowOf(n.no, n.out.of)
	if test == nil || x == nil || y == nil {
		return nil
	}
	return func(b *column.Batch) (T, bool) {
		if c, _ := test(b); c {
			return x(b)
		}
		return y(b)
	}
}

func (n *choice[T]) cell() cellFunc {
	test := rowOf(n.cond, boolLane)
	x, xOK := newCells(n.yes)
	y, yOK := newCells(n.no)
	if test == nil || !xOK || !yOK {
		return nil
	}
	if n.constants {
		both := [2]*column.Column{&n.no.value.one, &n.yes.value.one}
		return func(b *column.Batch) *column.Column {
			c, _ := test(b)
			return both[bit(c)]
		}
	}
	return func(b *column.Batch) *column.Column {
		if c, _ := test(b); c {
			return x.get(b)
		}
		return y.get(b)
	}
}

func (n *choice[T]) eval(b *column.Batch) (*column.Column, error) {
	c, err := n.cond.eval(b)
	if err != nil {
		return nil, err
	}
	cond := c.Bool[:b.N]
	if n.constants {
		dst := n.out.values(b.N)
		for i, c := range cond {
			dst[i] = n.pair[bit(c)]
		}
		n.out.Arena = n.arena
		return &n.out.Column, nil
	}
	x, y, err := evalBoth(&n.yes, &n.no, b)
	if err != nil {
		return nil, err
	}
	if len(x.Arena)+len(y.Arena) != 0 {
		pickStrings(&n.out.Column, cond, x, y)
		return &n.out.Column, nil
	}
	dst := n.out.values(b.N)
	pick(dst, cond, *n.out.of.in(x), *n.out.of.in(y))
	if len(x.Nulls)+len(y.Nulls) != 0 {
		nulls := grown(n.out.Nulls, b.N)
		for i, c := range cond {
			nulls[i] = c && x.IsNull(i) || !c && y.IsNull(i)
		}
		n.out.Nulls = nulls
	}
	return &n.out.Column, nil
}

// buildExtreme begins as Siddhi does: maximum with the least positive double, as a
// number of its type, so that it is never negative, and minimum with the greatest;
// one argument stays as it is.
func buildExtreme(_ Env, e *check.Call, args []operand) (operand, error) {
	if len(args) == 1 {
		return args[0], nil
	}
	least := e.Fn.Name == "minimum"
	out := searchStart(e.T, least)
	for _, a := range args {
		var n node
		switch e.T {
		case schema.Int:
			n = newExtreme(least, e.T, out, a, intLane)
		case schema.Long:
			n = newExtreme(least, e.T, out, a, longLane)
		case schema.Float:
			n = newExtreme(least, e.T, out, a, floatLane)
		case schema.Double:
			n = newExtreme(least, e.T, out, a, doubleLane)
		default:
			return operand{}, unsupported(e)
		}
		out = operand{node: n}
	}
	if e.T == schema.Long { // found among doubles, with their digits
		found := widen(out, schema.Long, schema.Double)
		out = operand{node: &truncation[int64, float64]{found, doubleLane, newResult(schema.Long, longLane)}}
	}
	return out, nil
}

func searchStart(t schema.Type, least bool) operand {
	c := &ast.Const{Type: t}
	switch {
	case !least && t == schema.Double:
		c.Float = math.SmallestNonzeroFloat64
	case !least: // 0
	case t == schema.Int:
		c.Int = math.MaxInt32
	case t == schema.Long:
		c.Int = math.MaxInt64
	case t == schema.Float:
		c.Float = math.Inf(1)
	default:
		c.Float = math.MaxFloat64
	}
	return newConstant(literal(&check.Const{Const: c}))
}

// extreme is the greater or lesser of what was found so far, which is never NaN, and
// the next number. Nulls and NaNs give way, and of equal ones, as 0.0 and -0.0 are,
// the first stays.
type extreme[T number] struct {
	least bool
	l, r  operand
	out   result[T]
}

func newExtreme[T number](least bool, t schema.Type, l, r operand, of lane[T]) *extreme[T] {
	return &extreme[T]{least: least, l: l, r: r, out: newResult(t, of)}
}

func (n *extreme[T]) row() rowFunc[T] {
	x, y, least := rowOf(n.l, n.out.of), rowOf(n.r, n.out.of), n.least
	if x == nil || y == nil {
		return nil
	}
	return func(b *column.Batch) (T, bool) {
		l, lNull := x(b)
		r, rNull := y(b)
		switch {
		case lNull:
			return r, rNull
		case rNull:
			return l, false
		case least && r < l, !least && r > l:
			return r, false
		}
		return l, false
	}
}

func (n *extreme[T]) eval(b *column.Batch) (*column.Column, error) {
	x, y, err := evalBoth(&n.l, &n.r, b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	xs, ys := (*n.out.of.in(x))[:len(dst)], (*n.out.of.in(y))[:len(dst)]
	if n.least {
		for i, v := range xs {
			if ys[i] < v {
				v = ys[i]
			}
			dst[i] = v
		}
	} else {
		for i, v := range xs {
			if ys[i] > v {
				v = ys[i]
			}
			dst[i] = v
		}
	}
	if len(x.Nulls)+len(y.Nulls) != 0 {
		n.skipNulls(dst, x, y)
	}
	return &n.out.Column, nil
}

func (n *extreme[T]) skipNulls(dst []T, x, y *column.Column) {
	xs, ys := *n.out.of.in(x), *n.out.of.in(y)
	for i := range dst {
		switch xn, yn := x.IsNull(i), y.IsNull(i); {
		case xn && yn:
			setNull(&n.out, dst, i)
		case xn:
			dst[i] = ys[i]
		case yn:
			dst[i] = xs[i]
		}
	}
}

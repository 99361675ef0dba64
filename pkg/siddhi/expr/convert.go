package expr

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/javatext"
	"millrace/pkg/siddhi/schema"
)

// converting has the functions that change the type of a value.
func converting() []*builtin {
	return []*builtin{
		{Declaration: extension.Declaration{
			Name: "convert",
			Overloads: [][]extension.Param{{{Name: "to.be.converted", Types: anyType},
				{Name: "converted.to", Types: onlyText, Constant: true}}},
			ReturnsFor: convertResult,
			Summary: "Converts a value as Java does: text is parsed, fractions are cut off, only the number 1 is true, " +
				"and what cannot be converted is null.",
			Example: "from S select convert(price, 'string') as price insert into Out;",
		}, build: buildConvert},
		{Declaration: extension.Declaration{
			Name: "cast",
			Overloads: [][]extension.Param{{{Name: "to.be.caster", Types: anyType},
				{Name: "cast.to", Types: onlyText, Constant: true}}},
			ReturnsFor: castResult,
			Fails: func(args []extension.Arg) bool {
				t, _ := target("cast", args[1])
				return args[0].Type == schema.Object || pretends(args[0].Type, t)
			},
			Summary: "Takes a value for one of the named type: a number becomes one of a wider type, anything else stays what it is, and what needs the type fails if it is not.",
			Example: "from S select cast(payload, 'long') + 1 as next insert into Out;",
		}, build: buildCast},
	}
}

// target returns the type that a constant argument names. As in Siddhi it may
// be written in any case; object is no target.
func target(name string, arg extension.Arg) (schema.Type, error) {
	if !arg.Constant || arg.Type != schema.String {
		return schema.Invalid, fmt.Errorf("%s needs a type in quotes as its second argument, such as 'int'", name)
	}
	t, ok := schema.ParseType(arg.Text)
	if !ok || t == schema.Object {
		return schema.Invalid, fmt.Errorf("%s to %q: the type is one of int, long, float, double, bool and string", name, arg.Text)
	}
	return t, nil
}

func convertResult(args []extension.Arg) (schema.Type, error) {
	t, err := target("convert", args[1])
	if err == nil && args[0].Type == schema.Object && t != schema.String {
		err = fmt.Errorf("convert cannot turn an object into %s %s, only into a string; use cast(x, '%s')", article(t), t, t)
	}
	return t, err
}

func castResult(args []extension.Arg) (schema.Type, error) {
	return target("cast", args[1])
}

func buildConvert(_ Env, e *check.Call, args []operand) (operand, error) {
	from, to, x := e.Args[0].Type(), e.T, args[0]
	switch {
	case to == schema.Bool:
		return operand{node: &toBool{x: x, from: from, out: newResult(to, boolLane)}}, nil
	case from == to:
		return x, nil
	case to == schema.String:
		return operand{node: &toText{x: x, from: from, out: column.Column{Type: to}}}, nil
	case from == schema.String && to.Numeric():
		return operand{node: &parsed{x: x, out: column.Column{Type: to}}}, nil
	case from == schema.Bool && to.Numeric():
		n := &boolNumber{x: x, out: newResult(schema.Int, intLane)}
		return widen(operand{node: n}, schema.Int, to), nil
	case from.Numeric() && to.Numeric():
		return operand{node: number2number(x, from, to)}, nil
	}
	return operand{}, fmt.Errorf("%s: convert cannot turn %s %s into %s %s", e.Position().Start, article(from), from, article(to), to)
}

func buildCast(_ Env, e *check.Call, args []operand) (operand, error) {
	from, to := e.Args[0].Type(), e.T
	switch {
	case from == to:
		return args[0], nil
	case from == schema.Object:
		return operand{node: &unboxed{x: args[0], at: e.Position().Start.String(), out: column.Column{Type: to}}}, nil
	case pretends(from, to):
		return operand{node: &pretence{x: args[0], out: column.Column{Type: to}}}, nil
	}
	return widen(args[0], from, to), nil
}

// pretence is a cast to a type that the values are not of: they stay what they are.
type pretence struct {
	x   operand
	out column.Column
}

func (n *pretence) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Reset()
	for i := range b.N {
		n.out.AppendAny(x.Any(i))
	}
	return &n.out, nil
}

// toBool is convert(x, 'bool'): true for the text true and for the number 1;
// null is false.
type toBool struct {
	x    operand
	from schema.Type
	out  result[bool]
}

func (n *toBool) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	switch n.from {
	case schema.Int:
		ones(dst, x.I32)
	case schema.Long:
		ones(dst, x.I64)
	case schema.Float:
		ones(dst, x.F32)
	case schema.Double:
		ones(dst, x.F64)
	case schema.Bool:
		copy(dst, x.Bool)
	case schema.String:
		for i := range dst {
			dst[i] = javatext.IsTrue(x.String(i))
		}
	}
	return &n.out.Column, nil
}

func ones[T number](dst []bool, src []T) {
	src = src[:len(dst)]
	for i, v := range src {
		dst[i] = v == 1
	}
}

// boolNumber turns truth values into 1 and 0.
type boolNumber struct {
	x   operand
	out result[int32]
}

func (n *boolNumber) row() rowFunc[int32] {
	x := rowOf(n.x, boolLane)
	if x == nil {
		return nil
	}
	return func(b *column.Batch) (int32, bool) {
		v, null := x(b)
		return int32(bit(v)), null
	}
}

func (n *boolNumber) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	for i, v := range x.Bool[:b.N] {
		dst[i] = int32(bit(v))
	}
	unionNulls(&n.out, dst, x.Nulls, nil)
	return &n.out.Column, nil
}

// toText is convert(x, 'string').
type toText struct {
	x    operand
	from schema.Type
	text []byte
	out  column.Column
}

func (n *toText) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Resize(b.N)
	for i := range b.N {
		if x.IsNull(i) {
			n.out.SetNull(i)
			continue
		}
		n.text = javatext.AppendValue(n.text[:0], x, i)
		n.out.SetString(i, view(n.text))
	}
	return &n.out, nil
}

// parsed is convert of text to a number; what is no number is null.
type parsed struct {
	x   operand
	out column.Column
}

func (n *parsed) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Resize(b.N)
	for i := range b.N {
		if x.IsNull(i) || !n.set(i, x.String(i)) {
			n.out.SetNull(i)
		}
	}
	return &n.out, nil
}

func (n *parsed) set(i int, text string) (ok bool) {
	var v int64
	var f float64
	switch n.out.Type {
	case schema.Int:
		v, ok = javatext.ParseInteger(text, 32)
		n.out.I32[i] = int32(v)
	case schema.Long:
		n.out.I64[i], ok = javatext.ParseInteger(text, 64)
	case schema.Float:
		f, ok = javatext.ParseFloat(text, 32)
		n.out.F32[i] = float32(f)
	case schema.Double:
		n.out.F64[i], ok = javatext.ParseFloat(text, 64)
	}
	return ok
}

// unboxed is cast of an object: it fails if a value has another type.
type unboxed struct {
	x   operand
	at  string
	out column.Column
}

func (n *unboxed) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	n.out.Resize(b.N)
	for i, v := range x.Obj[:b.N] {
		if v == nil {
			n.out.SetNull(i)
		} else if !n.set(i, v) {
			return nil, fmt.Errorf("%s: cast to %s: the value is %s; use instanceOf functions to ask, or convert", n.at, n.out.Type, describe(v))
		}
	}
	return &n.out, nil
}

func (n *unboxed) set(i int, v any) (ok bool) {
	switch n.out.Type {
	case schema.String:
		if s, is := v.(string); is {
			n.out.SetString(i, s)
			return true
		}
	case schema.Int:
		n.out.I32[i], ok = v.(int32)
	case schema.Long:
		if n.out.I64[i], ok = v.(int64); !ok { // as in Siddhi, an int is a long too
			var short int32
			short, ok = v.(int32)
			n.out.I64[i] = int64(short)
		}
	case schema.Float:
		n.out.F32[i], ok = v.(float32)
	case schema.Double:
		n.out.F64[i], ok = v.(float64)
	case schema.Bool:
		n.out.Bool[i], ok = v.(bool)
	}
	return ok
}

func describe(v any) string {
	if t := column.TypeOf(v); t != schema.Object {
		return article(t) + " " + t.String()
	}
	return fmt.Sprintf("an object of type %T", v)
}

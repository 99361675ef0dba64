package expr

import (
	"fmt"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// asking has the functions that ask for the type of a value: instanceOfString
// and its like. Null is an instance of nothing.
func asking() []*builtin {
	var list []*builtin
	for _, i := range []struct {
		java string
		t    schema.Type
	}{
		{"String", schema.String}, {"Integer", schema.Int}, {"Long", schema.Long},
		{"Float", schema.Float}, {"Double", schema.Double}, {"Boolean", schema.Bool},
	} {
		list = append(list, &builtin{Declaration: extension.Declaration{
			Name:      "instanceOf" + i.java,
			Overloads: [][]extension.Param{{{Name: "arg", Types: anyType}}},
			Returns:   extension.Gives(schema.Bool),
			Summary:   fmt.Sprintf("Says whether the value is %s %s; null is not.", article(i.t), i.t),
			Example:   fmt.Sprintf("from S[instanceOf%s(payload)] select payload insert into Out;", i.java),
		}, build: func(_ Env, e *check.Call, args []operand) (operand, error) {
			from := e.Args[0].Type()
			return operand{node: &instance{x: args[0], object: from == schema.Object, t: i.t, same: from == i.t,
				out: newResult(schema.Bool, boolLane)}}, nil
		}})
	}
	return list
}

// instance says whether values are of type t: those of objects one by one,
// those of any other column all alike.
type instance struct {
	x      operand
	t      schema.Type
	object bool
	same   bool
	out    result[bool]
}

func (n *instance) eval(b *column.Batch) (*column.Column, error) {
	x, err := n.x.eval(b)
	if err != nil {
		return nil, err
	}
	dst := n.out.values(b.N)
	switch {
	case n.object:
		for i, v := range x.Obj[:b.N] {
			dst[i] = v != nil && column.TypeOf(v) == n.t
		}
	case n.same:
		for i := range dst {
			dst[i] = !x.IsNull(i)
		}
	default:
		clear(dst)
	}
	return &n.out.Column, nil
}

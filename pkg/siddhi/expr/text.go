package expr

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// texts has the functions of namespace str, named as in siddhi-execution-string.
func texts() []*function {
	return []*function{
		{Declaration: extension.Declaration{
			Namespace: "str", Name: "concat",
			Overloads: [][]extension.Param{{{Name: "arg", Types: anyType, Repeat: true}}},
			Returns:   always(schema.String),
			Summary:   "Joins the texts of its arguments; null adds nothing.",
			Example:   "from S select str:concat(origin, '-', dest) as route insert into Out;",
		}, build: func(_ Env, e *check.Call, args []operand) (operand, error) {
			n := &concat{out: column.Column{Type: schema.String}}
			for i, a := range args {
				if e.Args[i].Type() != schema.String {
					a = operand{node: &toText{x: a, from: e.Args[i].Type(), out: column.Column{Type: schema.String}}}
				}
				n.args = append(n.args, a)
			}
			n.cols = make([]*column.Column, len(n.args))
			return operand{node: n}, nil
		}},
	}
}

// concat joins texts.
type concat struct {
	args []operand
	cols []*column.Column
	text []byte
	out  column.Column
}

func (n *concat) eval(b *column.Batch) (*column.Column, error) {
	for i := range n.args {
		c, err := n.args[i].eval(b)
		if err != nil {
			return nil, err
		}
		n.cols[i] = c
	}
	n.out.Reset()
	for row := range b.N {
		n.text = n.text[:0]
		for _, c := range n.cols {
			if !c.IsNull(row) {
				n.text = c.Str[row].AppendTo(n.text, c.Arena)
			}
		}
		n.out.AppendBytes(n.text)
	}
	return &n.out, nil
}

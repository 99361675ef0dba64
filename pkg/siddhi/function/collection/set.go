// Package collection has the functions of sets, lists and maps: values of type
// object that hold others.
//
// It imports column, extension, function, javatext, schema and state.
package collection

import (
	"fmt"
	"slices"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Functions returns the functions of this package.
func Functions() []*function.Function { return slices.Concat(sets(), lists(), mapping()) }

func sets() []*function.Function {
	return []*function.Function{
		{
			Declaration: extension.Declaration{
				Name: "createSet", Overloads: function.One(function.Param("input", function.Scalars)), Returns: function.Always(schema.Object),
				Summary: "Returns a set that holds the value.",
				Example: "from S select createSet(symbol) as seen insert into Sets;\nfrom Sets#window.length(10) select unionSet(seen) as seen insert into Out;",
			},
			New: func(*function.Call) (function.Kernel, error) { return createSet, nil },
		},
		{
			Declaration: extension.Declaration{
				Name: "sizeOfSet", Overloads: function.One(function.Param("set", function.Objects)), Returns: function.Always(schema.Int),
				Fails:   extension.Always,
				Summary: "Returns how many values a set holds; null holds none.",
				Example: "from Sets select sizeOfSet(seen) as n insert into Out;",
			},
			New: func(*function.Call) (function.Kernel, error) { return sizeOfSet, nil },
		},
	}
}

func createSet(args []*column.Column, out *column.Column) error {
	for i := range out.Obj {
		out.Obj[i] = state.Set{args[0].Any(i): struct{}{}}
	}
	return nil
}

func sizeOfSet(args []*column.Column, out *column.Column) error {
	for i := range out.I32 {
		switch v := args[0].Obj[i].(type) {
		case nil:
			out.I32[i] = 0
		case state.Set:
			out.I32[i] = int32(len(v))
		default:
			return fmt.Errorf("the value is no set but a %T", v)
		}
	}
	return nil
}

// Package collection has the functions of sets, lists and maps: values of type
// object that hold others.
//
// It imports column, extension, function, javatext, schema and state.
package collection

import (
	"fmt"
	"slices"

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
				Name: "createSet", Overloads: function.One(function.Param("input", function.Scalars)), Returns: extension.Gives(schema.Object),
				Summary: "Returns a set that holds the value.",
				Example: "from S select createSet(symbol) as seen insert into Sets;\nfrom Sets#window.length(10) select unionSet(seen) as seen insert into Out;",
			},
			New: objects(createSet).kernel,
		},
		{
			Declaration: extension.Declaration{
				Name: "sizeOfSet", Overloads: function.One(function.Param("set", function.Objects)), Returns: extension.Gives(schema.Int),
				Fails:   extension.Always,
				Summary: "Returns how many values a set holds; null holds none.",
				Example: "from Sets select sizeOfSet(seen) as n insert into Out;",
			},
			New: ints(sizeOfSet).kernel,
		},
	}
}

func createSet(r *row) any { return state.Set{r.value(0): struct{}{}} }

func sizeOfSet(r *row) int {
	switch v := r.args[0].Obj[r.at].(type) {
	case nil:
		return 0
	case state.Set:
		return len(v)
	default:
		r.fail(fmt.Errorf("the value is no set but a %T", v))
		return 0
	}
}

package function

import (
	"fmt"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// The lists of types that parameters commonly accept.
var (
	Text    = []schema.Type{schema.String}
	Ints    = []schema.Type{schema.Int}
	Whole   = []schema.Type{schema.Int, schema.Long}
	Real    = []schema.Type{schema.Float, schema.Double}
	Numbers = []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double}
	Scalars = []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double, schema.Bool}
	Any     = []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double, schema.Bool, schema.Object}
	Objects = []schema.Type{schema.Object}
)

// Param makes a parameter.
func Param(name string, types []schema.Type) extension.Param {
	return extension.Param{Name: name, Types: types}
}

// One is the list of a single overload.
func One(params ...extension.Param) [][]extension.Param { return [][]extension.Param{params} }

// Same is the Returns of a function whose arguments and result have one type.
func Same(args []schema.Type) (schema.Type, error) {
	for _, t := range args[1:] {
		if t != args[0] {
			return schema.Invalid, fmt.Errorf("its arguments must have one type, got %s and %s", args[0], t)
		}
	}
	return args[0], nil
}

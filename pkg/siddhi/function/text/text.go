// Package text has the functions of namespace str, named and behaving as in
// siddhi-execution-string: positions count UTF-16 units, patterns are Java's.
//
// It imports column, extension, function, javatext and schema.
package text

import (
	"slices"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

const namespace = "str"

// Functions returns the functions of this package.
func Functions() []*function.Function {
	return slices.Concat(shaping(), searching(), comparing(), cutting(), patterns(), joining(), coding())
}

// declare makes a declaration of namespace str.
func declare(name string, returns schema.Type, summary, example string, overloads ...[]extension.Param) extension.Declaration {
	return extension.Declaration{
		Namespace: namespace, Name: name, Overloads: overloads, Returns: extension.Gives(returns),
		Summary: summary, Example: "from S select " + example + " insert into Out;",
	}
}

var (
	refuse = []function.Nulls{function.Refuse}
	input  = function.Param("input.string", function.Text)
)

// Package clock has the functions of namespace time, named and behaving as in
// siddhi-execution-time: dates are text in the formats of Java, or milliseconds
// since the Unix epoch. Dates without a zone are in UTC.
//
// It imports column, extension, function and schema.
package clock

import (
	"slices"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// Functions returns the functions of this package.
func Functions() []*function.Function {
	return slices.Concat(present(), extracting(), moving(), measuring(), rewriting())
}

// standard is the format of dates that come without one.
const standard = "yyyy-MM-dd HH:mm:ss.SSS"

// declare makes a declaration of namespace time. Dates that cannot be read are errors.
func declare(name string, returns schema.Type, summary, example string, overloads ...[]extension.Param) extension.Declaration {
	return extension.Declaration{
		Namespace: "time", Name: name, Overloads: overloads, Returns: extension.Gives(returns), Fails: extension.Always,
		Summary: summary, Example: "from S select time:" + example + " as r insert into Out;",
	}
}

var refuse = []function.Nulls{function.Refuse}

// The parameters that several functions have.
var (
	dateValue  = function.Param("date.value", function.Text)
	dateFormat = extension.Param{Name: "date.format", Types: function.Text, Default: standard}
	millis     = function.Param("timestamp.in.milliseconds", []schema.Type{schema.Long})
	unitName   = extension.Param{Name: "unit", Types: function.Text, Constant: true}
)

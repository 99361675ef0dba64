package check_test

import (
	"errors"
	"testing"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

var (
	numbers  = []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double}
	anything = []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double, schema.Bool, schema.Object}
	whole    = []schema.Type{schema.Int, schema.Long}
)

func one(params ...extension.Param) [][]extension.Param { return [][]extension.Param{params} }

func allSame(args []schema.Type) (schema.Type, error) {
	for _, t := range args[1:] {
		if t != args[0] {
			return schema.Invalid, errors.New("its arguments must have one type, got " + args[0].String() + " and " + t.String())
		}
	}
	return args[0], nil
}

func castType(args []extension.Arg) (schema.Type, error) {
	t, ok := schema.ParseType(args[1].Text)
	if !ok || t == schema.Object {
		return schema.Invalid, errors.New("there is no type '" + args[1].Text + "'")
	}
	return t, nil
}

func negative(args []extension.Arg) (msg, hint string) {
	if args[0].Int < 0 {
		return "the length is negative", "write another"
	}
	return "", ""
}

func coordinates([]extension.Arg) (schema.Attributes, error) {
	return schema.Attributes{{Name: "x", Type: schema.Double}, {Name: "y", Type: schema.Double}}, nil
}

// registry has a few declarations of each shape; check knows none by name.
func registry(t *testing.T) *extension.Registry {
	t.Helper()
	arg := extension.Param{Name: "arg", Types: anything}
	number := extension.Param{Name: "arg", Types: numbers}
	length := extension.Param{Name: "window.length", Types: []schema.Type{schema.Int}, Constant: true}
	span := extension.Param{Name: "window.time", Types: whole, Constant: true}
	timestamp := extension.Param{Name: "timestamp", Types: []schema.Type{schema.Long}, Attribute: true}
	flag := extension.Param{Name: "stream.current.event", Types: []schema.Type{schema.Bool}, Constant: true}
	target := extension.Param{Name: "to.type", Types: []schema.Type{schema.String}, Constant: true}
	r, err := extension.NewRegistry([]*extension.Declaration{
		{Kind: extension.Function, Name: "coalesce", Returns: allSame, Overloads: one(extension.Param{Name: "arg", Types: anything, Repeat: true})},
		{Kind: extension.Function, Name: "eventTimestamp", Overloads: one(), Returns: extension.Gives(schema.Long)},
		{Kind: extension.Function, Name: "ifThenElse", Overloads: one(extension.Param{Name: "condition", Types: []schema.Type{schema.Bool}}, arg, arg),
			Returns: func(args []schema.Type) (schema.Type, error) { return allSame(args[1:]) }},
		{Kind: extension.Function, Name: "default", Returns: allSame, Overloads: one(arg, extension.Param{Name: "default", Types: anything, Constant: true})},
		{Kind: extension.Function, Name: "cast", ReturnsFor: castType, Overloads: one(arg, target)},
		{Kind: extension.Function, Name: "convert", ReturnsFor: castType, Overloads: one(arg, target)},
		{Kind: extension.Function, Name: "maximum", Returns: allSame, Overloads: one(extension.Param{Name: "arg", Types: numbers, Repeat: true})},
		{Kind: extension.Function, Name: "currentTimeMillis", Returns: extension.Gives(schema.Long), Overloads: one()},
		{Kind: extension.Function, Namespace: "str", Name: "length", Returns: extension.Gives(schema.Int), Overloads: one(extension.Param{Name: "text", Types: []schema.Type{schema.String}})},
	}, []*extension.Declaration{
		{Kind: extension.Aggregator, Name: "sum", Returns: extension.Gives(schema.Long), Overloads: one(number)},
		{Kind: extension.Aggregator, Name: "avg", Returns: extension.Gives(schema.Double), Overloads: one(number)},
		{Kind: extension.Aggregator, Name: "count", Returns: extension.Gives(schema.Long), Overloads: append(one(), one(arg)...)},
		{Kind: extension.Aggregator, Name: "stdDev", Returns: extension.Gives(schema.Double), Overloads: one(number)},
	}, incremental("avg", "count", "distinctCount", "max", "min", "sum"), []*extension.Declaration{
		{Kind: extension.Window, Name: "length", Overloads: one(length), Warn: negative},
		{Kind: extension.Window, Name: "lengthBatch", Overloads: append(one(length), one(length, flag)...), Warn: negative},
		{Kind: extension.Window, Name: "time", Overloads: one(span)},
		{Kind: extension.Window, Name: "timeBatch", Overloads: one(span)},
		{Kind: extension.Window, Name: "externalTime", Overloads: one(timestamp, span)},
		{Kind: extension.Window, Name: "expression", Overloads: one(extension.Param{Name: "expression", Types: []schema.Type{schema.String}, Condition: true})},
		{Kind: extension.Window, Namespace: "unique", Name: "ever", Overloads: one(extension.Param{Name: "key", Types: anything, Repeat: true})},
	}, []*extension.Declaration{
		{Kind: extension.StreamProcessor, Name: "log", Overloads: append(one(), one(extension.Param{Name: "message", Types: []schema.Type{schema.String}},
			extension.Param{Name: "logged", Types: []schema.Type{schema.Bool}, Constant: true, Default: true})...)},
		{Kind: extension.StreamFunction, Namespace: "geo", Name: "polar", Adds: coordinates,
			Overloads: one(number, extension.Param{Name: "arg", Types: numbers, Default: 2.5})},
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// incremental declares aggregators of aggregations: of numbers, but for those that count.
func incremental(names ...string) (all []*extension.Declaration) {
	numbers := []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double}
	values := append([]schema.Type{schema.String, schema.Bool}, numbers...)
	for _, name := range names {
		d := &extension.Declaration{Kind: extension.IncrementalAggregator, Namespace: extension.Incremental, Name: name}
		param := extension.Param{Name: "attribute", Types: numbers}
		switch name {
		case "count":
			param.Types = append([]schema.Type{schema.Object}, values...)
			d.Overloads = [][]extension.Param{{}}
		case "distinctCount":
			param.Types = values
		}
		d.Overloads = append(d.Overloads, []extension.Param{param})
		all = append(all, d)
	}
	return all
}

package aggregation

import (
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// Declarations lists the aggregators that an aggregation can have. What each keeps
// for a bucket is resolved by package check, see check.AggregationValue.
func Declarations() []*extension.Declaration {
	numbers := []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double}
	values := append([]schema.Type{schema.String, schema.Bool}, numbers...)
	anything := append([]schema.Type{schema.Object}, values...)
	one := func(types []schema.Type) [][]extension.Param {
		return [][]extension.Param{{{Name: "attribute", Types: types, Attribute: true}}}
	}
	all := []*extension.Declaration{
		{
			Name: "avg", Overloads: one(numbers), Returns: extension.Gives(schema.Double),
			Summary: "The sum of the values by the number of events; of int and long, as in Siddhi, a whole number.",
			Example: "define aggregation A from Trades select symbol, avg(price) as mean group by symbol aggregate every sec...day;",
		},
		{
			Name: "count", Overloads: append([][]extension.Param{{}}, one(anything)...), Returns: extension.Gives(schema.Long),
			Summary: "The number of events.",
			Example: "define aggregation A from Trades select count() as n aggregate by ts every min...year;",
		},
		{
			Name: "distinctCount", Overloads: one(values), Returns: extension.Gives(schema.Long),
			Summary: "The number of different values; null is one.",
			Example: "define aggregation A from Trades select distinctCount(symbol) as symbols aggregate every hour, day;",
		},
		{
			Name: "max", Overloads: one(numbers), Returns: extension.GivesFirst,
			Summary: "The greatest value; null when there is none.",
			Example: "define aggregation A from Trades select symbol, max(price) as high group by symbol aggregate every sec...day;",
		},
		{
			Name: "min", Overloads: one(numbers), Returns: extension.GivesFirst,
			Summary: "The least value; null when there is none.",
			Example: "define aggregation A from Trades select symbol, min(price) as low group by symbol aggregate every sec...day;",
		},
		{
			Name: "sum", Overloads: one(numbers), Returns: extension.GivesSum,
			Summary: "The sum of the values that are not null; null when there are none.",
			Example: "define aggregation A from Trades select symbol, sum(volume) as total group by symbol aggregate every sec...year;",
		},
	}
	for _, d := range all {
		d.Kind, d.Namespace = extension.IncrementalAggregator, extension.Incremental
	}
	return all
}

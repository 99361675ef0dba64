package aggregate

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

var (
	objects  = []schema.Type{schema.Object}
	numbers  = []schema.Type{schema.Int, schema.Long, schema.Float, schema.Double}
	values   = []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double}
	anything = []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double, schema.Bool, schema.Object}
)

// Declarations lists the aggregators of this package.
func Declarations() []*extension.Declaration {
	one := func(types []schema.Type) [][]extension.Param {
		return [][]extension.Param{{{Name: "arg", Types: types}}}
	}
	return []*extension.Declaration{
		{
			Kind: extension.Aggregator, Name: "sum", Overloads: one(numbers), Returns: extension.GivesSum,
			Summary: "The sum of the values that are not null; null when there are none.",
			Example: "from Trades#window.length(10) select sum(volume) as total insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "avg", Overloads: one(numbers), Returns: extension.Gives(schema.Double),
			Summary: "The mean of the values that are not null; null when there are none.",
			Example: "from Trades#window.time(1 min) select symbol, avg(price) as mean group by symbol insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "count",
			Overloads: append([][]extension.Param{{}}, one(anything)...), Returns: extension.Gives(schema.Long),
			Summary: "The number of events, those with null values included.",
			Example: "from Trades#window.timeBatch(1 sec) select count() as n insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "min", Overloads: one(numbers), Returns: extension.GivesFirst,
			Summary: "The least value; null when there is none.",
			Example: "from Trades#window.length(10) select min(price) as low insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "max", Overloads: one(numbers), Returns: extension.GivesFirst,
			Summary: "The greatest value; null when there is none.",
			Example: "from Trades#window.length(10) select max(price) as high insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "minForever", Overloads: one(numbers), Returns: extension.GivesFirst,
			Summary: "The least value ever seen, also by a sliding window; a tumbling one starts anew with each batch.",
			Example: "from Trades#window.length(10) select minForever(price) as low insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "maxForever", Overloads: one(numbers), Returns: extension.GivesFirst,
			Summary: "The greatest value ever seen, also by a sliding window; a tumbling one starts anew with each batch.",
			Example: "from Trades#window.length(10) select maxForever(price) as high insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "distinctCount", Overloads: one(values), Returns: extension.Gives(schema.Long),
			Summary: "The number of different values; null counts as one.",
			Example: "from Trades#window.length(100) select distinctCount(symbol) as symbols insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "and", Overloads: one([]schema.Type{schema.Bool}), Returns: extension.Gives(schema.Bool),
			Summary: "True if a value is true and none is false.",
			Example: "from Checks#window.length(10) select and(passed) as healthy insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "or", Overloads: one([]schema.Type{schema.Bool}), Returns: extension.Gives(schema.Bool),
			Summary: "True if a value is true.",
			Example: "from Checks#window.length(10) select or(alarm) as alarmed insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "stdDev", Overloads: one(numbers), Returns: extension.Gives(schema.Double),
			Summary: "The population standard deviation; 0.0 for one value.",
			Example: "from Trades#window.length(100) select stdDev(price) as spread insert into Out;",
		},
		{
			Kind: extension.Aggregator, Name: "unionSet", Overloads: [][]extension.Param{{{Name: "set", Types: objects}}}, Returns: extension.Gives(schema.Object),
			Summary: "The set of the members of all sets; what is null or no set adds nothing.",
			Example: "from S select createSet(symbol) as seen insert into Sets;\nfrom Sets#window.length(10) select unionSet(seen) as seen insert into Out;",
		},
		{
			Kind: extension.Aggregator, Namespace: "list", Name: "collect", Overloads: listOverloads("value", anything), Returns: extension.Gives(schema.Object),
			Summary: "The list of the values, oldest first, null included; each once if distinct.",
			Example: "from Trades#window.length(10) select list:collect(symbol, true) as symbols insert into Out;",
		},
		{
			Kind: extension.Aggregator, Namespace: "list", Name: "merge", Overloads: listOverloads("list", objects), Returns: extension.Gives(schema.Object),
			Summary: "The list of what all lists hold, oldest first; each value once if distinct. What is null or no list adds nothing.",
			Example: "from S select list:create(symbol, venue) as l insert into Lists;\nfrom Lists#window.length(10) select list:merge(l) as all insert into Out;",
		},
		{
			Kind: extension.Aggregator, Namespace: "math", Name: "percentile", Returns: extension.Gives(schema.Double), Validate: percentage,
			Overloads: [][]extension.Param{{{Name: "arg", Types: numbers}, {Name: "p", Types: []schema.Type{schema.Double}, Constant: true}}},
			Summary:   "The value that p percent of the values that are not null reach, above 0 to 100; between two of them their mean.",
			Example:   "from Trades#window.time(1 min) select symbol, math:percentile(price, 97.5) as high group by symbol insert into Out;",
		},
		{
			Kind: extension.Aggregator, Namespace: "str", Name: "groupConcat", Returns: extension.Gives(schema.String), Validate: direction,
			Overloads: concatOverloads(),
			Summary:   "Joins texts with a separator (a comma): all, or each once if distinct, as they came or in 'ASC' or 'DESC' order.",
			Example:   "from Trades#window.length(10) select str:groupConcat(symbol, '-', true, 'ASC') as symbols insert into Out;",
		},
	}
}

// percentage refuses what is no percentile.
func percentage(args []extension.Arg) error {
	if p := args[1].Real; !(p > 0 && p <= 100) {
		return fmt.Errorf("p must be above 0 and at most 100, got %v", p)
	}
	return nil
}

// concatOverloads lists the ways to call str:groupConcat.
func concatOverloads() [][]extension.Param {
	text := []schema.Type{schema.String}
	all := []extension.Param{{Name: "key", Types: text}, {Name: "separator", Types: text},
		{Name: "distinct", Types: []schema.Type{schema.Bool}, Constant: true}, {Name: "order", Types: text, Constant: true}}
	return [][]extension.Param{all[:1], all[:2], all[:3], all}
}

// listOverloads lists the ways to call an aggregator that makes a list.
func listOverloads(name string, types []schema.Type) [][]extension.Param {
	all := []extension.Param{{Name: name, Types: types}, {Name: "is.distinct", Types: []schema.Type{schema.Bool}}}
	return [][]extension.Param{all[:1], all}
}

// direction refuses an order other than up or down.
func direction(args []extension.Arg) error {
	if len(args) > 3 && !strings.EqualFold(args[3].Text, "asc") && !strings.EqualFold(args[3].Text, "desc") {
		return fmt.Errorf("order must be 'ASC' or 'DESC', got '%s'", args[3].Text)
	}
	return nil
}

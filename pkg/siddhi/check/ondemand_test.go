package check_test

import (
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/parser"
)

const onDemandApp = `@app:name('Shop')
define stream Orders (item string, amount int);
define table Stock (item string, amount int, price double);
define table Kinds (item string, kind string);
define window Recent (item string, amount int) length(3);
from Orders select item, amount, 1.0 as price insert into Stock;`

// TestOnDemandRefusals holds each mistake to say where it is and what to do.
func TestOnDemandRefusals(t *testing.T) {
	app, err := siddhi.Check(onDemandApp)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"from Orders select *":                             "line 1, column 6: 'Orders' is a stream: it keeps no rows that can be asked for; insert its events into a table or a window and ask that",
		"from Stok select *":                               "line 1, column 6: there is no table, window or aggregation 'Stok'; did you mean 'Stock'?",
		"from Stock on amunt > 1 select item":              "line 1, column 15: there is no attribute 'amunt' in the on condition; did you mean 'amount'?",
		"from Stock on Kinds.item == 'a'":                  "line 1, column 15: the on condition cannot read 'Kinds'; it can read Stock",
		"from Stock as s select s.item":                    "line 1, column 24: the select clause cannot read 's'; it can read Stock",
		"from Stock on item > 'a'":                         "line 1, column 15: '>' compares numbers only, got string and string",
		"from Stock select item as a, amount as a":         "line 1, column 30: two output attributes are called 'a'",
		"from Stock select item limit -1":                  "line 1, column 30: limit cannot be negative",
		"from Stock select item order by kind":             "line 1, column 33: there is no attribute 'kind' in order by; it can read Stock",
		"from Stock within 1 per 'sec' select item":        "line 1, column 6: within and per belong to aggregations, 'Stock' is a table; remove them",
		"from Recen select item":                           "line 1, column 6: there is no table, window or aggregation 'Recen'; did you mean 'Recent'?",
		"from Recent on kind == 'a' select item":           "line 1, column 16: there is no attribute 'kind' in the on condition; it can read Recent (item string, amount int)",
		"from Recent within 1 per 'sec' select item":       "line 1, column 6: within and per belong to aggregations, 'Recent' is a window; remove them",
		"delete Recent on Recent.amount > 1":               "line 1, column 8: 'Recent' is a window: an on-demand query changes tables only",
		"select 'a' as item insert into Kinds":             "line 1, column 20: table Kinds takes other rows than the query gives: it has 2 attributes, the query gives 1",
		"select 'a' as item insert into Orders":            "line 1, column 32: 'Orders' is a stream: an on-demand query changes tables only; send events to change anything else",
		"select 'a' as item insert into Kind":              "line 1, column 32: table 'Kind' is not defined; did you mean 'Kinds'?",
		"delete Stock":                                     "line 1, column 1: there is no condition that says which rows; add one: on Stock.attribute == ...",
		"update Stock set Stock.cost = 1 on true":          "line 1, column 18: table Stock has no attribute 'cost'",
		"select item update Stock on true":                 "line 1, column 8: there is no attribute 'item' in the select clause; it reads no rows: it takes constants and functions of them",
		"select Stock.item as item delete Stock on 1 == 1": "line 1, column 8: the select clause cannot read 'Stock'; it reads no rows: it takes constants and functions of them",
		"select 'a' as item update or insert into Stock set Stock.price = 1.0 on Stock.item == item": "table Stock takes other rows than the query gives",
	} {
		tree, err := parser.ParseOnDemand(query)
		if err != nil {
			t.Errorf("%s: %v", query, err)
			continue
		}
		_, err = check.CheckOnDemand(tree, query, app)
		if err == nil {
			t.Errorf("%s: accepted", query)
		} else if got := err.Error(); !strings.Contains(got, want) {
			t.Errorf("%s\n got  %s\n want %s", query, got, want)
		} else if !strings.HasPrefix(got, "app Shop, line 1, column ") {
			t.Errorf("%s: the error does not say which app: %s", query, got)
		}
	}
}

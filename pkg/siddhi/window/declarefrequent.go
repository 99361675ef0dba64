package window

import (
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

func frequentKinds() []kind {
	return []kind{
		{name: "frequent", sliding: true, stamps: true, timed: never, make: newFrequent, disorder: true, bySelected: 2},
		{name: "lossyFrequent", sliding: true, stamps: true, timed: never, make: newLossyFrequent, disorder: true, bySelected: 3},
	}
}

// TellsBySelected says whether the window w tells rows apart by Options.Selected.
func TellsBySelected(w *check.Window) bool {
	k := kindOf(w.Fn)
	return k != nil && k.bySelected > 0 && len(w.Args) < k.bySelected
}

// frequentDeclarations returns the windows that count keys.
func frequentDeclarations() []*extension.Declaration {
	double := []schema.Type{schema.Double}
	count := extension.Param{Name: "event.count", Types: []schema.Type{schema.Int}, Constant: true}
	support := extension.Param{Name: "support.threshold", Types: double, Constant: true}
	bound := extension.Param{Name: "error.bound", Types: double, Constant: true}
	attr := extension.Param{Name: "attribute", Types: []schema.Type{schema.String}, Attribute: true}
	return []*extension.Declaration{
		{
			Kind: extension.Window, Name: "frequent", Warn: warns(negative(0, "event.count", passesNone)),
			Overloads: [][]extension.Param{{count}, {count, attr}},
			Summary:   "Keeps the latest event of each of the event.count most frequent values of the attribute, or of all attributes together; events of other values are left out.",
			Example:   "from Purchases#window.frequent(2, card) select card, price insert all events into Suspects;",
		},
		{
			Kind: extension.Window, Name: "lossyFrequent", Warn: shares,
			Overloads: [][]extension.Param{{support, bound}, {support, bound, attr}},
			Summary:   "Passes events of values of the attribute, or of all attributes together, whose share of all events is support.threshold or more, with an error of error.bound; keeps the latest of each value until it is too rare.",
			Example:   "from Purchases#window.lossyFrequent(0.1, 0.01, card) select card, price insert into Suspects;",
		},
	}
}

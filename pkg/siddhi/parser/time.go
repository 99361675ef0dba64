package parser

import "millrace/pkg/siddhi/ast"

// timeUnit returns the unit that a token names.
func timeUnit(t token) (ast.TimeUnit, bool) {
	if t.kind != word {
		return 0, false
	}
	return ast.UnitOf(t.value)
}

// unitWords are the words that a misspelt unit probably meant.
func unitWords() []string {
	return []string{"sec", "second", "seconds", "min", "minute", "minutes", "hour", "hours", "day", "days", "week",
		"weeks", "month", "months", "year", "years", "millisec", "millisecond", "milliseconds"}
}

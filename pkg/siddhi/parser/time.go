package parser

import (
	"strings"

	"millrace/pkg/siddhi/ast"
)

// timeUnit returns the unit that a token names.
func timeUnit(t token) (ast.TimeUnit, bool) {
	if t.kind != word {
		return 0, false
	}
	switch strings.ToLower(t.value) {
	case "year", "years":
		return ast.Year, true
	case "month", "months":
		return ast.Month, true
	case "week", "weeks":
		return ast.Week, true
	case "day", "days":
		return ast.Day, true
	case "hour", "hours":
		return ast.Hour, true
	case "min", "minute", "minutes":
		return ast.Minute, true
	case "sec", "second", "seconds":
		return ast.Second, true
	case "millisec", "millisecond", "milliseconds":
		return ast.Millisecond, true
	}
	return 0, false
}

// unitWords are the words that a misspelt unit probably meant.
func unitWords() []string {
	return []string{"sec", "second", "seconds", "min", "minute", "minutes", "hour", "hours", "day", "days", "week",
		"weeks", "month", "months", "year", "years", "millisec", "millisecond", "milliseconds"}
}

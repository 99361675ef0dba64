package ast

import (
	"slices"
	"strings"
)

// keywords has every word with a meaning of its own, in lower case. None is reserved: each may also be a name.
var keywords = [...]string{
	"aggregate", "aggregation", "all", "and", "app", "as", "asc", "at", "begin", "bool", "by", "current", "define",
	"delete", "desc", "double", "end", "events", "every", "expired", "false", "first", "float", "for", "from", "full",
	"function", "group", "having", "in", "inner", "insert", "int", "into", "is", "join", "last", "left", "limit", "long",
	"not", "null", "object", "of", "offset", "on", "or", "order", "outer", "output", "partition", "per", "raw", "return",
	"right", "select", "set", "snapshot", "stream", "string", "table", "trigger", "true", "unidirectional", "update",
	"window", "with", "within",
	"year", "years", "month", "months", "week", "weeks", "day", "days", "hour", "hours", "min", "minute", "minutes",
	"sec", "second", "seconds", "millisec", "millisecond", "milliseconds",
}

// Keywords returns all keywords of the language in lower case.
func Keywords() []string { return slices.Clone(keywords[:]) }

// IsKeyword reports whether word is a keyword, in any case.
func IsKeyword(word string) bool {
	return slices.ContainsFunc(keywords[:], func(k string) bool { return strings.EqualFold(k, word) })
}

// misread reports whether the parser takes a bare word for something else where an operand stands.
func misread(word string) bool {
	switch strings.ToLower(word) {
	case "not", "true", "false":
		return true
	}
	return false
}

// IsPlainName reports whether name can be written without back quotes as far as its letters go.
func IsPlainName(name string) bool {
	for i := range len(name) {
		c := name[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// QuoteName writes a name as the text must have it: in back quotes where it would be read as something else. A name
// with a back quote in it cannot be written in SiddhiQL.
func QuoteName(name string) string {
	if IsPlainName(name) && !misread(name) {
		return name
	}
	return "`" + name + "`"
}

// quoteLabel is QuoteName for the places where nothing but a name can stand: behind as and a dot, and in definitions.
func quoteLabel(name string) string {
	if IsPlainName(name) {
		return name
	}
	return "`" + name + "`"
}

// quoteIdentifier is QuoteName for the places that take no keyword, which are the names of functions, triggers and
// aggregations, and for those where one would be hard to read.
func quoteIdentifier(name string) string {
	if IsPlainName(name) && !IsKeyword(name) {
		return name
	}
	return "`" + name + "`"
}

// QuoteString writes a string literal in the first form of quotes that can hold it. SiddhiQL has no escapes, so ok is
// false for the few strings that no form can hold: those with three double quotes or, if they need the long form,
// with a double quote at their end.
func QuoteString(s string) (text string, ok bool) {
	short := strings.IndexFunc(s, func(r rune) bool { return r < 0x20 }) < 0 && !strings.Contains(s, `"`)
	switch {
	case short && !strings.Contains(s, "'"):
		return "'" + s + "'", true
	case short:
		return `"` + s + `"`, true
	}
	return `"""` + s + `"""`, !strings.Contains(s, `"""`) && !strings.HasSuffix(s, `"`)
}

func quoteString(s string) string {
	text, _ := QuoteString(s)
	return text
}

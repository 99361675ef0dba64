// Package schema has the attribute types of SiddhiQL and the lists of named,
// typed attributes that describe streams, tables and windows.
//
// It imports none of our packages.
package schema

import "strings"

// Type is the type of an attribute or an expression.
type Type uint8

// The seven attribute types. Invalid is the zero value and the type of nothing.
const (
	Invalid Type = iota
	String
	Int    // 32 bits, signed
	Long   // 64 bits, signed
	Float  // IEEE 754, 32 bits
	Double // IEEE 754, 64 bits
	Bool
	Object // any host value
)

var names = [...]string{"invalid", "string", "int", "long", "float", "double", "bool", "object"}

// String returns the SiddhiQL keyword of t.
func (t Type) String() string {
	if int(t) < len(names) {
		return names[t]
	}
	return names[Invalid]
}

// ParseType returns the type that a SiddhiQL keyword names, in any case.
func ParseType(word string) (Type, bool) {
	for i, n := range names[1:] {
		if strings.EqualFold(n, word) {
			return Type(i + 1), true
		}
	}
	return Invalid, false
}

// Numeric says whether arithmetic works on t.
func (t Type) Numeric() bool { return t >= Int && t <= Double }

// Attribute is a named, typed column of a stream, table or window.
type Attribute struct {
	Name string
	Type Type
}

// Attributes is an ordered list of attributes with distinct names.
type Attributes []Attribute

// Index returns the position of the attribute called name, or -1.
func (a Attributes) Index(name string) int {
	for i := range a {
		if a[i].Name == name {
			return i
		}
	}
	return -1
}

// Equal says whether a and b have the same names and types in the same order.
func (a Attributes) Equal(b Attributes) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// String renders a as in a definition: "symbol string, price float".
func (a Attributes) String() string {
	var b strings.Builder
	for i, at := range a {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(at.Name)
		if at.Type != Invalid { // of an expression that is wrong
			b.WriteByte(' ')
			b.WriteString(at.Type.String())
		}
	}
	return b.String()
}

// Positions returns those of n attributes, 0 to n-1: of all, where some can be chosen.
func Positions(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

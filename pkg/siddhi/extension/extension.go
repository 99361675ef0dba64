// Package extension declares what SiddhiQL can call: functions, aggregators,
// windows, stream functions, stream processors and the aggregators of aggregations,
// each with its typed signature. The checker, the error messages and `millrace extensions` read the
// same declarations; the packages that implement them look them up by Key, or
// put what they are made of into the declaration.
//
// It imports only schema.
package extension

import (
	"fmt"
	"slices"
	"strings"

	"millrace/pkg/siddhi/schema"
)

// Kind is what a declaration may be used as.
type Kind uint8

// The kinds of extensions.
const (
	Function Kind = iota
	Aggregator
	Window
	// StreamFunction computes attributes of each row from the row alone.
	StreamFunction
	// StreamProcessor may also drop, keep, repeat and make rows; patterns take none.
	StreamProcessor
	// IncrementalAggregator is an aggregator of a defined aggregation.
	IncrementalAggregator
)

// Kinds lists every kind.
var Kinds = [...]Kind{Function, Aggregator, Window, StreamFunction, StreamProcessor, IncrementalAggregator}

// String returns the word for k in messages.
func (k Kind) String() string {
	return [...]string{"function", "aggregator", "window", "stream function", "stream processor", "incremental aggregator"}[k]
}

// Incremental is the namespace of incremental aggregators. Aggregations call them without it.
const Incremental = "incrementalAggregator"

// Param is one parameter of an overload.
type Param struct {
	Name  string
	Types []schema.Type // accepted types; time literals count as long
	// Constant parameters take only literals; the others any expression.
	Constant bool
	// Attribute parameters take only an attribute of the input (externalTime's first).
	Attribute bool
	// Condition parameters are texts: conditions on the events that a window holds.
	Condition bool
	// Repeat parameters, always the last of an overload, match one or more arguments.
	Repeat bool
	// Default is the value of an argument that a call leaves out together with
	// all behind it: a string, bool, int32, int64 or float64; nil: it must be there.
	Default any
}

// Declaration describes one extension.
type Declaration struct {
	Kind      Kind
	Namespace string // "" for the core
	Name      string // case-sensitive
	Overloads [][]Param
	// Returns gives the result's type for argument types that match an
	// overload, or an error that says what does not fit. Functions and aggregators of both kinds have it.
	Returns func(args []schema.Type) (schema.Type, error)
	// ReturnsFor, when set, is asked instead of Returns. It is for results that
	// depend on the value of a constant, as cast(x, 'int') does.
	ReturnsFor func(args []Arg) (schema.Type, error)
	// Validate, when set, refuses constants that no window or function can be
	// made of, such as a negative length. It sees arguments that match an overload.
	Validate func(args []Arg) error
	// Warn, when set, notes constants that are taken, as in Siddhi, and make no
	// sense: what they do, and what to write instead. No message: nothing to note.
	Warn func(args []Arg) (msg, hint string)
	// Adds gives the attributes that a stream function or processor appends to
	// those of its rows; nil: none.
	Adds func(args []Arg) (schema.Attributes, error)
	// WholeRow stream functions read all attributes of their rows, not only
	// those in their arguments.
	WholeRow bool
	// Fails says whether a call with these arguments can fail for some row, Volatile
	// whether two calls with equal arguments may differ, Clock whether the result
	// depends on the app's time. Without one the answer is no.
	Fails, Volatile, Clock func(args []Arg) bool
	// Impl is what the engine makes calls of, if the declaration brings it along:
	// a *function.Function. What has none is built into the engine.
	Impl    any
	Summary string // one sentence
	Example string // SiddhiQL that uses it
}

// Always is the Fails of what can fail whatever its arguments are.
func Always([]Arg) bool { return true }

// Arg is one argument of a call as the checker sees it.
type Arg struct {
	Type     schema.Type
	Name     string  // of an attribute of the input, else ""
	Constant bool    // a literal; Text, Int or Real has its value
	Text     string  // of a string literal
	Int      int64   // of an int, long or time literal (ms)
	Real     float64 // of a float or double literal
}

// Result returns the type of a call with these arguments, by ReturnsFor or Returns.
func (d *Declaration) Result(args []Arg) (schema.Type, error) {
	if d.ReturnsFor != nil {
		return d.ReturnsFor(args)
	}
	types := make([]schema.Type, len(args))
	for i, a := range args {
		types[i] = a.Type
	}
	return d.Returns(types)
}

// FullName returns the name as written in an app: "ns:name" or "name".
func (d *Declaration) FullName() string {
	if d.Namespace == "" {
		return d.Name
	}
	return d.Namespace + ":" + d.Name
}

// Gives is the Returns of what has one type for all arguments.
func Gives(t schema.Type) func([]schema.Type) (schema.Type, error) {
	return func([]schema.Type) (schema.Type, error) { return t, nil }
}

// GivesFirst is the Returns of what has the type of its first argument.
func GivesFirst(args []schema.Type) (schema.Type, error) { return args[0], nil }

// GivesSum is the Returns of what adds up its first argument: whole numbers as long, others as double.
func GivesSum(args []schema.Type) (schema.Type, error) {
	if args[0] == schema.Int || args[0] == schema.Long {
		return schema.Long, nil
	}
	return schema.Double, nil
}

// Key identifies a declaration of one kind.
type Key struct {
	Kind            Kind
	Namespace, Name string
}

// Registry is a set of declarations. It is filled once and then only read.
type Registry struct{ byKey map[Key]*Declaration }

// NewRegistry makes a registry of the given declarations; two of one kind and
// name are a mistake of the program.
func NewRegistry(lists ...[]*Declaration) (*Registry, error) {
	r := &Registry{byKey: map[Key]*Declaration{}}
	for _, list := range lists {
		for _, d := range list {
			k := Key{d.Kind, d.Namespace, d.Name}
			if r.byKey[k] != nil {
				return nil, fmt.Errorf("%s %s is declared twice", d.Kind, d.FullName())
			}
			r.byKey[k] = d
		}
	}
	return r, nil
}

// Find returns the declaration of that kind and name, or nil.
func (r *Registry) Find(kind Kind, namespace, name string) *Declaration {
	return r.byKey[Key{kind, namespace, name}]
}

// All returns every declaration of that kind, by full name.
func (r *Registry) All(kind Kind) []*Declaration {
	var all []*Declaration
	for k, d := range r.byKey {
		if k.Kind == kind {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *Declaration) int { return strings.Compare(a.FullName(), b.FullName()) })
	return all
}

// Package function is how functions that expressions call are made: each is a
// declaration, what nulls among its arguments do, and a kernel that computes a
// whole batch in loops over typed slices. The families of functions in the
// packages below it are written with nothing else.
//
// It imports column, extension, flow and schema.
package function

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Nulls says what a null argument does.
type Nulls uint8

const (
	// Seen nulls reach the kernel.
	Seen Nulls = iota
	// Absorb makes the result null; the kernel does not see the row.
	Absorb
	// Refuse fails the event.
	Refuse
)

// Function is a function that expressions can call.
type Function struct {
	extension.Declaration
	// Nulls has the rule of each argument; the last one holds for those behind it.
	// Without any the kernel sees all nulls.
	Nulls []Nulls
	// Widen, unless Invalid, is the type that number arguments have when they
	// reach the kernel, so that one kernel serves all of them.
	Widen schema.Type
	// New makes the kernel of one call in an app. What can be prepared from
	// constant arguments, such as a pattern, is prepared here, once.
	New func(c *Call) (Kernel, error)
}

// Kernel computes the results of a batch: value i of out from values i of args.
// out has the type of the call and its length already; the kernel sets every
// value, by index (SetString for strings, SetNull for null). Arguments under
// Absorb or Refuse hold no nulls. Nothing of args and out may be kept. An error
// fails the chunk.
//
// A kernel belongs to one goroutine and may keep buffers between calls.
type Kernel func(args []*column.Column, out *column.Column) error

// Call is what a function knows of a call when its kernel is made.
type Call struct {
	Args   []Arg
	Result schema.Type
	Clock  flow.Clock // of the app; nil where there is none
}

// Arg is an argument of a call.
type Arg struct {
	Type  schema.Type    // after widening
	Value *column.Column // of length 1, of a constant that is not null; else nil
}

// Text returns the value of a constant string.
func (a *Arg) Text() (string, bool) {
	if a.Value == nil || a.Type != schema.String {
		return "", false
	}
	return a.Value.Str[0].Text(a.Value.Arena), true
}

// Rule returns what a null of argument i does.
func (f *Function) Rule(i int) Nulls {
	if len(f.Nulls) == 0 {
		return Seen
	}
	return f.Nulls[min(i, len(f.Nulls)-1)]
}

// Declarations returns the declarations of all, each with its function as the
// implementation. A function that refuses nulls can fail.
func Declarations(all []*Function) []*extension.Declaration {
	list := make([]*extension.Declaration, len(all))
	for i, f := range all {
		f.Kind, f.Impl = extension.Function, f
		for a := range f.Nulls {
			if f.Nulls[a] == Refuse && f.Fails == nil {
				f.Fails = extension.Always
			}
		}
		list[i] = &f.Declaration
	}
	return list
}

// Package handler has the stream functions and stream processors: what an app
// writes behind # and is no window. They append attributes to the rows that pass,
// and processors may also drop, repeat and make rows.
//
// It imports check, column, expr, extension, flow, function, javatext, schema and state.
package handler

import (
	"fmt"
	"log/slog"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
)

// Options are what the operator of a call gets from the app around it.
type Options struct {
	In schema.Attributes // of the rows that reach it
	// Need has the attributes that are read behind it, ascending: columns of In,
	// and behind them, from len(In) on, those that the call adds.
	Need      []int
	Env       expr.Env
	Scheduler flow.Scheduler
	Clock     flow.Clock
	Logger    *slog.Logger // of the query; nil: nobody reads it
}

// builder is a declaration and how its operator is made.
type builder struct {
	extension.Declaration
	build func(f *check.StreamFunction, o Options) (flow.Operator, error)
}

// builtins returns the stream functions and processors of this package.
func builtins() []*builder {
	return []*builder{
		logging(), polarToCartesian(), tokenizing(), tokenizingLists(), tokenizingMaps(), deduplicating(), reordering(),
	}
}

// builders finds what makes the operator of a call.
var builders = func() map[extension.Key]*builder {
	byKey := map[extension.Key]*builder{}
	for _, b := range builtins() {
		byKey[extension.Key{Kind: b.Kind, Namespace: b.Namespace, Name: b.Name}] = b
	}
	return byKey
}()

// Declarations returns the stream functions and processors that this package implements.
func Declarations() []*extension.Declaration {
	var all []*extension.Declaration
	for _, b := range builtins() {
		all = append(all, &b.Declaration)
	}
	return all
}

// New makes the operator of a call. It is Timed and Stateful if it needs to be.
func New(f *check.StreamFunction, o Options) (flow.Operator, error) {
	b := builders[extension.Key{Kind: f.Fn.Kind, Namespace: f.Fn.Namespace, Name: f.Fn.Name}]
	if b == nil {
		return nil, fmt.Errorf("%s: %s #%s is not built in", f.Position().Start, f.Fn.Kind, f.Fn.FullName())
	}
	return b.build(f, o)
}

// programs compiles the arguments of a call.
func programs(f *check.StreamFunction, env expr.Env) ([]*expr.Program, error) {
	all := make([]*expr.Program, len(f.Args))
	for i, a := range f.Args {
		var err error
		if all[i], err = expr.Compile(a, env); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// appender shows rows with more columns behind their own: nothing is copied.
type appender struct {
	added []column.Column
	view  column.Batch
}

func newAppender(adds schema.Attributes) appender {
	a := appender{added: make([]column.Column, len(adds))}
	for i, at := range adds {
		a.added[i].Type = at.Type
	}
	return a
}

// extend returns b with the added columns, which must have b.N values each.
func (a *appender) extend(b *column.Batch) *column.Batch {
	v := &a.view
	v.N, v.Time, v.Kind, v.Ends, v.Key = b.N, b.Time, b.Kind, b.Ends, b.Key
	v.Cols = append(v.Cols[:0], b.Cols...)
	for i := range a.added {
		v.Cols = append(v.Cols, &a.added[i])
	}
	return v
}

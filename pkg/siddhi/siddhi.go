// Package siddhi is the embedded stream processing engine: it compiles an app
// written in SiddhiQL and runs it in this process.
//
//	app, err := siddhi.Compile(`
//	    define stream Trades (symbol string, price float);
//	    from Trades[price > 100] select symbol, price insert into High;`, siddhi.Options{})
//	...
//	app.OnStream("High", func(b *siddhi.Batch) { fmt.Println(b.Cols[0].String(0)) })
//	app.Start()
//	in, _ := app.Input("Trades")
//	in.Send(time.Now().UnixMilli(), siddhi.String("IBM"), siddhi.Float(120))
//	app.Close()
//
// The way of an app: parser → check → plan → runtime. It imports only its subpackages.
package siddhi

import (
	"slices"
	"sync"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/aggregation"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/function/clock"
	"millrace/pkg/siddhi/function/collection"
	"millrace/pkg/siddhi/function/maths"
	"millrace/pkg/siddhi/function/pattern"
	"millrace/pkg/siddhi/function/text"
	"millrace/pkg/siddhi/handler"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/runtime"
	"millrace/pkg/siddhi/window"
)

// The types of the engine that its users meet.
type (
	App             = runtime.App
	Input           = runtime.Input
	Options         = runtime.Options
	ProcessingError = runtime.ProcessingError
	Value           = runtime.Value
	Rows            = runtime.Rows
	Batch           = column.Batch
)

// What drives an app's clock; see Options.
const (
	Live     = runtime.Live
	Playback = runtime.Playback
	Virtual  = runtime.Virtual
)

// FromTimer is the Query of a ProcessingError that no event has caused.
const FromTimer = runtime.FromTimer

// String makes a string value for Send.
func String(v string) Value { return runtime.String(v) }

// Int makes an int value for Send.
func Int(v int32) Value { return runtime.Int(v) }

// Long makes a long value for Send.
func Long(v int64) Value { return runtime.Long(v) }

// Float makes a float value for Send.
func Float(v float32) Value { return runtime.Float(v) }

// Double makes a double value for Send.
func Double(v float64) Value { return runtime.Double(v) }

// Bool makes a bool value for Send.
func Bool(v bool) Value { return runtime.Bool(v) }

// Object makes an object value for Send; nil is null.
func Object(v any) Value { return runtime.Object(v) }

// Of makes a Value of a Go value.
func Of(v any) Value { return runtime.Of(v) }

// Builtin returns the declarations of everything that an app can call.
func Builtin() *extension.Registry { return builtin() }

var builtin = sync.OnceValue(func() *extension.Registry {
	r, err := extension.NewRegistry(expr.Declarations(), function.Declarations(slices.Concat(clock.Functions(), collection.Functions(), maths.Functions(), pattern.Functions(), text.Functions())), aggregate.Declarations(), aggregation.Declarations(), window.Declarations(), handler.Declarations())
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return r
})

// Check parses and checks an app. The error lists everything that is wrong with
// it, each with line, column and what to do.
func Check(text string) (*check.App, error) {
	tree, err := parser.Parse(text)
	if err != nil {
		return nil, err
	}
	return check.Check(tree, text, Builtin())
}

// Compile makes an app ready to be started.
func Compile(text string, opts Options) (*App, error) {
	checked, err := Check(text)
	if err != nil {
		return nil, err
	}
	return New(checked, opts)
}

// New makes an app that was checked ready to be started. Many can be made of one.
func New(checked *check.App, opts Options) (*App, error) { return runtime.New(checked, opts) }

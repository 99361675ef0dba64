// Package check resolves names and types: it turns the syntax tree of an app
// into an App whose every reference points at what it means and whose every
// expression has a type, or into errors that say where and what to do.
//
// It imports ast, cron, extension, parser (for texts within the text), schema and suggest.
package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// App is an app in which everything is resolved.
type App struct {
	Name       string // of @app:name, or ""
	AST        *ast.App
	Source     string     // the text, or "": for errors that are found later
	Playback   bool       // @app:playback: events drive the clock
	Idle       Idle       // of @app:playback; zero without
	Statistics bool       // @app:statistics: rows and times are counted
	Streams    []*Stream  // defined ones in text order, then inferred ones in order of creation; no inner ones
	Tables     []*Table   // in text order
	Triggers   []*Trigger // in text order
	Windows    []*NamedWindow
	// Aggregations are in text order; their tables are among Tables.
	Aggregations []*Aggregation
	Partitions   []*Partition // in text order
	Queries      []*Query     // in text order, those inside partitions included

	Registry *extension.Registry // what the app can call
	Warnings Errors              // what is right and yet probably not wanted
}

// Idle says how the clock of playback moves on while no events come: by
// Increment for each Time of silence, both in ms. A Time of 0 means that it stands still.
type Idle struct{ Time, Increment int64 }

// Stream is a defined, inferred or inner stream.
type Stream struct {
	Name      string // of an inner stream without #, but with it outside of partitions; a fault stream's with !
	Attrs     schema.Attributes
	Def       *ast.StreamDef // nil when inferred
	Partition *Partition     // of an inner stream; nil otherwise
	Trigger   bool           // a trigger fills it
	Fault     *Stream        // of @OnError(action='stream'): gets what queries cannot process
	FaultOf   *Stream        // of a fault stream; nil otherwise
	Sources   []*ast.Annotation
	Sinks     []*ast.Annotation
	Window    *NamedWindow // of what comes out of a named window; nil otherwise
}

// NamedWindow is a window that queries share: they insert into it, read what
// comes out of it, and look rows up in it.
type NamedWindow struct {
	Name string
	Def  *ast.WindowDef
	In   *Stream // what is inserted
	Out  *Stream // what comes out: rows of the kinds Events, and no others
	Call *Window
	// Events says which kinds of rows come out.
	Events ast.EventKind
}

// Table is an in-memory table.
type Table struct {
	Name       string
	Attrs      schema.Attributes
	Def        *ast.TableDef
	PrimaryKey []int        // attributes of @primaryKey, nil without one
	Indexes    []int        // attributes with an @index each
	Of         *Aggregation // whose rows it has; nil for one that is defined
}

// Partition runs its queries for each key apart.
type Partition struct {
	Name  string // of @info, or partition_<n>
	AST   *ast.Partition
	Keys  []PartitionKey
	Inner []*Stream // inner streams in order of creation
	Purge *Purge    // nil if keys stay for ever
}

// PartitionKey says by which value rows of a stream are told apart.
type PartitionKey struct {
	Stream *Stream
	Value  Expr // over the stream's attributes; nil for one with Ranges
	Ranges []Range
}

// Type returns the type of the key's values.
func (k *PartitionKey) Type() schema.Type {
	if k.Value == nil {
		return schema.String
	}
	return k.Value.Type()
}

// Range gives the rows of a stream that fit Cond the key Label. A row may fit several.
type Range struct {
	Label string
	Cond  Expr // over the stream's attributes
}

// Query is a resolved query.
type Query struct {
	Name      string // of @info, or query_<n>, counted over the whole app
	Named     bool   // has @info
	AST       *ast.Query
	Partition *Partition // nil outside of partitions
	Input     Input
	Select    Select
	Rate      *Rate // nil: every row leaves at once
	Output    Output
}

// Events returns the kinds of rows that the query puts out.
func (q *Query) Events() ast.EventKind {
	switch out := q.Output.(type) {
	case *Insert:
		return out.Events
	case *TableWrite:
		return out.Events
	case *Return:
		return out.Events
	}
	return ast.CurrentEvents
}

// Input is a *SingleInput, *JoinInput or *PatternInput.
type Input interface{ input() }

// SingleInput is one stream with its handlers.
type SingleInput struct {
	Stream *Stream
	Before []Handler // before the window
	Window *Window   // nil without one
	After  []Handler // after the window
	// Attrs has the attributes of the rows behind all handlers: the stream's and
	// after them what each stream function adds, in order.
	Attrs schema.Attributes
}

// WindowAttrs returns the attributes of the rows that reach the window.
func (in *SingleInput) WindowAttrs() schema.Attributes {
	width := len(in.Stream.Attrs)
	for _, h := range in.Before {
		if f, ok := h.(*StreamFunction); ok {
			width += len(f.Adds)
		}
	}
	return in.Attrs[:width:width]
}

// Handler is what is done with the rows of an input one after the other: a
// *Filter, an *AggregateFilter or a *StreamFunction. Its expressions are over the stream's attributes
// and those that the handlers before it add.
type Handler interface{ handler() }

// Filter keeps the rows for which Cond is true.
type Filter struct{ Cond Expr }

// AggregateFilter is a filter whose condition aggregates over the rows that come to
// it: select * with that condition behind having, of which every row leaves.
type AggregateFilter struct{ Select Select }

// StreamFunction is a call of a stream function or stream processor.
type StreamFunction struct {
	ast.Span
	Fn    *extension.Declaration
	Args  []Expr
	Width int               // number of attributes of the rows that reach it
	Adds  schema.Attributes // its attributes, which stand behind those
}

func (*Filter) handler()          {}
func (*AggregateFilter) handler() {}
func (*StreamFunction) handler()  {}

// Window is a call of a window. Its arguments are over the stream's attributes:
// constants or a Column where the declaration says so.
type Window struct {
	ast.Span
	Fn   *extension.Declaration
	Args []Expr
	// Condition is what the text of an expression window says, if the text is a
	// constant; if not, Resolve tells it of a text that an event brings.
	Condition *Condition
	Resolve   func(text string) (*Condition, error)
}

// JoinInput joins the rows of two inputs. Its expressions are over the
// attributes of both sides, each at its offset.
type JoinInput struct {
	Left, Right JoinSide
	On          Expr // nil: every pair
}

// Sides returns both sides, left first.
func (in *JoinInput) Sides() [2]*JoinSide { return [2]*JoinSide{&in.Left, &in.Right} }

// AnySide says whether a side is as is says.
func (in *JoinInput) AnySide(is func(*JoinSide) bool) bool { return is(&in.Left) || is(&in.Right) }

// Other returns the other side.
func (in *JoinInput) Other(side *JoinSide) *JoinSide {
	if side == &in.Left {
		return &in.Right
	}
	return &in.Left
}

// Self says whether both sides read one stream.
func (in *JoinInput) Self() bool {
	return in.Left.Input != nil && in.Right.Input != nil && in.Left.Input.Stream == in.Right.Input.Stream
}

// JoinSide is one side of a join.
type JoinSide struct {
	Input       *SingleInput     // nil for what is only searched: a table or an aggregation
	Table       *Table           // nil but for a table
	Aggregation *AggregationRead // nil but for an aggregation
	Offset      int              // of its first attribute among the columns
	Triggers    bool             // its rows look for rows of the other side
	Outer       bool             // those that find none leave, with nulls for the other side
	Time        int              // the column, a long, of the timestamp of its row; 0: nobody can ask
	Missing     int              // the column, a bool, that says whether the side has no row; 0: it always has one
}

// Attrs returns the attributes of the side's rows.
func (s *JoinSide) Attrs() schema.Attributes {
	switch {
	case s.Table != nil:
		return s.Table.Attrs
	case s.Aggregation != nil:
		return s.Aggregation.Attrs()
	}
	return s.Input.Attrs
}

// PatternInput is a chain of states, each of which takes one event. Expressions
// over a whole match have the columns of all slots, in order: see Slot.Attrs.
type PatternInput struct {
	Kind   ast.PatternKind
	Every  bool // start anew with each event that fits the first state
	Slots  []Slot
	Within int64 // ms between the first and the last event, inclusive; 0 without limit
}

// Slot is one state of a pattern.
type Slot struct {
	Name   string // reference, or the stream's name
	Stream *Stream
	Offset int // of its first attribute among the match's columns
	// Filter decides whether an event takes the slot. It is over the columns of
	// the match in which this slot holds the candidate; nil: every event fits.
	Filter Expr
}

// Attrs returns the attributes of the slot's columns: those of the stream, and
// behind them the event's timestamp, which has no name.
func (s *Slot) Attrs() schema.Attributes {
	n := len(s.Stream.Attrs)
	return append(s.Stream.Attrs[:n:n], schema.Attribute{Type: schema.Long})
}

func (*SingleInput) input()  {}
func (*JoinInput) input()    {}
func (*PatternInput) input() {}

// Select is a resolved select clause. The columns of its expressions are the
// input's attributes (In), then one for each aggregate.
type Select struct {
	In         schema.Attributes
	Aggregates []*Aggregate
	// Items has the output attributes and, behind them, input attributes that
	// only order by reads.
	Items   []Item
	Out     schema.Attributes // names and types of the output attributes
	GroupBy []*Column         // over In
	// GroupItems is the position in Items of the values of group by, which leave
	// behind the output attributes where the rate is limited; else 0.
	GroupItems int
	// Having is over Items followed by the input's attributes and the results of
	// HavingAggregates; nil without one.
	Having Expr
	// HavingAggregates has each call of an aggregator in having by itself, also
	// equal ones, over Items followed by the input's attributes.
	HavingAggregates []*Aggregate
	OrderBy          []Order
	Limit            int64 // -1 without one
	Offset           int64
}

// Aggregating says whether the clause has aggregators, so that of a chunk, or of
// each group in it, the last row leaves.
func (s *Select) Aggregating() bool { return len(s.Aggregates)+len(s.HavingAggregates) > 0 }

// HavingResults returns the first of the columns of HavingAggregates' results.
func (s *Select) HavingResults() int { return len(s.Items) + len(s.In) }

// Item is one output attribute.
type Item struct {
	Name string
	Expr Expr
}

// Order is one key of order by.
type Order struct {
	Column int // of Items
	Desc   bool
}

// Output is an *Insert, *TableWrite or *Return.
type Output interface{ output() }

// Insert sends rows to a stream, a named window's In among them, or adds them to a table.
type Insert struct {
	Events ast.EventKind
	Stream *Stream // one of Stream and Table is set
	Table  *Table
}

// WriteKind is what a TableWrite does.
type WriteKind uint8

// The kinds of writes to a table.
const (
	Delete WriteKind = iota
	Update
	UpdateOrInsert
)

// TableWrite changes a table. Its expressions are over the query's output
// attributes followed by the table's.
type TableWrite struct {
	Kind   WriteKind
	Events ast.EventKind
	Table  *Table
	On     Expr
	// Set has the assignments; without a set clause one for each output attribute.
	Set    []Assignment
	HasSet bool // the text has a set clause
}

// Assignment gives a table column a new value.
type Assignment struct {
	Column int // of the table
	Value  Expr
}

// Return shows the rows to callbacks only.
type Return struct{ Events ast.EventKind }

func (*Insert) output()     {}
func (*TableWrite) output() {}
func (*Return) output()     {}

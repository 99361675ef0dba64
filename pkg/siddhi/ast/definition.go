package ast

import "millrace/pkg/siddhi/schema"

// Attribute is one column of a definition.
type Attribute struct {
	Span
	Name string
	Type schema.Type
}

// StreamDef is define stream.
type StreamDef struct {
	Span
	Annotations Annotations
	Name        string
	Attributes  []*Attribute
}

// TableDef is define table.
type TableDef struct {
	Span
	Annotations Annotations
	Name        string
	Attributes  []*Attribute
}

// WindowDef is define window: a window shared by queries.
type WindowDef struct {
	Span
	Annotations Annotations
	Name        string
	Attributes  []*Attribute
	Window      *Call     // length(5)
	Output      EventKind // AllEvents when the text says nothing
}

// TriggerDef is define trigger; exactly one of Every and At is set.
type TriggerDef struct {
	Span
	Annotations Annotations
	Name        string
	Every       *Const // a time literal, or nil
	At          string // "start" or a cron expression
}

// FunctionDef is define function: a script.
type FunctionDef struct {
	Span
	Annotations Annotations
	Name        string
	Language    string
	Return      schema.Type
	Body        string // the text between the outer braces, unchanged
}

// AggregationDef is define aggregation.
type AggregationDef struct {
	Span
	Annotations Annotations
	Name        string
	From        *StreamInput
	Select      *Select // selection and group by only
	By          *Attr   // the time attribute, or nil for arrival time
	Every       *Granularities
}

// Granularities is the every clause of an aggregation: first...last when Range is set, else a list.
type Granularities struct {
	Span
	Range bool
	Units []TimeUnit // exactly two for a range
}

func (d *StreamDef) DefinedName() string      { return d.Name }
func (d *TableDef) DefinedName() string       { return d.Name }
func (d *WindowDef) DefinedName() string      { return d.Name }
func (d *TriggerDef) DefinedName() string     { return d.Name }
func (d *FunctionDef) DefinedName() string    { return d.Name }
func (d *AggregationDef) DefinedName() string { return d.Name }

func (*StreamDef) DefinitionKind() string      { return "stream" }
func (*TableDef) DefinitionKind() string       { return "table" }
func (*WindowDef) DefinitionKind() string      { return "window" }
func (*TriggerDef) DefinitionKind() string     { return "trigger" }
func (*FunctionDef) DefinitionKind() string    { return "function" }
func (*AggregationDef) DefinitionKind() string { return "aggregation" }

func (d *StreamDef) AnnotationList() Annotations      { return d.Annotations }
func (d *TableDef) AnnotationList() Annotations       { return d.Annotations }
func (d *WindowDef) AnnotationList() Annotations      { return d.Annotations }
func (d *TriggerDef) AnnotationList() Annotations     { return d.Annotations }
func (d *FunctionDef) AnnotationList() Annotations    { return d.Annotations }
func (d *AggregationDef) AnnotationList() Annotations { return d.Annotations }

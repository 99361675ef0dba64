package check

import (
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// Aggregation is a defined aggregation: for each bucket of time and each group a
// row of what was selected, on several levels from fine to coarse.
type Aggregation struct {
	Name   string
	Def    *ast.AggregationDef
	Input  *SingleInput
	Levels []AggregationLevel // from fine to coarse
	// Time is when an event happened: a long, in ms, or a string. nil: events
	// count when they arrive.
	Time Expr
	// Row has the attributes of what is kept for a bucket and group, which are
	// those of the levels' tables, and Values how each comes about.
	Row    schema.Attributes
	Values []AggregationValue
	// Out has the attributes of what is read, AGG_TIMESTAMP first, and Results
	// how each is made of a row.
	Out     schema.Attributes
	Results []AggregationResult
	// PurgeEvery is how often rows past their retention are deleted, in ms; 0: never.
	PurgeEvery int64
}

// AggregationLevel is one granularity of an aggregation.
type AggregationLevel struct {
	Unit  ast.TimeUnit
	Table *Table // of the rows whose bucket is closed
	Keep  int64  // for how long, in ms; KeepAll: for ever
}

// KeepAll is the retention of a level that is never purged.
const KeepAll = -1

// Fold says how an attribute of a row changes when another event, or a row of a
// finer level, joins its bucket and group.
type Fold uint8

// The ways to fold.
const (
	FoldBucket      Fold = iota // AGG_TIMESTAMP: the bucket of the clock in which it came
	FoldEventBucket             // AGG_EVENT_TIMESTAMP: the bucket of the event's time
	FoldGroup                   // a value of group by
	FoldLatest                  // the value of the newest event
	FoldNewest                  // AGG_LAST_EVENT_TIMESTAMP: the time of the newest event
	FoldSum
	FoldMin
	FoldMax
	FoldUnion // the set of all values
)

// AggregationValue is one attribute of a row.
type AggregationValue struct {
	Fold Fold
	// Value is what an event brings, over the input's attributes. It is nil for
	// AGG_TIMESTAMP and the two columns with times of events.
	Value Expr
}

// ResultKind says how a result is made of the attributes of a row.
type ResultKind uint8

// The kinds of results.
const (
	ResultColumn ResultKind = iota // attribute Of
	ResultMean                     // attribute Of divided by Count; of whole numbers, as in Siddhi, a whole one
	ResultSize                     // how many values the set Of has
)

// AggregationResult is one attribute of what is read.
type AggregationResult struct {
	Kind      ResultKind
	Of, Count int
}

// The names of attributes that every aggregation has, or may have.
const (
	aggTimestamp     = "AGG_TIMESTAMP"
	aggEventTime     = "AGG_EVENT_TIMESTAMP"
	aggLastEventTime = "AGG_LAST_EVENT_TIMESTAMP"
)

// Bucket returns the attribute of Row by whose value rows are within a time: by
// event time that of the event's bucket.
func (a *Aggregation) Bucket() int {
	for i, v := range a.Values {
		if v.Fold == FoldEventBucket {
			return i
		}
	}
	return 0
}

// Level returns the level of a granularity, or -1.
func (a *Aggregation) Level(unit ast.TimeUnit) int {
	for i := range a.Levels {
		if a.Levels[i].Unit == unit {
			return i
		}
	}
	return -1
}

// Granularity returns what `per` and retention periods mean by a word.
func Granularity(word string) (ast.TimeUnit, bool) {
	if strings.EqualFold(word, "h") {
		return ast.Hour, true
	}
	u, ok := ast.UnitOf(word)
	return u, ok && u != ast.Millisecond && u != ast.Week
}

// AggregationRead reads an aggregation: the rows of the granularity Per from Start
// to End (exclusive), or those within the time that Start alone, a pattern, says.
// The expressions are over the attributes of the row that asks.
type AggregationRead struct {
	Of         *Aggregation
	Start, End Expr // End is nil with a pattern
	Per        Expr
}

// bounds are behind the attributes of what a join reads of an aggregation: as in
// Siddhi the two values of within have names.
var bounds = schema.Attributes{{Name: "_START", Type: schema.Long}, {Name: "_END", Type: schema.Long}}

// Attrs returns the attributes of what is read, and behind them its bounds.
func (r *AggregationRead) Attrs() schema.Attributes {
	n := len(r.Of.Out)
	return append(r.Of.Out[:n:n], bounds...)
}

// Expressions returns those of the read.
func (r *AggregationRead) Expressions() []Expr {
	if r.End == nil {
		return []Expr{r.Start, r.Per}
	}
	return []Expr{r.Start, r.End, r.Per}
}

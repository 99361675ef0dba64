// Package ratelimit has the operators of `output ... every ...`: between a
// query's selector and its output they let some of the rows pass, by number or
// by time, or repeat a snapshot of what the query has.
//
// It imports flow, column, javatext, state, schema, ast and check.
package ratelimit

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// Limiter limits what a query puts out.
//
//   - In: the rows of a selector, expired ones included if the query wants them,
//     with the values of group by in columns behind the output's. A snapshot takes
//     every row that the selector sees, and without group by Reset rows.
//   - Out: rows of the output's attributes, kinds as they came.
//   - Chunks: what a chunk or a tick releases is one chunk.
type Limiter interface {
	flow.Operator
	state.Snapshotter
}

// Ticking is a Limiter that releases rows as time passes: every so long from Begin on.
type Ticking interface {
	Limiter
	flow.Alarmed
	// Begin lets the ticks of a partition key (0 outside of partitions) begin:
	// when the app starts, or the key is new.
	Begin(key int32)
}

// Options is what a limiter needs to know about its query.
type Options struct {
	Out     schema.Attributes
	GroupBy []schema.Type // of the values of group by; nil without
	Groups  int           // the column of the first of them
	Keyed   bool          // inside a partition
	Ends    bool          // Reset rows leave where they pass: callbacks are shown them
	// Windowed says that rows expire, Aggregates which columns of Out are an
	// aggregate and nothing else. Only snapshots read them.
	Windowed   bool
	Aggregates []int

	Clock     flow.Clock
	Wall      flow.Clock // what ticks are counted by
	Scheduler flow.Scheduler
}

// New makes the limiter of a rate.
func New(rate *check.Rate, opts Options) Limiter {
	grouped := opts.GroupBy != nil
	switch {
	case rate.Kind == ast.RateSnapshot:
		return newSnapshot(rate.Time, opts)
	case rate.Kind == ast.RateAll:
		return newAll(rate, opts)
	case rate.Kind == ast.RateFirst && rate.Time > 0:
		return &firstOfTime{passing: newPassing(opts), period: rate.Time, clock: opts.Clock}
	case rate.Kind == ast.RateFirst:
		return &firstOfEvents{passing: newPassing(opts), n: rate.Events}
	case rate.Time == 0 && !grouped:
		return &lastOfEvents{passing: newPassing(opts), n: rate.Events}
	}
	return newLast(rate, opts)
}

// newSnapshot chooses as Siddhi does.
func newSnapshot(period int64, opts Options) Limiter {
	switch {
	case !opts.Windowed:
		return newLatest(period, opts, false)
	case len(opts.Aggregates) == len(opts.Out):
		return newLatest(period, opts, true)
	}
	return newContents(period, opts)
}

// isReset says whether a row is no event but the end of a tumbling window's batch.
func isReset(b *column.Batch, row int) bool { return b.Kind != nil && b.Kind[row] == column.Reset }

// grow lengthens s so that it has an element for id; new ones are zero.
func grow[T any](s []T, id int32) []T {
	if int(id) < len(s) {
		return s
	}
	return append(s, make([]T, int(id)+1-len(s))...)
}

// growWith is grow with new elements that are not zero.
func growWith[T any](s []T, id int32, zero T) []T {
	for len(s) <= int(id) {
		s = append(s, zero)
	}
	return s
}

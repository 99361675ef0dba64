package bench

import (
	"context"
	"fmt"
)

// Engine starts apps of the engine under test.
type Engine interface {
	// Start returns a running app with an empty state, but for the prefill of
	// in, which is sent already. Where out is not nil, it is called with the
	// rows of the workload's output stream, which are valid during the call.
	Start(ctx context.Context, w *Workload, in *Input, out func(*Columns)) (App, error)
}

// App is a running app. It is used by one goroutine.
type App interface {
	// Prepare makes a Send of each cut: the events are copied to what the
	// engine takes, so that sending costs no more than a user's send. The
	// events of a cut go one by one in mode Single, and as one batch, in which
	// each keeps the meaning of one sent by itself, in mode Batch.
	Prepare(cuts []Cut, mode Mode) ([]Send, error)
	// Rows returns the number of rows that the output stream has given.
	Rows() int64
	// Query runs an on-demand query and returns its rows.
	Query(ctx context.Context, text string) (*Columns, error)
	// Close stops the app and waits for it.
	Close() error
}

// Send sends the events of one cut. The app has processed them when it returns.
type Send func() error

// Mode is a way of sending a workload's events.
type Mode uint8

const (
	// Single sends each event by itself.
	Single Mode = iota + 1
	// Batch sends batches of BatchRows events.
	Batch
)

// String returns the mode's name in reports.
func (m Mode) String() string {
	switch m {
	case Single:
		return "single"
	case Batch:
		return "batch"
	}
	return fmt.Sprintf("mode %d", uint8(m))
}

// rows returns the number of events that are sent together.
func (m Mode) rows() int {
	if m == Single {
		return 1
	}
	return BatchRows
}

// cuts returns what is sent in a pass.
func (m Mode) cuts(in *Input) []Cut {
	if m == Single {
		return in.Runs()
	}
	return in.Batches(BatchRows)
}

// want returns what a right engine gives.
func (m Mode) want(w Want) Result {
	if m == Single {
		return w.Single
	}
	return w.Batched
}

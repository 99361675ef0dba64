// Package stream is the contract between the engine and the outside: sources
// that records come from and sinks that records go to.
//
// It imports none of our packages.
package stream

import (
	"context"
	"errors"
	"time"
)

// Record is one message of a transport, undecoded.
type Record struct {
	Key     []byte
	Value   []byte
	Headers []Header
	// Time is when the transport says that the message was made, in ms since
	// the Unix epoch; 0 when it does not say.
	Time int64
	// Position says where in the source the message stands.
	Position Position
}

// Header is a transport property of a message.
type Header struct{ Name, Value string }

// Position is a place in a source's log: Offset is that of the next record to
// read after this one (so a source told to start at a record's Position gives
// the record behind it).
type Position struct {
	Partition string // topic partition, subject, file: what Offset counts in
	Offset    int64
}

// Source reads records. One goroutine at a time uses it: Open, then Poll again
// and again, then Close.
type Source interface {
	// Open connects. from has the positions of the last snapshot, to go on from;
	// a partition that is not in it starts as the source's options say.
	Open(ctx context.Context, from []Position) error
	// Poll waits for records and returns some: as many as have arrived, up to a
	// limit of the source's own. The records are valid until the next Poll.
	// Errors: ErrEndOfStream when there will be none any more, ErrNotConnected
	// (the caller opens again after a pause), ctx's error; any other ends the source.
	Poll(ctx context.Context) ([]Record, error)
	// Ack says that everything up to these positions is covered by a durable
	// snapshot (or, without persistence, was processed): the source may forget it.
	Ack(ctx context.Context, upTo []Position) error
	// Close disconnects and gives back everything that Open took.
	Close() error
}

// Finite is what a Source that may end implements: only such a source can be read
// before others start.
type Finite interface {
	// Ends says whether there will be an ErrEndOfStream, as its options stand.
	Ends() bool
}

// Sink writes records. One goroutine at a time uses it.
type Sink interface {
	Open(ctx context.Context) error
	// Write returns when the transport has taken all records for good. On an
	// error none, some or all of them may have been written; the caller writes
	// them again. Errors: ErrNotConnected (the caller opens again after a
	// pause); *RejectedError names records that can never be written.
	Write(ctx context.Context, records []Record) error
	Close() error
}

// The errors on which a caller of a Source or Sink decides what to do.
var (
	// ErrEndOfStream means that a source has ended.
	ErrEndOfStream = errors.New("end of stream")
	// ErrNotConnected means that the connection is lost or cannot be made now.
	ErrNotConnected = errors.New("not connected")
)

// RejectedError means that some records of a Write are not acceptable; the others were written.
type RejectedError struct {
	Rows []int // indexes of the records
	Err  error
}

func (e *RejectedError) Error() string { return e.Err.Error() }
func (e *RejectedError) Unwrap() error { return e.Err }

// Options are the elements of a @source or @sink annotation, keys in lower case.
type Options map[string]string

// Env is what a transport gets from the app it serves.
type Env struct {
	App    string // name of the app or partial app
	Stream string
	// Logf reports what a user should know and the caller cannot be told by an error.
	Logf func(format string, args ...any)
	// Now is the wall clock.
	Now func() time.Time
}

// SourceFactory makes a source from its annotation, checking every option. It connects nothing.
type SourceFactory func(env Env, opts Options) (Source, error)

// SinkFactory makes a sink from its annotation, checking every option. It connects nothing.
type SinkFactory func(env Env, opts Options) (Sink, error)

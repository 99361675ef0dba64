// Package flow has the one contract that all operators of the engine keep.
//
// It imports column and state.
package flow

import (
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/state"
)

// Emit hands a batch to whatever comes next. The batch is borrowed: the
// receiver must not change it, and it is valid until Emit returns.
type Emit func(b *column.Batch) error

// Operator turns batches into batches.
//
//   - One goroutine at a time calls it: the owner of the app. It takes no lock
//     and starts no goroutine.
//   - Process reads b, keeps copies of what it needs later, and calls emit zero
//     or more times before it returns. Output rows leave in the order in which
//     Siddhi emits them, with chunk marks: what Siddhi would release together
//     is one chunk, and a chunk is never split over two batches.
//   - Cutting the same chunks into other batches gives the same rows.
//   - On the steady path it allocates nothing.
//   - An error stops the batch: of emit, or of a value that cannot be computed.
type Operator interface {
	Process(b *column.Batch, emit Emit) error
}

// ByChunk gives op the chunks of b each for itself, as views in v. An error keeps those
// behind it from op.
func ByChunk(op Operator, b, v *column.Batch, emit Emit) error {
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		b.Slice(v, lo, hi)
		if err := op.Process(v, emit); err != nil {
			return err
		}
	}
	return nil
}

// Timed is an operator that acts when time passes.
type Timed interface {
	Operator
	Alarmed
}

// Alarmed is what a Scheduler calls.
type Alarmed interface {
	// Timer is called once for each Scheduler.At, when the clock has reached
	// due, before any row with a later time. key is the partition key id that
	// was given to At.
	Timer(due int64, key int32, emit Emit) error
}

// Ticking is an operator that waits for times which do not depend on rows.
type Ticking interface {
	Timed
	// Begin lets them begin: when the app starts.
	Begin()
}

// Stateful is an operator with state that a snapshot must hold. After Restore, a
// Timed operator has asked its Scheduler again for every timer that it waits for.
type Stateful interface {
	Operator
	state.Snapshotter
}

// Clock tells the app's time: the system's, or in playback and tests that of
// the events. It stands still during a call of Process or Timer.
type Clock interface {
	Now() int64 // ms since the Unix epoch
	// Played says that events set the clock (playback). A timer that is due
	// already when it is asked for then waits for the next event that sets it;
	// otherwise it fires at once.
	Played() bool
}

// Scheduler takes the due times of one operator. For a due time that has passed
// already see Clock.Played.
type Scheduler interface {
	At(due int64, key int32)
}

// Direct is an operator that can be bound to what comes behind it: a call of
// the function that Into returns is Process(b, next) with one indirect call
// less, which is what counts for batches of one row.
type Direct interface {
	Operator
	Into(next Emit) Emit
}

// Chain connects operators so that each emits into the next and the last into
// sink. It returns the entry: what to call with a batch for the first operator.
func Chain(ops []Operator, sink Emit) Emit {
	for i := len(ops) - 1; i >= 0; i-- {
		op, next := ops[i], sink
		if d, ok := op.(Direct); ok {
			sink = d.Into(next)
			continue
		}
		sink = func(b *column.Batch) error { return op.Process(b, next) }
	}
	return sink
}

package flow

import "millrace/pkg/siddhi/column"

// Exchange is what a window does with a batch where nobody is to see the rows
// that leave it, only what aggregates make of them. Rows that come and rows that
// leave are told of apart: nothing is copied to bring them into one order.
type Exchange struct {
	// Rows are the rows that came, all Current, with all their columns.
	Rows *column.Batch
	// Leaving are the rows that left, in order. Of them there is what the window
	// was told to keep; Kind and Ends say nothing.
	Leaving *column.Batch
	// Before has for each of Rows how many of Leaving are gone when it comes. The
	// others are gone behind the last one.
	Before []int32
}

// Exchanger is a window that can tell of a batch's rows in this way. Either call
// does the same to what it keeps, so that one may follow the other.
type Exchanger interface {
	Operator
	// Exchange takes b in, as Process does. The result is borrowed: it is valid
	// until the next call of any method.
	Exchange(b *column.Batch) *Exchange
}

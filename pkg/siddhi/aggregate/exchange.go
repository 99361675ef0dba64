package aggregate

import "millrace/pkg/siddhi/column"

// Exchanger is a Function that takes rows and gives others back in one go, without
// a row for each of the latter between the former. It does what an Update of
// them all in their order would, but for the results at those that leave.
type Exchanger interface {
	Function
	// Exchange takes the arguments of the rows that come and of those that leave.
	// out, which has a value per row that comes already, gets the results.
	Exchange(x *Exchange, coming, leaving []*column.Column, out *column.Column)
}

// Exchange says which groups rows come to and leave. The rows that leave do so in
// the order in which they came.
type Exchange struct {
	Coming  []int32 // the group of each row that comes
	Leaving []int32 // the group of each row that leaves
	Before  []int32 // by row that comes: how many have left by then
}

// leavers are the rows of an Exchange that leave, with the values that go with them.
type leavers[T any] struct {
	groups []int32
	values []T
	nulls  []bool // empty: none is null
}

// leaversOf returns views of one length.
func leaversOf[T any](x *Exchange, values []T, nulls []bool) leavers[T] {
	n := len(x.Leaving)
	if len(nulls) != 0 {
		nulls = nulls[:n]
	}
	return leavers[T]{x.Leaving, values[:n], nulls}
}

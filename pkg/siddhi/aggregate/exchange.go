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

// gone returns how many rows have left when row i comes, or behind the last one.
func (x *Exchange) gone(i int) int {
	if i < len(x.Before) {
		return int(x.Before[i])
	}
	return len(x.Leaving)
}

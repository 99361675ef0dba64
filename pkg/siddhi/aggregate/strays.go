package aggregate

import "millrace/pkg/siddhi/extension"

// TakesStrays says whether an aggregator takes a value of another type than its
// argument's, when it comes and when it leaves; all others fail. What counts values
// or collects them does not ask what they are, and min and max compare a value
// with the others only when it comes.
func TakesStrays(fn *extension.Declaration) (coming, leaving bool) {
	switch fn.FullName() {
	case "count", "distinctCount", "list:collect":
		return true, true
	case "min", "max":
		return false, true
	}
	return false, false
}

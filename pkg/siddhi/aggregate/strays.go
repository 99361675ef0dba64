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

// Strayed is a Function that changes also when it fails on a stray: as in Siddhi avg
// has counted the value before it looks at it.
type Strayed interface {
	Stray(group int32, leaves bool)
}

// Stray implements Strayed.
func (f *avg[T]) Stray(group int32, leaves bool) {
	if leaves {
		f.totals[group].n--
	} else {
		f.totals[group].n++
	}
}

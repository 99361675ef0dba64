package column

import "reflect"

// sameObject compares two host values: by == where their type allows it, else
// by identity of contents.
func sameObject(a, b any) bool {
	if a == nil || b == nil {
		return a == b
	}
	if reflect.TypeOf(a).Comparable() && reflect.TypeOf(b).Comparable() {
		return a == b
	}
	return reflect.DeepEqual(a, b)
}

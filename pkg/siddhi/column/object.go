package column

import (
	"hash/maphash"
	"reflect"
)

// sameObject compares two host values: numbers with a fraction by their bits,
// others by == where their type allows it, else by identity of contents.
func sameObject(a, b any) bool {
	switch x := a.(type) {
	case nil:
		return b == nil
	case float64:
		y, ok := b.(float64)
		return ok && floatBits64(x) == floatBits64(y)
	case float32:
		y, ok := b.(float32)
		return ok && floatBits32(x) == floatBits32(y)
	}
	if b == nil {
		return false
	}
	if reflect.TypeOf(a).Comparable() && reflect.TypeOf(b).Comparable() {
		return a == b
	}
	return reflect.DeepEqual(a, b)
}

var objectSeed = maphash.MakeSeed()

// hashObject hashes scalar values; all others share a bucket.
func hashObject(v any) uint64 {
	switch v := v.(type) {
	case float64:
		return floatBits64(v)
	case float32:
		return uint64(floatBits32(v))
	case bool, string, int32, int64:
		return maphash.Comparable[any](objectSeed, v)
	}
	return 0
}

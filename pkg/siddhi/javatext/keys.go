package javatext

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"millrace/pkg/siddhi/state"
)

// Keys returns the keys of m in the order in which a Java HashMap has them.
// Those of one bucket, whose order there is that in which they came, are sorted.
func Keys(m map[string]any) []string {
	keys, buckets := slices.Sorted(maps.Keys(m)), Buckets(len(m))
	slices.SortStableFunc(keys, func(a, b string) int {
		return cmp.Compare(Bucket(Hash(a), buckets), Bucket(Hash(b), buckets))
	})
	return keys
}

// members returns the members of a set as text, in the order of a HashSet.
func members(s state.Set) []string {
	type member struct {
		text   string
		bucket uint32
	}
	buckets := Buckets(len(s))
	all := make([]member, 0, len(s))
	for v := range s {
		all = append(all, member{string(AppendObject(nil, v)), Bucket(HashCode(v), buckets)})
	}
	slices.SortFunc(all, func(a, b member) int {
		return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.text, b.text))
	})
	texts := make([]string, len(all))
	for i, m := range all {
		texts[i] = m.text
	}
	return texts
}

// HashCode is Object.hashCode of a value, a list, a set or a map; of others it is 0.
func HashCode(v any) (code uint32) {
	switch v := v.(type) {
	case string:
		return Hash(v)
	case int32:
		return uint32(v)
	case int64:
		return fold(uint64(v))
	case float32:
		return math.Float32bits(v)
	case float64:
		return fold(math.Float64bits(v))
	case bool:
		if v {
			return 1231
		}
		return 1237
	case []any:
		code = 1
		for _, x := range v {
			code = 31*code + HashCode(x)
		}
	case state.Set:
		for x := range v {
			code += HashCode(x)
		}
	case map[string]any:
		for k, x := range v {
			code += Hash(k) ^ HashCode(x)
		}
	}
	return code
}

// fold makes the hash code of 64 bits.
func fold(v uint64) uint32 { return uint32(v ^ v>>32) }

package operator

import "testing"

// The hashes are those of String.hashCode's definition, computed by hand for
// short texts; that of the last is the sum over its two surrogates.
func TestJavaHash(t *testing.T) {
	for text, want := range map[string]uint32{
		"": 0, "a": 97, "ab": 97*31 + 98, "Aa": 2112, "BB": 2112, "é": 0xe9, "😀": 0xd83d*31 + 0xde00,
	} {
		if got := javaHash(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestBuckets(t *testing.T) {
	for n, want := range map[int]int{0: 16, 12: 16, 13: 32, 24: 32, 25: 64, 1000: 2048} {
		if got := buckets(n); got != want {
			t.Errorf("%d keys: %d buckets, want %d", n, got, want)
		}
	}
}

package javatext

import "testing"

// The codes are those that Java's String.hashCode gives.
func TestHash(t *testing.T) {
	for text, want := range map[string]int32{
		"": 0, "a": 97, "ab": 97*31 + 98, "Aa": 2112, "BB": 2112, "WSO2": 2674079, "hello world": 1794106052,
		"polygenelubricants": -2147483648, "é": 233, "日本": 835047, "😀": 1772899,
	} {
		if got := int32(Hash(text)); got != want {
			t.Errorf("hash of %q is %d, want %d", text, got, want)
		}
		if got := int32(Hash([]byte(text))); got != want {
			t.Errorf("hash of the bytes of %q is %d, want %d", text, got, want)
		}
	}
}

func TestBuckets(t *testing.T) {
	for n, want := range map[int]uint32{0: 16, 12: 16, 13: 32, 24: 32, 25: 64, 1000: 2048} {
		if got := Buckets(n); got != want {
			t.Errorf("%d keys: %d buckets, want %d", n, got, want)
		}
	}
	if got := Bucket(0x00030005, 16); got != 6 { // 5 and, from the upper half, 3
		t.Errorf("bucket %d, want 6", got)
	}
}

// TestRoom has the sizes of java.util.HashMap in Java 17 after putAll into an empty one.
func TestRoom(t *testing.T) {
	for n, want := range map[int]uint32{1: 2, 2: 4, 3: 8, 5: 8, 6: 16, 11: 16, 12: 32, 23: 32, 24: 64, 47: 64, 48: 128, 100: 256} {
		if got := Room(n); got != want {
			t.Errorf("%d keys: %d buckets, want %d", n, got, want)
		}
	}
	for _, c := range []struct {
		from uint32
		n    int
		want uint32
	}{{2, 1, 2}, {2, 2, 4}, {4, 4, 8}, {8, 6, 8}, {8, 7, 16}, {16, 12, 16}, {16, 13, 32}, {64, 3, 64}, {16, 100, 256}} {
		if got := Grow(c.from, c.n); got != c.want {
			t.Errorf("%d buckets with %d keys: %d, want %d", c.from, c.n, got, c.want)
		}
	}
}

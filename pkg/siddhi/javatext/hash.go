package javatext

import "unicode/utf8"

// Hash is Java's String.hashCode of a text in UTF-8: over its UTF-16 code units.
func Hash[T ~string | ~[]byte](text T) uint32 {
	h := uint32(0)
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			h = 31*h + uint32(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(text[i:min(i+utf8.UTFMax, len(text))]))
		i += n
		if r >= 0x10000 { // Java counts two units
			r -= 0x10000
			h = 31*h + 0xd800 + uint32(r>>10)
			r = 0xdc00 + r&0x3ff
		}
		h = 31*h + uint32(r)
	}
	return h
}

// MinBuckets and MaxBuckets are how many a HashMap has at first and at most.
const (
	MinBuckets = 16
	MaxBuckets = 1 << 30
)

// Buckets is how many buckets a HashMap that held n keys at most has, a power of
// two: they double when more than three quarters as many keys have come.
func Buckets(n int) uint32 { return Grow(MinBuckets, n) }

// Grow is how many buckets a HashMap that has some gets by holding n keys.
func Grow(buckets uint32, n int) uint32 {
	for uint64(n)*4 > uint64(buckets)*3 && buckets < MaxBuckets {
		buckets *= 2
	}
	return buckets
}

// Room is how many buckets an empty HashMap gets for n keys of another that are
// put into it at once.
func Room(n int) uint32 {
	want := uint32(min(float32(n)/0.75+1, MaxBuckets))
	buckets := uint32(1)
	for buckets < want {
		buckets *= 2
	}
	return buckets
}

// Bucket is that in which a hash map with so many buckets, a power of two, has
// the keys of a hash code.
func Bucket(code, buckets uint32) uint32 { return (code ^ code>>16) & (buckets - 1) }

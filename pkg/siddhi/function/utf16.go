package function

import "unicode/utf8"

// Java counts the characters of text in UTF-16 units: one for most characters,
// two for those above U+FFFF. The functions here find the same places in UTF-8.

// UnitCount returns the number of UTF-16 units of s.
func UnitCount(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 0xf0: // the first of four bytes: two units
			n += 2
		case c < 0x80 || c >= 0xc0: // the first of one to three bytes
			n++
		}
	}
	return n
}

// UnitOffset returns the byte at which UTF-16 unit n of s begins, len(s) for the
// unit behind the last. In the middle of a character it is where that begins.
func UnitOffset(s string, n int) int {
	if n <= 0 {
		return 0
	}
	for i, r := range s {
		if n <= 0 {
			return i
		}
		if n--; r > 0xffff {
			if n == 0 {
				return i
			}
			n--
		}
	}
	return len(s)
}

// IsASCII says whether bytes, characters and units are the same in s.
func IsASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

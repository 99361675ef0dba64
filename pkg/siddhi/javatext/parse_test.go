package javatext

import "testing"

func TestParseInteger(t *testing.T) {
	for _, test := range []struct {
		text string
		size uint
		want int64
		ok   bool
	}{
		{"-2147483648", 32, -2147483648, true},
		{"2147483648", 32, 0, false},
		{"-9223372036854775808", 64, -9223372036854775808, true},
		{"+7", 32, 7, true},
		{"٣", 32, 3, true},
		{"-४२", 64, -42, true},
		{"1٩", 32, 19, true},
		{"９", 32, 9, true},
		{"𝟙", 32, 0, false}, // two chars to Java, and neither is a digit
		{"½", 32, 0, false},
		{"²", 32, 0, false},
		{"1a", 32, 0, false},
		{"-", 32, 0, false},
		{"", 32, 0, false},
	} {
		if got, ok := ParseInteger(test.text, test.size); got != test.want || ok != test.ok {
			t.Errorf("ParseInteger(%q, %d) = %d, %v; want %d, %v", test.text, test.size, got, ok, test.want, test.ok)
		}
	}
}

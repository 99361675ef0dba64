package suggest

import "testing"

func TestClosest(t *testing.T) {
	words := []string{"select", "insert", "into", "sec", "stream", "symbol"}
	for _, tt := range []struct{ word, want string }{
		{"selct", "select"},
		{"SELETC", "select"},
		{"form", ""},
		{"inot", "into"},
		{"secs", "sec"},
		{"steam", "stream"},
		{"symbl", "symbol"},
		{"x", ""},
		{"", ""},
		{"altogether", ""},
		{"select", ""},
	} {
		got, ok := Closest(tt.word, words)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("Closest(%q) = %q, %v, want %q", tt.word, got, ok, tt.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0}, {"", "abc", 3}, {"abc", "", 3}, {"abc", "abc", 0}, {"abc", "acb", 1},
		{"from", "form", 1}, {"kitten", "sitting", 3}, {"größe", "grösse", 2},
	} {
		if got := Distance(tt.a, tt.b); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
		if got := Distance(tt.b, tt.a); got != tt.want {
			t.Errorf("Distance(%q, %q) = %d, want %d", tt.b, tt.a, got, tt.want)
		}
	}
}

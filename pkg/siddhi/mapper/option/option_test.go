package option

import (
	"strings"
	"testing"
	"time"
)

func TestReader(t *testing.T) {
	r := NewReader("@sink(type='x')", map[string]string{"type": "x", "a": "1", "b": "TRUE", "c": "Two", "d": "1500", "e": "3s", "h.x": "y", "old": "1"})
	if r.Int("a", 5, 0, 9) != 1 || !r.Bool("b", false) || r.OneOf("c", "one", "two") != "two" ||
		r.Duration("d", 0) != 1500*time.Millisecond || r.Duration("e", 0) != 3*time.Second || r.Prefixed("h.")["x"] != "y" {
		t.Error("a value is not what was given")
	}
	if r.Int("z", 5, 0, 9) != 5 || r.Text("z", "t") != "t" || r.Bool("z", true) != true || r.OneOf("z", "one") != "one" {
		t.Error("a default is not taken")
	}
	r.Ignore("old")
	if err := r.Done(); err != nil {
		t.Error(err)
	}
}

func TestMistakes(t *testing.T) {
	for key, want := range map[string]string{
		"int":      "@x: option int is \"?\"; it must be a number from 1 to 2",
		"bool":     "must be true or false",
		"duration": "must be a time above 0",
		"word":     "must be one of one, two",
		"other":    "unknown option other; there are bool, duration, int, required, word",
	} {
		values := map[string]string{"required": "yes", key: "?"}
		r := NewReader("@x", values)
		r.Int("int", 1, 1, 2)
		r.Bool("bool", true)
		r.Duration("duration", 1)
		r.OneOf("word", "one", "two")
		r.Required("required")
		if err := r.Done(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %q", key, err, want)
		}
	}
	r := NewReader("@x", nil)
	r.Required("needed")
	if err := r.Done(); err == nil || err.Error() != "@x: option needed is missing" {
		t.Errorf("a missing option gives %v", err)
	}
}

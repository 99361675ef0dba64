package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"millrace/pkg/siddhi/suggest"
)

// values gives the typed values of keys and collects what does not fit.
type values struct {
	tree     *tree
	lookup   func(string) (string, bool)
	errors   []error
	warnings []string
}

// Error is a value that does not fit its key.
type Error struct {
	Key   string
	Place string // file and line, or the environment variable
	Found string // empty when it was to be there and is not
	Want  string // what fits
}

// Error says which key, what was found, and what fits.
func (e *Error) Error() string {
	if e.Place == "" {
		return fmt.Sprintf("%s is missing; it must be %s", e.Key, e.Want)
	}
	return fmt.Sprintf("%s: %s is %q; it must be %s", e.Place, e.Key, e.Found, e.Want)
}

// fail notes that the value of a key does not fit.
func (v *values) fail(key, want string) {
	val := v.tree.values[key]
	v.errors = append(v.errors, &Error{Key: key, Place: val.place, Found: val.text, Want: want})
}

func (v *values) warn(format string, args ...any) {
	v.warnings = append(v.warnings, fmt.Sprintf(format, args...))
}

// text returns the value of a key, or otherwise.
func (v *values) text(key, otherwise string) string {
	if !known[general(key)] {
		panic("BUG: key " + key + " is not in the table of known keys")
	}
	val, ok := v.tree.values[key]
	if !ok {
		return otherwise
	}
	text, err := resolve(val.text, v.lookup)
	if err != nil {
		v.errors = append(v.errors, fmt.Errorf("%s: %s: %w", val.place, key, err))
		return otherwise
	}
	if text = strings.TrimSpace(text); text == "" {
		return otherwise
	}
	return text
}

func (v *values) whole(key string, otherwise, least, most int) int {
	text := v.text(key, "")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		v.fail(key, fmt.Sprintf("a whole number from %d to %d", least, most))
		return otherwise
	}
	return n
}

const maxInt32 = 1<<31 - 1

// millis reads a number of milliseconds.
func (v *values) millis(key string, otherwise time.Duration, least int) time.Duration {
	n := v.whole(key, -1, least, maxInt32)
	if n < 0 {
		return otherwise
	}
	return time.Duration(n) * time.Millisecond
}

func (v *values) port(key string, otherwise int) int { return v.whole(key, otherwise, 1, 65535) }

func (v *values) flag(key string, otherwise bool) bool {
	switch text := v.text(key, ""); strings.ToLower(text) {
	case "":
		return otherwise
	case "true":
		return true
	case "false":
		return false
	}
	v.fail(key, "true or false")
	return otherwise
}

// count returns how many elements a list has.
func (v *values) count(key string) int { return v.tree.counts[key] }

// unknown warns of keys that have no effect.
func (v *values) unknown() {
	said := map[string]bool{}
	names := make([]string, 0, len(known))
	for k := range known {
		names = append(names, k)
	}
	slices.Sort(names)
	for _, key := range v.tree.order {
		g := general(key)
		if known[g] {
			continue
		}
		place := v.tree.values[key].place
		covering, why, found := ignored(g)
		switch {
		case !found:
			v.warn("%s: unknown key %s has no effect%s", place, key, didYouMean(g, names))
		case why != "" && !said[covering]:
			said[covering] = true
			v.warn("%s: %s has no effect here: %s", place, covering, why)
		}
	}
}

// didYouMean suggests the nearest of names; it looks at the last part of the key
// too, for a known one that stands at the wrong place.
func didYouMean(name string, names []string) string {
	if near, ok := suggest.Closest(name, names); ok {
		return "; did you mean " + near + "?"
	}
	last := name[strings.LastIndexByte(name, '.')+1:]
	for _, n := range names {
		if strings.EqualFold(n[strings.LastIndexByte(n, '.')+1:], last) {
			return "; did you mean " + n + "?"
		}
	}
	return ""
}

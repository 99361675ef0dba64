// Package option reads the elements of an annotation, checks their form, and
// finds those that nobody asked for.
//
// It imports none of our packages.
package option

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Reader reads options by name. The first mistake is kept until Done; what is
// read after it has default values.
type Reader struct {
	what   string
	values map[string]string
	known  []string
	err    error
}

// NewReader reads values, whose keys are in lower case. what starts the errors,
// such as "@sink(type='kafka')". The element "type" is not looked at.
func NewReader(what string, values map[string]string) *Reader {
	values = maps.Clone(values)
	delete(values, "type")
	return &Reader{what: what, values: values}
}

// Errorf makes an error that says what it is about.
func (r *Reader) Errorf(format string, args ...any) error {
	return fmt.Errorf("%s: %w", r.what, fmt.Errorf(format, args...))
}

// Fail notes a mistake; later ones are ignored.
func (r *Reader) Fail(format string, args ...any) {
	if r.err == nil {
		r.err = r.Errorf(format, args...)
	}
}

// Text returns the option key, or otherwise when it is not given.
func (r *Reader) Text(key, otherwise string) string {
	r.known = append(r.known, key)
	if v, ok := r.values[key]; ok {
		delete(r.values, key)
		return v
	}
	return otherwise
}

// Required returns an option that must be given.
func (r *Reader) Required(key string) string {
	v := r.Text(key, "")
	if v == "" {
		r.Fail("option %s is missing", key)
	}
	return v
}

// Bool returns an option that is true or false.
func (r *Reader) Bool(key string, otherwise bool) bool {
	switch v := r.Text(key, ""); strings.ToLower(v) {
	case "true":
		return true
	case "false":
		return false
	case "":
	default:
		r.Fail("option %s is %q; it must be true or false", key, v)
	}
	return otherwise
}

// Int returns an option that is a number from least to most.
func (r *Reader) Int(key string, otherwise, least, most int) int {
	v := r.Text(key, "")
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(strings.TrimSpace(v))
	if err != nil || n < least || n > most {
		r.Fail("option %s is %q; it must be a number from %d to %d", key, v, least, most)
		return otherwise
	}
	return n
}

// Duration returns an option that is a time such as 30s or a number of milliseconds.
func (r *Reader) Duration(key string, otherwise time.Duration) time.Duration {
	v := strings.TrimSpace(r.Text(key, ""))
	if v == "" {
		return otherwise
	}
	d, err := time.ParseDuration(v)
	if ms, numErr := strconv.ParseInt(v, 10, 64); numErr == nil {
		d, err = time.Duration(ms)*time.Millisecond, nil
	}
	if err != nil || d <= 0 {
		r.Fail("option %s is %q; it must be a time above 0, such as 500ms, 30s or a number of milliseconds", key, v)
		return otherwise
	}
	return d
}

// OneOf returns an option that is one of some words, in any case.
func (r *Reader) OneOf(key string, words ...string) string {
	v := r.Text(key, words[0])
	for _, w := range words {
		if strings.EqualFold(v, w) {
			return w
		}
	}
	r.Fail("option %s is %q; it must be one of %s", key, v, strings.Join(words, ", "))
	return words[0]
}

// Prefixed returns the options that begin with prefix, which it cuts off.
func (r *Reader) Prefixed(prefix string) map[string]string {
	r.known = append(r.known, prefix+"*")
	found := map[string]string{}
	for k, v := range r.values {
		if name, ok := strings.CutPrefix(k, prefix); ok {
			found[name] = v
			delete(r.values, k)
		}
	}
	return found
}

// Ignore accepts options that mean nothing here: those of other systems' apps.
func (r *Reader) Ignore(keys ...string) {
	for _, k := range keys {
		delete(r.values, k)
	}
}

// Done returns the first mistake, or one about options that do not exist.
func (r *Reader) Done() error {
	if r.err != nil || len(r.values) == 0 {
		return r.err
	}
	unknown := strings.Join(slices.Sorted(maps.Keys(r.values)), ", ")
	if len(r.known) == 0 {
		return r.Errorf("unknown option %s; there are none", unknown)
	}
	slices.Sort(r.known)
	return r.Errorf("unknown option %s; there are %s", unknown, strings.Join(slices.Compact(r.known), ", "))
}

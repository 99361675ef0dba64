package mapper

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"millrace/pkg/siddhi/schema"
)

// options reads the options of a @map and notices those that nobody asked for.
type options struct {
	mapper string
	values map[string]string
	known  []string
	err    error
}

func newOptions(c Config) *options {
	return &options{mapper: c.Type, values: maps.Clone(c.Options)}
}

func (o *options) errorf(format string, args ...any) error {
	return fmt.Errorf("@map(type='%s'): %w", o.mapper, fmt.Errorf(format, args...))
}

func (o *options) fail(format string, args ...any) {
	if o.err == nil {
		o.err = o.errorf(format, args...)
	}
}

func (o *options) text(key, otherwise string) string {
	o.known = append(o.known, key)
	if v, ok := o.values[key]; ok {
		delete(o.values, key)
		return v
	}
	return otherwise
}

func (o *options) bool(key string, otherwise bool) bool {
	switch v := o.text(key, ""); strings.ToLower(v) {
	case "true":
		return true
	case "false":
		return false
	case "":
		return otherwise
	default:
		o.fail("option %s is %q; it must be true or false", key, v)
		return otherwise
	}
}

// done returns the first error, or one about options that do not exist.
func (o *options) done() error {
	delete(o.values, "type")
	if o.err == nil && len(o.values) > 0 {
		slices.Sort(o.known)
		unknown := slices.Sorted(maps.Keys(o.values))
		if len(o.known) == 0 {
			return o.errorf("unknown option %s; this mapper has none", strings.Join(unknown, ", "))
		}
		return o.errorf("unknown option %s; there are %s", strings.Join(unknown, ", "), strings.Join(o.known, ", "))
	}
	return o.err
}

// resolve gives the mapping of each attribute, or nil when entries is empty.
// Entries are all named or all positional and cover every attribute.
func (o *options) resolve(attrs schema.Attributes, entries []Entry) ([]string, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	if len(entries) != len(attrs) {
		return nil, o.errorf("@attributes has %d entries, the stream %d attributes (%s)", len(entries), len(attrs), attrs)
	}
	values := make([]string, len(attrs))
	given := make([]bool, len(attrs))
	for i, e := range entries {
		at := i
		if (e.Name == "") != (entries[0].Name == "") {
			return nil, o.errorf("@attributes mixes named and positional entries")
		}
		if e.Name != "" {
			if at = attrs.Index(e.Name); at < 0 {
				return nil, o.errorf("@attributes names %q; the stream has %s", e.Name, attrs)
			}
		}
		if given[at] {
			return nil, o.errorf("@attributes names %q twice", e.Name)
		}
		values[at], given[at] = e.Value, true
	}
	return values, nil
}

// property returns the transport property that a mapping names ("trp:name").
func property(mapping string) (name string, ok bool) {
	return strings.CutPrefix(mapping, "trp:")
}

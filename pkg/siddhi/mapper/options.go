package mapper

import (
	"strings"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/schema"
)

// options reads the elements of a @map.
type options struct{ *option.Reader }

func newOptions(c Config) options {
	return options{option.NewReader("@map(type='"+c.Type+"')", c.Options)}
}

// resolve gives the mapping of each attribute, or nil when entries is empty.
// Entries are all named or all positional and cover every attribute.
func (o options) resolve(attrs schema.Attributes, entries []Entry) ([]string, error) {
	if len(entries) == 0 {
		return nil, nil
	}
	if len(entries) != len(attrs) {
		return nil, o.Errorf("@attributes has %d entries, the stream %d attributes (%s)", len(entries), len(attrs), attrs)
	}
	values := make([]string, len(attrs))
	given := make([]bool, len(attrs))
	for i, e := range entries {
		at := i
		if (e.Name == "") != (entries[0].Name == "") {
			return nil, o.Errorf("@attributes mixes named and positional entries")
		}
		if e.Name != "" {
			if at = attrs.Index(e.Name); at < 0 {
				return nil, o.Errorf("@attributes names %q; the stream has %s", e.Name, attrs)
			}
		}
		if given[at] {
			return nil, o.Errorf("@attributes names %q twice", e.Name)
		}
		values[at], given[at] = e.Value, true
	}
	return values, nil
}

// property returns the transport property that a mapping names ("trp:name").
func property(mapping string) (name string, ok bool) {
	return strings.CutPrefix(mapping, "trp:")
}

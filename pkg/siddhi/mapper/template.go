package mapper

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// Template is text in which {{attribute}} stands for a value.
type Template struct {
	texts []string // one more than attrs
	attrs []int
}

// ParseTemplate finds the attributes that a text names.
func ParseTemplate(text string, attrs schema.Attributes) (*Template, error) {
	t := &Template{}
	for {
		before, rest, found := strings.Cut(text, "{{")
		name, after, closed := strings.Cut(rest, "}}")
		if !found || !closed {
			t.texts = append(t.texts, text)
			return t, nil
		}
		name = strings.TrimSpace(name)
		attr := attrs.Index(name)
		if attr < 0 {
			return nil, fmt.Errorf("template names {{%s}}, which is no attribute of (%s)", name, attrs)
		}
		t.texts = append(t.texts, before)
		t.attrs = append(t.attrs, attr)
		text = after
	}
}

// Constant says whether the text is the same for every row.
func (t *Template) Constant() bool { return len(t.attrs) == 0 }

// Append appends the text for one row.
func (t *Template) Append(dst []byte, b *column.Batch, row int) []byte {
	for i, attr := range t.attrs {
		dst = append(dst, t.texts[i]...)
		dst = AppendValue(dst, b.Cols[attr], row)
	}
	return append(dst, t.texts[len(t.attrs)]...)
}

// appendJSON is Append for a template that is JSON: the values of strings are
// escaped. Quotes around them are the template's own.
func (t *Template) appendJSON(dst []byte, b *column.Batch, row int) []byte {
	for i, attr := range t.attrs {
		dst = append(dst, t.texts[i]...)
		if c := b.Cols[attr]; c.Type == schema.String && !c.IsNull(row) {
			dst = appendEscaped(dst, c.String(row))
			continue
		}
		dst = AppendValue(dst, b.Cols[attr], row)
	}
	return append(dst, t.texts[len(t.attrs)]...)
}

// single returns the one payload of a @payload, nil when there is none.
func (o options) single(attrs schema.Attributes, payload []Entry) (*Template, error) {
	if len(payload) == 0 {
		return nil, nil
	}
	if len(payload) > 1 || payload[0].Name != "" {
		return nil, o.Errorf("@payload takes one text here")
	}
	t, err := ParseTemplate(payload[0].Value, attrs)
	if err != nil {
		return nil, o.Errorf("@payload: %w", err)
	}
	return t, nil
}

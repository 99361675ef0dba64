package text

import (
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// A character above U+FFFF is two for an index, as in Java; what one index
// gives of it is U+FFFD, as text is UTF-8.
func TestHalfACharacter(t *testing.T) {
	const text = "a\U0001F600b"
	want := []string{"a", "\uFFFD", "\uFFFD", "b"}
	from, index := column.Column{Type: schema.String}, column.Column{Type: schema.Int}
	for i := range want {
		from.AppendString(text)
		index.AppendInt(int32(i))
	}
	out := column.Column{Type: schema.String}
	out.Resize(len(want))
	if err := charAt([]*column.Column{&from, &index}, &out); err != nil {
		t.Fatal(err)
	}
	for i, w := range want {
		if got := out.String(i); got != w {
			t.Errorf("character %d of %q is %q, want %q", i, text, got, w)
		}
	}
	from.Reset()
	index.Reset()
	from.AppendString(text)
	index.AppendInt(4)
	if err := charAt([]*column.Column{&from, &index}, &out); err == nil {
		t.Error("there is a fifth character")
	}
}

package javatext

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// A stray that is the text of a value is that value to a key; others stay what they are.
func TestKey(t *testing.T) {
	for _, c := range []struct {
		typ  schema.Type
		in   []any
		want string
	}{
		{schema.Int, []any{int32(1), "7", "07", "7.0", "null", nil, true, "99999999999"}, "[1 7 07 7.0 <nil> <nil> true 99999999999]"},
		{schema.Long, []any{"99999999999", "x"}, "[99999999999 x]"},
		{schema.Double, []any{"1.5", "1.50", "2", 2.0}, "[1.5 1.50 2 2]"},
		{schema.Float, []any{"0.1", float32(0.1)}, "[0.1 0.1]"},
		{schema.Bool, []any{"true", "false", "TRUE", ""}, "[true false TRUE ]"},
	} {
		col := &column.Column{Type: c.typ}
		for _, v := range c.in {
			col.AppendAny(v)
		}
		keys := Key(col, len(c.in))
		var got []any
		for i := range c.in {
			got = append(got, keys.Any(i))
		}
		if fmt.Sprint(got) != c.want {
			t.Errorf("%s %v: %v, want %s", c.typ, c.in, got, c.want)
		}
	}
	ints := &column.Column{Type: schema.Int}
	ints.AppendAny("7")
	if keys := Key(ints, 1); keys.HasStrays() || keys.I32[0] != 7 {
		t.Error("the text 7 is not the int 7")
	}
}

// Objects are one key if their texts are.
func TestKeyOfObjects(t *testing.T) {
	col := &column.Column{Type: schema.Object}
	for _, v := range []any{int32(1), int64(1), "1", 1.0, nil, "null", []any{int32(1), "a"}} {
		col.AppendAny(v)
	}
	keys := Key(col, col.Len())
	want := []string{"1", "1", "1", "1.0", "null", "null", "[1, a]"}
	for i, w := range want {
		if got := keys.String(i); got != w {
			t.Errorf("%v: %q, want %q", col.Any(i), got, w)
		}
	}
}

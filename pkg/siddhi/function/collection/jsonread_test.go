package collection

import (
	"reflect"
	"strings"
	"testing"
)

func TestReadObjectCharacters(t *testing.T) {
	for text, want := range map[string]any{
		`{a:"\ud83d\ude00!"}`: "😀!",
		`{a:"\ud83dx"}`:       "\ufffdx", // half a character
		`{a:"\ude00"}`:        "\ufffd",
		`{a:"\ud83d\u0041"}`:  "\ufffdA",
		`{a:'€'}`:             "€",
	} {
		m, err := readObject(text)
		if err != nil || !reflect.DeepEqual(m["a"], want) {
			t.Errorf("%s is %q, %v; want %q", text, m["a"], err, want)
		}
	}
}

// What is cut off anywhere is an error, and no panic.
func TestReadObjectCut(t *testing.T) {
	const text = `{"a":[1,'x',{b=>"\u0041\x42"}],c:null;d:-1.5e3}`
	if _, err := readObject(text); err != nil {
		t.Fatal(err)
	}
	for n := range len(text) {
		if m, err := readObject(text[:n]); err == nil {
			t.Errorf("%s is %v", text[:n], m)
		}
	}
}

func TestReadObjectDepth(t *testing.T) {
	deep := func(n int) string { return "{a:" + strings.Repeat("[", n) + strings.Repeat("]", n) + "}" }
	if _, err := readObject(deep(maxDepth / 2)); err != nil {
		t.Error(err)
	}
	if _, err := readObject(deep(maxDepth + 1)); err == nil {
		t.Error("too deep, and no error")
	}
}

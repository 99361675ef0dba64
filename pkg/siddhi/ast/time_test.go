package ast_test

import (
	"testing"

	"millrace/pkg/siddhi/ast"
)

func TestParseTime(t *testing.T) {
	for text, want := range map[string]int64{
		"100 millisec": 100, "1 min 30 sec": 90_000, "2 Weeks": 14 * 24 * 3600 * 1000, "0 sec": 0,
		"": -1, "sec": -1, "5": -1, "-1 sec": -1, "1 sec 1 min": -1, "1 sec 1 sec": -1, "1 parsec": -1,
		"9223372036854775807 sec": -1, "x sec": -1,
	} {
		got, ok := ast.ParseTime(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d ms, want %d", text, got, want)
		}
	}
}

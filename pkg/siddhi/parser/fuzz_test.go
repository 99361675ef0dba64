package parser

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"millrace/pkg/siddhi/ast"
)

// FuzzParse checks that no text makes the parser panic, that each mistake has a place in the text, and that what was
// understood is printed as a text with the same meaning.
func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/apps/*.siddhi")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Fuzz(func(t *testing.T, src string) {
		app, err := Parse(src)
		if err != nil {
			checkPlaces(t, src, err)
			return
		}
		checkPrintedApp(t, app)
		if copied := ast.Clone(app); !ast.Equal(app, copied) {
			t.Error("the clone is another tree")
		}
	})
}

// FuzzParseExpr does the same for expressions alone, which the fuzzer gets deeper into.
func FuzzParseExpr(f *testing.F) {
	for _, src := range []string{
		"a + b * -2 - 3L", "not a == b and c or d in T", "e1[0].x > e2[last-1].y", "str:concat(*, 'x')", "f() is null",
		"#I.a is null or !S is null", "S#fn.a % 2.5e3f", "5 min 30 sec", `"it's" == """a"b"""`, "`or`.`a b` != true.x",
	} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		e, err := ParseExpr(src)
		if err != nil {
			checkPlaces(t, src, err)
			return
		}
		printed := ast.Print(e)
		again, err := ParseExpr(printed)
		if err != nil {
			t.Fatalf("printed expression %s: %v", printed, err)
		}
		if !ast.Equal(e, again) {
			t.Fatalf("%s is printed as %s, which is another expression", dump(e), dump(again))
		}
	})
}

func checkPlaces(t *testing.T, src string, err error) {
	t.Helper()
	var mistakes Errors
	if !errors.As(err, &mistakes) || len(mistakes) == 0 || len(mistakes) > maxErrors {
		t.Fatalf("%T with %d mistakes", err, len(mistakes))
	}
	for _, e := range mistakes {
		if e.Offset < 0 || e.Offset > len(src) || e.Line < 1 || e.Column < 1 || e.Msg == "" {
			t.Fatalf("%+v", e)
		}
		if e.Detail() == "" {
			t.Fatal("no detail")
		}
	}
}

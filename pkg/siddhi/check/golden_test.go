package check_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/parser"
)

var rewrite = flag.Bool("rewrite", false, "write what the checker does now into testdata/golden")

// definitions stand before the queries of a story that defines nothing itself.
const definitions = `define stream S (k string, v int, d double, l long, f float, b bool, o object);
define stream A (k string, v int, a int);
define stream B (k string, v int, c int);
define table T (k string, v int, x int);
`

// TestGolden compares, for each story of each file, what an app resolves to or
// the errors with their carets. A story is a file section: its name says what
// it shows, the app comes first and after a line "=>" what is expected.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	reg := registry(t)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, story := range archive.Files {
			app, want, _ := strings.Cut(string(story.Data), "=>\n")
			got := outcome(t, reg, app)
			archive.Files[i].Data = []byte(app + "=>\n" + got)
			if !*rewrite && got != want {
				t.Errorf("%s, %s:\n%s\nwant:\n%s\ngot:\n%s", filepath.Base(file), story.Name, app, want, got)
			}
		}
		if *rewrite {
			if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// withDefinitions puts the common definitions before an app that starts with a query.
func withDefinitions(app string) string {
	if strings.HasPrefix(app, "define ") || strings.Contains(app, "define ") && strings.HasPrefix(app, "@") {
		return app
	}
	if more, ok := strings.CutPrefix(app, "and "); ok {
		return definitions + more
	}
	return definitions + app
}

func outcome(t *testing.T, reg *extension.Registry, app string) string {
	t.Helper()
	text := withDefinitions(app)
	tree, err := parser.Parse(text)
	if err != nil {
		return "syntax: " + err.Error() + "\n"
	}
	checked, err := check.Check(tree, text, reg)
	if err != nil {
		return err.Error() + "\n"
	}
	out := dump(checked)
	for _, w := range checked.Warnings {
		out += "warning: " + w.Detail() + "\n"
	}
	return out
}

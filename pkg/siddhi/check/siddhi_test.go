package check_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/parser"
)

// verdict is what Siddhi did with a story's app, and why the checker does otherwise.
type verdict struct {
	accepts bool
	reason  string
}

func verdicts(t *testing.T) map[string]verdict {
	t.Helper()
	text, err := os.ReadFile("testdata/siddhi.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]verdict{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) < 2 {
			continue
		}
		v := verdict{accepts: fields[1] == "accepted"}
		if len(fields) == 3 {
			v.reason = fields[2]
		}
		all[fields[0]] = v
	}
	return all
}

// TestAgreesWithSiddhi holds that the checker refuses what Siddhi refuses and
// nothing else, but for the differences that testdata/siddhi.txt gives a reason for.
func TestAgreesWithSiddhi(t *testing.T) {
	siddhi, reg := verdicts(t), registry(t)
	files, _ := filepath.Glob("testdata/golden/*.txtar")
	compared := 0
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, story := range archive.Files {
			v, recorded := siddhi[story.Name]
			if !recorded {
				continue
			}
			compared++
			app, _, _ := strings.Cut(string(story.Data), "=>\n")
			text := withDefinitions(app)
			tree, err := parser.Parse(text)
			if err == nil {
				_, err = check.Check(tree, text, reg)
			}
			switch accepts := err == nil; {
			case accepts != v.accepts && v.reason == "":
				t.Errorf("%s: accepted is %v, by Siddhi %v; the checker says: %v", story.Name, accepts, v.accepts, err)
			case accepts == v.accepts && v.reason != "":
				t.Errorf("%s: is no difference any more (%s)", story.Name, v.reason)
			}
		}
	}
	if compared != len(siddhi) {
		t.Errorf("compared %d stories, recorded are %d", compared, len(siddhi))
	}
}

// TestErrorData holds what other programs read of an error.
func TestErrorData(t *testing.T) {
	text := "@app:name('Shop') define stream Trades (symbol string);\nfrom Trades select symbl insert into Out;"
	tree, err := parser.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	_, err = check.Check(tree, text, registry(t))
	var e *check.Error
	if !errors.As(err, &e) {
		t.Fatalf("errors.As finds no *check.Error in %v", err)
	}
	if e.App != "Shop" || e.Span.Start.Line != 2 || e.Span.Start.Column != 19 || e.Near != "symbl" || e.Suggestion != "symbol" {
		t.Errorf("got %+v", *e)
	}
	var all check.Errors
	if !errors.As(err, &all) || len(all) != 1 {
		t.Errorf("got %d errors, want 1", len(all))
	}
}

// TestWithoutSource holds that trees without a text, as the planner makes them, give errors, too.
func TestWithoutSource(t *testing.T) {
	text := "define stream S (k string);\nfrom S select q insert into Out;"
	tree, err := parser.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	_, err = check.Check(tree, "", registry(t))
	if err == nil || !strings.Contains(err.Error(), "no attribute 'q'") {
		t.Errorf("got %v", err)
	}
}

// FuzzCheck holds that no tree makes the checker panic, and that what it accepts is typed throughout.
func FuzzCheck(f *testing.F) {
	files, _ := filepath.Glob("testdata/golden/*.txtar")
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for _, story := range archive.Files {
			app, _, _ := strings.Cut(string(story.Data), "=>\n")
			f.Add(withDefinitions(app))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		tree, err := parser.Parse(text)
		if err != nil {
			return
		}
		app, err := check.Check(tree, text, registry(t))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a text")
			}
			return
		}
		if strings.Contains(dump(app), "invalid") && !strings.Contains(text, "invalid") {
			t.Errorf("untyped: %s", dump(app))
		}
	})
}

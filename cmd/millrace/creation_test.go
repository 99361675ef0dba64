package main

import (
	"flag"
	"os"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var rewrite = flag.Bool("rewrite", false, "write what check says now into testdata/creation.txtar")

// TestCreationErrors walks through the list of what Siddhi refuses when an app is
// created: one story for each line, or several. Its name starts with the number of
// the line; then come the app and, behind "=>", what check says. What
// it refuses has a place and a caret. testdata/creation_siddhi.txt has what Siddhi
// 5.1.30 did; where check decides otherwise, it has the reason in a third column.
func TestCreationErrors(t *testing.T) {
	const file = "testdata/creation.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	siddhi := creationVerdicts(t)
	for i, story := range archive.Files {
		app, want, _ := strings.Cut(string(story.Data), "=>\n")
		got := "accepted\n"
		_, err := compileCheck(app)
		if err != nil {
			got = err.Error() + "\n"
		}
		if got != want && !*rewrite {
			t.Errorf("%s:\n%s\nwant:\n%s\ngot:\n%s", story.Name, app, want, got)
		}
		archive.Files[i].Data = []byte(app + "=>\n" + got)
		if err != nil && !(strings.Contains(got, "line ") && strings.Contains(got, "^")) {
			t.Errorf("%s: no place or caret: %s", story.Name, got)
		}
		v, recorded := siddhi[story.Name]
		delete(siddhi, story.Name)
		same := v.accepts == (err == nil)
		switch {
		case !recorded:
			t.Errorf("%s: there is no verdict of Siddhi", story.Name)
		case !same && v.reason == "":
			t.Errorf("%s: accepted by Siddhi is %v, check says: %s", story.Name, v.accepts, got)
		case same && v.reason != "":
			t.Errorf("%s: is no difference any more (%s)", story.Name, v.reason)
		}
	}
	for name := range siddhi {
		t.Errorf("%s: there is a verdict, but no story", name)
	}
	if *rewrite {
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// creationVerdict is what Siddhi did with an app, and why check does otherwise.
type creationVerdict struct {
	accepts bool
	reason  string
}

func creationVerdicts(t *testing.T) map[string]creationVerdict {
	t.Helper()
	text, err := os.ReadFile("testdata/creation_siddhi.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]creationVerdict{}
	for line := range strings.Lines(string(text)) {
		fields := append(strings.Split(strings.TrimSuffix(line, "\n"), "\t"), "")
		if strings.HasPrefix(line, "#") || len(fields) < 3 {
			continue
		}
		all[fields[0]] = creationVerdict{accepts: fields[1] == "accepted", reason: fields[2]}
	}
	return all
}

package scenario_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var quoted = regexp.MustCompile("`([a-z0-9_]+)`")

// TestDifferencesAreListed holds docs/differences.md and the scenarios of
// differences to each other: each row of a table has a scenario or says what
// takes its place, and each scenario is named.
func TestDifferencesAreListed(t *testing.T) {
	text, err := os.ReadFile("../../../docs/differences.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range quoted.FindAllStringSubmatch(string(text), -1) {
		named[m[1]] = true
	}
	const dir = "../../../test/scenarios/differences/"
	files, err := filepath.Glob(dir + "*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files, %v", len(files), err)
	}
	for _, file := range files {
		if name := strings.TrimSuffix(filepath.Base(file), ".json"); !named[name] {
			t.Errorf("scenario %s is not named in docs/differences.md", name)
		}
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Millrace |") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		proof := cells[len(cells)-1]
		if len(cells) != 3 || !strings.HasPrefix(proof, "none, ") && !strings.HasPrefix(proof, "`") {
			t.Errorf("no scenario, and no reason for none: %s", line)
			continue
		}
		if strings.HasPrefix(proof, "none, ") {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(proof, -1) {
			if _, err := os.Stat(dir + m[1] + ".json"); err != nil {
				t.Errorf("there is no scenario %s", m[1])
			}
		}
	}
	if rows == 0 {
		t.Error("no rows found")
	}
}

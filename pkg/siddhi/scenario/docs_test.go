package scenario_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

// TestDocs runs the scenarios in the documentation: blocks of yaml with an app.
func TestDocs(t *testing.T) {
	pages, err := filepath.Glob("../../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		blocks := strings.Split(string(text), "\n```yaml\n")
		for i, b := range blocks[1:] {
			block, _, closed := strings.Cut(b, "\n```\n")
			if !closed || !strings.HasPrefix(block, "app:") || !strings.Contains(block, "\nsteps:") {
				continue
			}
			ran++
			t.Run(fmt.Sprintf("%s/%d", filepath.Base(page), i+1), func(t *testing.T) {
				s, err := scenario.Parse([]byte(block), true)
				if err != nil {
					t.Fatal(err)
				}
				differences, err := s.Check(scenario.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range differences {
					t.Error(d)
				}
			})
		}
	}
	if ran < 4 {
		t.Errorf("only %d scenarios were found in %d pages", ran, len(pages))
	}
}

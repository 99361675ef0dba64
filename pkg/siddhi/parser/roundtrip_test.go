package parser

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
)

// unparsable are the apps that Siddhi refuses for their syntax.
var unparsable = map[string]bool{
	"error_parse": true, "error_no_definition": true, "error_definition_after_query": true,
}

// TestApps parses apps that were run on Siddhi itself and prints them back.
func TestApps(t *testing.T) {
	files, err := filepath.Glob("testdata/apps/*.siddhi")
	if err != nil || len(files) < 80 {
		t.Fatalf("found %d apps, %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".siddhi")
		t.Run(name, func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			app, err := Parse(string(src))
			if unparsable[name] {
				if err == nil {
					t.Fatal("the app was understood")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			checkPrintedApp(t, app)
		})
	}
}

// checkPrintedApp checks that the text of a tree gives the same tree and the same text again.
func checkPrintedApp(t *testing.T, app *ast.App) {
	t.Helper()
	printed := ast.Print(app)
	again, err := Parse(printed)
	if err != nil {
		t.Fatalf("printed app: %v\n%s", err, printed)
	}
	if !ast.Equal(app, again) {
		t.Fatalf("the printed app is another one:\n%s\nit prints as\n%s", printed, ast.Print(again))
	}
	if twice := ast.Print(again); twice != printed {
		t.Fatalf("printed once:\n%s\nprinted twice:\n%s", printed, twice)
	}
}

func TestOnDemandQueries(t *testing.T) {
	src, err := os.ReadFile("testdata/ondemand.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(src)) {
		query, err := ParseOnDemand(line)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		printed := ast.Print(query)
		again, err := ParseOnDemand(printed)
		if err != nil {
			t.Errorf("printed query: %v", err)
		} else if !ast.Equal(query, again) {
			t.Errorf("%s is printed as another query:\n%s", line, printed)
		}
	}
}

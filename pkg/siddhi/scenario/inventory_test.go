package scenario_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/scenario"
)

// covered counts the scenarios of one line of the inventory.
type covered struct {
	run     int // apps that were created
	refused int // apps that were not
	nulls   int // with a null in a row that was sent
	chunks  int // with several rows sent at once
}

func (c *covered) of(counter string) int {
	return map[string]int{"run": c.run, "refused": c.refused, "nulls": c.nulls, "chunks": c.chunks}[counter]
}

// TestInventory holds each line of testdata/inventory.txt, what the engine has
// to understand, to its number of scenarios.
func TestInventory(t *testing.T) {
	counts := inventory(t)
	text, err := os.ReadFile("testdata/inventory.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for scan := bufio.NewScanner(bytes.NewReader(text)); scan.Scan(); {
		line := strings.TrimSpace(scan.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		lines++
		colon := strings.LastIndex(line, ": ")
		if colon < 0 {
			t.Errorf("%q is no line of the inventory", line)
			continue
		}
		name, wanted := line[:colon], line[colon+2:]
		have := counts[name]
		if have == nil {
			have = &covered{}
		}
		for _, w := range strings.Fields(wanted) {
			counter, number, _ := strings.Cut(w, "=")
			n, err := strconv.Atoi(number)
			if err != nil || n < 1 {
				t.Errorf("%s: %q is no number of scenarios", name, w)
			}
			if got := have.of(counter); got < n {
				t.Errorf("%s: %d scenarios, want %d (%s)", name, got, n, counter)
			}
		}
	}
	if lines < 200 {
		t.Errorf("only %d lines", lines)
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%s: %+v", name, *counts[name])
	}
}

// inventory counts what the scenarios use, by kind and name.
func inventory(t *testing.T) map[string]*covered {
	t.Helper()
	files, err := scenario.Files(root())
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]*covered{}
	for _, file := range files {
		s, err := scenario.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		refused := len(s.Expect) == 1 && s.Expect[0].At == nil && s.Expect[0].Error != ""
		nulls, chunks := false, false
		for _, step := range s.Steps {
			chunks = chunks || len(step.Rows) > 1
			for _, row := range step.Rows {
				nulls = nulls || slices.ContainsFunc(row, func(v json.RawMessage) bool { return string(v) == "null" })
			}
		}
		for name := range used(s) {
			c := counts[name]
			if c == nil {
				c = &covered{}
				counts[name] = c
			}
			switch {
			case refused:
				c.refused++
				continue
			case nulls:
				c.nulls++
			}
			if chunks {
				c.chunks++
			}
			c.run++
		}
	}
	return counts
}

// used returns what an app and the questions to it are made of. Text that cannot
// be parsed has nothing.
func used(s *scenario.Scenario) map[string]bool {
	names := map[string]bool{}
	visit := func(n ast.Node) bool {
		for _, name := range namesOf(n) {
			names[name] = true
		}
		return true
	}
	if app, err := parser.Parse(s.App); err == nil {
		ast.Walk(app, visit)
	}
	for _, step := range s.Steps {
		if step.Query == "" {
			continue
		}
		if q, err := parser.ParseOnDemand(step.Query); err == nil {
			kind := "find"
			if q.Output != nil {
				kind = "change"
			}
			names["statement on-demand "+kind] = true
			if q.From != nil && q.From.Within != nil {
				names["statement on-demand within .. per"] = true
			}
			ast.Walk(q.Select, visit)
		}
	}
	return names
}

// namesOf returns the lines of the inventory that a node is an example of.
func namesOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.Annotation:
		return []string{"annotation @" + n.Name}
	case ast.Definition:
		names := []string{"statement define " + n.DefinitionKind()}
		switch n := n.(type) {
		case *ast.WindowDef:
			names = append(names, "window "+callName(n.Window))
		case *ast.AggregationDef:
			names = append(names, aggregationNames(n)...)
		}
		return names
	case *ast.Query:
		return append(outputNames(n), "statement query")
	case *ast.Partition:
		return []string{"statement partition"}
	case *ast.StreamInput:
		return []string{"statement input: single stream"}
	case *ast.JoinInput:
		if n.Within != nil {
			return []string{"statement input: join", "statement input: join within .. per"}
		}
		return []string{"statement input: join"}
	case *ast.AnonymousInput:
		return []string{"statement input: anonymous stream"}
	case *ast.PatternInput:
		return []string{map[ast.PatternKind]string{ast.Pattern: "statement input: pattern", ast.Sequence: "statement input: sequence"}[n.Kind]}
	case *ast.WindowHandler:
		return []string{"window " + callName(n.Call)}
	case *ast.StreamFunction:
		return []string{"stream function " + callName(n.Call)}
	case *ast.Call:
		return []string{"function " + callName(n)}
	case *ast.Select:
		return selectNames(n)
	case *ast.Rate:
		return []string{rateName(n)}
	}
	return nil
}

// aggregationNames are those of what an aggregation adds up, and of its granularities.
func aggregationNames(d *ast.AggregationDef) []string {
	by := "arrival"
	if d.By != nil {
		by = "event time"
	}
	names := []string{"aggregate by " + by}
	for _, u := range d.Every.Units {
		names = append(names, "aggregate every "+u.String())
	}
	for _, o := range d.Select.Outputs {
		if call, ok := o.Expr.(*ast.Call); ok && call.Namespace == "" {
			names = append(names, "incremental aggregator "+call.Name)
		}
	}
	for _, a := range d.Annotations {
		names = append(names, "aggregation @"+a.Name)
	}
	return names
}

func callName(c *ast.Call) string {
	if c.Namespace == "" {
		return c.Name
	}
	return c.Namespace + ":" + c.Name
}

func outputNames(q *ast.Query) []string {
	switch q.Output.(type) {
	case *ast.Insert:
		return []string{"statement insert into"}
	case *ast.Delete:
		return []string{"statement delete"}
	case *ast.Update:
		return []string{"statement update"}
	case *ast.UpdateOrInsert:
		return []string{"statement update or insert into"}
	}
	return []string{"statement return"}
}

func selectNames(s *ast.Select) []string {
	names := []string{"statement select"}
	for name, there := range map[string]bool{"group by": len(s.GroupBy) > 0, "having": s.Having != nil,
		"order by": len(s.OrderBy) > 0, "limit": s.Limit != nil, "offset": s.Offset != nil} {
		if there {
			names = append(names, "statement "+name)
		}
	}
	return names
}

func rateName(r *ast.Rate) string {
	if r.Time != nil {
		return "rate " + r.Kind.String() + " by time"
	}
	return "rate " + r.Kind.String() + " by events"
}

package scenario_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

// The example of docs/testing.md is true.
func TestDocumentedExample(t *testing.T) {
	text, err := os.ReadFile("../../../docs/testing.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(text), "```yaml\n")
	yaml, _, closed := strings.Cut(rest, "```")
	if !ok || !closed {
		t.Fatal("docs/testing.md has no example")
	}
	file := filepath.Join(t.TempDir(), "alarms.yaml")
	if err := os.WriteFile(file, []byte(yaml), 0o644); err != nil {
		t.Fatal(err)
	}
	scenario.Test(t, file)
	s, err := scenario.Load(file)
	if err != nil || len(s.Expect) != 1 || len(s.Steps) != 3 {
		t.Errorf("%d steps, %d entries: %v", len(s.Steps), len(s.Expect), err)
	}
}

// noted is a scenario.T that notes what it is told.
type noted struct{ errors []string }

func (*noted) Helper()                             {}
func (n *noted) Errorf(format string, args ...any) { n.errors = append(n.errors, format) }
func (n *noted) Fatalf(format string, args ...any) { n.errors = append(n.errors, format) }

func TestTestReports(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"differs.yaml": alarms,
		"broken.json":  `{"app": 5}`,
		"not read.txt": "no scenario",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var n noted
	scenario.Test(&n, dir)
	if len(n.errors) != 2 {
		t.Errorf("%d errors: %q", len(n.errors), n.errors)
	}
	n = noted{}
	scenario.Test(&n, filepath.Join(dir, "none"))
	if len(n.errors) == 0 {
		t.Error("a folder that is not there is no error")
	}
}

const counting = `{"app": "define stream S (k string, v int, x double, o object); define stream E (v int);
 @info(name='q') from S#window.length(2) select k, v, x, o insert all events into O;
 from E[v > 0] select v insert into P;", "steps": STEPS, "types": {"stream:O": [["k","string"],["v","int"],["x","double"],["o","object"]]}, "expect": EXPECT}`

// check runs the app with steps and what is expected of them.
func checkWith(t *testing.T, steps, expect string) []scenario.Difference {
	t.Helper()
	text := strings.NewReplacer("STEPS", steps, "EXPECT", expect, "\n", " ").Replace(counting)
	s, err := scenario.Parse([]byte(text), false)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	differences, err := s.Check(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return differences
}

// What counts as equal, and what does not.
func TestComparison(t *testing.T) {
	const steps = `[{"at": 1000, "send": "S", "timestamp": 900, "rows": [["a", 1, 1, [1, 2.0, {"b": null}]]]}, {"at": 1001, "send": "S", "rows": [[null, 2147483648, "NaN", {"$long": 7}]]}]`
	first := `{"at": 1000, "from": "stream:O", "events": [{"timestamp": 900, "data": ["a", 1, 1.0, [1, 2.0, {"b": null}]], "expired": false}]}`
	second := `{"at": 1001, "from": "stream:O", "events": [{"timestamp": 1001, "data": [null, -2147483648, "NaN", 7]}]}`
	for _, c := range []struct {
		why, expect string
		equal       bool
	}{
		{"all as it comes", first + "," + second, true},
		{"an empty call", first + `, {"at": 1, "from": "stream:O", "events": []},` + second, true},
		{"another order of sources", `{"from": "query:q", "timestamp": 900, "current": [["a", 1, 1e0, [1, 2.0, {"b": null}]]]},` + first + "," + second +
			`, {"from": "query:q", "current": [[null, -2147483648, "NaN", 7]], "expired": []}`, true},
		{"no times", strings.NewReplacer(`"at": 1000, `, "", `"timestamp": 900, `, "").Replace(first) + "," + second, true},
		{"another time", strings.Replace(first, `"at": 1000`, `"at": 1001`, 1) + "," + second, false},
		{"another timestamp", strings.Replace(first, `"timestamp": 900`, `"timestamp": 1000`, 1) + "," + second, false},
		{"an expired event", strings.Replace(first, "false", "true", 1) + "," + second, false},
		{"another value", strings.Replace(first, `"a"`, `"b"`, 1) + "," + second, false},
		{"a whole number for a fraction in an object", strings.Replace(first, "2.0", "2", 1) + "," + second, false},
		{"a call that is missing", first, false},
		{"a call too many", first + "," + second + "," + second, false},
		{"calls in another order", second + "," + first, false},
		{"an error that did not come", first + "," + second + `,{"at": 1001, "from": "runtime", "error": "E", "message": "m"}`, false},
		{"a query's timestamp", first + "," + second + `, {"from": "query:q", "timestamp": 901, "current": [["a", 1, 1.0, [1, 2.0, {"b": null}]]]}, {"from": "query:q", "current": [[null, -2147483648, "NaN", 7]]}`, false},
		{"an app that is refused", `{"error": "E", "message": "m", "at": null}`, false},
	} {
		if got := checkWith(t, steps, "["+c.expect+"]"); (len(got) == 0) != c.equal {
			t.Errorf("%s: %v", c.why, got)
		}
	}
}

// Errors are compared by time and step.
func TestErrorsOfSteps(t *testing.T) {
	const steps = `[{"at": 5, "send": "None", "rows": [[1]]}, {"at": 6, "send": "E", "rows": [["text"]]}, {"at": 6, "send": "E", "rows": [[1], [true], [3]]},
 {"at": 7, "send": "E", "rows": [[4, 5]]}, {"at": 8, "shutdown": true}, {"at": 9, "send": "E", "rows": [[6]]}]`
	const good = `{"error": "X", "message": "m", "at": 5, "step": 0}, {"at": 6, "from": "runtime", "error": "Y", "message": "m"},
 {"at": 7, "from": "stream:P", "events": [{"timestamp": 7, "data": [4]}]}, {"error": "X", "message": "m", "at": 9, "step": 5}`
	if got := checkWith(t, steps, "["+good+"]"); len(got) > 0 {
		t.Errorf("%v", got)
	}
	for _, wrong := range [][2]string{{`"step": 0`, `"step": 1`}, {`"at": 6, "from": "runtime"`, `"at": 7, "from": "runtime"`}} {
		if got := checkWith(t, steps, "["+strings.Replace(good, wrong[0], wrong[1], 1)+"]"); len(got) == 0 {
			t.Errorf("%s is as good as %s", wrong[1], wrong[0])
		}
	}
}

func TestBrokenFiles(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON":                `{`,
		"more than one":          `{"app": "a"} 0`,
		"no app":                 `{"steps": []}`,
		"a clock that goes back": `{"app": "a", "steps": [{"at": 5}, {"at": 4}]}`,
		"rows for nobody":        `{"app": "a", "steps": [{"at": 5, "rows": [[1]]}]}`,
		"no rows":                `{"app": "a", "steps": [{"at": 5, "send": "S"}]}`,
		"other timestamps":       `{"app": "a", "steps": [{"at": 5, "send": "S", "rows": [[1]], "timestamps": [1, 2]}]}`,
		"an entry of nobody":     `{"app": "a", "expect": [{"at": 5}]}`,
	} {
		if _, err := scenario.Parse([]byte(text), false); !errors.Is(err, scenario.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, text := range map[string]string{"nothing": "", "an alias": "a: &x 1\nb: *x", "a tab": "\ta: 1", "no map": "- 1"} {
		if _, err := scenario.Parse([]byte(text), true); !errors.Is(err, scenario.ErrBroken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

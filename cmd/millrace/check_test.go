package main

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

// millrace runs the command with standard input and returns what it prints.
func millrace(t *testing.T, in string, args ...string) (string, error) {
	t.Helper()
	var out, errOut bytes.Buffer
	cmd := newCLI(strings.NewReader(in), &out, &errOut).command()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(t.Context())
	return out.String(), err
}

func TestCheckKeepsTheRulesOfAClusterWithDist(t *testing.T) {
	const rest = "from S#window.length(3) select sum(a) as s insert into Out;"
	const start = "@app:name('X')\ndefine stream S (a int);\n"
	if out, err := millrace(t, start+rest, "check", "-"); err != nil {
		t.Errorf("without @dist: %v\n%s", err, out)
	}
	out, err := millrace(t, start+"@dist(execGroup='g', parallel='2') "+rest, "check", "-")
	if !errors.Is(err, errReported) || !strings.Contains(out, "line 3, column 41: a window query is not allowed with parallel='2'") {
		t.Errorf("with @dist: %v\n%s", err, out)
	}
}

func TestVariablesOfApps(t *testing.T) {
	const app = "@app:name('X')\n" +
		"@sink(type='file', path='${DIR}/out', @map(type='csv'))\ndefine stream Out (a int);\n" +
		"define stream S (a int);\nfrom S select a insert into Out;\n"
	_, err := millrace(t, app, "run", "-")
	if err == nil || !strings.Contains(err.Error(), "line 2, column 26: variable 'DIR' has no value") {
		t.Errorf("a variable without a value: %v", err)
	}
	given := func(value string, args ...string) {
		t.Helper()
		out, err := millrace(t, app, append([]string{"plan", "--text", "-"}, args...)...)
		if err != nil || !strings.Contains(out, "path='"+value+"/out'") {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	t.Setenv("DIR", "/of/environment")
	given("/of/environment")
	given("/of/flag", "-D", "DIR=/of/flag")
}

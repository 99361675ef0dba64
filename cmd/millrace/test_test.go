package main

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

const doubled = `name: doubled
app: |
  define stream In (symbol string, volume int);
  @info(name='double')
  from In[volume > 0] select symbol, volume * 2 as volume insert into Out;
steps:
  - {at: 1000, send: In, rows: [[IBM, 5]]}
  - {at: 1001, send: In, rows: [[IBM, -5], [WSO2, 7]]}
expect:
  - {at: 1000, from: "stream:Out", events: [{data: [IBM, 10]}]}
  - {at: 1001, from: "stream:Out", events: [{data: [WSO2, 14]}]}
`

func scenarioFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTestCommand(t *testing.T) {
	good := scenarioFile(t, "good.yaml", doubled)
	wrong := scenarioFile(t, "wrong.yml", strings.Replace(doubled, "WSO2, 14", "WSO2, 15", 1))
	broken := scenarioFile(t, "broken.yaml", "app: 5: 6")
	refused := scenarioFile(t, "refused.json", `{"app": "define stream S (a int); from S select b insert into O;", "steps": [],
		"expect": [{"error": "AttributeNotExistException", "message": "...", "at": null}]}`)
	unknown := scenarioFile(t, "unknown.json", `{"app": "@source(type='nosuch') define stream S (a int); from S select a insert into O;", "steps": [],
		"expect": [{"error": "ExtensionNotFoundException", "message": "...", "at": null}]}`)

	wants(t, "", 0, "3 scenarios: 3 ok, 0 differ\n", "", "test", good, refused, unknown)
	wants(t, "", 0, `"ok":true`, "", "test", "-o", "json", good)
	wants(t, "", 0, "1 ok", "", "test", "--batch", "8", good)
	wants(t, "", 0, "1 ok", "", "test", "--restore-each", good)
	logs := scenarioFile(t, "logs.json", `{"app": "define stream S (a int); from S#log('seen') select a insert into O;",
		"steps": [{"at": 1, "send": "S", "rows": [[7]]}], "expect": [{"at": 1, "from": "stream:O", "events": [{"timestamp": 1, "data": [7], "expired": false}]}]}`)
	wants(t, "", 0, "1 ok", "msg=seen", "test", "--log", logs)
	wants(t, "", 1, `stream:Out, call 2 of 2:
          1000 +("IBM", 10)
    want  1001 +("WSO2", 15)
    got   1001 +("WSO2", 14)
                          ^
`, "", "test", good, wrong)
	wants(t, "", 1, `"differences":[{"from":"stream:Out","call":2,"want":"1001 +(\"WSO2\", 15)","got":"1001 +(\"WSO2\", 14)"}]`, "", "test", "-o", "json", wrong)
	wants(t, "", 2, "1 ok, 0 differ, 1 broken", "1 of 2 files are no scenarios", "test", good, broken)
	wants(t, "", 2, "", "no such file", "test", filepath.Join(t.TempDir(), "none.json"))
	wants(t, "", 2, "", "no scenarios", "test", t.TempDir())
	wants(t, "", 2, "", "--in-place", "test", "--record", good, wrong)
	wants(t, "", 1, "it did not end within 1ns", "", "test", "--timeout", "1ns", good)
}

// What --record prints is a scenario that the engine fulfils, with everything
// that can be watched.
func TestTestRecords(t *testing.T) {
	bare, _, _ := strings.Cut(doubled, "expect:")
	_, out, _ := call(t, "", "test", "--record", scenarioFile(t, "bare.yaml", bare))
	s, err := scenario.Parse([]byte(out), false)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var sources []string
	for _, e := range s.Expect {
		sources = append(sources, e.From)
	}
	if got, want := strings.Join(sources, " "), "query:double stream:Out query:double stream:Out"; got != want {
		t.Errorf("recorded %s, want %s", got, want)
	}
	file := scenarioFile(t, "recorded.json", out)
	wants(t, "", 0, "1 ok", "", "test", file)
	wants(t, "", 0, "", "", "test", "--record", "--in-place", file)
	again, err := os.ReadFile(file)
	if err != nil || string(again) != out {
		t.Errorf("recorded again: %v\n%s", err, again)
	}
	if !json.Valid([]byte(out)) || !strings.Contains(out, `"name": "doubled"`) {
		t.Errorf("recorded:\n%s", out)
	}
}

func TestTestJUnit(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.xml")
	wrong := scenarioFile(t, "wrong.yaml", strings.Replace(doubled, "WSO2, 14", "WSO2, 15", 1))
	wants(t, "", 1, "", "", "test", "--junit", report, wrong, scenarioFile(t, "good.yaml", doubled))
	text, err := os.ReadFile(report)
	if err != nil {
		t.Fatal(err)
	}
	var suite junitSuite
	if err := xml.Unmarshal(text, &suite); err != nil {
		t.Fatal(err)
	}
	if suite.Tests != 2 || suite.Failures != 1 || suite.Cases[0].Failure == nil || suite.Cases[1].Failure != nil ||
		!strings.Contains(suite.Cases[0].Failure.Text, "WSO2") {
		t.Errorf("report: %s", text)
	}
}

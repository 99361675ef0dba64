package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"millrace/internal/api"
	"millrace/internal/managerapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call runs a command and returns exit code, stdout and stderr.
func call(t *testing.T, stdin string, arguments ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), newCLI(strings.NewReader(stdin), &o, &e), arguments)
	return code, o.String(), e.String()
}

func wants(t *testing.T, stdin string, code int, out, errOut string, arguments ...string) {
	t.Helper()
	gotCode, gotOut, gotErr := call(t, stdin, arguments...)
	if gotCode != code || !strings.Contains(gotOut, out) || !strings.Contains(gotErr, errOut) {
		t.Errorf("millrace %v: exit code %d, stdout %q, stderr %q; want %d, %q, %q", arguments, gotCode, gotOut, gotErr, code, out, errOut)
	}
}

const simple = "@app:name('A')\n@source(type='http', receiver.url='http://h:1/', @map(type='json'))\n" +
	"define stream S (x int);\n@sink(type='log')\ndefine stream T (x int);\nfrom S select x insert into T;"

func TestCommands(t *testing.T) {
	wants(t, simple, 0, "-: ok: app A, 2 streams, 1 query", "", "check", "-")
	wants(t, simple, 0, `"valid":true`, "", "check", "-", "-o", "json")
	const wrong = "define stream S (x int);\nfrom X select y insert into Z;"
	wants(t, wrong, 1, "line 2, column 6", "", "check", "-")
	wants(t, wrong, 1, `"line":2,"column":6`, "", "check", "-", "-o", "json")
	const piles = "@app:name('P') define stream S (x int);\nfrom S#window.lengthBatch(2) as a join S#window.length(1) as b select a.x as y insert into Z;"
	wants(t, piles, 0, "warning: app P, line 2, column 7: as in Siddhi, this join finds all batches", "", "check", "-")
	wants(t, piles, 0, `"warnings":[{"line":2,"column":7,`, "", "check", "-", "-o", "json")
	wants(t, piles, 0, "notes\n  app P, line 2, column 7", "", "plan", "-")
	wants(t, simple, 0, "app A over nats: 1 group, 1 partial app", "", "plan", "-")
	wants(t, simple, 0, `"partialApps":[{"name":"A-default-1"`, "", "plan", "-", "-o", "json", "--transport", "kafka")
	wants(t, strings.Replace(simple, "@app:name('A')", "", 1), 1, "add @app:name", "", "plan", "-")
	wants(t, simple, 0, "insert into T", "", "explain", "-")
	wants(t, "", 0, "window", "", "extensions")
	wants(t, "", 0, "coalesce(", "", "extensions", "coalesce")
	wants(t, "", 1, "", "did you mean coalesce?", "extensions", "coalesc")
	wants(t, "", 1, "", "no such file", "check", filepath.Join(t.TempDir(), "none.siddhi"))

	wants(t, "", 2, "", "did you mean check?", "chek")
	wants(t, "", 2, "", "-o is \"yaml\"", "check", "-", "-o", "yaml")
	wants(t, "", 2, "", "requires at least 1 arg", "check")
	wants(t, "", 2, "", "unknown flag", "check", "--no-such-flag")
	wants(t, "", 2, "", "the manager's URL is \"x\"", "apps", "--manager", "x")
	wants(t, "", 1, "", "does not answer", "apps", "--manager", "http://127.0.0.1:1")
	wants(t, "", 1, "", "there is no such workload", "bench", "W99")
}

func TestVariables(t *testing.T) {
	text := strings.Replace(simple, "http://h:1/", "http://h:1/${HOST_OF_TEST}", 1)
	wants(t, text, 0, "ok", "", "check", "-") // it can be judged without
	wants(t, text, 1, "", "variable 'HOST_OF_TEST' has no value", "deploy", "-")
	wants(t, text, 0, "receiver.url='http://h:1/node'", "", "plan", "--text", "-", "-D", "HOST_OF_TEST=node")
	t.Setenv("HOST_OF_TEST", "env")
	wants(t, text, 0, "receiver.url='http://h:1/env'", "", "plan", "--text", "-")
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(in, []byte("1,a\n2,b\nthree,c\n4,d\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	app := fmt.Sprintf("@source(type='file', path='%s', tailing='false', @map(type='csv'))\ndefine stream S (x int, y string);\n"+
		"@sink(type='file', path='%s', @map(type='csv'))\ndefine stream T (y string);\nfrom S[x > 1] select y insert into T;", in, out)
	code, printed, logged := call(t, app, "run", "-", "-o", "json", "--quiet")
	var result runResult
	if err := json.Unmarshal([]byte(printed), &result); err != nil {
		t.Fatalf("exit code %d, %v: %s%s", code, err, printed, logged)
	}
	if code != 0 || result.Sources[0].Rows != 3 || result.Sources[0].Bad != 1 || result.Sinks[0].Rows != 2 {
		t.Errorf("exit code %d, got %+v", code, result)
	}
	if !strings.Contains(logged, "in.csv:3") {
		t.Errorf("the bad line is not reported: %s", logged)
	}
	if text, err := os.ReadFile(out); err != nil || string(text) != "b\nd\n" {
		t.Errorf("wrote %q: %v", text, err)
	}
}

func TestRunWithoutItsFile(t *testing.T) {
	in := filepath.Join(t.TempDir(), "none.csv")
	app := fmt.Sprintf("@source(type='file', path='%s', @map(type='csv'))\ndefine stream S (x int);\nfrom S select x insert into T;", in)
	wants(t, app, 1, "", "source file of stream S: not connected: open "+in+": no such file or directory", "run", "-")
}

// TestCluster has the commands talk to a server that answers as a manager does.
func TestCluster(t *testing.T) {
	answers := map[string]any{
		"POST /siddhi-apps":           managerapi.Deployed{Message: "app A is deployed", App: "A", Generation: 1, Notes: []string{"shared"}},
		"GET /siddhi-apps/statistics": []managerapi.AppSummary{{AppName: "A", State: "degraded", Parts: 3, ActiveParts: 2, Reason: "no workers"}},
		"GET /siddhi-apps/A/status": managerapi.AppStatus{
			AppSummary:  managerapi.AppSummary{AppName: "A", State: "active", Status: "active"},
			PartialApps: []managerapi.PartStatus{{Name: "A-g-1", Worker: "w1", State: "active"}},
		},
		"POST /stores/query": api.Records{
			Records: [][]any{{"nut", int64(9007199254740993)}, {"bolt", nil}}, Details: []api.RecordDetail{{Name: "item"}, {Name: "amount"}},
		},
		"GET /workers": []managerapi.Worker{{ID: "w1", Host: "h", Port: 9090, State: "alive", Parts: []string{"A-g-1"}}},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			return
		}
		if err := json.NewEncoder(w).Encode(answers[r.Method+" "+r.URL.Path]); err != nil {
			t.Error(err)
		}
	}))
	defer server.Close()
	t.Setenv("MILLRACE_MANAGER", server.URL)
	wants(t, simple, 0, "app A is deployed (generation 1)", "", "deploy", "-")
	wants(t, simple, 0, "note: shared", "", "deploy", "-")
	wants(t, "", 0, "A    degraded  2/3    0           no workers", "", "apps")
	wants(t, "", 0, "A-g-1  w1      active", "", "status", "A")
	wants(t, "", 0, "w1      h:9090   worker  alive  A-g-1", "", "workers")
	wants(t, "", 0, `"parts":["A-g-1"]`, "", "workers", "-o", "json")
	wants(t, "", 0, "ITEM  AMOUNT\nnut   9007199254740993\nbolt  null\n", "", "query", "A", "from Stock select *")
	wants(t, "", 0, `{"records":[["nut",9007199254740993],["bolt",null]]`, "", "query", "A", "from Stock select *", "-o", "json")
	wants(t, "", 2, "", "accepts 2 arg(s)", "query", "A")
	wants(t, "", 0, "app A is undeployed", "", "undeploy", "A")
}

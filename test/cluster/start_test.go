package cluster

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"millrace/internal/localcluster"
	"millrace/internal/testcluster"
)

// runProgram runs a program that is to fail and returns what it wrote to stderr.
func runProgram(t *testing.T, wantCode int, name string, args ...string) string {
	t.Helper()
	path, err := localcluster.Program(testcluster.Programs(t), name)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), path, args...)
	cmd.Dir = t.TempDir()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != wantCode {
		t.Errorf("%s %v: exit code %d (%v), want %d\n%s%s", name, args, code, err, wantCode, out.String(), errs.String())
	}
	return out.String() + errs.String()
}

// What keeps a node from starting is said in one line.
func TestNodeCannotStart(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).String()[len("127.0.0.1:"):]
	for _, c := range []struct{ name, program, config, want string }{
		{"port in use", "manager", "wso2.transport.http: {listenerConfigurations: [{host: 127.0.0.1, port: " + port + "}]}", "address already in use"},
		{"port in use", "worker", "wso2.transport.http: {listenerConfigurations: [{host: 127.0.0.1, port: " + port + "}]}", "address already in use"},
		{"database", "manager", `wso2.transport.http: {listenerConfigurations: [{host: 127.0.0.1, port: ` + freePort(t) + `}]}
wso2.datasources: {dataSources: [{name: DB, definition: {configuration: {jdbcUrl: "jdbc:postgresql://127.0.0.1:1/x?user=u&sslmode=disable"}}}]}
cluster.config: {strategyConfig: {datasource: DB}}`, "data source DB: open database PostgreSQL 127.0.0.1:1/x"},
		{"value", "manager", "cluster.config: {strategyConfig: {heartbeatInterval: soon}}", `deployment.yaml:1: cluster.config.strategyConfig.heartbeatInterval is "soon"`},
		{"no file", "worker", "", "deployment.yaml: no such file or directory"},
	} {
		file := filepath.Join(t.TempDir(), "deployment.yaml")
		if c.config != "" {
			if err := os.WriteFile(file, []byte(c.config), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		said := runProgram(t, 1, c.program, "-config", file)
		if !strings.Contains(said, c.want) || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, c.program+": ") {
			t.Errorf("%s, %s says %q, want one line with %q", c.program, c.name, said, c.want)
		}
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()[len("127.0.0.1:"):]
}

// A wrong app is refused by a manager in the words of millrace check.
func TestWrongApp(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, localcluster.Options{Workers: 1})
	for _, app := range []struct{ name, text, place, want string }{
		{"stream", "@app:name('A')\ndefine stream S (x int);\nfrom T select x insert into U;", "line 3, column 6", "T"},
		{"type", "@app:name('A')\ndefine stream S (x string);\nfrom S[x > 2] select x insert into U;", "line 3, column 8", "string"},
		{"window", "@app:name('A')\ndefine stream S (x int);\nfrom S#window.length('a') select x insert into U;", "line 3", "length"},
		{"syntax", "@app:name('A')\ndefine stream S (x int);\nfrom S selec x insert into U;", "line 3, column 8", "select"},
		{"source", "@app:name('A')\n@source(type='kafak', @map(type='json'))\ndefine stream S (x int);\nfrom S select x insert into U;", "line 2", "kafka"},
		{"dist", "@app:name('A')\ndefine stream S (x int);\n@dist(execGroup='g', parallel='2')\nfrom S#window.length(5) select sum(x) as s insert into U;", "line", "parallel"},
	} {
		file := filepath.Join(t.TempDir(), app.name+".siddhi")
		if err := os.WriteFile(file, []byte(app.text), 0o600); err != nil {
			t.Fatal(err)
		}
		said := runProgram(t, 1, "millrace", "deploy", file, "--manager", c.Managers[0].URL)
		if !strings.Contains(said, app.place) || !strings.Contains(said, app.want) {
			t.Errorf("%s: deploy says %q, want %q and %q", app.name, said, app.place, app.want)
		}
		asJSON := runProgram(t, 1, "millrace", "deploy", file, "-o", "json", "--manager", c.Managers[0].URL)
		if !strings.Contains(asJSON, `"status":400`) || !strings.Contains(asJSON, `"line":`) {
			t.Errorf("%s: deploy -o json says %s", app.name, asJSON)
		}
		if app.name == "dist" {
			continue // that is a rule of clusters
		}
		if checked := runProgram(t, 1, "millrace", "check", file); !strings.Contains(checked, app.place) || !strings.Contains(checked, app.want) {
			t.Errorf("%s: check says %q, want %q and %q", app.name, checked, app.place, app.want)
		}
	}
}

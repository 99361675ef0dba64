package cluster

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"millrace/internal/testcluster"
)

// demoLimit is how long a run of the demo may take on a busy machine.
const demoLimit = 3 * time.Minute

// demoCommand is `millrace demo` on the example of this repository, in a
// directory of the test's own.
func demoCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	example, err := filepath.Abs("../../examples/flights")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), demoLimit)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, filepath.Join(testcluster.Programs(t), "millrace"), append([]string{"demo", "--example", example}, args...)...)
	cmd.Dir = t.TempDir()
	return cmd
}

// runDemo runs the demo to its end, which must be a good one, and returns what it printed.
func runDemo(t *testing.T, args ...string) string {
	t.Helper()
	cmd := demoCommand(t, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("demo %s: %v\n%s%s", strings.Join(args, " "), err, out, &stderr)
	}
	if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
		t.Errorf("the demo has left %v, %v", left, err)
	}
	return string(out)
}

// demoResult is what the tests look at of the summary in JSON.
type demoResult struct {
	Rows    int
	Outputs map[string]int
	Answers struct {
		Compared int
		Equal    bool
	}
	Killed *struct {
		RowsRead        int
		Parts           []string
		Moved           []struct{ Part, Worker string }
		BackAfterMillis int
	}
}

// january is what the example's README and its independent calculation say of the month.
const (
	januaryRows  = 27004
	januaryLeft  = 26483
	januaryRight = "all equal to the independent calculation"
)

func (r *demoResult) check(t *testing.T) {
	t.Helper()
	if r.Rows != januaryRows || r.Outputs["hourly"] != januaryLeft || r.Outputs["routes"] != januaryLeft {
		t.Errorf("%d rows read, outputs %v; want %d rows, and %d of hourly and routes", r.Rows, r.Outputs, januaryRows, januaryLeft)
	}
	if !r.Answers.Equal || r.Answers.Compared <= 2*januaryLeft {
		t.Errorf("answers %+v", r.Answers)
	}
}

func TestDemo(t *testing.T) {
	out := runDemo(t)
	for _, want := range []string{januaryRight, "busiest routes", "mean departure delay on 2013-01-31", "27004 rows in"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestDemoKill(t *testing.T) {
	out := runDemo(t, "--kill", "-o", "json")
	var r demoResult
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	r.check(t)
	k := r.Killed
	if k == nil || len(k.Parts) == 0 || len(k.Moved) != len(k.Parts) || k.BackAfterMillis == 0 {
		t.Fatalf("killed: %+v, want a worker whose parts all moved", k)
	}
	if k.RowsRead < januaryRows/2 || k.RowsRead == januaryRows {
		t.Errorf("killed after %d of %d rows, want it to be on the way", k.RowsRead, januaryRows)
	}
}

// TestDemoInterrupted: Ctrl-C leaves neither a process nor a file.
func TestDemoInterrupted(t *testing.T) {
	cmd := demoCommand(t, "--speed", "1000") // a month in 45 minutes
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	manager := ""
	lines := bufio.NewScanner(stdout)
	ready := regexp.MustCompile(`the manager is at http://(\S+)`)
	for lines.Scan() {
		if m := ready.FindStringSubmatch(lines.Text()); m != nil {
			manager = m[1]
		}
		if strings.Contains(lines.Text(), "rows/s") {
			break
		}
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, stdout); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("interrupted: %v, want exit code 1", err)
	}
	if manager == "" {
		t.Fatal("the demo did not say where its manager is")
	}
	if c, err := net.DialTimeout("tcp", manager, time.Second); err == nil {
		c.Close()
		t.Error("the manager runs still")
	}
	if left, err := os.ReadDir(cmd.Dir); err != nil || len(left) > 0 {
		t.Errorf("the demo has left %v, %v", left, err)
	}
}

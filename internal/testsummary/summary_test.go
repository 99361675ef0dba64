package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRun runs real go test processes on small modules.
func TestRun(t *testing.T) {
	const pass = `package m
import "testing"
func TestA(t *testing.T) { t.Run("x", func(t *testing.T) {}); t.Run("y/z", func(t *testing.T) {}) }
func TestB(t *testing.T) { t.Log("quiet when it passes") }
`
	for _, tt := range []struct {
		name, source string
		code         int
		last         string
		want, not    []string
	}{
		{name: "leaves are counted", source: pass, last: "3 passed, 0 failed, 0 skipped",
			want: []string{"ok    m"}, not: []string{"quiet"}},
		{name: "failed subtest", code: 1, last: "1 passed, 1 failed, 0 skipped", source: `package m
import "testing"
func TestA(t *testing.T) {
	t.Run("good", func(t *testing.T) { t.Log("quiet when it passes") })
	t.Run("bad", func(t *testing.T) { t.Error("got 1, want 2") })
}
`, want: []string{"got 1, want 2", "FAILED  m.TestA/bad", "FAIL  m"}, not: []string{"quiet", "FAILED  m.TestA\n"}},
		{name: "failure of the parent itself", code: 1, last: "1 passed, 1 failed, 0 skipped", source: `package m
import "testing"
func TestA(t *testing.T) { t.Run("good", func(t *testing.T) {}); t.Error("sum is wrong") }
`, want: []string{"sum is wrong", "FAILED  m.TestA\n"}},
		{name: "skip says why", last: "0 passed, 0 failed, 1 skipped", source: `package m
import "testing"
func TestA(t *testing.T) { t.Skip("no Java here") }
`, want: []string{"SKIPPED m.TestA: m_test.go:3: no Java here"}},
		{name: "does not compile", code: 1, last: "0 passed, 1 failed, 0 skipped", source: `package m
import "testing"
func TestA(t *testing.T) { return 1 }
`, want: []string{"too many return values", "FAILED  m\n"}},
		{name: "panics", code: 1, last: "1 passed, 1 failed, 0 skipped", source: `package m
import "testing"
func TestA(t *testing.T) {}
func TestB(t *testing.T) { panic("boom") }
`, want: []string{"panic: boom", "FAILED  m.TestB"}},
		{name: "exits", code: 1, last: "0 passed, 1 failed, 0 skipped", source: `package m
import ("os"; "testing")
func TestA(t *testing.T) { os.Exit(3) }
`, want: []string{"TestA did not finish"}},
		{name: "nothing to run", code: 1, last: "0 passed, 0 failed, 0 skipped", source: "package m\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "go.mod"), "module m\n\ngo 1.26.0\n")
			write(t, filepath.Join(dir, "m_test.go"), tt.source)
			t.Chdir(dir)
			var out, errs strings.Builder
			code := run([]string{"./..."}, &out, &errs)
			if code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			got := out.String()
			if !strings.HasSuffix(got, "\n"+tt.last+"\n") && got != tt.last+"\n" {
				t.Errorf("last line is not %q", tt.last)
			}
			for _, w := range tt.want {
				if !strings.Contains(got, w) {
					t.Errorf("nothing says %q", w)
				}
			}
			for _, n := range tt.not {
				if strings.Contains(got, n) {
					t.Errorf("output holds %q", n)
				}
			}
			if t.Failed() {
				t.Logf("output:\n%s%s", got, errs.String())
			}
		})
	}
}

// TestTwoRuns adds up the counts of both and keeps the first exit code.
func TestTwoRuns(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module m\n\ngo 1.26.0\n")
	for name, body := range map[string]string{"a": "t.Fail()", "b": ""} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, name, "x_test.go"),
			"package x\nimport \"testing\"\nfunc TestX(t *testing.T) {"+body+"}\n")
	}
	t.Chdir(dir)
	var out, errs strings.Builder
	if code := run([]string{"./a", "--", "./b"}, &out, &errs); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if want := "\n1 passed, 1 failed, 0 skipped\n"; !strings.HasSuffix(out.String(), want) {
		t.Errorf("output %q does not end with %q", out.String(), want)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

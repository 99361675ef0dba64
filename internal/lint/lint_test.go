package lint

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

var readTree = sync.OnceValues(func() (*Tree, error) { return ReadTree(root) })

// TestHouseRules holds the repository to every rule.
func TestHouseRules(t *testing.T) {
	tree, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range longFiles(tree) {
		t.Logf("%s: %s, more than %d: think of splitting it", v.Path, v.What, goodFileLines)
	}
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			found := r.Check(tree)
			for _, v := range found {
				t.Errorf("%s:%d: %s", v.Path, v.Line, v.What)
			}
			if len(found) > 0 {
				t.Logf("why: %s", r.Reason)
			}
		})
	}
}

func TestGofmt(t *testing.T) {
	tree, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"-l"}
	for _, f := range tree.Files {
		args = append(args, f.Path)
	}
	out := inRoot(t, "gofmt", args...)
	for _, path := range strings.Fields(out) {
		t.Errorf("%s: not formatted; run make fmt", path)
	}
}

func TestVet(t *testing.T) {
	inRoot(t, "go", "vet", "./...")
}

func TestStaticcheck(t *testing.T) {
	tool := staticcheck(t)
	if tool == "" {
		const what = "staticcheck is not installed, run `make tools`: it is NOT checked here"
		if os.Getenv("CI") == "true" {
			t.Fatal(what)
		}
		t.Skip(what)
	}
	inRoot(t, tool, "./...")
}

// staticcheck finds the tool where make tools puts it, or in PATH.
func staticcheck(t *testing.T) string {
	t.Helper()
	pinned, err := filepath.Abs(filepath.Join(root, "bin", "staticcheck"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{pinned, "staticcheck"} {
		if found, err := exec.LookPath(name); err == nil {
			return found
		}
	}
	return ""
}

// inRoot runs a command in the root of the module, fails the test with its
// output when it fails, and returns what it wrote to stdout.
func inRoot(t *testing.T, name string, args ...string) string {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = root, &out, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%s: %v\n%s%s", filepath.Base(name), err, out.String(), errs.String())
	}
	return out.String()
}

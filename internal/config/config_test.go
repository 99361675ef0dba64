package config

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestGolden reads each testdata/<role>-<what>.yaml, with <what>.env beside it as
// the environment, and compares what it means, or what is wrong with it.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) < 6 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".yaml")
		t.Run(name, func(t *testing.T) {
			role, _, _ := strings.Cut(name, "-")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var environ []string
			if env, err := os.ReadFile(strings.TrimSuffix(file, ".yaml") + ".env"); err == nil {
				environ = strings.Fields(string(env))
			}
			c, err := Parse(Role(role), text, filepath.Base(file), environ)
			compare(t, strings.TrimSuffix(file, ".yaml")+".golden", describe(t, c, err))
		})
	}
}

// describe writes a configuration, without what depends on the machine.
func describe(t *testing.T, c *Config, err error) string {
	if err != nil {
		return "error:\n" + err.Error() + "\n"
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	host, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), host, "HOSTNAME") + "\n"
}

func compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run go test -update and look at the difference. Got:\n%s", file, got)
	}
}

func TestMissingFile(t *testing.T) {
	_, err := Load(Manager, filepath.Join(t.TempDir(), "deployment.yaml"))
	if err == nil || !strings.Contains(err.Error(), "deployment.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestPasswordsStayOutOfJSON(t *testing.T) {
	text := "wso2.datasources:\n  dataSources:\n  - name: DB\n    definition:\n      configuration:\n        jdbcUrl: jdbc:sqlite:x.db\n        password: geheim\n"
	c, err := Parse(Manager, []byte(text), "deployment.yaml", nil)
	if err != nil {
		t.Fatal(err)
	}
	if d, _ := c.DataSource("DB"); d.Password != "geheim" {
		t.Errorf("password is %q", d.Password)
	}
	if out := describe(t, c, nil); strings.Contains(out, "geheim") {
		t.Errorf("the password is in %s", out)
	}
}

// Every key that can be overridden has a variable of its own.
func TestVariablesAreDistinct(t *testing.T) {
	seen := map[string]string{}
	for key := range known {
		name := variable(key)
		if other, twice := seen[name]; twice {
			t.Errorf("%s is the variable of %s and of %s", name, key, other)
		}
		seen[name] = key
	}
}

func FuzzParse(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := Parse(Worker, text, "deployment.yaml", nil)
		if (c == nil) == (err == nil) {
			t.Fatalf("configuration %v, error %v", c, err)
		}
	})
}

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

// TestMain lets the test binary play the oracle: it records what the engine
// does, and with LIE set changes a value of what it gives.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "record" {
		if err := play(os.Args[3], os.Args[4], os.Getenv("LIE")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func play(out, in, lie string) error {
	files, err := scenario.Files(in)
	if err != nil {
		return err
	}
	for _, file := range files {
		s, err := scenario.Load(file)
		if err != nil {
			return err
		}
		res, err := s.Run(scenario.Options{})
		if err != nil {
			return err
		}
		text, err := s.Record(res)
		if err != nil {
			return err
		}
		if lie != "" {
			text = bytes.ReplaceAll(text, []byte(lie), []byte(`[["a lie"`))
		}
		if err := os.WriteFile(filepath.Join(out, filepath.Base(file)), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func player(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return self
}

func TestNoOracle(t *testing.T) {
	t.Setenv("ORACLE", "")
	for _, args := range [][]string{{"record", "x"}, {"fuzz"}} {
		if err := run(t.Context(), args); err == nil || !strings.Contains(err.Error(), "make oracle ORACLE=") {
			t.Errorf("%v: %v", args, err)
		}
	}
	for _, args := range [][]string{{}, {"dance"}, {"record"}} {
		if err := run(t.Context(), args); err == nil {
			t.Errorf("%v is no mistake", args)
		}
	}
}

const passing = `{"name": "p", "app": "define stream S (k string, v int); define stream U (k string); @info(name='q') from S[v > 1] select k, v insert into O; @info(name='other') from U select k insert into P;",
 "steps": [{"at": 5, "send": "U", "rows": [["x"]]}, {"at": 7, "send": "S", "rows": [["a", 1], ["b", 2], ["c", 3]]}, {"at": 9, "send": "S", "rows": [["d", 4]]}, {"at": 99}]}`

func TestRecordAgain(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "p.json")
	if err := os.WriteFile(path, []byte(passing), 0o644); err != nil {
		t.Fatal(err)
	}
	call := func(write bool) error {
		r := &recorder{command: player(t)}
		return r.with(func() error { return r.again(context.Background(), dir, write) })
	}
	if err := call(false); err == nil || !strings.Contains(err.Error(), "1 recordings have changed") {
		t.Errorf("a file without a recording: %v", err)
	}
	if err := call(true); err != nil {
		t.Error(err)
	}
	if err := call(false); err != nil {
		t.Errorf("just recorded: %v", err)
	}
	t.Setenv("LIE", `[["b"`)
	if err := call(false); err == nil {
		t.Error("another recording is no change")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte("{"), []byte(`{"computed": "elsewhere",`), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := call(false); err != nil {
		t.Errorf("what was computed is recorded: %v", err)
	}
}

// What differs is made as small as it can be: one query, one step, one row.
func TestReduction(t *testing.T) {
	dir, keep := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "p.json"), []byte(passing), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LIE", `[["b"`)
	c := comparison{recorder: &recorder{command: player(t)}, n: 1, from: dir, keep: keep, rounds: 40}
	if err := c.with(func() error { return c.run(context.Background()) }); err == nil || !strings.Contains(err.Error(), "1 of 1 apps differ") {
		t.Fatalf("%v", err)
	}
	s, err := scenario.Load(filepath.Join(keep, "p.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Steps) != 1 || len(s.Steps[0].Rows) != 1 || strings.Contains(s.App, "other") || strings.Contains(s.App, "v > 1") || strings.Contains(s.App, "define stream U") {
		t.Errorf("%d steps of %s", len(s.Steps), s.App)
	}
}

func TestRandomAppsAgreeWithThemselves(t *testing.T) {
	corpus := filepath.Join(t.TempDir(), "apps.jsonl.gz")
	c := comparison{recorder: &recorder{command: player(t)}, n: 20, seed: 5, corpus: corpus}
	if err := c.with(func() error { return c.run(context.Background()) }); err != nil {
		t.Error(err)
	}
	file, err := os.Open(corpus)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for _, err := range scenario.ReadCorpus(file) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 20 {
		t.Errorf("a corpus of %d apps", n)
	}
}

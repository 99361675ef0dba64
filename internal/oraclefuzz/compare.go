package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"millrace/internal/randomapp"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/scenario"
)

// comparison is one run of the command.
type comparison struct {
	oracle     string
	n          int
	seed       uint64
	from       string
	keep, all  string
	rounds     int
	work       string
	recordings int // so far; names their folders
}

// finding is what the comparison of an app gave.
type finding struct {
	app         *randomapp.App
	recording   []byte
	kind        string // of the first difference; "" when there is none
	source      string // of the first difference
	at          int64  // and its time
	differences []string
	tried       map[string]bool // variants, by their file
}

// apps returns the apps to compare.
func (c *comparison) apps() ([]*randomapp.App, error) {
	if c.from == "" {
		var all []*randomapp.App
		for seed := c.seed; len(all) < c.n; seed++ {
			all = append(all, randomapp.Generate(seed, randomapp.Options{Tame: true, Valid: valid}))
		}
		return all, nil
	}
	files, err := scenario.Files(c.from)
	if err != nil {
		return nil, err
	}
	var all []*randomapp.App
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		a, err := randomapp.Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, a)
	}
	return all, nil
}

// valid says whether the engine accepts an app.
func valid(text string) bool {
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		return false
	}
	app.Close()
	return true
}

// compare has all apps recorded in one run of the oracle, for its start is what
// takes long, and runs them.
func (c *comparison) compare(ctx context.Context, apps []*randomapp.App) ([]*finding, error) {
	c.recordings++
	in := filepath.Join(c.work, fmt.Sprint("in", c.recordings))
	out := filepath.Join(c.work, fmt.Sprint("out", c.recordings))
	if c.all != "" && c.recordings == 1 {
		out = c.all
	}
	for _, dir := range []string{in, out} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	for i, a := range apps {
		text, err := a.File()
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(filepath.Join(in, fileName(i)), text, 0o644); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, c.oracle, "record", "-o", out, in)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s record: %w", c.oracle, err)
	}
	var all []*finding
	for i, a := range apps {
		f, err := compareOne(a, filepath.Join(out, fileName(i)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", a.Name, err, a.Text)
		}
		all = append(all, f)
	}
	return all, os.RemoveAll(in)
}

func fileName(i int) string { return fmt.Sprintf("%05d.json", i) }

func compareOne(a *randomapp.App, file string) (*finding, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	s, err := scenario.Parse(text, false)
	if err != nil {
		return nil, err
	}
	f := &finding{app: a, recording: text}
	if s.Unanswered() {
		return f, nil // it hung
	}
	differences, err := check(s)
	if err != nil {
		return nil, err
	}
	for i := range differences {
		f.differences = append(f.differences, differences[i].String())
	}
	if len(differences) > 0 {
		d := &differences[0]
		f.kind, f.source, f.at = kindOf(d), d.From, timeOf(d)
	}
	return f, nil
}

// check runs a scenario; a panic is a difference.
func check(s *scenario.Scenario) (differences []scenario.Difference, err error) {
	defer func() {
		if p := recover(); p != nil {
			differences = []scenario.Difference{{From: "panic", Want: []string{"none"}, Got: []string{fmt.Sprint(p)}}}
		}
	}()
	return s.Check(scenario.Options{})
}

// timeOf is the later one of a difference's two calls.
func timeOf(d *scenario.Difference) int64 {
	want, got := d.First()
	at := int64(0)
	for _, call := range []string{want, got} {
		word, _, _ := strings.Cut(call, " ")
		if n, err := strconv.ParseInt(word, 10, 64); err == nil {
			at = max(at, n)
		}
	}
	return at
}

// kindOf tells differences apart that have nothing to do with each other.
func kindOf(d *scenario.Difference) string {
	switch {
	case d.Attributes:
		return "attributes"
	case d.From == "runtime" || d.From == "step" || d.From == "app" || d.From == "panic":
		return d.From
	}
	return "rows"
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"millrace/internal/randomapp"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/scenario"
)

// comparison is one run of `oracle fuzz`.
type comparison struct {
	*recorder
	n         int
	seed      uint64
	from      string
	keep, all string
	corpus    string
	rounds    int
}

// run compares, makes smaller what differs, and says what it found.
func (c *comparison) run(ctx context.Context) error {
	apps, err := c.apps()
	if err != nil {
		return err
	}
	found, err := c.compare(ctx, apps, c.all)
	if err != nil {
		return err
	}
	differing := slices.DeleteFunc(slices.Clone(found), func(f *finding) bool { return f.kind == "" })
	fmt.Printf("%d apps compared, %d differ\n", len(found), len(differing))
	if c.corpus != "" {
		if err := writeCorpus(c.corpus, found); err != nil {
			return err
		}
	}
	if c.rounds > 0 {
		if err := c.reduce(ctx, differing); err != nil {
			return err
		}
	}
	for _, f := range differing {
		fmt.Printf("\n%s: %s\n%s\n%s\n", f.app.Name, f.kind, f.app.Text, strings.Join(f.differences, "\n"))
		if c.keep != "" {
			if err := keep(c.keep, f); err != nil {
				return err
			}
		}
	}
	if len(differing) > 0 {
		return fmt.Errorf("%d of %d apps differ", len(differing), len(found))
	}
	return nil
}

// keep writes the recording of an app that differs.
func keep(dir string, f *finding) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, f.app.Name+".json"), f.recording, 0o644)
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
	hung        bool            // Siddhi gave no answer
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
	for _, file := range files[:min(len(files), c.n)] {
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

// compare has all apps recorded and runs them.
func (c *comparison) compare(ctx context.Context, apps []*randomapp.App, keep string) ([]*finding, error) {
	var files [][]byte
	for _, a := range apps {
		text, err := a.File()
		if err != nil {
			return nil, err
		}
		files = append(files, text)
	}
	recordings, err := c.record(ctx, files, keep)
	if err != nil {
		return nil, err
	}
	var all []*finding
	for i, a := range apps {
		f, err := compareOne(a, recordings[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", a.Name, err, a.Text)
		}
		all = append(all, f)
	}
	return all, nil
}

func compareOne(a *randomapp.App, text []byte) (*finding, error) {
	s, err := scenario.Parse(text, false)
	if err != nil {
		return nil, err
	}
	f := &finding{app: a, recording: text}
	if f.hung = s.Unanswered(); f.hung {
		return f, nil
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

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"millrace/pkg/siddhi/scenario"
)

// testFlags are those of `millrace test`.
type testFlags struct {
	scenario.Options
	record  bool
	inPlace bool
	log     bool
	junit   string
	limit   time.Duration
}

func (c *cli) testCommand() *cobra.Command {
	var f testFlags
	cmd := &cobra.Command{
		Use:   "test FILE|DIR...",
		Short: "Run scenarios: apps, what is sent to them and what must come out, in virtual time",
		Long: `Run scenarios in virtual time, in parallel, and show where what came out differs from what a file expects.
A scenario is a JSON or YAML file; docs/testing.md describes it. Of a folder all such files are run.

Exit codes: 0 all agree; 1 one differs; 2 a file is no scenario.`,
		Args: args(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, paths []string) error {
			f.Edges = edgeCheck{}
			f.Variables = c
			if f.log {
				f.Logger = slog.New(slog.NewTextHandler(cmd.ErrOrStderr(), nil))
			}
			return c.test(cmd.Context(), paths, &f)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.Batch, "batch", 0, "join single sends into physical batches of `N` rows where that must not show")
	flags.BoolVar(&f.RestoreEach, "restore-each", false, "restore the app from a snapshot after each send, where that must not show")
	flags.BoolVar(&f.record, "record", false, "print one scenario with what came out in the place of what it expects")
	flags.BoolVar(&f.inPlace, "in-place", false, "with --record: write it into the files instead")
	flags.BoolVar(&f.log, "log", false, "show what the apps log on standard error: #log, and warnings")
	flags.StringVar(&f.junit, "junit", "", "also write a JUnit report to `FILE`")
	flags.DurationVar(&f.limit, "timeout", time.Minute, "give a scenario up after this time")
	return cmd
}

// testResult is a line of `test -o json`.
type testResult struct {
	Name        string           `json:"name"`
	File        string           `json:"file"`
	OK          bool             `json:"ok"`
	Millis      float64          `json:"ms"`
	Error       string           `json:"error,omitempty"`
	Skipped     string           `json:"skipped,omitempty"`
	Differences []testDifference `json:"differences,omitempty"`

	broken bool
	record []byte
	text   []string // of the differences
}

// testDifference is the first difference of a source. Call counts from 1.
type testDifference struct {
	From string `json:"from"`
	Call int    `json:"call"`
	Want string `json:"want"`
	Got  string `json:"got"`
}

func (c *cli) test(ctx context.Context, paths []string, f *testFlags) error {
	var files []string
	for _, p := range paths {
		found, err := scenario.Files(p)
		if err != nil {
			return &usageError{err}
		}
		files = append(files, found...)
	}
	switch {
	case f.record && !f.inPlace && len(files) > 1:
		return &usageError{fmt.Errorf("--record prints one scenario, these are %d; --in-place writes into the files", len(files))}
	case f.inPlace && !f.record:
		return &usageError{errors.New("--in-place needs --record")}
	case f.Batch < 0:
		return &usageError{fmt.Errorf("--batch is %d; it must be positive", f.Batch)}
	}
	var all []testResult
	for done := range runTests(ctx, files, f) {
		r := <-done
		if err := c.printTest(&r, f); err != nil {
			return err
		}
		all = append(all, r)
	}
	if f.junit != "" {
		if err := writeJUnit(f.junit, all); err != nil {
			return err
		}
	}
	return c.verdict(all, f)
}

// verdict prints the summary and returns the command's error.
func (c *cli) verdict(all []testResult, f *testFlags) error {
	wrong, broken, skipped := 0, 0, 0
	for i := range all {
		switch r := &all[i]; {
		case r.broken:
			broken++
		case r.Skipped != "":
			skipped++
		case !r.OK:
			wrong++
		}
	}
	if !c.json() && !f.record {
		fmt.Fprintf(c.out, "%d scenarios: %d ok, %d differ", len(all), len(all)-wrong-broken-skipped, wrong)
		if skipped > 0 {
			fmt.Fprintf(c.out, ", %d skipped", skipped)
		}
		if broken > 0 {
			fmt.Fprintf(c.out, ", %d broken", broken)
		}
		fmt.Fprintln(c.out)
	}
	switch {
	case broken > 0:
		return &usageError{fmt.Errorf("%d of %d files are no scenarios", broken, len(all))}
	case wrong > 0:
		return errReported
	}
	return nil
}

// runTests runs the files on all processors. Their results come in order.
func runTests(ctx context.Context, files []string, f *testFlags) <-chan chan testResult {
	free := make(chan struct{}, runtime.GOMAXPROCS(0))
	results := make(chan chan testResult, len(files))
	go func() {
		defer close(results)
		for _, file := range files {
			select {
			case free <- struct{}{}:
			case <-ctx.Done():
				return
			}
			done := make(chan testResult, 1)
			results <- done
			go func() {
				done <- testWithin(ctx, file, f)
				<-free
			}()
		}
	}()
	return results
}

// testWithin gives a scenario up after the limit. An app whose loop does not end
// cannot be stopped: it runs on until the process ends.
func testWithin(ctx context.Context, file string, f *testFlags) testResult {
	ctx, cancel := context.WithTimeout(ctx, f.limit)
	defer cancel()
	done := make(chan testResult, 1)
	go func() { done <- testFile(file, f) }()
	select {
	case r := <-done:
		return r
	case <-ctx.Done():
		return testResult{Name: file, File: file, Millis: millis(f.limit), Error: fmt.Sprintf("it did not end within %s (--timeout)", f.limit)}
	}
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func testFile(file string, f *testFlags) (r testResult) {
	r.Name, r.File = file, file
	start := time.Now()
	defer func() {
		r.Millis = millis(time.Since(start))
		// A defect that one scenario meets must not hide the results of the others.
		if p := recover(); p != nil {
			r.OK, r.Error = false, fmt.Sprintf("BUG: %v\n%s", p, debug.Stack())
		}
	}()
	s, err := scenario.Load(file)
	if err != nil {
		r.Error, r.broken = err.Error(), true
		return r
	}
	r.Name = s.Name
	if s.Unanswered() && !f.record {
		r.OK, r.Skipped = true, "the engine that recorded it gave no answer"
		return r
	}
	res, err := s.Run(f.Options)
	switch {
	case errors.Is(err, scenario.ErrUnsupported) && (f.Batch > 0 || f.RestoreEach):
		r.OK, r.Skipped = true, err.Error()
		return r
	case err != nil:
		r.Error = err.Error()
		return r
	}
	if f.record {
		if r.record, err = s.Record(res); err != nil {
			r.Error = err.Error()
		}
		r.OK = err == nil
		return r
	}
	for _, d := range s.Compare(res) {
		want, got := d.First()
		r.Differences = append(r.Differences, testDifference{From: d.From, Call: d.Index + 1, Want: want, Got: got})
		r.text = append(r.text, d.String())
	}
	r.OK = len(r.Differences) == 0
	return r
}

func (c *cli) printTest(r *testResult, f *testFlags) error {
	switch {
	case r.record != nil && f.inPlace:
		return os.WriteFile(r.File, r.record, 0o644)
	case r.record != nil:
		_, err := c.out.Write(r.record)
		return err
	case c.json():
		return c.printJSON(r)
	case r.OK:
		return nil
	}
	fmt.Fprintf(c.out, "%s %s\n", c.colour(red, "differs"), r.File)
	if r.Error != "" {
		fmt.Fprintf(c.out, "  %s\n", r.Error)
	}
	for _, d := range r.text {
		fmt.Fprintf(c.out, "  %s\n", d)
	}
	return nil
}

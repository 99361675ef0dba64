// Command oraclefuzz compares the engine with the real Siddhi on random apps with
// random input: `make fuzz-oracle`. Apps that differ are made as small as they can
// be while they differ, and kept.
//
// It imports the engine's façade and scenarios, and randomapp.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
)

func main() {
	var c comparison
	flag.StringVar(&c.oracle, "oracle", os.Getenv("ORACLE"), "`command` that records scenarios with the real Siddhi")
	flag.IntVar(&c.n, "n", 200, "`number` of apps")
	flag.Uint64Var(&c.seed, "seed", 1, "`seed` of the first")
	flag.StringVar(&c.from, "from", "", "take the scenarios of this `folder` instead of random apps")
	flag.StringVar(&c.keep, "keep", "", "`folder` for the apps that differ, made small")
	flag.StringVar(&c.all, "all", "", "`folder` for all recordings")
	flag.IntVar(&c.rounds, "rounds", 40, "at most so many `rounds` of making smaller; 0: none")
	limit := flag.Duration("time", 0, "stop making smaller after this `time`; 0: never")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	if *limit > 0 {
		ctx, stop = context.WithTimeout(ctx, *limit)
	}
	err := c.run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oraclefuzz:", err)
		os.Exit(1)
	}
}

var errNoOracle = errors.New("no oracle: name the command that records scenarios with the real Siddhi, as in\n" +
	"  make fuzz-oracle ORACLE=/path/to/oracle/run.sh\nIt is called as COMMAND record -o DIR FILE-OR-DIR...")

// run compares, makes smaller what differs, and says what it found.
func (c *comparison) run(ctx context.Context) error {
	if c.oracle == "" {
		return errNoOracle
	}
	work, err := os.MkdirTemp("", "oraclefuzz")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	c.work = work
	apps, err := c.apps()
	if err != nil {
		return err
	}
	found, err := c.compare(ctx, apps)
	if err != nil {
		return err
	}
	differing := found[:0:0]
	for _, f := range found {
		if f.kind != "" {
			differing = append(differing, f)
		}
	}
	fmt.Printf("%d apps compared, %d differ\n", len(found), len(differing))
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

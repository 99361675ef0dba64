// Command oracle compares the engine with the real Siddhi. It needs a command
// that records scenarios with it (docs/testing.md).
//
//	oracle record DIR   records a folder's scenarios anew and says what changed: `make oracle`
//	oracle fuzz         compares random apps with random input: `make fuzz-oracle`
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
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "oracle:", err)
		os.Exit(1)
	}
}

var (
	errUsage    = errors.New("want `oracle record DIR` or `oracle fuzz`; see -help of each")
	errNoOracle = errors.New("no oracle: name the command that records scenarios with the real Siddhi, as in\n" +
		"  make oracle ORACLE=/path/to/oracle/run.sh\nIt is called as COMMAND record -o DIR FILE-OR-DIR... (docs/testing.md)")
)

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return errUsage
	}
	flags := flag.NewFlagSet(arguments[0], flag.ExitOnError)
	r := &recorder{}
	flags.StringVar(&r.command, "oracle", os.Getenv("ORACLE"), "`command` that records scenarios with the real Siddhi")
	switch arguments[0] {
	case "record":
		write := flags.Bool("write", false, "write what changed into the files")
		if err := flags.Parse(arguments[1:]); err != nil {
			return err
		}
		if flags.NArg() != 1 {
			return errUsage
		}
		return r.with(func() error { return r.again(ctx, flags.Arg(0), *write) })
	case "fuzz":
		c := comparison{recorder: r}
		flags.IntVar(&c.n, "n", 200, "`number` of apps")
		flags.Uint64Var(&c.seed, "seed", 1, "`seed` of the first")
		flags.StringVar(&c.from, "from", "", "take the first scenarios of this `folder` instead of random apps")
		flags.StringVar(&c.keep, "keep", "", "`folder` for the apps that differ, made small")
		flags.StringVar(&c.all, "all", "", "`folder` for all recordings")
		flags.StringVar(&c.corpus, "corpus", "", "write the recordings that agree into this `file`, which tests replay")
		flags.IntVar(&c.rounds, "rounds", 40, "at most so many `rounds` of making smaller; 0: none")
		limit := flags.Duration("time", 0, "stop making smaller after this `time`; 0: never")
		if err := flags.Parse(arguments[1:]); err != nil {
			return err
		}
		if *limit > 0 {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, *limit)
			defer cancel()
		}
		return r.with(func() error { return c.run(ctx) })
	}
	return errUsage
}

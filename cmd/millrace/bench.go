package main

import (
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"

	"github.com/spf13/cobra"

	"millrace/internal/bench"
)

func (c *cli) benchCommand() *cobra.Command {
	var opts bench.Options
	var mode, peer, profile string
	cmd := &cobra.Command{
		Use:   "bench [WORKLOAD...]",
		Short: "Measure the engine; output count and checksum are checked before a figure is printed",
		Long: "Measure the engine on workloads (default: W1 W2 W3 W5 W6 W7 W10a), for single sends and for\n" +
			"batches of 1,000 events that mean what single sends mean. With --peer, another engine is measured\n" +
			"in the same run: its command gets WORKLOAD 0 1,1000 WARMUP SECONDS RUNS and prints lines of JSON.",
		RunE: func(cmd *cobra.Command, workloads []string) error {
			opts.Workloads, opts.Peer, opts.JSON = workloads, strings.Fields(peer), c.json()
			switch mode {
			case "":
			case bench.Single.String():
				opts.Modes = []bench.Mode{bench.Single}
			case bench.Batch.String():
				opts.Modes = []bench.Mode{bench.Batch}
			default:
				return &usageError{fmt.Errorf("--mode is %q; it must be single or batch", mode)}
			}
			if profile == "" {
				return bench.Run(cmd.Context(), opts, c.out)
			}
			return profiled(profile, func() error { return bench.Run(cmd.Context(), opts, c.out) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&mode, "mode", "", "single or batch (default: both)")
	flags.StringVar(&peer, "peer", "", "command of another engine to compare with")
	flags.StringVar(&profile, "cpuprofile", "", "file for a CPU profile of the whole run (`make profile` builds with one)")
	flags.DurationVar(&opts.Load.WarmUp, "warmup", 0, "time of the warm-up (default 3s)")
	flags.DurationVar(&opts.Load.RunTime, "time", 0, "time of each timed run (default 1.5s)")
	flags.IntVar(&opts.Load.Runs, "runs", 0, "number of timed runs (default 5)")
	return cmd
}

// profiled runs f and writes where its time went to path.
func profiled(path string, f func() error) error {
	out, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(out); err != nil {
		return errors.Join(err, out.Close())
	}
	err = f()
	pprof.StopCPUProfile()
	return errors.Join(err, out.Close())
}

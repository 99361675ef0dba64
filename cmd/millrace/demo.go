package main

import (
	"github.com/spf13/cobra"

	"millrace/internal/demo"
)

func (c *cli) demoCommand() *cobra.Command {
	var opts demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch a cluster on this machine work through a month of real flights",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.JSON, opts.Live = c.json(), c.colours
			return demo.Run(cmd.Context(), opts, c.out)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.Kill, "kill", false, "kill a worker half-way, and see its parts move")
	flags.BoolVar(&opts.Full, "full", false, "the whole year instead of January; needs the year's file")
	flags.BoolVar(&opts.Keep, "keep", false, "keep the directory with configurations, logs and outputs")
	flags.StringVar(&opts.Data, "data", "", "directory of the data (default: the example's)")
	flags.StringVar(&opts.Example, "example", "", "directory of the app (default: examples/flights, looked for upwards)")
	flags.IntVar(&opts.Workers, "workers", 3, "number of workers")
	flags.IntVar(&opts.Speed, "speed", 0, "how many times faster than they happened the flights come; 0: as fast as it goes")
	return cmd
}

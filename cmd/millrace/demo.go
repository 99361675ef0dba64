package main

import (
	"github.com/spf13/cobra"

	"millrace/internal/demo"
)

func (c *cli) demoCommand() *cobra.Command {
	var opts demo.Options
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "A cluster on this machine works through a month of real flights",
		Long: "Start a manager and workers as processes on this machine, deploy the flights example, show how it goes,\n" +
			"and compare every row that comes out with a calculation that shares no code with the engine.",
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			opts.JSON, opts.Live = c.json(), c.colours
			return demo.Run(cmd.Context(), opts, c.out)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&opts.Kill, "kill", false, "kill a worker half-way and see its parts move")
	flags.BoolVar(&opts.Full, "full", false, "the whole year, from --data")
	flags.StringVar(&opts.Data, "data", "", "directory of the data (default: the example's own)")
	flags.StringVar(&opts.Example, "example", "", "directory of flights.siddhi (default: examples/flights, looked for upwards)")
	flags.IntVar(&opts.Workers, "workers", 3, "number of workers")
	flags.IntVar(&opts.Speed, "speed", 0, "how many times faster than they happened the flights are replayed (default: as fast as it goes)")
	flags.BoolVar(&opts.Keep, "keep", false, "keep the directory with outputs, logs and configurations")
	return cmd
}

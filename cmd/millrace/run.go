package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"millrace/internal/worker"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/transport"
)

func (c *cli) runCommand() *cobra.Command {
	var servers transport.Shared
	var quiet, wait bool
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Run one app in this process, without a cluster, until its sources end or Ctrl-C",
		Args:  args(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, files []string) error {
			text, err := c.readRunnable(files[0])
			if err != nil {
				return err
			}
			level := slog.LevelInfo
			if quiet {
				level = slog.LevelWarn
			}
			servers.Logger = slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level}))
			return c.runApp(cmd.Context(), files[0], text, servers, wait)
		},
	}
	cmd.Flags().StringVar(&servers.NATS, "nats", "", "NATS servers of sources and sinks that name none")
	cmd.Flags().StringVar(&servers.Kafka, "kafka", "", "Kafka brokers of sources and sinks that name none")
	cmd.Flags().BoolVar(&wait, "wait", false, "wait for sources that cannot connect, as a worker does, instead of ending with an error")
	cmd.Flags().BoolVarP(&quiet, "quiet", "q", false, "log warnings and errors only")
	return cmd
}

// runApp runs an app until ctx ends or its sources have, and prints what it has
// done. With wait, sources that cannot connect are waited for.
func (c *cli) runApp(ctx context.Context, file, text string, servers transport.Shared, wait bool) error {
	checked, err := siddhi.Check(text)
	if err != nil {
		return c.wrongApp(file, err)
	}
	app, err := siddhi.Compile(text, siddhi.Options{OnError: func(e *siddhi.ProcessingError) {
		servers.Logger.Error("rows are left out", "err", e)
	}})
	if err != nil {
		return c.wrongApp(file, err)
	}
	defer app.Close()
	name := checked.Name
	if name == "" {
		name = "app"
	}
	runner, err := connect.New(app, checked, connect.Options{
		App: name, Transports: worker.Transports(transport.Builtin(servers)), StopAtEnd: true, FailAtOnce: !wait, Logger: servers.Logger,
	})
	if err != nil {
		return c.wrongApp(file, err)
	}
	for _, w := range checked.Warnings {
		servers.Logger.Warn(w.Error())
	}
	if !hasSource(checked) {
		servers.Logger.Warn("the app has no @source, so nothing will come in")
	}
	start := time.Now()
	if err := runner.Run(ctx); err != nil {
		return fmt.Errorf("run %s: %w", file, err)
	}
	return c.printRun(name, runner.Status(), time.Since(start))
}

func hasSource(app *check.App) bool {
	for _, s := range app.Streams {
		if len(s.Sources) > 0 {
			return true
		}
	}
	return false
}

// runResult is what `run -o json` prints at the end.
type runResult struct {
	App     string               `json:"app"`
	Millis  int64                `json:"millis"`
	Sources []connect.EdgeStatus `json:"sources"`
	Sinks   []connect.EdgeStatus `json:"sinks"`
}

func (c *cli) printRun(name string, s connect.Status, took time.Duration) error {
	if c.json() {
		return c.printJSON(runResult{name, took.Milliseconds(), s.Sources, s.Sinks})
	}
	fmt.Fprintf(c.out, "app %s ran for %v\n", name, took.Round(time.Millisecond))
	rows := [][]string{{"", "STREAM", "TYPE", "ROWS", "BAD", "LAST ERROR"}}
	add := func(what string, edges []connect.EdgeStatus) {
		for _, e := range edges {
			rows = append(rows, []string{what, e.Stream, e.Type, fmt.Sprint(e.Rows), fmt.Sprint(e.Bad), e.LastError})
		}
	}
	add("in", s.Sources)
	add("out", s.Sinks)
	return c.table(rows)
}

// Package node is what the programs manager and worker have in common: flags,
// log, signals, and the databases of the configuration.
//
// It imports internal/config, internal/database and pkg/persistence.
package node

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"millrace/internal/config"
)

// Main is a node's program: it reads flags and configuration and calls run, whose
// context ends with SIGINT or SIGTERM. It returns the exit code: 1 with one line
// that says why when the node cannot run, 2 when it was called wrongly.
func Main(role config.Role, args []string, stderr io.Writer, run func(context.Context, *config.Config, *slog.Logger) error) int {
	flags := flag.NewFlagSet(string(role), flag.ContinueOnError)
	flags.SetOutput(stderr)
	file := flags.String("config", "", "deployment.yaml of this node; without one everything has its default")
	level := slog.LevelInfo
	flags.TextVar(&level, "log-level", level, "debug, info, warn or error")
	format := flags.String("log-format", "text", "text or json")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if flags.NArg() > 0 || *format != "text" && *format != "json" {
		fmt.Fprintf(stderr, "%s: usage: %s [-config deployment.yaml] [-log-level info] [-log-format text|json]\n", role, role)
		return 2
	}
	if err := start(role, *file, newLogger(stderr, level, *format), run); err != nil {
		fmt.Fprintf(stderr, "%s: %s\n", role, oneLine(err))
		return 1
	}
	return 0
}

func start(role config.Role, file string, log *slog.Logger, run func(context.Context, *config.Config, *slog.Logger) error) error {
	cfg, err := config.Load(role, file)
	if err != nil {
		return err
	}
	for _, w := range cfg.Warnings {
		log.Warn(w)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the process at once.
	defer context.AfterFunc(ctx, stop)()
	return run(ctx, cfg, log)
}

func newLogger(w io.Writer, level slog.Level, format string) *slog.Logger {
	opts := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }

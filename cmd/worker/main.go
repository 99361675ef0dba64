// Command worker is a worker node: it runs what the managers give it.
package main

import (
	"context"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"time"

	"millrace/internal/api"
	"millrace/internal/config"
	"millrace/internal/node"
	"millrace/internal/worker"
	"millrace/pkg/transport"
)

func main() { os.Exit(node.Main(config.Worker, os.Args[1:], os.Stderr, run)) }

func run(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	databases := node.NewDatabases(cfg, log)
	defer func() {
		if err := databases.Close(); err != nil {
			log.Warn("close the databases", "err", err)
		}
	}()
	revisions, err := databases.Revisions(ctx)
	if err != nil {
		return err
	}
	d := cfg.Deployment
	opts := worker.Config{
		ID: cfg.ID, Listen: cfg.Listen.String(), DataDir: filepath.Join(cfg.DataDirectory, "workers", cfg.ID),
		Publish: api.Interface{Host: cfg.Publish.Host, Port: cfg.Publish.Port}, IsReceiverNode: d.Receiver,
		Revisions: revisions, SnapshotEvery: snapshotEvery(cfg.Persistence.Interval), LeaderRetry: d.LeaderRetryInterval,
		Transports: worker.Transports(transport.Builtin(transport.Shared{NATS: d.NATSServerURL, Kafka: d.BootstrapURLs, Logger: log})),
		Logger:     log,
	}
	if cfg.AggregationZone != "" {
		opts.Properties = map[string]string{"aggTimeZone": cfg.AggregationZone}
	}
	for _, m := range d.ResourceManagers {
		opts.Managers = append(opts.Managers, "http://"+m.String())
	}
	w, err := worker.New(opts)
	if err != nil {
		return err
	}
	if err := w.Run(ctx); err != nil {
		return err
	}
	log.Info("worker is stopped", "id", cfg.ID)
	return nil
}

// snapshotEvery turns the configuration's 0, for none but the last, into what never comes.
func snapshotEvery(interval time.Duration) time.Duration {
	if interval == 0 {
		return math.MaxInt64
	}
	return interval
}

// Command manager is a manager node: it takes apps over REST and has workers run them.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"millrace/internal/api"
	"millrace/internal/config"
	"millrace/internal/manager"
	"millrace/internal/node"
	"millrace/internal/worker"
	"millrace/pkg/coordination"
	members "millrace/pkg/coordination/sql"
	desired "millrace/pkg/persistence/sql"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/transport"
)

func main() { os.Exit(node.Main(config.Manager, os.Args[1:], os.Stderr, run)) }

// run listens first, so that a port in use is known before anything has happened.
func run(ctx context.Context, cfg *config.Config, log *slog.Logger) error {
	ln, err := net.Listen("tcp", cfg.Listen.String())
	if err != nil {
		return fmt.Errorf("the REST API cannot listen: %w", err)
	}
	defer ln.Close()
	databases := node.NewDatabases(cfg, log)
	defer func() {
		if err := databases.Close(); err != nil {
			log.Warn("close the databases", "err", err)
		}
	}()
	opts, err := options(ctx, cfg, databases)
	if err != nil {
		return err
	}
	opts.Logger = log
	m, err := manager.New(opts)
	if err != nil {
		return err
	}
	log.Info("manager is up", "id", cfg.ID, "api", opts.Publish.URL(), "group", cfg.Cluster.GroupID, "transport", string(cfg.Deployment.Transport))
	if err := m.Run(ctx, ln); err != nil {
		return err
	}
	log.Info("manager is stopped", "id", cfg.ID)
	return nil
}

func options(ctx context.Context, cfg *config.Config, databases *node.Databases) (manager.Options, error) {
	d := cfg.Deployment
	opts := manager.Options{
		ID: cfg.ID, GroupID: cfg.Cluster.GroupID,
		Publish:     api.Interface{Host: cfg.Publish.Host, Port: cfg.Publish.Port},
		Heartbeats:  coordination.Terms{HeartbeatInterval: cfg.Cluster.HeartbeatInterval, HeartbeatMaxRetry: cfg.Cluster.HeartbeatMaxRetry},
		WorkerTerms: coordination.Terms{HeartbeatInterval: d.HeartbeatInterval, HeartbeatMaxRetry: d.HeartbeatMaxRetry},
		MinWorkers:  d.MinResourceCount,
		Topology:    topology.Options{Transport: topology.Transport(d.Transport), Servers: d.Servers()},
	}
	if d.Transport == config.Kafka {
		opts.Replicas = len(strings.Split(d.BootstrapURLs, ",")) // as WSO2 SP does
	}
	if d.EmbeddedBroker() {
		opts.Broker = &manager.BrokerOptions{
			Directory: filepath.Join(cfg.DataDirectory, "broker"), ListenHost: cfg.Listen.Host, Host: d.Broker.Host, Port: d.Broker.Port,
		}
	}
	// What the workers can connect to is known only there; kinds and options are known here.
	kinds := worker.Transports(transport.Builtin(transport.Shared{NATS: "nats://worker", Kafka: "worker", STAN: "nats://worker"}))
	opts.Check = func(app *check.App) error { return connect.Check(app, kinds) }
	db, err := databases.Open(ctx, cfg.Cluster.DataSource)
	if err != nil {
		return opts, err
	}
	if opts.Members, err = members.New(ctx, db); err != nil {
		return opts, err
	}
	if db, err = databases.Open(ctx, d.DataSource); err != nil {
		return opts, err
	}
	opts.Desired, err = desired.NewDesired(ctx, db, cfg.Cluster.GroupID)
	return opts, err
}

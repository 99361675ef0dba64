package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"millrace/internal/localcluster"
)

func (c *cli) devCommand() *cobra.Command {
	var opts localcluster.Options
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a cluster on this machine until Ctrl-C: a manager and workers, with the embedded broker and database",
		Args:  args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if opts.Managers < 1 || opts.Workers < 1 {
				return &usageError{fmt.Errorf("there must be at least one manager and one worker")}
			}
			var err error
			if opts.Programs, err = ownDirectory(); err != nil {
				return err
			}
			return c.dev(cmd.Context(), opts)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&opts.Managers, "managers", 1, "number of managers")
	flags.IntVar(&opts.Workers, "workers", 3, "number of workers")
	flags.IntVar(&opts.ManagerPort, "port", 9190, "port of the first manager; 0 takes any")
	flags.StringVar(&opts.Directory, "dir", filepath.Join(".millrace", "dev"), "directory of configurations, logs, apps and their state")
	flags.StringVar(&opts.Kafka, "kafka", "", "Kafka brokers to use instead of the embedded broker")
	flags.StringVar(&opts.NATS, "nats", "", "NATS servers to use instead of the embedded broker")
	flags.StringVar(&opts.Database, "database", "", "JDBC URL of a database to use instead of the embedded one")
	flags.StringVar(&opts.Username, "database-user", "", "user of that database")
	flags.StringVar(&opts.Password, "database-password", os.Getenv("MILLRACE_DATABASE_PASSWORD"), "its password (MILLRACE_DATABASE_PASSWORD)")
	flags.Lookup("database-password").DefValue = ""
	return cmd
}

// ownDirectory is where this program is; manager and worker are beside it.
func ownDirectory() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if self, err = filepath.EvalSymlinks(self); err != nil {
		return "", err
	}
	return filepath.Dir(self), nil
}

// dev runs a cluster until ctx ends, and stops it in order.
func (c *cli) dev(ctx context.Context, opts localcluster.Options) error {
	fmt.Fprintf(c.err, "starting managers: %d, workers: %d, in %s\n", opts.Managers, opts.Workers, opts.Directory)
	cluster, err := localcluster.Start(ctx, opts)
	if err != nil {
		return err
	}
	if err := c.printCluster(cluster); err != nil {
		return err
	}
	c.watch(ctx, cluster)
	fmt.Fprintln(c.err, "stopping")
	return cluster.Stop()
}

// devNode is an element of what `dev -o json` prints when the cluster is ready.
type devNode struct {
	ID  string `json:"id"`
	URL string `json:"url"`
	Log string `json:"log"`
}

func (c *cli) printCluster(cluster *localcluster.Cluster) error {
	rows := [][]string{{"NODE", "URL", "LOG"}}
	var nodes []devNode
	for _, group := range [][]*localcluster.Node{cluster.Managers, cluster.Workers} {
		for _, n := range group {
			rows = append(rows, []string{n.ID, n.URL, n.Log()})
			nodes = append(nodes, devNode{n.ID, n.URL, n.Log()})
		}
	}
	if c.json() {
		return c.printJSON(nodes)
	}
	if err := c.table(rows); err != nil {
		return err
	}
	manager := ""
	if url := cluster.Managers[0].URL; url != defaultManager {
		manager = " --manager " + url
	}
	_, err := fmt.Fprintf(c.out, "\n%s: in another terminal, millrace deploy FILE%s; Ctrl-C here stops everything\n", c.colour(green, "ready"), manager)
	return err
}

// watch tells of nodes that end by themselves, until ctx ends.
func (c *cli) watch(ctx context.Context, cluster *localcluster.Cluster) {
	ended := make(chan *localcluster.Node)
	for _, group := range [][]*localcluster.Node{cluster.Managers, cluster.Workers} {
		for _, n := range group {
			go func() {
				select {
				case <-n.Ended():
				case <-ctx.Done():
					return
				}
				select {
				case ended <- n:
				case <-ctx.Done():
				}
			}()
		}
	}
	for {
		select {
		case n := <-ended:
			fmt.Fprintln(c.err, n.Failure())
		case <-ctx.Done():
			return
		}
	}
}

package localcluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"gopkg.in/yaml.v3"

	"millrace/internal/managerapi"
)

// Options says what cluster to run. Programs and Directory are required.
type Options struct {
	Programs  string // directory with the programs manager and worker
	Directory string // for everything that the nodes write
	Managers  int    // default 1
	Workers   int    // default 3
	// ManagerPort is the port of the first manager; the others have any, as all
	// have with 0.
	ManagerPort int
	// ManagerHeartbeat times ManagerRetries is after what time without a sign of
	// life another manager takes over; default 500 ms × 4. Heartbeat times Retries
	// is how long a worker runs on without an answer; default 500 ms × 6.
	ManagerHeartbeat, Heartbeat time.Duration
	ManagerRetries, Retries     int
	SnapshotEvery               time.Duration // default 500 ms
	// Database is the JDBC URL of all nodes; default an SQLite file in Directory.
	Database, Username, Password string
	Kafka                        string        // brokers; the message layer is then Kafka
	NATS                         string        // servers; without any, and without Kafka, the leader runs a broker
	StartLimit                   time.Duration // for all nodes to be ready; default 30 s
	StopLimit                    time.Duration // for each node to stop; default 15 s
}

func (o *Options) complete() error {
	if o.Programs == "" || o.Directory == "" {
		return errors.New("localcluster: Programs and Directory are needed")
	}
	if o.Managers < 0 || o.Workers < 0 {
		return errors.New("localcluster: the numbers of managers and workers must not be negative")
	}
	o.Managers = orDefault(o.Managers, 1)
	o.Workers = orDefault(o.Workers, 3)
	o.ManagerHeartbeat = orDefault(o.ManagerHeartbeat, 500*time.Millisecond)
	o.ManagerRetries = orDefault(o.ManagerRetries, 4)
	o.Heartbeat = orDefault(o.Heartbeat, 500*time.Millisecond)
	o.Retries = orDefault(o.Retries, 6)
	o.SnapshotEvery = orDefault(o.SnapshotEvery, 500*time.Millisecond)
	o.StartLimit = orDefault(o.StartLimit, 30*time.Second)
	o.StopLimit = orDefault(o.StopLimit, 15*time.Second)
	dir, err := filepath.Abs(o.Directory)
	if err != nil {
		return err
	}
	o.Directory = dir
	if o.Database == "" {
		o.Database = "jdbc:sqlite:" + filepath.Join(dir, "millrace.db")
	}
	return nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Cluster is the nodes that run.
type Cluster struct {
	Managers, Workers []*Node
	opts              Options
	brokerPort        int
}

// Start starts the nodes and waits until a manager leads and all workers have
// joined. On an error nothing is left running.
func Start(ctx context.Context, opts Options) (*Cluster, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	c := &Cluster{opts: opts}
	if err := c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop())
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	ports, err := freePorts(c.opts.Managers + c.opts.Workers + 1)
	if err != nil {
		return err
	}
	c.brokerPort = ports[len(ports)-1]
	if c.opts.ManagerPort != 0 {
		ports[0] = c.opts.ManagerPort
	}
	managers, workers := ports[:c.opts.Managers], ports[c.opts.Managers:len(ports)-1]
	for i, port := range managers {
		id := "manager-" + strconv.Itoa(i+1)
		n, err := c.node(id, "manager", port, c.managerSettings(id, port))
		if err != nil {
			return err
		}
		c.Managers = append(c.Managers, n)
	}
	for i, port := range workers {
		id := "worker-" + strconv.Itoa(i+1)
		n, err := c.node(id, "worker", port, c.workerSettings(id, port, managers))
		if err != nil {
			return err
		}
		c.Workers = append(c.Workers, n)
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.StartLimit)
	defer cancel()
	return c.Await(ctx, "all workers join", func(ctx context.Context) (bool, error) {
		workers, err := c.Alive(ctx)
		return len(workers) == len(c.Workers), err
	})
}

// node writes a node's configuration and starts it.
func (c *Cluster) node(id, program string, port int, s settings) (*Node, error) {
	path, err := Program(c.opts.Programs, program)
	if err != nil {
		return nil, err
	}
	n := &Node{ID: id, URL: "http://" + local(port), Dir: filepath.Join(c.opts.Directory, id), program: path}
	if err := os.MkdirAll(n.Dir, 0o700); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(s)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(n.Dir, "deployment.yaml"), text, 0o600); err != nil {
		return nil, err
	}
	return n, n.start()
}

// Program returns the path of a program in a directory, usually that of the caller's own.
func Program(dir, name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the program %s is not beside this one: %w; `make build` makes all three", name, err)
	}
	return path, nil
}

func local(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts returns ports that nobody listens on now.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, fmt.Errorf("find a free port: %w", err)
		}
		defer l.Close() // only when all are found, so that they differ
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// Stop stops the workers, then the managers, and waits. The error says which did
// not end in order.
func (c *Cluster) Stop() error {
	var wrong []error
	for _, group := range [][]*Node{c.Workers, c.Managers} {
		var running []*Node
		for _, n := range group {
			if n.command != nil && n.Running() {
				n.ask()
				running = append(running, n)
			}
		}
		for _, n := range running {
			wrong = append(wrong, n.await(c.opts.StopLimit))
		}
	}
	return errors.Join(wrong...)
}

// Broker is the URL of the embedded broker, empty when there is none.
func (c *Cluster) Broker() string {
	if c.opts.Kafka != "" || c.opts.NATS != "" {
		return ""
	}
	return "nats://" + local(c.brokerPort)
}

// ErrNoLeader means that no manager that runs leads now.
var ErrNoLeader = errors.New("no manager leads")

// Leader returns the manager that leads.
func (c *Cluster) Leader(ctx context.Context) (*Node, error) {
	client := http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	for _, n := range c.Managers {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.URL+"/managers/isActive", nil)
		if err != nil {
			return nil, err
		}
		resp, err := client.Do(req)
		if err != nil {
			continue // it may be dead or hang
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return n, nil
		}
	}
	return nil, ErrNoLeader
}

// Client returns a client of the manager that leads. The caller closes it.
func (c *Cluster) Client(ctx context.Context) (*managerapi.Client, error) {
	leader, err := c.Leader(ctx)
	if err != nil {
		return nil, err
	}
	return managerapi.NewClient(leader.URL, 10*time.Second)
}

// Alive returns the ids of the workers that the leader hears of.
func (c *Cluster) Alive(ctx context.Context) ([]string, error) {
	client, err := c.Client(ctx)
	if err != nil {
		return nil, err
	}
	defer client.Close()
	workers, err := client.Workers(ctx)
	var alive []string
	for _, w := range workers {
		if w.State == managerapi.WorkerAlive {
			alive = append(alive, w.ID)
		}
	}
	return alive, err
}

// awaitEvery is how often Await looks.
const awaitEvery = 50 * time.Millisecond

// Await waits until a condition holds. Errors of done are no end: the last one is
// part of the error when ctx ends first. A node that has ended by itself before is one.
func (c *Cluster) Await(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	tick := time.NewTicker(awaitEvery)
	defer tick.Stop()
	for {
		ok, err := done(ctx)
		if ok && err == nil {
			return nil
		}
		if failed := c.failed(); failed != nil {
			return failed
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("wait until %s: %w", what, ctx.Err()), err)
		case <-tick.C:
		}
	}
}

// failed is why a node has ended by itself; nil while all run or were killed.
func (c *Cluster) failed() error {
	for _, n := range append(append([]*Node{}, c.Managers...), c.Workers...) {
		if !n.Running() && n.command.ProcessState.ExitCode() > 0 {
			return n.Failure()
		}
	}
	return nil
}

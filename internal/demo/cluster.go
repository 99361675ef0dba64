package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"millrace/internal/managerapi"
)

const (
	startLimit = 30 * time.Second // for all processes to be ready
	stopLimit  = 5 * time.Second  // for one to end in order
	callLimit  = 5 * time.Second  // for an answer of a manager
	readyEvery = 20 * time.Millisecond

	// What workers must keep: one that is killed is given up after 250 ms × 6 and
	// the margin of a second that managers add.
	heartbeat = 250 * time.Millisecond
	retries   = 6
	// snapshots are taken often enough that little is read again after a kill.
	snapshots = 500 * time.Millisecond
)

// cluster is a manager and workers on this machine, as processes of their own.
type cluster struct {
	manager  *process
	workers  []*process
	client   *managerapi.Client
	url      string // of the manager
	broker   string // URL of the broker inside the manager
	nodeURLs map[string]string
}

// binary returns the program of that name beside this one.
func binary(dir, name string) (string, error) {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the demo needs the program %s beside millrace: %w; `make build` makes all three", name, err)
	}
	return path, nil
}

// startCluster starts a manager and workers whose files are below dir, and waits
// until all of them are ready. On an error nothing is left running.
func startCluster(ctx context.Context, programs, dir string, workers int) (*cluster, error) {
	c := &cluster{nodeURLs: map[string]string{}}
	if err := c.start(ctx, programs, dir, workers); err != nil {
		c.stop()
		return nil, err
	}
	return c, nil
}

func (c *cluster) start(ctx context.Context, programs, dir string, workers int) error {
	managerProgram, err := binary(programs, "manager")
	if err != nil {
		return err
	}
	workerProgram, err := binary(programs, "worker")
	if err != nil {
		return err
	}
	ports, err := freePorts(2 + workers)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	c.url, c.broker = "http://"+local(ports[0]), "nats://"+local(ports[1])
	if c.client, err = managerapi.NewClient(c.url, callLimit); err != nil {
		return err
	}
	c.manager, err = c.node("manager", managerProgram, dir, ports[0], managerConfig(ports[0], ports[1]))
	if err != nil {
		return err
	}
	if err := c.awaitNode(ctx, c.manager); err != nil {
		return err
	}
	database := filepath.Join(dir, "snapshots.db")
	for i := range workers {
		id := fmt.Sprintf("worker-%d", i+1)
		w, err := c.node(id, workerProgram, dir, ports[2+i], workerConfig(id, ports[2+i], ports[0], database))
		if err != nil {
			return err
		}
		c.workers = append(c.workers, w)
		// One after another: the first makes the database of the snapshots.
		if err := c.awaitNode(ctx, w); err != nil {
			return err
		}
	}
	return c.awaitWorkers(ctx)
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

// settings are the keys and values of a deployment.yaml.
type settings map[string]any

func managerConfig(port, brokerPort int) settings {
	return settings{
		"wso2.carbon":         settings{"id": "manager"},
		"millrace":            settings{"dataDirectory": "data", "broker": settings{"host": "127.0.0.1", "port": brokerPort}},
		"wso2.transport.http": listenOn(port),
		"deployment.config": settings{
			"type": "distributed", "minResourceCount": 1,
			"heartbeatInterval": heartbeat.Milliseconds(), "heartbeatMaxRetry": retries,
		},
	}
}

// workerConfig has all workers keep their snapshots in one database: a part that
// moves finds its state there.
func workerConfig(id string, port, managerPort int, database string) settings {
	const source = "SNAPSHOTS"
	return settings{
		"wso2.carbon":         settings{"id": id},
		"millrace":            settings{"dataDirectory": "data"},
		"wso2.transport.http": listenOn(port),
		"wso2.datasources": settings{"dataSources": []settings{{
			"name": source, "definition": settings{"configuration": settings{"jdbcUrl": "jdbc:sqlite:" + database}},
		}}},
		"state.persistence": settings{
			"intervalInMillis": snapshots.Milliseconds(), "persistenceStore": "database", "config": settings{"datasource": source},
		},
		"deployment.config": settings{
			"type": "distributed", "leaderRetryInterval": heartbeat.Milliseconds(),
			"resourceManagers": []settings{{"host": "127.0.0.1", "port": managerPort}},
		},
	}
}

func listenOn(port int) settings {
	return settings{"listenerConfigurations": []settings{{"host": "127.0.0.1", "port": port}}}
}

// node writes the configuration of a node into a directory of its own, and starts it there.
func (c *cluster) node(id, program, dir string, port int, config settings) (*process, error) {
	home := filepath.Join(dir, id)
	if err := os.MkdirAll(home, 0o755); err != nil {
		return nil, err
	}
	text, err := yaml.Marshal(config)
	if err != nil {
		return nil, fmt.Errorf("configuration of %s: %w", id, err)
	}
	if err := os.WriteFile(filepath.Join(home, "deployment.yaml"), text, 0o644); err != nil {
		return nil, err
	}
	c.nodeURLs[id] = "http://" + local(port)
	return startProcess(id, program, home, "-config", "deployment.yaml")
}

// awaitNode waits until a node answers that it is well.
func (c *cluster) awaitNode(ctx context.Context, p *process) error {
	client := &http.Client{Timeout: callLimit, Transport: &http.Transport{DisableKeepAlives: true}}
	return c.await(ctx, p.id+" to be ready", func() (bool, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.nodeURLs[p.id]+"/health", nil)
		if err != nil {
			return false, err
		}
		resp, err := client.Do(req)
		if err != nil {
			return false, nil // it does not listen yet
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return err == nil && resp.StatusCode == http.StatusOK, nil
	})
}

// awaitWorkers waits until the manager knows all workers.
func (c *cluster) awaitWorkers(ctx context.Context) error {
	return c.await(ctx, "the manager to know all workers", func() (bool, error) {
		known, err := c.client.Workers(ctx)
		alive := 0
		for _, w := range known {
			if w.State == managerapi.WorkerAlive {
				alive++
			}
		}
		return err == nil && alive == len(c.workers), nil
	})
}

// await asks again and again until what is waited for is there. It fails when ctx
// ends or a process does.
func (c *cluster) await(ctx context.Context, what string, there func() (bool, error)) error {
	tick := time.NewTicker(readyEvery)
	defer tick.Stop()
	for {
		ok, err := there()
		if ok || err != nil {
			return err
		}
		if err := c.broken(nil); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return fmt.Errorf("waited %v for %s%s", startLimit, what, c.logs())
			}
			return ctx.Err()
		}
	}
}

// broken returns the failure of a process that has ended, other than the one that was killed.
func (c *cluster) broken(killed *process) error {
	for _, p := range c.processes() {
		if p != killed && !p.running() {
			return p.failure()
		}
	}
	return nil
}

// processes lists the workers and then the manager: the order to stop them in.
func (c *cluster) processes() []*process {
	all := append([]*process(nil), c.workers...)
	if c.manager != nil {
		all = append(all, c.manager)
	}
	return all
}

// logs shows the last lines of every process.
func (c *cluster) logs() string {
	var b strings.Builder
	for _, p := range c.processes() {
		fmt.Fprintf(&b, "\nthe end of %s:\n%s", p.log, lastLines(p.log, 6))
	}
	return b.String()
}

// stop ends all processes: workers first, for they still need the manager's
// broker to write what is in flight.
func (c *cluster) stop() {
	for _, w := range c.workers {
		w.ask()
	}
	for _, w := range c.workers {
		w.stop(stopLimit)
	}
	if c.manager != nil {
		c.manager.ask()
		c.manager.stop(stopLimit)
	}
	if c.client != nil {
		c.client.Close()
	}
}

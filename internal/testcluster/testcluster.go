// Package testcluster gives tests clusters of real processes: the programs are
// built once for a test binary, each test gets nodes of its own, which stop with it.
//
// It imports internal/localcluster and internal/managerapi.
package testcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"millrace/internal/localcluster"
	"millrace/internal/managerapi"
)

// Limit is how long a test waits for something that must happen.
const Limit = 60 * time.Second

// programs builds the programs into a directory, which Main removes.
var programs = sync.OnceValues(build)

func build() (string, error) {
	dir, err := os.MkdirTemp("", "millrace-programs-")
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "millrace/cmd/manager", "millrace/cmd/worker", "millrace/cmd/millrace")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return dir, fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	return dir, nil
}

// Main runs the tests of a package and removes what was built. Call it from TestMain.
func Main(run func() int) int {
	code := run()
	dir, err := programs()
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, "testcluster:", err)
		return max(code, 1)
	}
	return code
}

// Programs returns the directory with the programs manager, worker and millrace.
func Programs(t testing.TB) string {
	t.Helper()
	dir, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Cluster is a cluster of one test.
type Cluster struct {
	*localcluster.Cluster
	t testing.TB
}

// Start starts a cluster that stops with the test. Programs and Directory of opts
// are filled in. When the test has failed, the ends of the logs are shown.
func Start(t testing.TB, opts localcluster.Options) *Cluster {
	t.Helper()
	opts.Programs, opts.Directory = Programs(t), t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), Limit)
	defer cancel()
	inner, err := localcluster.Start(ctx, opts)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cluster{inner, t}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Errorf("stop the cluster: %v", err)
		}
		if t.Failed() {
			for _, n := range append(append([]*localcluster.Node{}, c.Managers...), c.Workers...) {
				t.Logf("%s:\n%s", n.ID, n.LastLines(40))
			}
		}
	})
	return c
}

// Eventually waits until a condition holds, and fails the test after Limit.
func (c *Cluster) Eventually(what string, done func(context.Context) (bool, error)) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), Limit)
	defer cancel()
	if err := c.Await(ctx, what, done); err != nil {
		c.t.Fatal(err)
	}
}

// Ask calls the leader; without one it returns ErrNoLeader.
func Ask[T any](ctx context.Context, c *Cluster, call func(context.Context, *managerapi.Client) (T, error)) (T, error) {
	client, err := c.Client(ctx)
	if err != nil {
		var none T
		return none, err
	}
	defer client.Close()
	return call(ctx, client)
}

// Deploy gives the cluster an app, and waits until all of it runs.
func (c *Cluster) Deploy(text string) managerapi.Deployed {
	c.t.Helper()
	d, err := Ask(c.t.Context(), c, func(ctx context.Context, m *managerapi.Client) (managerapi.Deployed, error) {
		return m.Deploy(ctx, text)
	})
	if err != nil {
		c.t.Fatal(err)
	}
	c.AwaitActive(d.App)
	return d
}

// AwaitActive waits until all parts of an app run, and returns where.
func (c *Cluster) AwaitActive(app string) (workers map[string]string) {
	c.t.Helper()
	c.Eventually("all parts of "+app+" run", func(ctx context.Context) (bool, error) {
		s, err := c.Status(ctx, app)
		if err != nil {
			return false, err
		}
		workers = map[string]string{}
		for _, p := range s.PartialApps {
			workers[p.Name] = p.Worker
		}
		if s.Status == "active" && s.ActiveParts == s.Parts {
			return true, nil
		}
		return false, fmt.Errorf("app %s is %s, %d of %d parts: %s", app, s.State, s.ActiveParts, s.Parts, s.Reason)
	})
	return workers
}

// Status asks the leader for the status of an app.
func (c *Cluster) Status(ctx context.Context, app string) (managerapi.AppStatus, error) {
	return Ask(ctx, c, func(ctx context.Context, m *managerapi.Client) (managerapi.AppStatus, error) {
		return m.Status(ctx, app)
	})
}

// Worker returns the worker node with an id.
func (c *Cluster) Worker(id string) *localcluster.Node {
	c.t.Helper()
	for _, w := range c.Workers {
		if w.ID == id {
			return w
		}
	}
	c.t.Fatalf("there is no worker %q", id)
	return nil
}

// Package cluster tells what happens to a cluster of real processes: workers and
// managers that are killed, hang and come back. What an app puts out is compared
// with a calculation of its own.
package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"millrace/internal/api"
	"millrace/internal/kafkatest"
	"millrace/internal/localcluster"
	"millrace/internal/managerapi"
	"millrace/internal/servertest"
	"millrace/internal/testcluster"
)

func TestMain(m *testing.M) {
	code := testcluster.Main(func() int { return servertest.Main(m) })
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

const some = 3000 // orders

// workerOf returns the worker that runs an instance of the app's parallel group.
func workerOf(t *testing.T, c *testcluster.Cluster, o *orders) *localcluster.Node {
	t.Helper()
	for part, worker := range c.AwaitActive(o.name) {
		if strings.HasPrefix(part, o.name+"-totals-") {
			return c.Worker(worker)
		}
	}
	t.Fatalf("app %s has no part of the group totals", o.name)
	return nil
}

// awaitMoved waits until all parts of the app run, none of them on the worker.
func awaitMoved(c *testcluster.Cluster, o *orders, from *localcluster.Node) {
	c.Eventually("the parts of "+from.ID+" run elsewhere", func(ctx context.Context) (bool, error) {
		s, err := c.Status(ctx, o.name)
		for _, p := range s.PartialApps {
			if p.Worker == from.ID {
				return false, fmt.Errorf("%s is on %s still", p.Name, from.ID)
			}
		}
		return s.Status == "active", err
	})
}

// killWorker is the story of a worker that dies in the middle of the work.
func killWorker(t *testing.T, opts localcluster.Options, app string) {
	c := testcluster.Start(t, opts)
	o := newOrders(t, app)
	o.send(some)
	c.Deploy(o.text())
	o.awaitSome(c)
	victim := workerOf(t, c, o)
	o.send(some)
	victim.Kill()
	o.send(some)
	awaitMoved(c, o, victim)
	o.send(some)
	again := o.awaitAll(c)
	t.Logf("%d results, %d lines came again", len(o.want), again)
}

func TestWorkerDies(t *testing.T) {
	t.Parallel()
	killWorker(t, localcluster.Options{}, "Orders")
}

func TestWorkerDiesPostgreSQL(t *testing.T) {
	t.Parallel()
	killWorker(t, localcluster.Options{Database: servertest.Postgres(t)}, "OrdersPostgres")
}

func TestWorkerDiesMariaDB(t *testing.T) {
	t.Parallel()
	killWorker(t, localcluster.Options{Database: servertest.MariaDB(t)}, "OrdersMariaDB")
}

func TestWorkerDiesKafka(t *testing.T) {
	t.Parallel()
	killWorker(t, localcluster.Options{Kafka: kafkatest.Start(t)}, "OrdersKafka")
}

// The leader dies, and with it the embedded broker; the other manager goes on
// where it was, with the same desired state and the same topics.
func TestLeaderDies(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, localcluster.Options{Managers: 2})
	o := newOrders(t, "Orders")
	o.send(some)
	c.Deploy(o.text())
	o.awaitSome(c)
	old, err := c.Leader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	o.send(some)
	old.Kill()
	o.send(some)
	c.Eventually("the other manager leads", func(ctx context.Context) (bool, error) {
		n, err := c.Leader(ctx)
		return n != nil && n != old, err
	})
	c.AwaitActive(o.name)
	o.send(some)
	again := o.awaitAll(c)
	t.Logf("%d results, %d lines came again", len(o.want), again)

	second := newOrders(t, "Second")
	second.send(some)
	c.Deploy(second.text())
	second.awaitAll(c)
	if err := old.Restart(); err != nil {
		t.Fatal(err)
	}
	c.Eventually("the restarted manager knows the leader", func(ctx context.Context) (bool, error) {
		return followerAnswers(ctx, old.URL, "Orders", "Second")
	})
}

// followerAnswers checks that a manager that does not lead lists the apps and sends writers on.
func followerAnswers(ctx context.Context, url string, want ...string) (bool, error) {
	client, err := managerapi.NewClient(url, testcluster.Limit)
	if err != nil {
		return false, err
	}
	defer client.Close()
	m, err := client.Managers(ctx)
	if err != nil || m.HAStatus != "Passive" || len(m.Members) != 2 {
		return false, err
	}
	apps, err := client.Apps(ctx)
	var names []string
	for _, a := range apps {
		names = append(names, a.AppName)
	}
	if err != nil || fmt.Sprint(names) != fmt.Sprint(want) {
		return false, fmt.Errorf("apps are %v, want %v: %w", names, want, err)
	}
	return true, client.Undeploy(ctx, want[1]) // by way of the leader
}

// A worker hangs for longer than its lease. Its parts are placed elsewhere; when
// it goes on it has lost the right to run them, and runs none.
func TestWorkerHangs(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, localcluster.Options{})
	o := newOrders(t, "Orders")
	o.send(some)
	c.Deploy(o.text())
	o.awaitSome(c)
	victim := workerOf(t, c, o)
	if err := victim.Suspend(); err != nil {
		t.Fatal(err)
	}
	o.send(some)
	awaitMoved(c, o, victim)
	o.send(some)
	if err := victim.Resume(); err != nil {
		t.Fatal(err)
	}
	c.Eventually("the worker is back and runs nothing", func(ctx context.Context) (bool, error) {
		apps, err := appsOf(ctx, victim)
		if err != nil || len(apps) > 0 {
			return false, err
		}
		alive, err := c.Alive(ctx)
		return len(alive) == len(c.Workers), err
	})
	o.send(some)
	again := o.awaitAll(c)
	t.Logf("%d results, %d lines came again", len(o.want), again)
}

// No manager answers: the workers stop what they run by themselves, and go on when
// one is back.
func TestManagerHangs(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, localcluster.Options{})
	o := newOrders(t, "Orders")
	o.send(some)
	c.Deploy(o.text())
	o.awaitSome(c)
	manager := c.Managers[0]
	if err := manager.Suspend(); err != nil {
		t.Fatal(err)
	}
	c.Eventually("no worker runs anything", func(ctx context.Context) (bool, error) {
		for _, w := range c.Workers {
			apps, err := appsOf(ctx, w)
			if err != nil || len(apps) > 0 {
				return false, err
			}
		}
		return true, nil
	})
	o.send(some)
	if err := manager.Resume(); err != nil {
		t.Fatal(err)
	}
	c.AwaitActive(o.name)
	o.send(some)
	again := o.awaitAll(c)
	t.Logf("%d results, %d lines came again", len(o.want), again)
}

// appsOf asks a worker what it runs.
func appsOf(ctx context.Context, w *localcluster.Node) ([]api.AppReport, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.URL+api.OrderPath, nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: testcluster.Limit}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var apps []api.AppReport
	err = json.NewDecoder(resp.Body).Decode(&apps)
	return apps, err
}

// An app is replaced by one that is split otherwise, and removed.
func TestUpdateAndUndeploy(t *testing.T) {
	t.Parallel()
	c := testcluster.Start(t, localcluster.Options{Workers: 2})
	o := newOrders(t, "Orders")
	o.send(some)
	c.Deploy(o.text())
	o.awaitAll(c)
	update := func(old, with string) (managerapi.Deployed, error) {
		return testcluster.Ask(t.Context(), c, func(ctx context.Context, m *managerapi.Client) (managerapi.Deployed, error) {
			return m.Update(ctx, strings.Replace(o.text(), old, with, 1))
		})
	}
	if _, err := update("parallel='2'", "parallel='3'"); err == nil || !strings.Contains(err.Error(), "group Orders-totals") {
		t.Errorf("an update that changes how the parts are connected gives %v", err)
	}
	d, err := update("amount > 0L", "amount >= 1L")
	if err != nil || d.Generation != 2 {
		t.Fatalf("the update has generation %d: %v", d.Generation, err)
	}
	if d, err = update("amount > 0L", "amount >= 1L"); err != nil || d.Generation != 2 {
		t.Errorf("the same update again has generation %d: %v", d.Generation, err)
	}
	o.send(some)
	o.awaitAll(c)
	c.AwaitActive(o.name)
	undeploy := func(ctx context.Context, m *managerapi.Client) (bool, error) { return true, m.Undeploy(ctx, o.name) }
	if _, err := testcluster.Ask(t.Context(), c, undeploy); err != nil {
		t.Fatal(err)
	}
	awaitGone := func() {
		c.Eventually("the app is gone", func(ctx context.Context) (bool, error) {
			apps, err := testcluster.Ask(ctx, c, func(ctx context.Context, m *managerapi.Client) ([]managerapi.AppSummary, error) {
				return m.Apps(ctx)
			})
			return err == nil && len(apps) == 0, err
		})
	}
	awaitGone()
	for _, w := range c.Workers {
		if apps, err := appsOf(t.Context(), w); err != nil || len(apps) > 0 {
			t.Errorf("%s runs %v: %v", w.ID, apps, err)
		}
	}
	if _, err := testcluster.Ask(t.Context(), c, undeploy); err == nil || !strings.Contains(err.Error(), "there is no app Orders") {
		t.Errorf("a second undeploy gives %v", err)
	}

	// The same app deployed again begins anew: it works through all of its input once more.
	if err := os.Remove(o.out); err != nil {
		t.Fatal(err)
	}
	c.Deploy(o.text())
	o.send(some)
	o.awaitAll(c)
	// Undeployed and deployed in one breath.
	if _, err := testcluster.Ask(t.Context(), c, undeploy); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(o.out); err != nil {
		t.Fatal(err)
	}
	c.Deploy(strings.Replace(o.text(), "parallel='2'", "parallel='1'", 1))
	o.awaitAll(c)
}

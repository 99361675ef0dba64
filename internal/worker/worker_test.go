package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/api"
	"millrace/pkg/persistence"
	"millrace/pkg/persistence/memory"
	"millrace/pkg/transport"
)

// limit is how long something that must happen may take on a busy machine.
const limit = 30 * time.Second

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(limit)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("after %v still not: %s", limit, what)
		}
	}
}

// manager answers heartbeats as the leader does.
type manager struct {
	*httptest.Server
	mu     sync.Mutex
	answer api.HeartbeatAnswer
	status int
	beats  []api.Heartbeat
}

func newManager(t *testing.T, interval time.Duration, maxRetry int) *manager {
	m := &manager{status: http.StatusOK}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var hb api.Heartbeat
		if err := json.NewDecoder(r.Body).Decode(&hb); err != nil {
			t.Errorf("heartbeat: %v", err)
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.beats = append(m.beats, hb)
		answer := m.answer
		if answer.JoinedState == "" {
			answer.JoinedState = hb.State
		}
		api.WriteJSON(w, m.status, answer)
	}))
	t.Cleanup(m.Close)
	m.answer.Leader = &api.Leader{ID: "m", Interface: m.address(t), HeartbeatInterval: interval.Milliseconds(), HeartbeatMaxRetry: maxRetry, Epoch: 3}
	return m
}

func (m *manager) address(t *testing.T) api.Interface {
	i, err := api.ParseInterface(strings.TrimPrefix(m.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func (m *manager) set(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

func (m *manager) last() api.Heartbeat {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.beats) == 0 {
		return api.Heartbeat{}
	}
	return m.beats[len(m.beats)-1]
}

// node is a worker that runs.
type node struct {
	*Worker
	stop func()
}

func startWorker(t *testing.T, cfg Config) *node {
	t.Helper()
	if cfg.ID == "" {
		cfg.ID = "w1"
	}
	cfg.Listen, cfg.Logger = "127.0.0.1:0", slog.New(slog.DiscardHandler)
	cfg.Transports = Transports(transport.Builtin(transport.Shared{Logger: cfg.Logger}))
	if cfg.SnapshotEvery == 0 {
		cfg.SnapshotEvery = 20 * time.Millisecond
	}
	w, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.Run(ctx) }()
	<-w.Ready()
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			if err := <-done; err != nil {
				t.Errorf("worker: Run = %v", err)
			}
		})
	}
	t.Cleanup(stop)
	return &node{w, stop}
}

func (n *node) do(t *testing.T, method, path, body string) (status int, answer string) {
	t.Helper()
	req, err := http.NewRequest(method, n.Interface().URL()+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, _ := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b)
}

func newRevs(t *testing.T) *persistence.Revisions {
	revs, err := persistence.New(memory.NewSnapshots(), persistence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return revs
}

// sums is an app that adds up the numbers of a file, into another file.
func sums(dir string) string {
	return fmt.Sprintf(`@app:name('Sums') @app:statistics('true')
@source(type='file', path='%s/in', poll.interval='1ms', @map(type='csv')) define stream In (v long);
@sink(type='file', path='%s/out', sync='false', @map(type='csv')) define stream Out (total long);
from In select sum(v) as total insert into Out;`, dir, dir)
}

func add(t *testing.T, dir string, lines ...int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "in"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		fmt.Fprintln(f, l)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func out(dir string) string {
	b, _ := os.ReadFile(filepath.Join(dir, "out"))
	return strings.Join(strings.Fields(string(b)), " ")
}

func TestAWorkerOfACluster(t *testing.T) {
	dir, revs := t.TempDir(), newRevs(t)
	m := newManager(t, 50*time.Millisecond, 200)
	client := api.NewWorkerClient(limit)
	defer client.Close()
	add(t, dir, 1, 2)

	w := startWorker(t, Config{Managers: []string{m.URL}, Revisions: revs})
	eventually(t, "the worker is known", func() bool { return m.last().State == api.WorkerExists })
	if m.beats[0].State != api.WorkerNew || m.beats[0].Interface != w.Interface() || m.beats[0].ID != "w1" {
		t.Errorf("the first heartbeat is %+v", m.beats[0])
	}
	order := api.Order{Fence: api.Fence{Epoch: 3, Generation: 5}, Text: sums(dir)}
	if _, err := client.Deploy(t.Context(), w.Interface(), "Sums", order); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a heartbeat says that the app is active, and what it did", func() bool {
		a := m.last().Apps
		return len(a) == 1 && a[0].App == "Sums" && a[0].Status == api.AppActive && a[0].Generation == 5 &&
			a[0].Hash == api.TextHash(order.Text) && a[0].RowsIn == 2 && a[0].RowsOut == 2 && a[0].Revision != ""
	})
	t.Run("orders", func(t *testing.T) {
		conflict := func(f api.Fence) {
			t.Helper()
			var p *api.Problem
			_, err := client.Deploy(t.Context(), w.Interface(), "Sums", api.Order{Fence: f, Text: order.Text})
			if !errors.As(err, &p) || p.Status != http.StatusConflict || p.Epoch != 3 || p.Generation != 5 {
				t.Errorf("an order with %+v gives %v", f, err)
			}
		}
		conflict(api.Fence{Epoch: 2, Generation: 9})
		conflict(api.Fence{Epoch: 3, Generation: 4})
		var p *api.Problem
		_, err := client.Deploy(t.Context(), w.Interface(), "Bad", api.Order{Fence: api.Fence{Epoch: 3}, Text: "@app:name('Bad')\ndefine stream S (a int);\nfrom T select a insert into U;"})
		if !errors.As(err, &p) || p.Status != http.StatusBadRequest || len(p.Mistakes) != 1 || p.Mistakes[0].Line != 3 {
			t.Errorf("a wrong app gives %v", err)
		}
		_, err = client.Deploy(t.Context(), w.Interface(), "Other", order)
		if !errors.As(err, &p) || p.Status != http.StatusBadRequest {
			t.Errorf("an app of another name gives %v", err)
		}
		before := w.apps.get("Sums")
		order.Generation++
		if r, err := client.Deploy(t.Context(), w.Interface(), "Sums", order); err != nil || r.Generation != 6 || w.apps.get("Sums") != before {
			t.Errorf("the same text again gives %+v, %v; the app must run on", r, err)
		}
		if status, body := w.do(t, "POST", "/siddhi-apps", order.Text); status != http.StatusForbidden || !strings.Contains(body, m.URL) {
			t.Errorf("a user's app gives %d %s", status, body)
		}
	})
	t.Run("a move", func(t *testing.T) {
		fence := api.Fence{Epoch: 3, Generation: 7}
		if err := client.Undeploy(t.Context(), w.Interface(), "Sums", fence); err != nil {
			t.Fatal(err)
		}
		if all, err := client.List(t.Context(), w.Interface()); err != nil || len(all) != 0 {
			t.Errorf("after undeploy the worker has %v, %v", all, err)
		}
		add(t, dir, 3)
		w2 := startWorker(t, Config{ID: "w2", Managers: []string{m.URL}, Revisions: revs})
		eventually(t, "the second worker holds a lease", func() bool { return w2.hb.lease.holds() })
		order.Fence = api.Fence{Epoch: 3, Generation: 8}
		if _, err := client.Deploy(t.Context(), w2.Interface(), "Sums", order); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the state has come along", func() bool { return out(dir) == "1 3 6" })
		eventually(t, "it is saved", func() bool {
			s, _, err := revs.Last(t.Context(), "Sums")
			return err == nil && s.Writer.Generation == 8
		})
	})
	t.Run("removed", func(t *testing.T) {
		saved := func() int {
			all, err := revs.List(t.Context(), "Sums")
			if err != nil {
				t.Fatal(err)
			}
			return len(all)
		}
		// An order that comes too late is about an earlier life of the part.
		if err := client.Forget(t.Context(), w.Interface(), "Sums", api.Fence{Epoch: 3, Generation: 7}); err != nil || saved() == 0 {
			t.Errorf("a late order to forget: %v, %d snapshots", err, saved())
		}
		if err := client.Forget(t.Context(), w.Interface(), "Sums", api.Fence{Epoch: 3, Generation: 8}); err != nil || saved() != 0 {
			t.Errorf("an order to forget: %v, %d snapshots", err, saved())
		}
		order.Fence = api.Fence{Epoch: 3, Generation: 9}
		before := out(dir)
		if _, err := client.Deploy(t.Context(), w.Interface(), "Sums", order); err != nil {
			t.Fatal(err)
		}
		eventually(t, "it begins anew", func() bool { return out(dir) == before+" 1 3 6" })
		var p *api.Problem
		err := client.Forget(t.Context(), w.Interface(), "Sums", api.Fence{Epoch: 3, Generation: 9})
		if !errors.As(err, &p) || p.Status != http.StatusConflict {
			t.Errorf("an order to forget what runs gives %v", err)
		}
	})
}

func TestAWorkerThatWasReplaced(t *testing.T) {
	dir, revs := t.TempDir(), newRevs(t)
	m := newManager(t, 20*time.Millisecond, 1000)
	client := api.NewWorkerClient(limit)
	defer client.Close()
	w := startWorker(t, Config{Managers: []string{m.URL}, Revisions: revs})
	eventually(t, "a lease", func() bool { return w.hb.lease.holds() })
	add(t, dir, 1)
	if _, err := client.Deploy(t.Context(), w.Interface(), "Sums", api.Order{Fence: api.Fence{Epoch: 3, Generation: 1}, Text: sums(dir)}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a snapshot", func() bool { a := m.last().Apps; return len(a) == 1 && a[0].Revision != "" })
	if _, err := revs.Save(t.Context(), persistence.Snapshot{App: "Sums", Writer: persistence.Writer{Epoch: 3, Generation: 2}}); err != nil {
		t.Fatal(err)
	}
	add(t, dir, 2)
	eventually(t, "the replaced app stops and says why", func() bool {
		a := m.last().Apps
		return len(a) == 1 && a[0].Status == api.AppFailed && strings.Contains(a[0].Error, "given to another node")
	})
}

func TestAWorkerWithoutAManagerStops(t *testing.T) {
	dir, revs := t.TempDir(), newRevs(t)
	m := newManager(t, 50*time.Millisecond, 4)
	client := api.NewWorkerClient(limit)
	defer client.Close()
	w := startWorker(t, Config{Managers: []string{m.URL}, Revisions: revs, CallTimeout: 50 * time.Millisecond, LeaderRetry: 50 * time.Millisecond})
	order := api.Order{Fence: api.Fence{Epoch: 3, Generation: 1}, Text: sums(dir)}
	deploy := func() {
		t.Helper()
		eventually(t, "the order is taken", func() bool {
			_, err := client.Deploy(t.Context(), w.Interface(), "Sums", order)
			return err == nil
		})
	}
	add(t, dir, 1)
	deploy()
	m.set(func() { m.status = http.StatusServiceUnavailable })
	eventually(t, "the apps are stopped", func() bool { return len(w.apps.list()) == 0 })
	eventually(t, "the worker says that it is a new one", func() bool { return m.last().State == api.WorkerNew })
	if status, _ := w.do(t, "GET", "/health/ready", ""); status != http.StatusServiceUnavailable {
		t.Errorf("it is ready: %d", status)
	}
	var p *api.Problem
	if _, err := client.Deploy(t.Context(), w.Interface(), "Sums", order); !errors.As(err, &p) || p.Status != http.StatusServiceUnavailable {
		t.Errorf("an order to a worker without a lease gives %v", err)
	}
	m.set(func() { m.status = http.StatusOK; m.answer.Leader.Epoch = 4 })
	order.Epoch = 4
	deploy()
	add(t, dir, 2)
	eventually(t, "it works again", func() bool { return strings.HasSuffix(out(dir), "3") })

	// The leader has forgotten it.
	m.set(func() { m.answer.JoinedState = api.WorkerNew })
	eventually(t, "the apps are dropped", func() bool { return len(w.apps.list()) == 0 })
}

func TestManagersAreFound(t *testing.T) {
	follower, leader, other := newManager(t, 20*time.Millisecond, 1000), newManager(t, 20*time.Millisecond, 1000), newManager(t, 20*time.Millisecond, 1000)
	follower.status = http.StatusMovedPermanently
	follower.answer.Leader = leader.answer.Leader
	leader.answer.ConnectedManagers = []api.Interface{other.address(t), follower.address(t)}
	w := startWorker(t, Config{Managers: []string{"127.0.0.1:1", strings.TrimPrefix(follower.URL, "http://")}})
	eventually(t, "the leader gets heartbeats", func() bool { return leader.last().State == api.WorkerExists })
	n := len(follower.beats)
	leader.set(func() { leader.status = http.StatusNoContent })
	follower.set(func() { follower.status = http.StatusNoContent })
	other.set(func() { other.answer.Leader.Epoch = 4 })
	eventually(t, "the manager that the leader named gets heartbeats", func() bool { return other.last().Epoch == 4 })
	if n > 3 {
		t.Errorf("the follower got %d heartbeats while the leader was known", n)
	}
	// A leader of before is not obeyed any more.
	other.set(func() { other.status = http.StatusNoContent })
	leader.set(func() { leader.status = http.StatusOK })
	eventually(t, "no manager is heard", func() bool { w.hb.mu.Lock(); defer w.hb.mu.Unlock(); return w.hb.silent })
	other.set(func() { other.status = http.StatusOK; other.answer.JoinedState = api.WorkerRejected })
	other.mu.Lock()
	before := len(other.beats)
	other.mu.Unlock()
	eventually(t, "a refused worker tries on", func() bool {
		other.mu.Lock()
		defer other.mu.Unlock()
		return len(other.beats) > before+1
	})
}

func TestAWorkerOfItsOwn(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	revs := newRevs(t)
	w := startWorker(t, Config{DataDir: data, Revisions: revs})
	want := func(status int, part string, method, path, body string) {
		t.Helper()
		if got, answer := w.do(t, method, path, body); got != status || !strings.Contains(answer, part) {
			t.Errorf("%s %s gives %d %s; want %d with %q", method, path, got, answer, status, part)
		}
	}
	add(t, dir, 1, 2)
	want(400, "the body is empty", "POST", "/siddhi-apps", " ")
	want(400, `"line":2`, "POST", "/siddhi-apps", "@app:name('X')\ndefine stram S (a int);")
	want(400, "did you mean", "POST", "/siddhi-apps", "@app:name('X') @source(type='fil', path='x') define stream S (a int); from S select a insert into T;")
	want(400, "must have the name", "POST", "/siddhi-apps", "define stream S (a int); from S select a insert into T;")
	want(201, "is deployed", "POST", "/siddhi-apps", sums(dir))
	want(409, "already", "POST", "/siddhi-apps", sums(dir))
	want(200, "is updated", "PUT", "/siddhi-apps", sums(dir))
	want(200, `["Sums"]`, "GET", "/siddhi-apps?isActive=true", "")
	want(200, `[]`, "GET", "/siddhi-apps?isActive=false", "")
	want(200, "define stream In", "GET", "/siddhi-apps/Sums", "")
	want(404, `"type":"not-found"`, "GET", "/siddhi-apps/None", "")
	want(404, `"type":"not-found"`, "DELETE", "/siddhi-apps/None", "")
	want(200, `"status":"active"`, "GET", "/siddhi-apps/Sums/status", "")
	want(200, `"appName":"Sums"`, "GET", "/siddhi-apps/statistics", "")
	want(200, "Single Node", "GET", "/statistics", "")
	want(200, "healthy", "GET", "/health", "")
	want(200, "ready", "GET", "/health/ready", "")
	eventually(t, "rows are counted", func() bool {
		_, text := w.do(t, "GET", "/metrics", "")
		return strings.Contains(text, `millrace_source_rows_total{app="Sums",index="0",stream="In",type="file"} 2`) &&
			strings.Contains(text, `millrace_sink_rows_total{app="Sums",index="0",stream="Out",type="file"} 2`) &&
			strings.Contains(text, `millrace_stream_rows_total{app="Sums",stream="In"} 2`) &&
			strings.Contains(text, `millrace_query_rows_total{app="Sums",query="query_1"} 2`) &&
			strings.Contains(text, `millrace_app_up{app="Sums",status="active"} 1`)
	})
	w.stop()
	add(t, dir, 3)
	w = startWorker(t, Config{DataDir: data, Revisions: revs})
	eventually(t, "the app is back, with its state", func() bool { return out(dir) == "1 3 6" })
	want(200, "", "DELETE", "/siddhi-apps/Sums", "")
	w.stop()
	w = startWorker(t, Config{DataDir: data, Revisions: revs})
	want(200, `[]`, "GET", "/siddhi-apps", "")
}

// TestQuery asks an app over REST, in the form of WSO2 SP.
func TestQuery(t *testing.T) {
	w := startWorker(t, Config{DataDir: t.TempDir()})
	const shop = `@app:name('Shop') define stream S (item string, n int, price double); define table Stock (item string, n int, price double);
		from S select item, n, price insert into Stock;`
	if code, text := w.do(t, "POST", "/siddhi-apps", shop); code != 201 {
		t.Fatalf("got %d %s", code, text)
	}
	query := func(code int, contains, app, query string) {
		t.Helper()
		body, err := json.Marshal(map[string]any{"appName": app, "query": query, "details": true})
		if err != nil {
			t.Fatal(err)
		}
		if got, text := w.do(t, "POST", "/stores/query", string(body)); got != code || !strings.Contains(text, contains) {
			t.Errorf("%s gives %d %s; want %d with %q", query, got, text, code, contains)
		}
	}
	eventually(t, "the app runs", func() bool {
		code, _ := w.do(t, "POST", "/stores/query", `{"appName":"Shop","query":"from Stock select *"}`)
		return code == 200
	})
	query(200, `{"records":[],"details":`, "Shop", "from Stock select *")
	query(200, `"records":[]`, "Shop", "select 'nut' as item, 3 as n, 0.5 as price insert into Stock")
	query(200, `{"records":[["nut",3,0.5,null]],"details":[{"name":"item","dataType":"STRING"},{"name":"n","dataType":"INT"},{"name":"price","dataType":"DOUBLE"},{"name":"none","dataType":"INT"}]}`,
		"Shop", "from Stock select item, n, price, n / 0 as none")
	query(200, `[["Infinity"]]`, "Shop", "from Stock select price * 1e308 * 1e308 as huge")
	query(200, `"records":[]`, "Shop", "update Stock set Stock.item = item on Stock.n == 3") // to null
	query(400, "str:upper", "Shop", "from Stock select str:upper(item) as fails")
	query(200, `"records":[[3]]`, "Shop", "from Stock select n")
	query(400, `"line":1,"column":12`, "Shop", "from Stock selct *")
	query(400, "did you mean 'Stock'?", "Shop", "from Stok select *")
	query(404, `"type":"not-found"`, "Nothing", "from Stock select *")
	query(400, "query is empty", "Shop", "")
	query(400, "appName is empty", "", "from Stock select *")
}

func TestAnAppThatFails(t *testing.T) {
	dir := t.TempDir()
	w := startWorker(t, Config{})
	text := strings.Replace(sums(dir), "poll.interval='1ms'", "tailing='false'", 1) // there is no such file
	if status, answer := w.do(t, "POST", "/siddhi-apps", text); status != http.StatusCreated {
		t.Fatalf("POST gives %d %s", status, answer)
	}
	eventually(t, "the status says why", func() bool {
		_, answer := w.do(t, "GET", "/siddhi-apps/Sums/status", "")
		return strings.Contains(answer, `"status":"inactive"`) && strings.Contains(answer, "no such file")
	})
	add(t, dir, 4)
	if status, _ := w.do(t, "PUT", "/siddhi-apps", text); status != http.StatusOK {
		t.Errorf("PUT of the same text gives %d", status)
	}
	eventually(t, "the app has finished", func() bool {
		_, answer := w.do(t, "GET", "/siddhi-apps/Sums/status", "")
		return out(dir) == "4" && strings.Contains(answer, `"status":"finished"`)
	})
}

func TestMisconfigured(t *testing.T) {
	w := startWorker(t, Config{})
	cfg := Config{ID: "w2", Listen: w.Interface().String()}
	second, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("a port in use gives %v", err)
	}
	for _, c := range []Config{{}, {ID: "w"}, {ID: "w", Listen: ":0", SnapshotEvery: -1}, {ID: "w", Listen: ":0", DataDir: "/dev/null/x"}} {
		if _, err := New(c); err == nil {
			t.Errorf("New(%+v) has nothing against it", c)
		}
	}
}

func TestRepeats(t *testing.T) {
	repeats := Transports(transport.Builtin(transport.Shared{})).Repeats
	var got []string
	for _, c := range []struct {
		kind string
		opts map[string]string
	}{
		{"file", nil}, {"nats", nil}, {"nats", map[string]string{"queue.group.name": "g"}}, {"nats", map[string]string{"start.position": "Latest"}},
		{"kafka", map[string]string{"group.id": "g"}}, {"kafka", map[string]string{"partition.no.list": "3", "topic.list": "t"}},
		{"kafka", map[string]string{"partition.no.list": "3,4"}}, {"kafka", map[string]string{"partition.no.list": "*"}}, {"kafka", map[string]string{"partition.no.list": "3", "topic.list": "t,u"}},
	} {
		if repeats[c.kind](c.opts) {
			got = append(got, fmt.Sprint(c.kind, c.opts))
		}
	}
	if want := []string{"filemap[]", "natsmap[]", "kafkamap[partition.no.list:3 topic.list:t]"}; !slices.Equal(got, want) {
		t.Errorf("repeat: %q, want %q", got, want)
	}
}

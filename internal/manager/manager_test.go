package manager

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/coordination"
	members "millrace/pkg/coordination/memory"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/persistence/memory"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/check"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const waitLimit = 20 * time.Second

// group is the stores that the managers of a test share.
type group struct {
	members coordination.Store
	desired desired.Store
}

func newGroup() *group {
	return &group{members.New(time.Now), memory.NewDesired("g", time.Now)}
}

// manager is one that runs; stop ends it in order.
type runningManager struct {
	*Manager
	url  string
	stop func()
}

func (g *group) start(t *testing.T, id string) *runningManager {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(Options{
		ID: id, GroupID: "g", Publish: api.Interface{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port},
		Heartbeats:  coordination.Terms{HeartbeatInterval: 50 * time.Millisecond, HeartbeatMaxRetry: 10},
		WorkerTerms: coordination.Terms{HeartbeatInterval: 100 * time.Millisecond, HeartbeatMaxRetry: 10},
		Topology:    topology.Options{Transport: topology.NATS, Servers: "nats://127.0.0.1:1"},
		Check:       func(*check.App) error { return nil },
		Members:     g.members, Desired: g.desired, Logger: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- m.Run(ctx, ln) }()
	stopped := false
	stop := func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("manager %s: %v", id, err)
		}
	}
	t.Cleanup(stop)
	return &runningManager{m, "http://" + ln.Addr().String(), stop}
}

// eventually waits for a condition on what happens in other goroutines.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.NewTimer(waitLimit)
	defer deadline.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-deadline.C:
			t.Fatalf("%s: not within %v", what, waitLimit)
		case <-tick.C:
		}
	}
}

func (m *runningManager) awaitLead(t *testing.T) {
	t.Helper()
	eventually(t, m.opts.ID+" leads", func() bool { return m.current() != nil })
}

// ask sends a request without following redirects, and returns status and body.
func ask(t *testing.T, method, url, body string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{
		Timeout: waitLimit, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

// fakeWorker takes every order and reports what it was ordered to run as active.
type fakeWorker struct {
	id   string
	at   api.Interface
	apps chan map[string]api.AppReport // holds one
}

func newFakeWorker(t *testing.T, id string) *fakeWorker {
	w := &fakeWorker{id: id, apps: make(chan map[string]api.AppReport, 1)}
	w.apps <- map[string]api.AppReport{}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT "+api.OrderPath+"{name}", func(rw http.ResponseWriter, r *http.Request) {
		var o api.Order
		if err := api.ReadJSON(r, &o); err != nil {
			api.WriteProblem(rw, err)
			return
		}
		report := api.AppReport{App: r.PathValue("name"), Fence: o.Fence, Hash: api.TextHash(o.Text), Status: api.AppActive}
		apps := <-w.apps
		apps[report.App] = report
		w.apps <- apps
		api.WriteJSON(rw, http.StatusOK, report)
	})
	remove := func(rw http.ResponseWriter, r *http.Request) {
		apps := <-w.apps
		delete(apps, r.PathValue("name"))
		w.apps <- apps
		rw.WriteHeader(http.StatusNoContent)
	}
	mux.HandleFunc("DELETE "+api.OrderPath+"{name}", remove)
	mux.HandleFunc("DELETE "+api.OrderPath+"{name}/state", remove)
	mux.HandleFunc("POST "+api.QueryPath, func(rw http.ResponseWriter, r *http.Request) {
		var q api.Query
		if err := api.ReadJSON(r, &q); err != nil {
			api.WriteProblem(rw, err)
			return
		}
		api.WriteJSON(rw, http.StatusOK, api.Records{Records: [][]any{{q.AppName, q.Query}}})
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	var err error
	if w.at, err = api.ParseInterface(server.Listener.Addr().String()); err != nil {
		t.Fatal(err)
	}
	return w
}

// beat sends a heartbeat to a manager.
func (w *fakeWorker) beat(t *testing.T, manager string) (*http.Response, api.HeartbeatAnswer) {
	t.Helper()
	hb := api.Heartbeat{ID: w.id, Interface: w.at, State: api.WorkerExists, Incarnation: "1"}
	apps := <-w.apps
	for _, report := range apps {
		hb.Apps = append(hb.Apps, report)
	}
	w.apps <- apps
	body, err := json.Marshal(hb)
	if err != nil {
		t.Fatal(err)
	}
	resp, text := ask(t, http.MethodPost, manager+api.HeartbeatPath, string(body))
	var answer api.HeartbeatAnswer
	if text != "" {
		if err := json.NewDecoder(bytes.NewReader([]byte(text))).Decode(&answer); err != nil {
			t.Fatal(err)
		}
	}
	return resp, answer
}

const relay = "@app:name('%')\n@source(type='http', receiver.url='http://h:1/', @map(type='json'))\n" +
	"define stream A (x int);\n@sink(type='log')\ndefine stream B (x int);\nfrom A select x insert into B;"

func app(name string) string { return strings.Replace(relay, "%", name, 1) }

func status(t *testing.T, url, app string) managerapi.AppStatus {
	t.Helper()
	resp, text := ask(t, http.MethodGet, url+"/siddhi-apps/"+app+"/status", "")
	var s managerapi.AppStatus
	if resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func TestLifeOfAnApp(t *testing.T) {
	m := newGroup().start(t, "m1")
	m.awaitLead(t)
	w := newFakeWorker(t, "w1")
	w.beat(t, m.url)
	wants := func(method, path, body string, code int, contains string) {
		t.Helper()
		resp, text := ask(t, method, m.url+path, body)
		if resp.StatusCode != code || !strings.Contains(text, contains) {
			t.Errorf("%s %s: %d %s, want %d with %q", method, path, resp.StatusCode, text, code, contains)
		}
	}
	wants("POST", "/siddhi-apps", "define stream S (x int)", 400, `"line":1`)
	wants("POST", "/siddhi-apps", "", 400, "the body is empty")
	wants("POST", "/siddhi-apps/plan", app("A"), 200, `"partialApps":[{"name":"A-default-1"`)
	wants("GET", "/siddhi-apps", "", 200, "[]")
	wants("POST", "/siddhi-apps", app("A"), 201, `"generation":1`)
	wants("POST", "/siddhi-apps", app("A"), 409, "there is an app A already")
	wants("PUT", "/siddhi-apps", app("A"), 200, `"generation":1`)
	wants("PUT", "/siddhi-apps", app("A")+" -- changed", 200, `"generation":2`)
	eventually(t, "app A is active", func() bool {
		w.beat(t, m.url)
		return status(t, m.url, "A").Status == "active"
	})
	wants("GET", "/siddhi-apps", "", 200, `["A"]`)
	wants("GET", "/siddhi-apps?isActive=false", "", 200, `[]`)
	wants("GET", "/siddhi-apps/A", "", 200, `changed`)
	wants("GET", "/siddhi-apps/B", "", 404, "there is no app B")
	wants("GET", "/workers", "", 200, `"parts":["A-default-1"]`)
	wants("GET", "/resourceClusterWorkers", "", 200, "1")
	wants("GET", "/managers/siddhi-apps/A", "", 200, `"id":"w1","state":"active"`)
	wants("GET", "/managers/isActive", "", 200, "m1 is the active manager")
	wants("GET", "/metrics", "", 200, `millrace_manager_parts{state="active"} 1`)
	wants("GET", "/openapi.json", "", 200, `"openapi"`)
	wants("GET", "/nowhere", "", 404, "there is no GET /nowhere")
	wants("DELETE", "/siddhi-apps/A", "", 200, "")
	eventually(t, "app A is gone", func() bool {
		w.beat(t, m.url)
		_, text := ask(t, "GET", m.url+"/siddhi-apps", "")
		return strings.TrimSpace(text) == "[]"
	})
	wants("DELETE", "/siddhi-apps/A", "", 404, "there is no app A")
}

// A query goes to the worker that has the part with the table.
func TestQuery(t *testing.T) {
	m := newGroup().start(t, "m1")
	m.awaitLead(t)
	w := newFakeWorker(t, "w1")
	w.beat(t, m.url)
	shop := strings.Replace(app("Shop"), "define stream B", "define stream B (x int); define table T (x int); define stream C", 1) + " from A select x insert into T;"
	if resp, text := ask(t, "POST", m.url+"/siddhi-apps", shop); resp.StatusCode != http.StatusCreated {
		t.Fatalf("got %d %s", resp.StatusCode, text)
	}
	eventually(t, "the app is active", func() bool {
		w.beat(t, m.url)
		return status(t, m.url, "Shop").Status == "active"
	})
	for _, c := range []struct {
		body     string
		code     int
		contains string
	}{
		{`{"appName":"Shop","query":"from T select *"}`, 200, `{"records":[["Shop-default-1","from T select *"]]}`},
		{`{"appName":"Shop-default-1","query":"delete T on true"}`, 200, `[["Shop-default-1","delete T on true"]]`},
		{`{"appName":"Shop","query":"from X select *"}`, 400, "app Shop has no table, window or aggregation X"},
		{`{"appName":"Shop","query":"from T selct *"}`, 400, `"column":8`},
		{`{"appName":"Nothing","query":"from T select *"}`, 404, "there is no app Nothing"},
		{`{"appName":"Shop","query":" "}`, 400, "query is empty"},
		{`{"query":"from T select *"}`, 400, "appName is empty"},
		{`nonsense`, 400, "the body is not the JSON"},
	} {
		if resp, text := ask(t, "POST", m.url+"/stores/query", c.body); resp.StatusCode != c.code || !strings.Contains(text, c.contains) {
			t.Errorf("%s: %d %s, want %d with %q", c.body, resp.StatusCode, text, c.code, c.contains)
		}
	}
}

// What the leader has decided outlives it, and a manager that does not lead knows
// it and sends writers on.
func TestFollowerAndTakeOver(t *testing.T) {
	g := newGroup()
	first := g.start(t, "m1")
	first.awaitLead(t)
	second := g.start(t, "m2")
	eventually(t, "m2 knows the leader", func() bool { _, ok := second.leader(); return ok })
	eventually(t, "m1 knows m2", func() bool { return len(first.node.State().Members) == 2 })
	w := newFakeWorker(t, "w1")
	resp, answer := w.beat(t, second.url)
	if resp.StatusCode != http.StatusMovedPermanently || answer.Leader.ID != "m1" || answer.Leader.Interface.URL() != first.url {
		t.Errorf("the follower answers a heartbeat with %d, %+v", resp.StatusCode, answer.Leader)
	}
	if _, answer = w.beat(t, first.url); answer.JoinedState != api.WorkerNew || len(answer.ConnectedManagers) != 2 {
		t.Errorf("the leader answers a heartbeat with %+v", answer)
	}
	resp, _ = ask(t, "POST", second.url+"/siddhi-apps", app("A"))
	if at := resp.Header.Get("Location"); resp.StatusCode != http.StatusTemporaryRedirect || at != first.url+"/siddhi-apps" {
		t.Errorf("the follower answers a writer with %d, Location %s", resp.StatusCode, at)
	}
	ask(t, "POST", first.url+"/siddhi-apps", app("A"))
	eventually(t, "the follower shows app A as active", func() bool {
		w.beat(t, first.url)
		return status(t, second.url, "A").Status == "active"
	})
	before := status(t, first.url, "A").PartialApps[0].Generation
	first.stop()
	second.awaitLead(t)
	w.beat(t, second.url)
	s := status(t, second.url, "A")
	if s.Status != "active" || s.PartialApps[0].Generation != before {
		t.Errorf("after the take-over the app is %+v; the part was to run on with generation %d", s, before)
	}
	if _, text := ask(t, "GET", second.url+"/metrics", ""); !strings.Contains(text, "millrace_manager_leader 1") {
		t.Errorf("metrics: %s", text)
	}
}

// A write of a leader that has been replaced changes nothing.
func TestReplacedLeaderCannotWrite(t *testing.T) {
	g := newGroup()
	m := g.start(t, "m1")
	m.awaitLead(t)
	epoch := m.current().epoch
	if err := g.desired.Apply(t.Context(), epoch+1, desired.Changes{}); err != nil {
		t.Fatal(err)
	}
	resp, text := ask(t, "POST", m.url+"/siddhi-apps", app("A"))
	if resp.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "a later leader has taken over, in epoch "+strconv.FormatInt(int64(epoch)+1, 10)) {
		t.Errorf("got %d %s", resp.StatusCode, text)
	}
	if _, text := ask(t, "GET", m.url+"/siddhi-apps", ""); strings.Contains(text, "A") {
		t.Errorf("the app is there: %s", text)
	}
}

// Every path of the OpenAPI document is served.
func TestOpenAPIPathsExist(t *testing.T) {
	var doc struct{ Paths map[string]map[string]any }
	if err := json.Unmarshal(openAPIDocument, &doc); err != nil {
		t.Fatal(err)
	}
	m := newGroup().start(t, "m1")
	m.awaitLead(t)
	for path, methods := range doc.Paths {
		for method := range methods {
			url := m.url + strings.ReplaceAll(path, "{name}", "none")
			_, text := ask(t, strings.ToUpper(method), url, "{}")
			if strings.Contains(text, "see /openapi.json") || strings.Contains(text, "Method Not Allowed") {
				t.Errorf("%s %s is not served: %s", method, path, text)
			}
		}
	}
}

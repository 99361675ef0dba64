package api_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"millrace/internal/api"
	"millrace/pkg/siddhi"
)

func address(t *testing.T, s *httptest.Server) api.Interface {
	t.Helper()
	i, err := api.ParseInterface(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func TestMistakesHavePlaces(t *testing.T) {
	for text, want := range map[string]api.Mistake{
		"define stream S (a int);\nfrom S selec a insert into T;":  {Line: 2},
		"define stream S (a int);\nfrom Q select a insert into T;": {Line: 2, Column: 6},
	} {
		_, err := siddhi.Check(text)
		p := api.InvalidApp(err)
		if p.Status != 400 || p.Code != api.CodeInvalidApp || len(p.Mistakes) == 0 {
			t.Fatalf("%s gives %+v", text, p)
		}
		m := p.Mistakes[0]
		if m.Line != want.Line || want.Column != 0 && m.Column != want.Column || m.Message == "" || m.Text == "" {
			t.Errorf("%s gives %+v, want the place of %+v", text, m, want)
		}
	}
}

func TestWorkerClient(t *testing.T) {
	var got []string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var o api.Order
		if r.Method == http.MethodPut {
			if err := api.ReadJSON(r, &o); err != nil {
				api.WriteProblem(w, err)
				return
			}
		}
		got = append(got, r.Method+" "+r.URL.String()+" "+o.Text)
		switch r.Method {
		case http.MethodPut:
			if o.Epoch < 7 {
				p := api.NewProblem(http.StatusConflict, api.TypeConflict, "an older epoch")
				p.Epoch = 7
				api.WriteProblem(w, p)
				return
			}
			api.WriteJSON(w, http.StatusOK, api.AppReport{App: "A b", Fence: o.Fence, Hash: api.TextHash(o.Text)})
		case http.MethodDelete:
			api.WriteProblem(w, api.NewProblem(http.StatusNotFound, api.TypeNotFound, "no such app"))
		default:
			api.WriteJSON(w, http.StatusOK, []api.AppReport{{App: "x"}})
		}
	})
	c := api.NewWorkerClient(0)
	defer c.Close()
	at := address(t, s)
	report, err := c.Deploy(t.Context(), at, "A b", api.Order{Fence: api.Fence{Epoch: 7, Generation: 2}, Text: "text"})
	if err != nil || report.Generation != 2 || report.Hash != api.TextHash("text") {
		t.Errorf("Deploy = %+v, %v", report, err)
	}
	_, err = c.Deploy(t.Context(), at, "A b", api.Order{Fence: api.Fence{Epoch: 6}})
	var p *api.Problem
	if !errors.As(err, &p) || p.Status != http.StatusConflict || p.Epoch != 7 {
		t.Errorf("Deploy of an older epoch = %v", err)
	}
	if err := c.Undeploy(t.Context(), at, "A b", api.Fence{Epoch: 7, Generation: 3}); err != nil {
		t.Errorf("Undeploy of what is not there = %v", err)
	}
	if err := c.Forget(t.Context(), at, "A b", api.Fence{Epoch: 7, Generation: 3}); !errors.As(err, &p) || p.Status != http.StatusNotFound {
		t.Errorf("Forget of what the worker does not know = %v", err)
	}
	if all, err := c.List(t.Context(), at); err != nil || len(all) != 1 || all[0].App != "x" {
		t.Errorf("List = %v, %v", all, err)
	}
	want := []string{"PUT /internal/apps/A%20b text", "PUT /internal/apps/A%20b ",
		"DELETE /internal/apps/A%20b?epoch=7&generation=3 ", "DELETE /internal/apps/A%20b/state?epoch=7&generation=3 ", "GET /internal/apps/ "}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the worker got %q, want %q", got, want)
	}
	s.Close()
	if _, err := c.List(t.Context(), at); err == nil || errors.As(err, &p) && p.Status == 0 {
		t.Errorf("a worker that is gone gives %v", err)
	}
}

func TestHeartbeatAnswers(t *testing.T) {
	leader := &api.Leader{ID: "m1", HeartbeatInterval: 2000, HeartbeatMaxRetry: 2, Epoch: 4}
	for _, c := range []struct {
		status int
		body   any
		check  func(api.HeartbeatAnswer, error) bool
	}{
		{200, api.HeartbeatAnswer{Leader: leader, JoinedState: api.WorkerNew}, func(a api.HeartbeatAnswer, err error) bool {
			return err == nil && a.Leader.Epoch == 4 && a.JoinedState == api.WorkerNew
		}},
		{301, api.HeartbeatAnswer{Leader: leader}, func(_ api.HeartbeatAnswer, err error) bool {
			var other *api.NotLeaderError
			return errors.As(err, &other) && other.Leader.ID == "m1"
		}},
		{204, nil, func(_ api.HeartbeatAnswer, err error) bool { return errors.Is(err, api.ErrNoLeader) }},
		{301, api.HeartbeatAnswer{}, func(_ api.HeartbeatAnswer, err error) bool { return errors.Is(err, api.ErrNoLeader) }},
		{500, "oh", func(_ api.HeartbeatAnswer, err error) bool {
			var p *api.Problem
			return errors.As(err, &p) && p.Status == 500
		}},
	} {
		s := serve(t, func(w http.ResponseWriter, r *http.Request) {
			var hb api.Heartbeat
			if r.URL.Path != api.HeartbeatPath || json.NewDecoder(r.Body).Decode(&hb) != nil || hb.ID != "w1" || hb.State != api.WorkerNew {
				t.Errorf("got %s with %+v", r.URL, hb)
			}
			w.Header().Set("Location", "http://nowhere.invalid")
			w.WriteHeader(c.status)
			if c.body != nil {
				json.NewEncoder(w).Encode(c.body)
			}
		})
		client := api.NewHeartbeatClient()
		answer, err := api.SendHeartbeat(t.Context(), client, s.URL, api.Heartbeat{ID: "w1", State: api.WorkerNew})
		if !c.check(answer, err) {
			t.Errorf("status %d gives %+v, %v", c.status, answer, err)
		}
		client.CloseIdleConnections()
	}
}

func TestFences(t *testing.T) {
	f := func(e, g int64) api.Fence { return api.Fence{Epoch: e, Generation: g} }
	if !f(1, 9).Older(f(2, 1)) || f(2, 1).Older(f(1, 9)) || !f(1, 1).Older(f(1, 2)) || f(1, 1).Older(f(1, 1)) {
		t.Error("fences are ordered by epoch, then generation")
	}
}

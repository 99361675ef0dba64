package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func address(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func newSource(t *testing.T, tr *Transport, opts stream.Options) stream.Source {
	t.Helper()
	s, err := tr.Source(stream.Env{App: "App", Stream: "S"}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSink(t *testing.T, opts stream.Options) stream.Sink {
	t.Helper()
	s, err := new(Transport).Sink(stream.Env{App: "App", Stream: "S"}, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestConformance(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		tr, url := &Transport{}, "http://"+address(t)+"/s"
		return transporttest.Transport{
			Source:  func(t *testing.T) stream.Source { return newSource(t, tr, stream.Options{"receiver.url": url}) },
			Sink:    func(t *testing.T) stream.Sink { return newSink(t, stream.Options{"publisher.url": url}) },
			Forgets: true,
		}
	})
}

func post(t *testing.T, url, contentType, body string) (status int, text string) {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 20 * time.Second}
	resp, err := client.Post(url, contentType, strings.NewReader(body))
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Error(err)
	}
	return resp.StatusCode, strings.TrimSpace(string(answer))
}

func TestWhatIsNoEventIsRefused(t *testing.T) {
	addr := address(t)
	transporttest.OpenSource(t, newSource(t, &Transport{}, stream.Options{"receiver.url": "http://" + addr + "/s", "max.body": "10"}))
	for _, c := range []struct {
		path, contentType, body string
		status                  int
		text                    string
	}{
		{"/s", "application/json", `{"a":`, 400, "the body is not JSON"},
		{"/s", "text/plain", "", 400, "the body is empty"},
		{"/s", "text/plain", "more than ten", 413, "the body is larger than 10 bytes"},
		{"/t", "text/plain", "x", 404, "404 page not found"},
	} {
		if status, text := post(t, "http://"+addr+c.path, c.contentType, c.body); status != c.status || text != c.text {
			t.Errorf("%+v: got %d %s", c, status, text)
		}
	}
	resp, err := http.DefaultClient.Get("http://" + addr + "/s")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	http.DefaultClient.CloseIdleConnections()
	if resp.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("GET gives %s", resp.Status)
	}
}

func TestTheAnswerComesWhenTheEngineHasTakenTheEvent(t *testing.T) {
	url := "http://" + address(t) + "/s"
	s := transporttest.OpenSource(t, newSource(t, &Transport{}, stream.Options{"receiver.url": url}))
	statuses := make(chan int)
	send := func() { status, _ := post(t, url, "text/plain", "x"); statuses <- status }
	go send()
	got := transporttest.Read(t, s, 1)
	select {
	case status := <-statuses:
		t.Fatalf("answered %d before the event was taken", status)
	default:
	}
	if err := s.Ack(t.Context(), []stream.Position{got[0].Position}); err != nil {
		t.Fatal(err)
	}
	if status := <-statuses; status != 200 {
		t.Errorf("an acknowledged event is answered with %d", status)
	}

	go send()
	transporttest.Read(t, s, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Poll(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("poll: %v", err)
	}
	if status := <-statuses; status != 200 {
		t.Errorf("an event after which more is polled is answered with %d", status)
	}

	go send()
	transporttest.Read(t, s, 1)
	s.Close()
	if status := <-statuses; status != 503 {
		t.Errorf("an event that was not taken for certain is answered with %d", status)
	}
}

func TestSourcesShareAPort(t *testing.T) {
	tr, addr := &Transport{}, address(t)
	a := transporttest.OpenSource(t, newSource(t, tr, stream.Options{"receiver.url": "http://" + addr + "/a"}))
	b := transporttest.OpenSource(t, newSource(t, tr, stream.Options{"receiver.url": "http://" + addr + "/b"}))
	if err := newSource(t, tr, stream.Options{"receiver.url": "http://" + addr + "/a"}).Open(t.Context(), nil); err == nil {
		t.Error("two sources have one path")
	}
	a.Close()
	done := make(chan int)
	go func() { status, _ := post(t, "http://"+addr+"/b", "text/plain", "x"); done <- status }()
	got := transporttest.Read(t, b, 1)
	if err := b.Ack(t.Context(), []stream.Position{got[0].Position}); err != nil {
		t.Fatal(err)
	}
	if status := <-done; status != 200 {
		t.Errorf("after the other source has gone: %d", status)
	}
	b.Close()
	if c, err := net.DialTimeout("tcp", addr, time.Second); err == nil {
		c.Close()
		t.Error("the port is open after the last source has gone")
	}
}

func TestSinkTellsPassingTroubleFromRefusal(t *testing.T) {
	var got []string
	status := map[string]int{"bad": 422, "busy": 503}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, secret, _ := r.BasicAuth()
		got = append(got, fmt.Sprint(string(body), " ", r.Header.Get("Content-Type"), " ", r.Header.Get("X-A"), " ", r.Header.Get("Idempotency-Key"), " ", user, ":", secret))
		if s, ok := status[string(body)]; ok {
			w.WriteHeader(s)
		}
	}))
	defer server.Close()
	s := transporttest.OpenSink(t, newSink(t, stream.Options{"publisher.url": server.URL, "headers": "'X-A:b','X-C: d'",
		"basic.auth.username": "u", "basic.auth.password": "p"}))
	records := func(values ...string) []stream.Record {
		var recs []stream.Record
		for _, v := range values {
			recs = append(recs, stream.Record{Value: []byte(v), Headers: []stream.Header{{Name: mapper.HeaderID, Value: "7"}}})
		}
		return recs
	}
	var rejected *stream.RejectedError
	if err := s.Write(t.Context(), records("{}", "bad", "x")); !errors.As(err, &rejected) || !reflect.DeepEqual(rejected.Rows, []int{1}) {
		t.Errorf("a refused record gives %v", err)
	}
	want := []string{"{} application/json b 7 u:p", "bad text/plain; charset=utf-8 b 7 u:p", "x text/plain; charset=utf-8 b 7 u:p"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the server got %q, want %q", got, want)
	}
	if err := s.Write(t.Context(), records("busy", "x")); !errors.Is(err, stream.ErrNotConnected) || len(got) != 4 {
		t.Errorf("a busy server gives %v after %d requests", err, len(got))
	}
	server.Close()
	if err := s.Write(t.Context(), records("x")); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("no server gives %v", err)
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{stream.Options{"receiver.url": "orders"}, "it must be like http://"},
		{stream.Options{"receiver.url": "https://h:1/a"}, "does not speak https"},
		{stream.Options{"basic.auth.enabled": "true"}, "put a proxy with authentication"},
	} {
		if _, err := new(Transport).Source(stream.Env{}, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.opts, err, c.want)
		}
	}
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{stream.Options{}, "publisher.url is missing"},
		{stream.Options{"publisher.url": "ftp://x"}, "it must be like http://"},
		{stream.Options{"publisher.url": "http://x", "headers": "'a'"}, "option headers has"},
	} {
		if _, err := new(Transport).Sink(stream.Env{}, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.opts, err, c.want)
		}
	}
}

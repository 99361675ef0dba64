package stan

import (
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"millrace/pkg/siddhi/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The tests against a real server are in the module conformance below: its
// server would put Raft and SQL drivers into this module's dependencies.

func TestOptionMistakes(t *testing.T) {
	tr := Transport{URL: "nats://127.0.0.1:1"}
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{stream.Options{}, "option destination is missing"},
		{stream.Options{"destination": "a.>"}, "without wildcards"},
		{stream.Options{"destination": "a", "start.position": "first"}, "earliest, latest or a sequence number"},
		{stream.Options{"destination": "a", "group": "g"}, "unknown option group"},
	} {
		if _, err := tr.Source(stream.Env{}, c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.opts, err, c.want)
		}
	}
	if _, err := (Transport{}).Sink(stream.Env{}, stream.Options{"destination": "a"}); err == nil || !strings.Contains(err.Error(), "bootstrap.servers is missing") {
		t.Errorf("no server gives %v", err)
	}
}

func TestNoServer(t *testing.T) {
	opts := stream.Options{"destination": "a"}
	source, err := Transport{URL: "nats://127.0.0.1:1"}.Source(stream.Env{}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := source.Open(t.Context(), nil); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("open gives %v", err)
	}
	if _, err := source.Poll(t.Context()); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("poll gives %v", err)
	}
}

func TestClientNames(t *testing.T) {
	if got := clean("App 1.S-é_x"); got != "App_1_S-__x" {
		t.Errorf("got %q", got)
	}
}

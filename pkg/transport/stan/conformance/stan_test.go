// Package conformance runs the suite for transports against a real NATS
// Streaming server. It is a module of its own: the server's dependencies are
// not the product's.
package conformance

import (
	"net"
	"testing"
	"time"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats-streaming-server/server"
	"github.com/nats-io/nats-streaming-server/stores"

	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/stan"
	"millrace/pkg/transport/transporttest"
)

// broker is a server that can be stopped and started again.
type broker struct {
	dir    string
	port   int
	server *server.StanServer
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &broker{dir: t.TempDir(), port: l.Addr().(*net.TCPAddr).Port}
	l.Close()
	b.start(t)
	t.Cleanup(func() { b.stop(t) })
	return b
}

func (b *broker) start(t *testing.T) {
	t.Helper()
	opts := server.GetDefaultOptions()
	opts.ID, opts.StoreType, opts.FilestoreDir = "old", stores.TypeFile, b.dir
	nopts := *server.DefaultNatsServerOptions.Clone()
	nopts.Host, nopts.Port = "127.0.0.1", b.port
	s, err := server.RunServerWithOpts(opts, (*natsserver.Options)(&nopts))
	if err != nil {
		t.Fatal(err)
	}
	b.server = s
}

func (b *broker) stop(*testing.T) {
	if b.server != nil {
		b.server.Shutdown()
		b.server = nil
	}
}

func conformance(t *testing.T, opts stream.Options, forgets bool) {
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		b := newBroker(t)
		tr := stan.Transport{URL: (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: b.port}).String()}
		env := stream.Env{App: "App", Stream: "S", Logf: t.Logf, Now: time.Now}
		return transporttest.Transport{
			Source: func(t *testing.T) stream.Source {
				s, err := tr.Source(env, opts)
				if err != nil {
					t.Fatal(err)
				}
				return s
			},
			Sink: func(t *testing.T) stream.Sink {
				s, err := tr.Sink(env, stream.Options{"destination": "App_S", "cluster.id": "old"})
				if err != nil {
					t.Fatal(err)
				}
				return s
			},
			StopServer: b.stop, StartServer: b.start, Forgets: forgets,
		}
	})
}

func TestAlone(t *testing.T) {
	conformance(t, stream.Options{"destination": "App_S", "cluster.id": "old"}, false)
}

func TestGroup(t *testing.T) {
	conformance(t, stream.Options{"destination": "App_S", "cluster.id": "old", "queue.group.name": "g"}, true)
}

func TestAMemberThatLeavesGivesBackWhatItDidNotAcknowledge(t *testing.T) {
	b := newBroker(t)
	tr := stan.Transport{URL: (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: b.port}).String()}
	env := stream.Env{App: "App", Stream: "S", Logf: t.Logf, Now: time.Now}
	member := func() stream.Source {
		s, err := tr.Source(env, stream.Options{"destination": "App_S", "cluster.id": "old", "queue.group.name": "g"})
		if err != nil {
			t.Fatal(err)
		}
		return transporttest.OpenSource(t, s)
	}
	sink, err := tr.Sink(env, stream.Options{"destination": "App_S", "cluster.id": "old"})
	if err != nil {
		t.Fatal(err)
	}
	transporttest.Write(t, transporttest.OpenSink(t, sink), 0, 20)
	first := member()
	got := transporttest.Read(t, first, 20)
	if err := first.Ack(t.Context(), []stream.Position{got[7].Position}); err != nil {
		t.Fatal(err)
	}
	first.Close()
	again := map[string]bool{}
	for _, r := range transporttest.Read(t, member(), 12) {
		again[string(r.Value)] = true
	}
	for _, r := range transporttest.Records(8, 20) {
		if !again[string(r.Value)] {
			t.Errorf("record %s is lost", r.Value)
		}
	}
}

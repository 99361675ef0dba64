package nats

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"go.uber.org/goleak"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/transporttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// broker is an embedded server that can be stopped and started again.
type broker struct {
	options EmbeddedOptions
	url     string
	stop    func()
}

func newBroker(t *testing.T) *broker {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	b := &broker{options: EmbeddedOptions{StoreDir: t.TempDir(), Port: port}}
	b.start(t)
	t.Cleanup(func() { b.stop() })
	return b
}

func (b *broker) start(t *testing.T) {
	t.Helper()
	e, err := NewEmbedded(b.options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	var once atomic.Bool
	b.stop = func() {
		if once.Swap(true) {
			return
		}
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	ready, done := context.WithTimeout(t.Context(), 20*time.Second)
	defer done()
	if err := e.Ready(ready); err != nil {
		t.Fatal(err)
	}
	b.url = e.URL()
}

func env(t *testing.T) stream.Env {
	return stream.Env{App: "App", Stream: "S", Logf: t.Logf, Now: time.Now}
}

func newSource(t *testing.T, url string, opts stream.Options) stream.Source {
	t.Helper()
	s, err := Transport{url}.Source(env(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSink(t *testing.T, url, subject string) stream.Sink {
	t.Helper()
	s, err := Transport{url}.Sink(env(t), stream.Options{"destination": subject})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLog(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		b := newBroker(t)
		return transporttest.Transport{
			Source:     func(t *testing.T) stream.Source { return newSource(t, b.url, stream.Options{"destination": "App_S"}) },
			Sink:       func(t *testing.T) stream.Sink { return newSink(t, b.url, "App_S") },
			StopServer: func(*testing.T) { b.stop() }, StartServer: b.start,
			Keys: true, Headers: true,
		}
	})
}

func TestGroup(t *testing.T) {
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		b := newBroker(t)
		return transporttest.Transport{
			Source: func(t *testing.T) stream.Source {
				return newSource(t, b.url, stream.Options{"destination": "App_S", "queue.group.name": "g", "max.unacked": "4096"})
			},
			Sink:       func(t *testing.T) stream.Sink { return newSink(t, b.url, "App_S") },
			StopServer: func(*testing.T) { b.stop() }, StartServer: b.start,
			Keys: true, Headers: true,
			Forgets: true, // positions are the server's; see the tests below
		}
	})
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func numbers(recs []stream.Record) map[string]bool {
	m := map[string]bool{}
	for _, r := range recs {
		m[string(r.Value)] = true
	}
	return m
}

func TestAMemberThatLeavesGivesBackWhatItDidNotAcknowledge(t *testing.T) {
	b := newBroker(t)
	opts := stream.Options{"destination": "App_S", "queue.group.name": "g"}
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	transporttest.Write(t, sink, 0, 20)

	first := transporttest.OpenSource(t, newSource(t, b.url, opts))
	got := transporttest.Read(t, first, 20)
	if err := first.Ack(deadline(t), []stream.Position{got[7].Position}); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := transporttest.OpenSource(t, newSource(t, b.url, opts))
	again := numbers(transporttest.Read(t, second, 12))
	if want := numbers(transporttest.Records(8, 20)); !reflect.DeepEqual(again, want) {
		t.Errorf("the second member gets %v, want %v", again, want)
	}
}

func TestMembersShareAndGroupsDoNot(t *testing.T) {
	const n = 400
	b := newBroker(t)
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	type got struct{ group, record string }
	seen := make(chan got)
	ctx, cancel := context.WithCancel(deadline(t))
	var members sync.WaitGroup
	for _, group := range []string{"g1", "g1", "g2"} {
		source := transporttest.OpenSource(t, newSource(t, b.url, stream.Options{"destination": "App_S", "queue.group.name": group}))
		members.Go(func() {
			for {
				recs, err := source.Poll(ctx)
				if err != nil {
					return
				}
				for _, r := range recs {
					seen <- got{group, string(r.Value)}
				}
			}
		})
	}
	transporttest.Write(t, sink, 0, n)
	times := map[got]int{}
	for range 2 * n {
		select {
		case g := <-seen:
			times[g]++
		case <-ctx.Done():
			t.Fatalf("only %d records came", len(times))
		}
	}
	cancel()
	members.Wait()
	if len(times) != 2*n {
		t.Errorf("%d records of two groups came, want each of %d once", len(times), 2*n)
	}
}

func TestRecordsOfADeadMemberComeAgainThoseOfASlowOneDoNot(t *testing.T) {
	b := newBroker(t)
	opts := stream.Options{"destination": "App_S", "queue.group.name": "g", "ack.wait": "300ms"}
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	transporttest.Write(t, sink, 0, 10)
	first := transporttest.OpenSource(t, newSource(t, b.url, opts))
	transporttest.Read(t, first, 10)

	second := transporttest.OpenSource(t, newSource(t, b.url, opts))
	slow, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if recs, err := second.Poll(slow); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while a member works on its records another gets %d of them, %v", len(recs), err)
	}
	first.(*groupSource).sess.nc.Close() // as if its process had died
	if again := numbers(transporttest.Read(t, second, 10)); len(again) != 10 {
		t.Errorf("of 10 records of the dead member %d came", len(again))
	}
}

func TestAGoneRecordIsReported(t *testing.T) {
	b := newBroker(t)
	ctx := deadline(t)
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	transporttest.Write(t, sink, 0, 10)
	c, err := connect(ctx, b.url, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	log, err := c.js.Stream(ctx, streamName("App_S"))
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Purge(ctx, jetstream.WithPurgeSequence(6)); err != nil {
		t.Fatal(err)
	}
	var logged []string
	e := env(t)
	e.Logf = func(format string, args ...any) { logged = append(logged, fmt.Sprintf(format, args...)) }
	open := func(offset int64) stream.Source {
		s, err := Transport{b.url}.Source(e, stream.Options{"destination": "App_S"})
		if err != nil {
			t.Fatal(err)
		}
		return transporttest.OpenSource(t, s, stream.Position{Partition: "App_S", Offset: offset})
	}
	transporttest.Expect(t, transporttest.Read(t, open(3), 5), 5, true, true)
	if len(logged) != 1 || !strings.Contains(logged[0], "records 3 to 5 have been removed") {
		t.Errorf("logged: %q", logged)
	}
	// A snapshot that is ahead of the log: the broker has lost its end. Better twice than never.
	logged = nil
	transporttest.Expect(t, transporttest.Read(t, open(100), 5), 5, true, true)
	if len(logged) != 1 || !strings.Contains(logged[0], "it has lost data") {
		t.Errorf("logged: %q", logged)
	}
}

func TestARecordWithAnIdentityIsTakenOnce(t *testing.T) {
	b := newBroker(t)
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	recs := transporttest.Records(0, 3)
	for i := range recs {
		recs[i].Headers = []stream.Header{{Name: mapper.HeaderID, Value: fmt.Sprint("p/0/", i)}}
	}
	for range 2 {
		if err := sink.Write(deadline(t), recs); err != nil {
			t.Fatal(err)
		}
	}
	transporttest.Write(t, sink, 3, 4)
	got := transporttest.Read(t, transporttest.OpenSource(t, newSource(t, b.url, stream.Options{"destination": "App_S"})), 4)
	transporttest.Expect(t, got, 0, true, false)
	if h := got[1].Headers; len(h) != 1 || h[0] != recs[1].Headers[0] {
		t.Errorf("headers are %v", h)
	}
}

func TestARecordThatIsTooLargeIsRejectedAlone(t *testing.T) {
	b := newBroker(t)
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	recs := transporttest.Records(0, 3)
	recs[2].Value = bytes.Repeat([]byte("x"), maxPayload-1000) // it just fits, and must be readable
	recs[1].Value = make([]byte, maxPayload+1)
	var rejected *stream.RejectedError
	if err := sink.Write(deadline(t), recs); !errors.As(err, &rejected) || !reflect.DeepEqual(rejected.Rows, []int{1}) {
		t.Fatalf("write gives %v", err)
	}
	got := transporttest.Read(t, transporttest.OpenSource(t, newSource(t, b.url, stream.Options{"destination": "App_S"})), 2)
	if !bytes.Equal(got[1].Value, recs[2].Value) {
		t.Errorf("the second record has %d bytes", len(got[1].Value))
	}
}

func TestTopics(t *testing.T) {
	b := newBroker(t)
	ctx := deadline(t)
	admin := NewAdmin(b.url)
	topic := Topic{Name: "App_S_key", Partitions: 3, MaxAge: time.Hour, MaxBytes: 1 << 20}
	for range 2 {
		if err := admin.EnsureTopic(ctx, topic); err != nil {
			t.Fatal(err)
		}
	}
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S_key_2"))
	transporttest.Write(t, sink, 0, 2)
	transporttest.Read(t, transporttest.OpenSource(t, newSource(t, b.url, stream.Options{"destination": "App_S_key_2"})), 2)
	c, err := connect(ctx, b.url, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	log, err := c.js.Stream(ctx, "App_S_key_2")
	if err != nil {
		t.Fatal(err)
	}
	if cfg := log.CachedInfo().Config; cfg.Storage != jetstream.FileStorage || cfg.MaxAge != time.Hour || cfg.Discard != jetstream.DiscardNew || cfg.MaxBytes != 1<<20 {
		t.Errorf("stream has %+v", cfg)
	}
	for range 2 {
		if err := admin.DeleteTopic(ctx, topic); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.js.Stream(ctx, "App_S_key_2"); !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Errorf("after the deletion: %v", err)
	}
}

func TestAFullTopicHoldsItsProducersUp(t *testing.T) {
	b := newBroker(t)
	if err := NewAdmin(b.url).EnsureTopic(deadline(t), Topic{Name: "App_S", MaxBytes: 1000}); err != nil {
		t.Fatal(err)
	}
	sink := transporttest.OpenSink(t, newSink(t, b.url, "App_S"))
	rec := stream.Record{Value: make([]byte, 700)}
	if err := sink.Write(deadline(t), []stream.Record{rec}); err != nil {
		t.Fatal(err)
	}
	if err := sink.Write(deadline(t), []stream.Record{rec}); !errors.Is(err, stream.ErrNotConnected) {
		t.Errorf("a write to a full topic gives %v", err)
	}
}

func TestStreamNamesDifferAsSubjectsDo(t *testing.T) {
	for subject, want := range map[string]string{"App_S": "App_S", "a.b": "a=2Eb", "a=2Eb": "a=3D2Eb", "é/": "=C3=A9=2F"} {
		if got := streamName(subject); got != want {
			t.Errorf("%q is %q, want %q", subject, got, want)
		}
	}
}

func TestOptionMistakes(t *testing.T) {
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{stream.Options{}, "option destination is missing"},
		{stream.Options{"destination": "a.*"}, "without wildcards"},
		{stream.Options{"destination": "a", "start.position": "0"}, "earliest, latest or a sequence number"},
		{stream.Options{"destination": "a", "queue.group": "g"}, "unknown option queue.group; there are ack.wait, bootstrap.servers"},
	} {
		if _, err := (Transport{"nats://x"}).Source(env(t), c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.opts, err, c.want)
		}
	}
	if _, err := (Transport{}).Sink(env(t), stream.Options{"destination": "a"}); err == nil || !strings.Contains(err.Error(), "bootstrap.servers is missing") {
		t.Errorf("no server gives %v", err)
	}
	if _, err := NewEmbedded(EmbeddedOptions{}); err == nil {
		t.Error("a broker without a directory is accepted")
	}
}

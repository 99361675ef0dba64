package kafka

import (
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

	"go.uber.org/goleak"

	"millrace/internal/kafkatest"
	"millrace/pkg/siddhi/mapper/routing"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/transport/transporttest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("os/exec.(*Cmd).Wait"), goleak.IgnoreAnyFunction("os/exec.(*Cmd).Start.func2"),
		// A broker holds a request to join a group until all members have come; kafka-go cannot take such
		// a request back, so its connection ends with the answer, some seconds after the group was left.
		goleak.IgnoreAnyFunction("github.com/segmentio/kafka-go.(*conn).run"))
}

// network is the way to the brokers; it can be cut.
type network struct {
	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

func (n *network) dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.cut {
		return nil, errors.New("the network is cut")
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, network, address)
	if err == nil {
		n.conns[conn] = true
	}
	return conn, err
}

func (n *network) set(cut bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.cut = cut
	if cut {
		for conn := range n.conns {
			conn.Close()
		}
		clear(n.conns)
	}
}

var topics atomic.Int64

// newTopic makes a topic of its own for a test.
func newTopic(t *testing.T, bootstrap string, partitions int) string {
	t.Helper()
	name := fmt.Sprintf("App.S%d", topics.Add(1))
	if err := NewAdmin(bootstrap).EnsureTopic(deadline(t), Topic{Name: name, Partitions: partitions, Replicas: 1}); err != nil {
		t.Fatal(err)
	}
	return name
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func env(t *testing.T) stream.Env {
	return stream.Env{App: "App", Stream: "S", Logf: t.Logf, Now: time.Now}
}

func newSource(t *testing.T, tr Transport, opts stream.Options) stream.Source {
	t.Helper()
	s, err := tr.Source(env(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newSink(t *testing.T, tr Transport, opts stream.Options) stream.Sink {
	t.Helper()
	s, err := tr.Sink(env(t), opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func conformance(t *testing.T, opts func(topic string) stream.Options, forgets bool) {
	bootstrap := kafkatest.Start(t)
	transporttest.Run(t, func(t *testing.T) transporttest.Transport {
		topic := newTopic(t, bootstrap, 1)
		n := &network{conns: map[net.Conn]bool{}}
		tr := Transport{Bootstrap: bootstrap, dial: n.dial}
		return transporttest.Transport{
			Source:      func(t *testing.T) stream.Source { return newSource(t, tr, opts(topic)) },
			Sink:        func(t *testing.T) stream.Sink { return newSink(t, tr, stream.Options{"topic": topic}) },
			StopServer:  func(*testing.T) { n.set(true) },
			StartServer: func(*testing.T) { n.set(false) },
			Keys:        true, Headers: true, Forgets: forgets,
		}
	})
}

func TestPartitions(t *testing.T) {
	conformance(t, func(topic string) stream.Options {
		return stream.Options{"topic.list": topic, "partition.no.list": "0", "group.id": "ignored"}
	}, false)
}

func TestGroup(t *testing.T) {
	conformance(t, func(topic string) stream.Options {
		return stream.Options{"topic.list": topic, "group.id": "g-" + topic}
	}, false)
}

func TestKeysGoToTheirPartitions(t *testing.T) {
	bootstrap := kafkatest.Start(t)
	topic := newTopic(t, bootstrap, 3)
	tr := Transport{Bootstrap: bootstrap}
	sink := transporttest.OpenSink(t, newSink(t, tr, stream.Options{"topic": topic}))
	transporttest.Write(t, sink, 0, 60)
	source := transporttest.OpenSource(t, newSource(t, tr, stream.Options{"topic.list": topic, "partition.no.list": "*"}))
	used := map[string]bool{}
	for _, r := range transporttest.Read(t, source, 60) {
		want := fmt.Sprintf("%s/%d", topic, routing.Partition(r.Key, 3))
		if r.Position.Partition != want {
			t.Errorf("key %s is in %s, want %s", r.Key, r.Position.Partition, want)
		}
		used[r.Position.Partition] = true
	}
	if len(used) != 3 {
		t.Errorf("60 keys use %v", used)
	}
	// A fixed partition takes everything, and a source of one partition gets only that.
	fixed := transporttest.OpenSink(t, newSink(t, tr, stream.Options{"topic": topic, "partition.no": "2"}))
	last := transporttest.OpenSource(t, newSource(t, tr, stream.Options{"topic.list": topic, "partition.no.list": "2", "start.position": "latest"}))
	poll := make(chan []stream.Record)
	go func() { recs, _ := last.Poll(deadline(t)); poll <- recs }()
	for sent := 0; ; { // latest is found out by the source in its own time
		transporttest.Write(t, fixed, sent, sent+1)
		sent++
		select {
		case recs := <-poll:
			if len(recs) == 0 || recs[0].Position.Partition != topic+"/2" {
				t.Errorf("got %v", recs)
			}
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func TestMembersOfAGroupShareAndHandOver(t *testing.T) {
	bootstrap := kafkatest.Start(t)
	topic := newTopic(t, bootstrap, 2)
	tr := Transport{Bootstrap: bootstrap}
	opts := stream.Options{"topic.list": topic, "group.id": "g-" + topic}
	sink := transporttest.OpenSink(t, newSink(t, tr, stream.Options{"topic": topic}))
	transporttest.Write(t, sink, 0, 40)
	first := transporttest.OpenSource(t, newSource(t, tr, opts))
	got := transporttest.Read(t, first, 40)
	acked := map[string]stream.Position{} // half of what was read of each partition
	for _, r := range got[:20] {
		acked[r.Position.Partition] = r.Position
	}
	var upTo []stream.Position
	for _, p := range acked {
		upTo = append(upTo, p)
	}
	if err := first.Ack(deadline(t), upTo); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := transporttest.OpenSource(t, newSource(t, tr, opts))
	want := map[string]bool{}
	for _, r := range got {
		if r.Position.Offset > acked[r.Position.Partition].Offset {
			want[string(r.Value)] = true
		}
	}
	again := map[string]bool{}
	for _, r := range transporttest.Read(t, second, len(want)) {
		again[string(r.Value)] = true
	}
	if !reflect.DeepEqual(again, want) {
		t.Errorf("the second member gets %v, want %v", again, want)
	}

	// With a third, each has a partition; a record comes to one of them.
	third := transporttest.OpenSource(t, newSource(t, tr, opts))
	type arrival struct{ member, value string }
	arrivals := make(chan arrival)
	ctx, cancel := context.WithCancel(deadline(t))
	var members sync.WaitGroup
	for name, s := range map[string]stream.Source{"second": second, "third": third} {
		members.Go(func() {
			for {
				recs, err := s.Poll(ctx)
				if err != nil {
					return
				}
				for _, r := range recs {
					select {
					case arrivals <- arrival{name, string(r.Value)}:
					case <-ctx.Done():
						return
					}
				}
			}
		})
	}
	both := map[string]bool{}
	for next := 100; len(both) < 2; next++ {
		transporttest.Write(t, sink, next, next+1)
		select {
		case a := <-arrivals:
			both[a.member] = true
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("records come to %v only", both)
		}
	}
	cancel()
	members.Wait()
}

func TestAPositionThatIsGoneIsReported(t *testing.T) {
	bootstrap := kafkatest.Start(t)
	topic := newTopic(t, bootstrap, 1)
	tr := Transport{Bootstrap: bootstrap}
	transporttest.Write(t, transporttest.OpenSink(t, newSink(t, tr, stream.Options{"topic": topic})), 0, 5)
	logged := make(chan string, 10)
	e := env(t)
	e.Logf = func(format string, args ...any) { logged <- fmt.Sprintf(format, args...) }
	s, err := tr.Source(e, stream.Options{"topic.list": topic})
	if err != nil {
		t.Fatal(err)
	}
	transporttest.OpenSource(t, s, stream.Position{Partition: topic + "/0", Offset: 100})
	transporttest.Expect(t, transporttest.Read(t, s, 5), 0, true, true)
	if text := <-logged; !strings.Contains(text, "it has lost data") {
		t.Errorf("logged %q", text)
	}
}

func TestARecordThatIsTooLargeIsRejectedAlone(t *testing.T) {
	bootstrap := kafkatest.Start(t)
	topic := newTopic(t, bootstrap, 1)
	tr := Transport{Bootstrap: bootstrap}
	sink := transporttest.OpenSink(t, newSink(t, tr, stream.Options{"topic": topic}))
	recs := transporttest.Records(0, 3)
	recs[1].Value = make([]byte, 2<<20)
	var rejected *stream.RejectedError
	if err := sink.Write(deadline(t), recs); !errors.As(err, &rejected) || !reflect.DeepEqual(rejected.Rows, []int{1}) {
		t.Fatalf("write gives %v", err)
	}
	got := transporttest.Read(t, transporttest.OpenSource(t, newSource(t, tr, stream.Options{"topic.list": topic})), 2)
	if string(got[0].Value) != string(recs[0].Value) || string(got[1].Value) != string(recs[2].Value) {
		t.Errorf("got %q and %q", got[0].Value, got[1].Value)
	}
}

func TestTopics(t *testing.T) {
	bootstrap := kafkatest.Start(t)
	admin := NewAdmin(bootstrap)
	ctx := deadline(t)
	topic := Topic{Name: "App.Topics", Partitions: 2, Replicas: 1, MaxAge: time.Hour}
	if err := admin.DeleteTopic(ctx, topic.Name); err != nil {
		t.Fatalf("delete a topic that is not there: %v", err)
	}
	for _, n := range []int{2, 2, 4, 3} { // made, there, extended, more than needed
		topic.Partitions = n
		if err := admin.EnsureTopic(ctx, topic); err != nil {
			t.Fatal(err)
		}
	}
	topic.Keyed = true
	if err := admin.EnsureTopic(ctx, topic); err == nil || !strings.Contains(err.Error(), "has 4 partitions where 3 are needed") {
		t.Errorf("a keyed topic with other partitions gives %v", err)
	}
	if err := admin.DeleteTopic(ctx, topic.Name); err != nil {
		t.Fatal(err)
	}
}

func TestOptionMistakes(t *testing.T) {
	for _, c := range []struct {
		opts stream.Options
		want string
	}{
		{stream.Options{}, "option topic.list is missing"},
		{stream.Options{"topic.list": "a", "partition.no.list": "0,x"}, "numbers of partitions"},
		{stream.Options{"topic.list": "a", "topic": "b"}, "unknown option topic; there are"},
	} {
		if _, err := (Transport{Bootstrap: "x:1"}).Source(env(t), c.opts); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v gives %v, want %q", c.opts, err, c.want)
		}
	}
	if _, err := (Transport{}).Sink(env(t), stream.Options{"topic": "a"}); err == nil || !strings.Contains(err.Error(), "bootstrap.servers is missing") {
		t.Errorf("no brokers give %v", err)
	}
}

package connect_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/connect"
	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/runtime"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/stream"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// topic is a log in memory.
type topic struct {
	mu      sync.Mutex
	name    string
	records []stream.Record
	ended   bool
	changed chan struct{}
	acked   int64

	perPoll   int           // most records of a Poll
	pollTime  time.Duration // of a Poll that has records
	writeTime time.Duration // of a Write, after the records are in
	down      bool          // Open and Write fail
	fails     error         // of every Poll
	opened    int
	writes    []time.Time
}

func newTopic(name string, values ...string) *topic {
	t := &topic{name: name, changed: make(chan struct{}), perPoll: 1000}
	for _, v := range values {
		t.records = append(t.records, stream.Record{Value: []byte(v)})
	}
	return t
}

func (t *topic) set(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
	close(t.changed)
	t.changed = make(chan struct{})
}

func (t *topic) values() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var all []string
	for _, r := range t.records {
		all = append(all, string(r.Value))
	}
	return all
}

// topicSource reads a topic, or several: "a,b" are partitions of one source.
type topicSource struct {
	topics []*topic
	next   []int64
}

func (s *topicSource) Open(_ context.Context, from []stream.Position) error {
	s.next = make([]int64, len(s.topics))
	for i, t := range s.topics {
		t.mu.Lock()
		t.opened++
		down := t.down
		t.mu.Unlock()
		if down {
			return stream.ErrNotConnected
		}
		for _, p := range from {
			if p.Partition == t.name {
				s.next[i] = p.Offset
			}
		}
	}
	return nil
}

func (s *topicSource) Poll(ctx context.Context) ([]stream.Record, error) {
	for {
		ended := true
		for i, t := range s.topics {
			recs, wait, err := s.read(i, t)
			if len(recs) > 0 && wait > 0 {
				if err := sleep(ctx, wait); err != nil {
					return nil, err
				}
			}
			if len(recs) > 0 || err != nil {
				s.next[i] += int64(len(recs))
				return recs, err
			}
			t.mu.Lock()
			ended = ended && t.ended
			t.mu.Unlock()
		}
		if ended {
			return nil, stream.ErrEndOfStream
		}
		s.topics[0].mu.Lock()
		changed := s.topics[0].changed
		s.topics[0].mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (s *topicSource) read(i int, t *topic) ([]stream.Record, time.Duration, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fails != nil {
		return nil, 0, t.fails
	}
	n := min(t.perPoll, len(t.records)-int(s.next[i]))
	recs := slices.Clone(t.records[s.next[i] : int(s.next[i])+n])
	for j := range recs {
		recs[j].Position = stream.Position{Partition: t.name, Offset: s.next[i] + int64(j) + 1}
	}
	return recs, t.pollTime, nil
}

func (s *topicSource) Ack(_ context.Context, upTo []stream.Position) error {
	for _, t := range s.topics {
		for _, p := range upTo {
			if p.Partition == t.name {
				t.set(func() { t.acked = p.Offset })
			}
		}
	}
	return nil
}

func (s *topicSource) Ends() bool { return !strings.HasPrefix(s.topics[0].name, "endless") }

func (s *topicSource) Close() error { return nil }

type topicSink struct{ *topic }

func (s topicSink) Open(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened++
	if s.down {
		return fmt.Errorf("open %s: %w", s.name, stream.ErrNotConnected)
	}
	return nil
}

func (s topicSink) Write(ctx context.Context, records []stream.Record) error {
	s.mu.Lock()
	if s.down {
		s.mu.Unlock()
		return fmt.Errorf("write %s: %w", s.name, stream.ErrNotConnected)
	}
	pause := s.writeTime
	s.mu.Unlock()
	s.set(func() {
		s.writes = append(s.writes, time.Now())
		for _, r := range records {
			r.Value = slices.Clone(r.Value)
			s.records = append(s.records, r)
		}
	})
	return sleep(ctx, pause) // a crash here has written what it does not know of
}

func (s topicSink) Close() error { return nil }

func sleep(ctx context.Context, d time.Duration) error {
	if d == 0 {
		return nil
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// transports gives apps the topics by type='topic', topic='name'.
func transports(topics ...*topic) connect.Transports {
	find := func(opts stream.Options) ([]*topic, error) {
		var found []*topic
		for name := range strings.SplitSeq(opts["topic"], ",") {
			i := slices.IndexFunc(topics, func(t *topic) bool { return t.name == name })
			if i < 0 {
				return nil, fmt.Errorf("there is no topic %q", name)
			}
			found = append(found, topics[i])
		}
		return found, nil
	}
	return connect.Transports{
		Sources: map[string]stream.SourceFactory{"topic": func(_ stream.Env, o stream.Options) (stream.Source, error) {
			ts, err := find(o)
			return &topicSource{topics: ts}, err
		}},
		Sinks: map[string]stream.SinkFactory{"topic": func(_ stream.Env, o stream.Options) (stream.Sink, error) {
			ts, err := find(o)
			if err != nil {
				return nil, err
			}
			return topicSink{ts[0]}, nil
		}},
		Repeats: map[string]func(stream.Options) bool{"Topic": func(stream.Options) bool { return true }},
	}
}

// store keeps snapshots in memory.
type store struct {
	mu    sync.Mutex
	saved [][]byte
	err   error
}

func (s *store) Last(context.Context) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.saved) == 0 {
		return nil, nil
	}
	return s.saved[len(s.saved)-1], nil
}

func (s *store) Save(_ context.Context, snapshot []byte) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return "", s.err
	}
	s.saved = append(s.saved, snapshot)
	return strconv.Itoa(len(s.saved)), nil
}

func newRunner(t *testing.T, text string, opts connect.Options) *connect.Runner {
	t.Helper()
	r, err := build(text, opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func build(text string, opts connect.Options) (*connect.Runner, error) {
	checked, err := siddhi.Check(text)
	if err != nil {
		return nil, err
	}
	app, err := runtime.New(checked, runtime.Options{})
	if err != nil {
		return nil, err
	}
	if opts.App == "" {
		opts.App = "App"
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return connect.New(app, checked, opts)
}

// running is a Run under way.
type running struct {
	t      *testing.T
	runner *connect.Runner
	cancel context.CancelFunc
	result chan error
}

func start(t *testing.T, r *connect.Runner) *running {
	ctx, cancel := context.WithCancel(context.Background())
	run := &running{t, r, cancel, make(chan error, 1)}
	go func() { run.result <- r.Run(ctx) }()
	return run
}

// stop ends the run in good order.
func (r *running) stop() {
	r.t.Helper()
	r.cancel()
	if err := <-r.result; err != nil {
		r.t.Errorf("Run = %v after an orderly stop", err)
	}
}

// crash ends the run with nothing finished or saved.
func (r *running) crash() {
	r.t.Helper()
	r.runner.Abandon()
	if err := <-r.result; err != nil && !errors.Is(err, connect.ErrAbandon) {
		r.t.Errorf("Run = %v after it was abandoned", err)
	}
}

// rowsOf decodes the frames of a topic as an ordered consumer does.
func rowsOf(t *testing.T, tp *topic, ordered bool, attrs schema.Attributes) (rows []string, repeated int, lost uint64) {
	t.Helper()
	d, err := mapper.NewDecoder(attrs, mapper.Config{Type: "frame", Options: stream.Options{"ordered": strconv.FormatBool(ordered)}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range tp.records {
		buf := column.NewBuffer(attrs)
		if bad := d.Decode(buf, []stream.Record{r}); len(bad) > 0 {
			t.Fatalf("%s: %v", tp.name, &bad[0])
		}
		frames := d.(*mapper.FrameDecoder)
		repeated += frames.Dropped()
		for _, g := range frames.Gaps() {
			lost += g.Rows
		}
		for row := range buf.N {
			var cells []string
			for _, c := range buf.Cols {
				cells = append(cells, fmt.Sprint(c.Any(row)))
			}
			rows = append(rows, strings.Join(cells, " "))
		}
	}
	return rows, repeated, lost
}

// settle lets the bubble's time pass, until nothing is left to do.
func settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/stream"
)

const (
	pollRecords = 1024 // most records that a Poll returns
	// What the client holds ahead of Poll: so many records and, if records are not
	// larger, so many bytes.
	ahead      = 256
	aheadBytes = 8 << 20
	// heartbeat is how often an idle server says that it lives; two missed ones
	// end the connection.
	heartbeat = 5 * time.Second
	// inactive is when the server forgets a consumer that asks for nothing,
	// because its app is gone or has been held up for so long.
	inactive = 5 * time.Minute
)

// logSource reads a subject's stream as a log, from a position on. Its consumer
// is of the connection's own and keeps no state that would matter: the
// positions in the app's snapshot say where to go on.
type logSource struct {
	env  stream.Env
	opts sourceOptions

	mu   sync.Mutex
	sess *session // nil when closed
	recs []stream.Record
	next uint64 // consumer's number of the next message
}

// session is one Open of a source.
type session struct {
	*connection
	consumer jetstream.Consumer
	consume  jetstream.ConsumeContext
	messages chan jetstream.Msg
	failed   chan error // the first error of the consumer
	done     chan struct{}
	ends     sync.Once
}

// Open implements stream.Source.
func (s *logSource) Open(ctx context.Context, from []stream.Position) error {
	c, err := connect(ctx, s.opts.url, clientName(s.env, "source"))
	if err != nil {
		return err
	}
	sess, err := s.start(ctx, c, from)
	if err != nil {
		c.close()
		return err
	}
	s.mu.Lock()
	s.sess, s.next = sess, 1
	s.mu.Unlock()
	return nil
}

func (s *logSource) start(ctx context.Context, c *connection, from []stream.Position) (*session, error) {
	name, err := ensureStream(ctx, c.js, s.opts.subject, Topic{})
	if err != nil {
		return nil, err
	}
	log, err := c.js.Stream(ctx, name)
	if err != nil {
		return nil, classify(ctx, "look up stream "+name, err)
	}
	cfg := jetstream.ConsumerConfig{
		FilterSubject: s.opts.subject, AckPolicy: jetstream.AckNonePolicy,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: inactive,
	}
	s.position(&cfg, log.CachedInfo().State, from)
	consumer, err := log.CreateConsumer(ctx, cfg)
	if err != nil {
		return nil, classify(ctx, "make a consumer of stream "+name, err)
	}
	return consume(c, consumer, ahead, func(jetstream.Msg) {})
}

// position says where the consumer starts, and tells the user about records
// that the log should have and does not.
func (s *logSource) position(cfg *jetstream.ConsumerConfig, state jetstream.StreamState, from []stream.Position) {
	start, restored := s.opts.startAt, false
	for _, p := range from {
		if p.Partition == s.opts.subject {
			start, restored = uint64(max(p.Offset, 1)), true
			s.warn(start, state)
		}
	}
	switch {
	case restored && start > state.LastSeq+1:
		// The log has lost its end or is a new one: better twice than never.
		cfg.DeliverPolicy = jetstream.DeliverAllPolicy
	case start > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, start
	case s.opts.start == "latest":
		cfg.DeliverPolicy = jetstream.DeliverNewPolicy
	default:
		cfg.DeliverPolicy = jetstream.DeliverAllPolicy
	}
}

func (s *logSource) warn(start uint64, state jetstream.StreamState) {
	switch {
	case start > state.LastSeq+1:
		s.env.Logf("subject %s: the snapshot has read up to record %d, the broker has only records %d to %d: it has lost data, or the topic is a new one; reading starts at its first record",
			s.opts.subject, start-1, state.FirstSeq, state.LastSeq)
	case start < state.FirstSeq:
		s.env.Logf("subject %s: records %d to %d have been removed by the broker before they were read: give the topic a longer time to keep records",
			s.opts.subject, start, state.FirstSeq-1)
	}
}

// consume starts the flow of messages into a session. arrived is called for
// each, in order, before Poll can see it.
func consume(c *connection, consumer jetstream.Consumer, ahead int, arrived func(jetstream.Msg)) (*session, error) {
	sess := &session{
		connection: c, consumer: consumer,
		messages: make(chan jetstream.Msg, ahead), failed: make(chan error, 1), done: make(chan struct{}),
	}
	var err error
	sess.consume, err = consumer.Consume(
		func(m jetstream.Msg) {
			arrived(m)
			select { // a full channel holds the client back: it asks the server for no more
			case sess.messages <- m:
			case <-sess.done:
			}
		},
		// A request for fewer bytes than the next record has would never be answered.
		jetstream.PullMaxMessagesWithBytesLimit(ahead, max(aheadBytes, 2*int(c.nc.MaxPayload()))),
		jetstream.PullExpiry(2*heartbeat+time.Second), jetstream.PullHeartbeat(heartbeat),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) { sess.fail(err) }))
	if err != nil {
		return nil, notConnected("start reading", err)
	}
	return sess, nil
}

// fail ends the session with its first error.
func (s *session) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// take waits for messages and hands each of those that have arrived, up to
// pollRecords, to add, whose error ends the session.
func (s *session) take(ctx context.Context, add func(jetstream.Msg) error) error {
	select {
	case m := <-s.messages:
		if err := add(m); err != nil {
			return err
		}
	case <-ctx.Done():
		return ctx.Err()
	case err := <-s.failed:
		return notConnected("read", err)
	case <-s.closed:
		return notConnected("read", errors.New("the connection is closed"))
	case <-s.done:
		return notConnected("read", errors.New("the source is closed"))
	}
	for range pollRecords - 1 {
		select {
		case m := <-s.messages:
			if err := add(m); err != nil {
				return err
			}
		default:
			return nil
		}
	}
	return nil
}

// end stops the flow and closes the connection.
func (s *session) end() {
	s.ends.Do(func() {
		close(s.done)
		s.consume.Stop()
		s.connection.close()
	})
}

// current returns the session or says that there is none.
func (s *logSource) current() (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sess == nil {
		return nil, notConnected("read", errors.New("the source is closed"))
	}
	return s.sess, nil
}

// Poll implements stream.Source.
func (s *logSource) Poll(ctx context.Context) ([]stream.Record, error) {
	sess, err := s.current()
	if err != nil {
		return nil, err
	}
	clear(s.recs)
	s.recs = s.recs[:0]
	err = sess.take(ctx, func(m jetstream.Msg) error {
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("message without metadata: %w", err)
		}
		if meta.Sequence.Consumer != s.next {
			// One was lost on its way: read again from behind the last.
			return notConnected("read", fmt.Errorf("message %d came where %d was expected", meta.Sequence.Consumer, s.next))
		}
		s.next++
		s.recs = append(s.recs, record(m, meta, stream.Position{Partition: s.opts.subject, Offset: int64(meta.Sequence.Stream) + 1}))
		return nil
	})
	if err != nil && len(s.recs) == 0 {
		return nil, err
	}
	// An error behind some records comes again: numbers go on not to fit.
	return s.recs, nil
}

func record(m jetstream.Msg, meta *jetstream.MsgMetadata, at stream.Position) stream.Record {
	r := stream.Record{Value: m.Data(), Time: meta.Timestamp.UnixMilli(), Position: at}
	for name, values := range m.Headers() {
		for _, v := range values {
			switch name {
			case keyHeader:
				r.Key = []byte(v)
			case jetstream.MsgIDHeader:
				r.Headers = append(r.Headers, stream.Header{Name: mapper.HeaderID, Value: v})
			default:
				r.Headers = append(r.Headers, stream.Header{Name: name, Value: v})
			}
		}
	}
	return r
}

// Ack implements stream.Source: a log needs none.
func (s *logSource) Ack(context.Context, []stream.Position) error { return nil }

// Close implements stream.Source.
func (s *logSource) Close() error {
	s.mu.Lock()
	sess := s.sess
	s.sess = nil
	s.mu.Unlock()
	if sess != nil {
		sess.forget()
		sess.end()
	}
	return nil
}

// forget removes the session's consumer from the server if it can be reached;
// otherwise the server removes it after a while.
func (s *session) forget() {
	info := s.consumer.CachedInfo()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if !s.nc.IsClosed() {
		_ = s.js.DeleteConsumer(ctx, info.Stream, info.Name)
	}
}

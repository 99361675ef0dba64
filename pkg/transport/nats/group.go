package nats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"millrace/pkg/siddhi/stream"
)

// groupSource is a member of a queue group: each record goes to one member.
//
// The server keeps which records the group has done. A member holds what it got
// until Ack: that is, until a durable snapshot covers it. Meanwhile it tells
// the server again and again that it works on them; when it dies, the signs
// stop and after ack.wait the records go to another member. A record may so be
// seen twice, never not at all.
//
// Positions count what this member got, not places in the stream, since
// records come again in any order: on Open they mean nothing, the server knows
// what is due.
type groupSource struct {
	env  stream.Env
	opts sourceOptions

	mu      sync.Mutex
	sess    *session // nil when closed
	held    []held   // by number
	arrived int64    // number of the last record that arrived, over all sessions
	keeper  sync.WaitGroup
	recs    []stream.Record
	polled  int64 // number of the last record that Poll returned
}

// held is a record that is not acknowledged yet.
type held struct {
	number  int64
	message jetstream.Msg
}

// Open implements stream.Source.
func (s *groupSource) Open(ctx context.Context, _ []stream.Position) error {
	c, err := connect(ctx, s.opts.url, clientName(s.env, "source"))
	if err != nil {
		return err
	}
	if err := s.start(ctx, c); err != nil {
		c.close()
		return err
	}
	return nil
}

func (s *groupSource) start(ctx context.Context, c *connection) error {
	name, err := ensureStream(ctx, c.js, s.opts.subject, Topic{})
	if err != nil {
		return err
	}
	cfg := jetstream.ConsumerConfig{
		Durable: streamName(s.opts.group + "_" + s.opts.subject), FilterSubject: s.opts.subject,
		AckPolicy: jetstream.AckExplicitPolicy, AckWait: s.opts.ackWait, MaxAckPending: s.opts.maxUnacked,
		DeliverPolicy: jetstream.DeliverAllPolicy,
	}
	switch {
	case s.opts.startAt > 0:
		cfg.DeliverPolicy, cfg.OptStartSeq = jetstream.DeliverByStartSequencePolicy, s.opts.startAt
	case s.opts.start == "latest":
		cfg.DeliverPolicy = jetstream.DeliverNewPolicy
	}
	consumer, err := c.js.CreateOrUpdateConsumer(ctx, name, cfg)
	if err != nil {
		return classify(ctx, fmt.Sprintf("join group %s of stream %s", s.opts.group, name), err)
	}
	s.mu.Lock()
	s.held = nil
	s.polled = s.arrived
	s.mu.Unlock()
	// A member takes little ahead, so that the others get their share.
	sess, err := consume(c, consumer, ahead/4, s.hold)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.sess = sess
	s.mu.Unlock()
	s.keeper.Go(func() { s.keep(sess) })
	return nil
}

// hold notes a record that has arrived.
func (s *groupSource) hold(m jetstream.Msg) {
	s.mu.Lock()
	s.arrived++
	s.held = append(s.held, held{s.arrived, m})
	s.mu.Unlock()
}

// keep tells the server that the held records are being worked on, until the
// session ends.
func (s *groupSource) keep(sess *session) {
	tick := time.NewTicker(s.opts.ackWait / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-sess.done:
			return
		case <-sess.closed:
			return
		}
		s.mu.Lock()
		all := append([]held(nil), s.held...)
		s.mu.Unlock()
		for _, h := range all {
			// An error is that of a broken connection, which Poll reports, or of
			// a record that has been acknowledged since.
			_ = h.message.InProgress()
		}
	}
}

// Poll implements stream.Source.
func (s *groupSource) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	sess := s.sess
	s.mu.Unlock()
	if sess == nil {
		return nil, notConnected("read", errors.New("the source is closed"))
	}
	clear(s.recs)
	s.recs = s.recs[:0]
	err := sess.take(ctx, func(m jetstream.Msg) error {
		meta, err := m.Metadata()
		if err != nil {
			return fmt.Errorf("message without metadata: %w", err)
		}
		s.polled++
		s.recs = append(s.recs, record(m, meta, stream.Position{Partition: s.opts.subject, Offset: s.polled + 1}))
		return nil
	})
	if err != nil && len(s.recs) == 0 {
		return nil, err
	}
	return s.recs, nil
}

// Ack implements stream.Source: the server will not give these records again.
// One whose acknowledgement is lost comes again.
func (s *groupSource) Ack(ctx context.Context, upTo []stream.Position) error {
	limit := int64(math.MinInt64)
	for _, p := range upTo {
		if p.Partition == s.opts.subject {
			limit = p.Offset
		}
	}
	s.mu.Lock()
	n := 0
	for n < len(s.held) && s.held[n].number < limit {
		n++
	}
	done := append([]held(nil), s.held[:n]...)
	s.held = append(s.held[:0], s.held[n:]...)
	sess := s.sess
	s.mu.Unlock()
	if sess == nil || n == 0 {
		return nil
	}
	for _, h := range done {
		if err := h.message.Ack(); err != nil {
			return classify(ctx, "acknowledge", err)
		}
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	if err := sess.nc.FlushWithContext(ctx); err != nil {
		return classify(ctx, "acknowledge", err)
	}
	return nil
}

// Close implements stream.Source. What is not acknowledged goes to other
// members at once.
func (s *groupSource) Close() error {
	s.mu.Lock()
	sess, all := s.sess, s.held
	s.sess, s.held = nil, nil
	s.mu.Unlock()
	if sess == nil {
		return nil
	}
	sess.consume.Stop()
	for _, h := range all {
		_ = h.message.Nak() // without a connection the server notices by itself
	}
	if len(all) > 0 && !sess.nc.IsClosed() {
		_ = sess.nc.FlushTimeout(time.Second)
	}
	sess.end()
	s.keeper.Wait()
	return nil
}

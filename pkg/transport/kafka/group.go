package kafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"

	"millrace/pkg/siddhi/stream"
)

const (
	groupHeartbeat = 2 * time.Second
	// groupTimeout is after what silence the partitions of a member go to others.
	groupTimeout = 10 * time.Second
)

// groupSource is a member of a consumer group: Kafka shares the partitions of
// the topics out among the members, anew whenever one comes or goes.
//
// Ack commits positions, so that a new owner of a partition goes on where a
// durable snapshot of the old one ends. What the old one had read beyond is read
// again: a record may be seen twice, never not at all. A partition that comes
// (back) to this member goes on behind what this member has read of it.
type groupSource struct {
	env  stream.Env
	opts sourceOptions

	mu         sync.Mutex
	sess       *session // nil when closed
	group      *kafka.ConsumerGroup
	generation *kafka.Generation
	read       map[topicPartition]int64 // behind the last record that Poll returned
}

// Open implements stream.Source.
func (s *groupSource) Open(ctx context.Context, from []stream.Position) error {
	sess := newSession(s.env, &s.opts)
	for _, topic := range s.opts.topics {
		if _, err := sess.ensure(ctx, topic); err != nil {
			sess.end()
			return err
		}
	}
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: s.opts.group, Brokers: s.opts.brokers, Topics: s.opts.topics,
		Dialer:            &kafka.Dialer{ClientID: s.opts.name, DialFunc: s.opts.dial, Timeout: callTimeout / 2},
		HeartbeatInterval: groupHeartbeat, SessionTimeout: groupTimeout, RebalanceTimeout: groupTimeout,
		JoinGroupBackoff: settlePause, WatchPartitionChanges: true,
		StartOffset: startOffset(s.opts.latest),
	})
	if err != nil {
		sess.end()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sess, s.group = sess, group
	s.read = map[topicPartition]int64{}
	for _, p := range from {
		if tp, ok := parseTopicPartition(p.Partition); ok {
			s.read[tp] = p.Offset
		}
	}
	sess.loops.Go(func() { s.member(sess, group) })
	return nil
}

// member takes part in one generation of the group after the other.
func (s *groupSource) member(sess *session, group *kafka.ConsumerGroup) {
	for tries := 0; ; {
		g, err := group.Next(sess.ctx)
		switch {
		case sess.ctx.Err() != nil, errors.Is(err, kafka.ErrGroupClosed):
			return
		case errors.Is(err, kafka.RebalanceInProgress):
			continue // the group is being shared out; it joins again by itself
		case isUnsettled(err) && tries < settleTries:
			tries++ // it pauses and joins again by itself
			continue
		case err != nil:
			sess.fail(classify(sess.ctx, "be a member of group "+s.opts.group, err))
			return
		}
		tries = 0
		s.mu.Lock()
		s.generation = g
		s.mu.Unlock()
		for topic, assigned := range g.Assignments {
			for _, a := range assigned {
				tp := topicPartition{topic, a.ID}
				offset := s.offset(tp, a.Offset)
				g.Start(func(ctx context.Context) { sess.read(ctx, tp, offset) })
			}
		}
	}
}

// offset returns where to start: at what the group has committed, but behind
// what is part of this member's state.
func (s *groupSource) offset(tp topicPartition, committed int64) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if read, ok := s.read[tp]; ok {
		return max(read, committed)
	}
	return committed
}

// Poll implements stream.Source.
func (s *groupSource) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	sess := s.sess
	s.mu.Unlock()
	if sess == nil {
		return nil, notConnected("read", errors.New("the source is closed"))
	}
	for {
		piece, err := sess.poll(ctx)
		if err != nil {
			return nil, err
		}
		if piece = s.fresh(piece); len(piece) > 0 {
			return piece, nil
		}
	}
}

// fresh notes what is read and leaves out what has been: a piece may still be
// queued when its partition is shared out anew and starts again.
func (s *groupSource) fresh(piece []stream.Record) []stream.Record {
	tp, _ := parseTopicPartition(piece[0].Position.Partition) // all of a piece are of one
	s.mu.Lock()
	defer s.mu.Unlock()
	read := s.read[tp]
	for len(piece) > 0 && piece[0].Position.Offset <= read {
		piece = piece[1:]
	}
	if len(piece) > 0 {
		s.read[tp] = piece[len(piece)-1].Position.Offset
	}
	return piece
}

// Ack implements stream.Source.
func (s *groupSource) Ack(ctx context.Context, upTo []stream.Position) error {
	s.mu.Lock()
	g := s.generation
	s.mu.Unlock()
	if g == nil {
		return nil
	}
	offsets := map[string]map[int]int64{}
	for _, p := range upTo {
		tp, ok := parseTopicPartition(p.Partition)
		if !ok || !owns(g, tp) { // its new owner commits
			continue
		}
		if offsets[tp.topic] == nil {
			offsets[tp.topic] = map[int]int64{}
		}
		offsets[tp.topic][tp.id] = p.Offset
	}
	if len(offsets) == 0 {
		return nil
	}
	err := g.CommitOffsets(offsets)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, kafka.RebalanceInProgress), errors.Is(err, kafka.IllegalGeneration), errors.Is(err, kafka.UnknownMemberId):
		return nil // the partitions may have another owner by now; what is not committed is read again
	}
	return classify(ctx, "commit the positions of group "+s.opts.group, err)
}

func owns(g *kafka.Generation, tp topicPartition) bool {
	for _, a := range g.Assignments[tp.topic] {
		if a.ID == tp.id {
			return true
		}
	}
	return false
}

// Close implements stream.Source: this member leaves the group.
func (s *groupSource) Close() error {
	s.mu.Lock()
	sess, group := s.sess, s.group
	s.sess, s.group, s.generation = nil, nil, nil
	s.mu.Unlock()
	if sess == nil {
		return nil
	}
	sess.cancel()
	err := group.Close()
	sess.end()
	return err
}

package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/segmentio/kafka-go"

	"millrace/pkg/siddhi/stream"
)

// source reads given partitions from the positions in the app's snapshot.
type source struct {
	env  stream.Env
	opts sourceOptions

	mu   sync.Mutex
	sess *session // nil when closed
}

// Open implements stream.Source.
func (s *source) Open(ctx context.Context, from []stream.Position) error {
	sess := newSession(s.env, &s.opts)
	assigned, err := s.assign(ctx, sess, from)
	if err != nil {
		sess.end()
		return err
	}
	for tp, offset := range assigned {
		sess.loops.Go(func() { sess.read(sess.ctx, tp, offset) })
	}
	s.mu.Lock()
	s.sess = sess
	s.mu.Unlock()
	return nil
}

// assign returns the partitions of this source and where each starts.
func (s *source) assign(ctx context.Context, sess *session, from []stream.Position) (map[topicPartition]int64, error) {
	assigned := map[topicPartition]int64{}
	for _, topic := range s.opts.topics {
		all, err := sess.ensure(ctx, topic)
		if err != nil {
			return nil, err
		}
		wanted := s.opts.partitions
		if wanted == nil {
			wanted = all
		}
		for _, id := range wanted {
			if !slices.Contains(all, id) {
				return nil, fmt.Errorf("topic %s has %d partitions; partition.no.list names %d", topic, len(all), id)
			}
			assigned[topicPartition{topic, id}] = startOffset(s.opts.latest)
		}
	}
	for _, p := range from {
		if tp, ok := parseTopicPartition(p.Partition); ok {
			if _, mine := assigned[tp]; mine {
				assigned[tp] = p.Offset
			}
		}
	}
	return assigned, nil
}

func startOffset(latest bool) int64 {
	if latest {
		return kafka.LastOffset
	}
	return kafka.FirstOffset
}

// Poll implements stream.Source.
func (s *source) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	sess := s.sess
	s.mu.Unlock()
	if sess == nil {
		return nil, notConnected("read", errors.New("the source is closed"))
	}
	return sess.poll(ctx)
}

// Ack implements stream.Source: the snapshot has the positions.
func (s *source) Ack(context.Context, []stream.Position) error { return nil }

// Close implements stream.Source.
func (s *source) Close() error {
	s.mu.Lock()
	sess := s.sess
	s.sess = nil
	s.mu.Unlock()
	if sess != nil {
		sess.end()
	}
	return nil
}

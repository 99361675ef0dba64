// Package memory has the inMemory source and sink: topics inside one process.
//
// It imports stream and mapper/option.
package memory

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

const (
	pieceRecords = 1024 // most records that a Poll returns
	queuePieces  = 16   // what a subscriber may be behind, in writes of up to pieceRecords
)

// Broker has the topics that some apps share. Nothing is kept: a record goes to
// the sources that are open. The zero Broker is ready for use.
type Broker struct {
	mu     sync.Mutex
	topics map[string][]*subscription
}

// subscription is one Open of a source.
type subscription struct {
	pieces chan []stream.Record
	done   chan struct{}
}

// noTopic is the topic of a source that names none, as in Siddhi.
const noTopic = "input inMemory source"

// Source makes a source. Option: topic.
func (b *Broker) Source(env stream.Env, opts stream.Options) (stream.Source, error) {
	r := option.NewReader("@source(type='inMemory')", opts)
	s := &source{broker: b, topic: r.Text("topic", noTopic)}
	return s, r.Done()
}

// Sink makes a sink. Option: topic.
func (b *Broker) Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='inMemory')", opts)
	s := &sink{broker: b, topic: r.Required("topic")}
	return s, r.Done()
}

func (b *Broker) subscribe(topic string) *subscription {
	sub := &subscription{pieces: make(chan []stream.Record, queuePieces), done: make(chan struct{})}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.topics == nil {
		b.topics = map[string][]*subscription{}
	}
	// Copied, so that a writer can use the list without the lock.
	b.topics[topic] = append(slices.Clone(b.topics[topic]), sub)
	return sub
}

func (b *Broker) unsubscribe(topic string, sub *subscription) {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := slices.DeleteFunc(slices.Clone(b.topics[topic]), func(s *subscription) bool { return s == sub })
	if len(left) == 0 {
		delete(b.topics, topic)
		return
	}
	b.topics[topic] = left
}

func (b *Broker) subscribers(topic string) []*subscription {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.topics[topic]
}

type source struct {
	broker *Broker
	topic  string

	mu   sync.Mutex
	sub  *subscription // nil when closed
	read int64         // records read since the source was made
	recs []stream.Record
}

// Open implements stream.Source.
func (s *source) Open(context.Context, []stream.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sub = s.broker.subscribe(s.topic)
	return nil
}

// Poll implements stream.Source.
func (s *source) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	sub := s.sub
	s.mu.Unlock()
	if sub == nil {
		return nil, s.closed()
	}
	select {
	case piece := <-sub.pieces:
		s.recs = append(s.recs[:0], piece...) // other subscribers have the same piece
		for i := range s.recs {
			s.read++
			s.recs[i].Position = stream.Position{Partition: s.topic, Offset: s.read}
		}
		return s.recs, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-sub.done:
		return nil, s.closed()
	}
}

func (s *source) closed() error {
	return fmt.Errorf("read topic %s: %w: the source is closed", s.topic, stream.ErrNotConnected)
}

// Ack implements stream.Source: there is nothing to forget.
func (s *source) Ack(context.Context, []stream.Position) error { return nil }

// Close implements stream.Source.
func (s *source) Close() error {
	s.mu.Lock()
	sub := s.sub
	s.sub = nil
	s.mu.Unlock()
	if sub != nil {
		s.broker.unsubscribe(s.topic, sub)
		close(sub.done)
	}
	return nil
}

type sink struct {
	broker *Broker
	topic  string

	mu   sync.Mutex
	open bool
}

// Open implements stream.Sink.
func (s *sink) Open(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = true
	return nil
}

// Write implements stream.Sink. It waits for subscribers that are behind;
// without subscribers it gives ErrNotConnected, as Siddhi does.
func (s *sink) Write(ctx context.Context, records []stream.Record) error {
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	if !open {
		return fmt.Errorf("write topic %s: %w: the sink is closed", s.topic, stream.ErrNotConnected)
	}
	for len(records) > 0 {
		n := min(len(records), pieceRecords)
		subs := s.broker.subscribers(s.topic)
		if len(subs) == 0 {
			return fmt.Errorf("write topic %s: %w: nobody reads it", s.topic, stream.ErrNotConnected)
		}
		piece := clone(records[:n])
		for _, sub := range subs {
			select {
			case sub.pieces <- piece:
			case <-sub.done:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		records = records[n:]
	}
	return nil
}

// clone copies records with all that they refer to, which is the caller's.
func clone(records []stream.Record) []stream.Record {
	size := 0
	for i := range records {
		size += len(records[i].Key) + len(records[i].Value)
	}
	buf := make([]byte, 0, size)
	keep := func(b []byte) []byte {
		if b == nil {
			return nil
		}
		start := len(buf)
		buf = append(buf, b...)
		return buf[start:len(buf):len(buf)]
	}
	copies := slices.Clone(records)
	for i := range copies {
		copies[i].Key, copies[i].Value = keep(copies[i].Key), keep(copies[i].Value)
		copies[i].Headers = slices.Clone(copies[i].Headers)
	}
	return copies
}

// Close implements stream.Sink.
func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open = false
	return nil
}

package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"

	"millrace/pkg/siddhi/stream"
)

const (
	fetchWait    = 500 * time.Millisecond // how long a broker waits for records
	fetchBytes   = 1 << 20                // of one partition at a time
	pieceRecords = 1024                   // most records that a Poll returns
	queuePieces  = 4                      // fetched and not polled yet
)

// session is one Open of a source: a goroutine for each partition fetches
// pieces of it into one bounded queue.
type session struct {
	*cluster
	env    stream.Env
	latest bool
	pieces chan []stream.Record
	failed chan error // the first error
	ctx    context.Context
	cancel context.CancelFunc
	loops  sync.WaitGroup
}

func newSession(env stream.Env, o *sourceOptions) *session {
	s := &session{
		cluster: newCluster(o.brokers, o.dial, o.name), env: env, latest: o.latest,
		pieces: make(chan []stream.Record, queuePieces), failed: make(chan error, 1),
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s
}

func (s *session) fail(err error) {
	select {
	case s.failed <- err:
	default:
	}
}

// end stops the loops and closes the connections.
func (s *session) end() {
	s.cancel()
	s.loops.Wait()
	s.cluster.close()
}

// poll returns the next piece.
func (s *session) poll(ctx context.Context) ([]stream.Record, error) {
	select {
	case piece := <-s.pieces:
		return piece, nil
	default:
	}
	select {
	case piece := <-s.pieces:
		return piece, nil
	case err := <-s.failed:
		s.fail(err) // for the next call
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-s.ctx.Done():
		return nil, notConnected("read", errors.New("the source is closed"))
	}
}

// read fetches a partition from an offset on until ctx ends or an error fails
// the session.
func (s *session) read(ctx context.Context, tp topicPartition, offset int64) {
	err := s.loop(ctx, tp, offset)
	if err != nil && ctx.Err() == nil && s.ctx.Err() == nil {
		s.fail(err)
	}
}

func (s *session) loop(ctx context.Context, tp topicPartition, offset int64) error {
	offset, err := s.start(ctx, tp, offset)
	if err != nil {
		return err
	}
	for ctx.Err() == nil {
		resp, err := s.fetch(ctx, tp, offset)
		if errors.Is(err, kafka.OffsetOutOfRange) {
			if offset, err = s.outOfRange(ctx, tp, offset); err == nil {
				continue
			}
		}
		if err != nil {
			return classify(ctx, "read "+tp.String(), err)
		}
		if offset, err = s.deliver(ctx, tp, offset, resp.Records); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (s *session) fetch(ctx context.Context, tp topicPartition, offset int64) (resp *kafka.FetchResponse, err error) {
	err = settle(ctx, func() error {
		resp, err = s.Fetch(ctx, &kafka.FetchRequest{
			Topic: tp.topic, Partition: tp.id, Offset: offset, MinBytes: 1, MaxBytes: fetchBytes, MaxWait: fetchWait,
		})
		if err == nil {
			err = resp.Error
		}
		return err
	})
	return resp, err
}

// start turns FirstOffset and LastOffset into offsets.
func (s *session) start(ctx context.Context, tp topicPartition, offset int64) (int64, error) {
	if offset >= 0 {
		return offset, nil
	}
	first, last, err := s.bounds(ctx, tp)
	if err != nil {
		return 0, err
	}
	if offset == kafka.LastOffset {
		return last, nil
	}
	return first, nil
}

// bounds returns the offsets of a partition's first record and behind its last one.
func (s *session) bounds(ctx context.Context, tp topicPartition) (first, last int64, err error) {
	err = settle(ctx, func() error {
		resp, err := s.ListOffsets(ctx, &kafka.ListOffsetsRequest{
			Topics: map[string][]kafka.OffsetRequest{tp.topic: {kafka.FirstOffsetOf(tp.id), kafka.LastOffsetOf(tp.id)}},
		})
		if err != nil {
			return err
		}
		for _, p := range resp.Topics[tp.topic] {
			if p.Partition == tp.id {
				first, last = p.FirstOffset, p.LastOffset
				return p.Error
			}
		}
		return kafka.UnknownTopicOrPartition
	})
	if err != nil {
		return 0, 0, classify(ctx, "look up offsets of "+tp.String(), err)
	}
	return first, last, nil
}

// outOfRange tells the user about records that should be there and are not, and
// goes on with the first there are: better twice than never.
func (s *session) outOfRange(ctx context.Context, tp topicPartition, offset int64) (int64, error) {
	first, last, err := s.bounds(ctx, tp)
	if err != nil {
		return 0, err
	}
	if offset < first {
		s.env.Logf("%s: records %d to %d have been removed by Kafka before they were read: give the topic a longer retention", tp, offset, first-1)
		return first, nil
	}
	s.env.Logf("%s: the snapshot has read up to record %d, Kafka has only records %d to %d: it has lost data, or the topic is a new one; reading starts at its first record",
		tp, offset-1, first, last-1)
	return first, nil
}

// deliver queues the records of a response from offset on, in pieces, and
// returns the offset to go on at.
func (s *session) deliver(ctx context.Context, tp topicPartition, offset int64, records kafka.RecordReader) (int64, error) {
	var piece []stream.Record
	for {
		rec, err := records.ReadRecord()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, fmt.Errorf("read %s from record %d on: %w", tp, offset, err)
		}
		if rec.Offset < offset { // a batch is sent whole
			closeRecord(rec)
			continue
		}
		r, err := convert(rec)
		if err != nil {
			return 0, fmt.Errorf("read record %d of %s: %w", rec.Offset, tp, err)
		}
		offset = rec.Offset + 1
		r.Position = stream.Position{Partition: tp.String(), Offset: offset}
		if piece = append(piece, r); len(piece) == pieceRecords {
			if err := s.queue(ctx, piece); err != nil {
				return 0, err
			}
			piece = nil
		}
	}
	if len(piece) > 0 {
		if err := s.queue(ctx, piece); err != nil {
			return 0, err
		}
	}
	return max(offset, behindMarkers(records)), nil
}

// behindMarkers returns the offset behind the marker of a transaction that ends
// a response: no record has it.
func behindMarkers(records kafka.RecordReader) int64 {
	set, ok := records.(*protocol.RecordStream)
	if !ok || len(set.Records) == 0 {
		return 0
	}
	if marker, ok := set.Records[len(set.Records)-1].(*protocol.ControlBatch); ok {
		return marker.Offset() + 1
	}
	return 0
}

func (s *session) queue(ctx context.Context, piece []stream.Record) error {
	select {
	case s.pieces <- piece:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// convert copies a record, whose bytes are the client's.
func convert(rec *kafka.Record) (r stream.Record, err error) {
	defer closeRecord(rec)
	if rec.Key != nil {
		if r.Key, err = kafka.ReadAll(rec.Key); err != nil {
			return r, err
		}
	}
	if rec.Value != nil {
		if r.Value, err = kafka.ReadAll(rec.Value); err != nil {
			return r, err
		}
	}
	if !rec.Time.IsZero() {
		r.Time = rec.Time.UnixMilli()
	}
	for _, h := range rec.Headers {
		r.Headers = append(r.Headers, stream.Header{Name: h.Key, Value: string(h.Value)})
	}
	return r, nil
}

func closeRecord(rec *kafka.Record) {
	if rec.Key != nil {
		rec.Key.Close()
	}
	if rec.Value != nil {
		rec.Value.Close()
	}
}

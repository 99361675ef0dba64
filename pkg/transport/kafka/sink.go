package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"millrace/pkg/siddhi/mapper/routing"
	"millrace/pkg/siddhi/stream"
)

// requestBytes is about how much one request to a partition carries. Brokers
// refuse more than 1 MiB by default.
const requestBytes = 900 << 10

// sink writes to one topic. A partition's records go in order: the next request
// is not sent before the one before it is acknowledged by all replicas.
type sink struct {
	brokers   []string
	topic     string
	partition int // -1: by key or in turn
	name      string
	dial      dialFunc

	mu         sync.Mutex
	cluster    *cluster // nil when closed
	partitions int
	turn       int
}

// Open implements stream.Sink.
func (s *sink) Open(ctx context.Context) error {
	c := newCluster(s.brokers, s.dial, s.name)
	ids, err := c.ensure(ctx, s.topic)
	if err == nil && s.partition >= len(ids) {
		err = fmt.Errorf("topic %s has %d partitions; partition.no is %d", s.topic, len(ids), s.partition)
	}
	if err != nil {
		c.close()
		return err
	}
	s.mu.Lock()
	s.cluster, s.partitions = c, len(ids)
	s.mu.Unlock()
	return nil
}

// Write implements stream.Sink.
func (s *sink) Write(ctx context.Context, records []stream.Record) error {
	s.mu.Lock()
	c := s.cluster
	rows := s.route(records)
	s.mu.Unlock()
	if c == nil {
		return notConnected("write to "+s.topic, errors.New("the sink is closed"))
	}
	var mu sync.Mutex
	rejected := &stream.RejectedError{}
	var group errgroup.Group
	for id, rows := range rows {
		group.Go(func() error {
			w := writer{sink: s, cluster: c, id: id, records: records}
			err := w.write(ctx, rows)
			mu.Lock()
			defer mu.Unlock()
			if len(w.rejected.Rows) > 0 {
				rejected.Rows = append(rejected.Rows, w.rejected.Rows...)
				rejected.Err = w.rejected.Err
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if len(rejected.Rows) > 0 {
		return rejected
	}
	return nil
}

// route returns the indexes of the records of each partition. The records
// without a key of one Write stay together.
func (s *sink) route(records []stream.Record) map[int][]int {
	rows := map[int][]int{}
	if s.partitions == 0 {
		return rows
	}
	s.turn++
	for i := range records {
		id := s.partition
		switch {
		case id >= 0:
		case records[i].Key != nil:
			id = routing.Partition(records[i].Key, s.partitions)
		default:
			id = s.turn % s.partitions
		}
		rows[id] = append(rows[id], i)
	}
	return rows
}

// writer writes the records of one partition.
type writer struct {
	*sink
	cluster  *cluster
	id       int
	records  []stream.Record
	rejected stream.RejectedError
}

func (w *writer) write(ctx context.Context, rows []int) error {
	for start := 0; start < len(rows); {
		end, size := start, 0
		for end < len(rows) && (end == start || size+recordSize(&w.records[rows[end]]) <= requestBytes) {
			size += recordSize(&w.records[rows[end]])
			end++
		}
		if err := w.send(ctx, rows[start:end]); err != nil {
			return err
		}
		start = end
	}
	return nil
}

func recordSize(r *stream.Record) int {
	size := len(r.Key) + len(r.Value) + 64
	for _, h := range r.Headers {
		size += len(h.Name) + len(h.Value) + 16
	}
	return size
}

// send makes one request. Records that are too large for the broker are found
// by sending them one by one.
func (w *writer) send(ctx context.Context, rows []int) error {
	err := settle(ctx, func() error {
		resp, err := w.cluster.Produce(ctx, &kafka.ProduceRequest{
			Topic: w.topic, Partition: w.id, RequiredAcks: kafka.RequireAll, Records: reader(w.records, rows),
		})
		if err == nil {
			err = resp.Error
		}
		return err
	})
	switch {
	case err == nil:
		return nil
	case !errors.Is(err, kafka.MessageSizeTooLarge) && !errors.Is(err, kafka.RecordListTooLarge):
		return classify(ctx, fmt.Sprintf("write to %s/%d", w.topic, w.id), err)
	case len(rows) == 1:
		w.rejected.Rows = append(w.rejected.Rows, rows[0])
		w.rejected.Err = fmt.Errorf("topic %s: a record of %d bytes is more than the broker takes (its setting max.message.bytes): %w",
			w.topic, len(w.records[rows[0]].Value), err)
		return nil
	}
	for i := range rows {
		if err := w.send(ctx, rows[i:i+1]); err != nil {
			return err
		}
	}
	return nil
}

func reader(records []stream.Record, rows []int) kafka.RecordReader {
	batch := make([]kafka.Record, len(rows))
	for i, row := range rows {
		r := &records[row]
		batch[i] = kafka.Record{Key: kafka.NewBytes(r.Key), Value: kafka.NewBytes(r.Value)}
		for _, h := range r.Headers {
			batch[i].Headers = append(batch[i].Headers, kafka.Header{Key: h.Name, Value: []byte(h.Value)})
		}
	}
	return kafka.NewRecordReader(batch...)
}

// Close implements stream.Sink.
func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cluster != nil {
		s.cluster.close()
	}
	s.cluster = nil
	return nil
}

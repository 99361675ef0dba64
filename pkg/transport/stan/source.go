package stan

import (
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/stan.go"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

const pollRecords = 1024 // most records that a Poll returns

// source reads a channel: alone from the position in the app's snapshot, or as
// a member of a queue group, whose records are held until Ack. The positions of
// a member count what it got: on Open they mean nothing.
type source struct {
	endpoint
	group      string
	start      string // earliest, latest or a sequence number
	startAt    uint64
	ackWait    time.Duration
	maxUnacked int

	mu     sync.Mutex
	conn   *connection // nil when closed
	arrive chan *stan.Msg
	last   uint64 // sequence of the last record, outside of a group
	count  int64  // records of a group's member
	held   []held
	recs   []stream.Record
}

// held is a record that is not acknowledged yet.
type held struct {
	number  int64
	message *stan.Msg
}

// Source makes a source. Options: destination (the channel), cluster.id,
// client.id, bootstrap.servers, start.position (earliest, latest or a sequence
// number), queue.group.name, and of a group ack.wait, which must be longer than
// the time between two snapshots, and max.unacked.
func (tr Transport) Source(env stream.Env, opts stream.Options) (stream.Source, error) {
	r := option.NewReader("@source(type='stan')", opts)
	s := &source{
		endpoint: tr.endpoint(r, env), group: r.Text("queue.group.name", ""),
		start:   strings.ToLower(r.Text("start.position", "earliest")),
		ackWait: r.Duration("ack.wait", groupAckWait), maxUnacked: r.Int("max.unacked", maxUnacked, 1, 1<<20),
	}
	if s.start != "earliest" && s.start != "latest" {
		var err error
		if s.startAt, err = strconv.ParseUint(s.start, 10, 64); err != nil || s.startAt == 0 {
			r.Fail("option start.position is %q; it must be earliest, latest or a sequence number from 1", s.start)
		}
	}
	return s, r.Done()
}

// Open implements stream.Source.
func (s *source) Open(_ context.Context, from []stream.Position) error {
	c, err := s.connect()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.arrive = make(chan *stan.Msg, max(inFlight, s.maxUnacked)) // the server sends no more than that unacknowledged
	s.held, s.last = nil, 0
	arrive := s.arrive
	s.mu.Unlock()
	deliver := func(m *stan.Msg) {
		select {
		case arrive <- m:
		case <-c.lost:
		}
	}
	opts := append(s.begin(from), stan.SetManualAckMode())
	if s.group != "" {
		opts = append(opts, stan.DurableName(clean(s.group)), stan.AckWait(s.ackWait), stan.MaxInflight(s.maxUnacked))
		_, err = c.sc.QueueSubscribe(s.subject, s.group, deliver, opts...)
	} else {
		_, err = c.sc.Subscribe(s.subject, deliver, append(opts, stan.MaxInflight(inFlight))...)
	}
	if err != nil {
		c.close()
		return notConnected("subscribe to "+s.subject, err)
	}
	s.mu.Lock()
	s.conn = c
	s.mu.Unlock()
	return nil
}

// begin says where the subscription starts; a group that exists goes on by itself.
func (s *source) begin(from []stream.Position) []stan.SubscriptionOption {
	start := s.startAt
	for _, p := range from {
		if p.Partition == s.subject && s.group == "" {
			start = uint64(max(p.Offset, 1))
			s.mu.Lock()
			s.last = start - 1
			s.mu.Unlock()
		}
	}
	switch {
	case start > 0:
		return []stan.SubscriptionOption{stan.StartAtSequence(start)}
	case s.start == "latest":
		return nil // the default is new records only
	}
	return []stan.SubscriptionOption{stan.DeliverAllAvailable()}
}

// Poll implements stream.Source.
func (s *source) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	c, arrive := s.conn, s.arrive
	s.mu.Unlock()
	if c == nil {
		return nil, notConnected("read", errClosed)
	}
	clear(s.recs)
	s.recs = s.recs[:0]
	for len(s.recs) == 0 {
		m, err := wait(ctx, c, arrive)
		if err != nil {
			return nil, err
		}
		s.take(m)
	}
	for len(s.recs) < pollRecords {
		select {
		case m := <-arrive:
			s.take(m)
		default:
			return s.recs, nil
		}
	}
	return s.recs, nil
}

// take makes a record of a message. Outside of a group, one that has been taken
// makes room for the next at the server, and one that comes again is left out.
func (s *source) take(m *stan.Msg) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := stream.Record{Value: m.Data, Time: m.Timestamp / int64(time.Millisecond)}
	if s.group != "" {
		s.count++
		s.held = append(s.held, held{s.count, m})
		r.Position = stream.Position{Partition: s.subject, Offset: s.count + 1}
		s.recs = append(s.recs, r)
		return
	}
	_ = m.Ack() // when it is lost the message comes again, and is known
	if m.Sequence <= s.last {
		return
	}
	if s.last != 0 && m.Sequence != s.last+1 {
		s.env.Logf("channel %s: records %d to %d have been removed by the server before they were read", s.subject, s.last+1, m.Sequence-1)
	}
	s.last = m.Sequence
	r.Position = stream.Position{Partition: s.subject, Offset: int64(m.Sequence) + 1}
	s.recs = append(s.recs, r)
}

// Ack implements stream.Source.
func (s *source) Ack(_ context.Context, upTo []stream.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range upTo {
		if p.Partition != s.subject {
			continue
		}
		n := 0
		for ; n < len(s.held) && s.held[n].number < p.Offset; n++ {
			if err := s.held[n].message.Ack(); err != nil {
				return notConnected("acknowledge", err)
			}
		}
		s.held = append(s.held[:0], s.held[n:]...)
	}
	return nil
}

// Close implements stream.Source. What a member of a group has not
// acknowledged goes to another one.
func (s *source) Close() error {
	s.mu.Lock()
	c := s.conn
	s.conn, s.held = nil, nil
	s.mu.Unlock()
	if c != nil {
		c.close()
	}
	return nil
}

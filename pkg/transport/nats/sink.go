package nats

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/stream"
)

const (
	// keyHeader carries a record's key: NATS has none.
	keyHeader = "Millrace-Key"
	// inFlight is how many records wait for their acknowledgement at once.
	inFlight = 256
)

// sink publishes to one subject.
//
// Records with an identity (frames) go one by one: were a later one taken while
// an earlier one failed, consumers would see a gap. Others go many at once.
type sink struct {
	env          stream.Env
	url, subject string

	mu   sync.Mutex
	conn *connection // nil when closed
}

// Open implements stream.Sink.
func (s *sink) Open(ctx context.Context) error {
	c, err := connect(ctx, s.url, clientName(s.env, "sink"))
	if err != nil {
		return err
	}
	if _, err := ensureStream(ctx, c.js, s.subject, Topic{}); err != nil {
		c.close()
		return err
	}
	s.mu.Lock()
	s.conn = c
	s.mu.Unlock()
	return nil
}

// Write implements stream.Sink.
func (s *sink) Write(ctx context.Context, records []stream.Record) error {
	s.mu.Lock()
	c := s.conn
	s.mu.Unlock()
	if c == nil {
		return notConnected("publish", errors.New("the sink is closed"))
	}
	if _, ok := ctx.Deadline(); !ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, callTimeout)
		defer cancel()
	}
	rejected := &stream.RejectedError{}
	w := window{subject: s.subject, conn: c}
	for i := range records {
		m := s.message(&records[i])
		if int64(m.Size()) > c.nc.MaxPayload() {
			rejected.Rows = append(rejected.Rows, i)
			rejected.Err = fmt.Errorf("subject %s: a record of %d bytes is more than the server takes (%d)", s.subject, m.Size(), c.nc.MaxPayload())
			continue
		}
		if err := w.publish(ctx, m); err != nil {
			return err
		}
	}
	if err := w.drain(ctx, 0); err != nil {
		return err
	}
	if rejected.Err != nil {
		return rejected
	}
	return nil
}

func (s *sink) message(r *stream.Record) *nats.Msg {
	m := &nats.Msg{Subject: s.subject, Data: r.Value}
	if len(r.Headers) > 0 || r.Key != nil {
		m.Header = nats.Header{}
	}
	if r.Key != nil {
		m.Header[keyHeader] = []string{string(r.Key)}
	}
	for _, h := range r.Headers {
		name := h.Name
		if name == mapper.HeaderID {
			name = jetstream.MsgIDHeader
		}
		m.Header[name] = append(m.Header[name], h.Value)
	}
	return m
}

// window publishes messages and waits for their acknowledgements in order.
type window struct {
	subject string
	conn    *connection
	waiting []jetstream.PubAckFuture
}

func (w *window) publish(ctx context.Context, m *nats.Msg) error {
	if err := w.drain(ctx, inFlight-1); err != nil {
		return err
	}
	// Retrying is the caller's: the client's own retries would change the order.
	f, err := w.conn.js.PublishMsgAsync(m, jetstream.WithRetryAttempts(0))
	if err != nil {
		return classify(ctx, "publish to "+w.subject, err)
	}
	w.waiting = append(w.waiting, f)
	if len(m.Header[jetstream.MsgIDHeader]) > 0 {
		return w.drain(ctx, 0)
	}
	return nil
}

// drain waits until at most n messages are not acknowledged.
func (w *window) drain(ctx context.Context, n int) error {
	for len(w.waiting) > n {
		f := w.waiting[0]
		select {
		case <-f.Ok():
		case err := <-f.Err():
			return classify(ctx, "publish to "+w.subject, err)
		case <-w.conn.closed:
			return notConnected("publish to "+w.subject, errors.New("the connection is closed"))
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.DeadlineExceeded) {
				return notConnected("publish to "+w.subject, errors.New("the server does not acknowledge"))
			}
			return ctx.Err()
		}
		w.waiting = w.waiting[1:]
	}
	return nil
}

// Close implements stream.Sink.
func (s *sink) Close() error {
	s.mu.Lock()
	c := s.conn
	s.conn = nil
	s.mu.Unlock()
	if c != nil {
		c.close()
	}
	return nil
}

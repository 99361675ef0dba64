package stan

import (
	"context"
	"fmt"
	"sync"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

// sink publishes to one channel. Records with headers (frames have an identity
// there) go one by one: were a later one taken while an earlier one failed,
// consumers would see a gap. The headers themselves are not sent.
type sink struct {
	endpoint

	mu   sync.Mutex
	conn *connection // nil when closed
}

// Sink makes a sink. Options: destination (the channel), cluster.id, client.id,
// bootstrap.servers.
func (tr Transport) Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='stan')", opts)
	s := &sink{endpoint: tr.endpoint(r, env)}
	return s, r.Done()
}

// Open implements stream.Sink.
func (s *sink) Open(context.Context) error {
	c, err := s.connect()
	if err != nil {
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
		return notConnected("publish", errClosed)
	}
	rejected := &stream.RejectedError{}
	acks := make(chan error, len(records)+1) // never blocks the client's callback
	waiting := 0
	drain := func(n int) error {
		for ; waiting > n; waiting-- {
			err, ended := wait(ctx, c, acks)
			if ended != nil {
				return ended
			}
			if err != nil {
				return notConnected("publish to "+s.subject, err)
			}
		}
		return nil
	}
	for i := range records {
		if limit := c.nc.MaxPayload() - 1024; int64(len(records[i].Value)) > limit { // room for the envelope
			rejected.Rows = append(rejected.Rows, i)
			rejected.Err = fmt.Errorf("channel %s: a record of %d bytes is more than the server takes (%d)", s.subject, len(records[i].Value), limit)
			continue
		}
		if err := drain(inFlight - 1); err != nil {
			return err
		}
		if _, err := c.sc.PublishAsync(s.subject, records[i].Value, func(_ string, err error) { acks <- err }); err != nil {
			return notConnected("publish to "+s.subject, err)
		}
		waiting++
		if len(records[i].Headers) > 0 {
			if err := drain(0); err != nil {
				return err
			}
		}
	}
	if err := drain(0); err != nil {
		return err
	}
	if rejected.Err != nil {
		return rejected
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

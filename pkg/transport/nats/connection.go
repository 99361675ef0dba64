// Package nats has the source, the sink and the topics on NATS JetStream, and
// the NATS server that Millrace runs in its own process when there is no other.
//
// It imports stream, mapper and mapper/option. Topics are streams of JetStream, one
// for each subject, so that sequence numbers are those of the subject.
package nats

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"millrace/pkg/siddhi/stream"
)

const (
	dialTimeout = 5 * time.Second
	// callTimeout limits calls whose caller gives no deadline.
	callTimeout = 10 * time.Second
	// A peer that vanished without closing is noticed after two pings.
	pingInterval = 5 * time.Second
)

// connection is one connection to the servers. It is never repaired: when it
// breaks, its user says ErrNotConnected and is opened anew, so that all
// decisions about retries are the caller's.
type connection struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	closed chan struct{} // closed when the connection is no more
}

func connect(ctx context.Context, url, name string) (*connection, error) {
	c := &connection{closed: make(chan struct{})}
	timeout := dialTimeout
	if deadline, ok := ctx.Deadline(); ok {
		timeout = min(timeout, max(time.Until(deadline), time.Millisecond))
	}
	nc, err := nats.Connect(url, nats.Name(name), nats.NoReconnect(), nats.Timeout(timeout),
		nats.PingInterval(pingInterval), nats.MaxPingsOutstanding(1),
		nats.ClosedHandler(func(*nats.Conn) { close(c.closed) }))
	if err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, notConnected("connect to "+redacted(url), err)
	}
	c.nc = nc
	if c.js, err = jetstream.New(nc, jetstream.WithDefaultTimeout(callTimeout)); err != nil {
		c.close()
		return nil, fmt.Errorf("use JetStream: %w", err)
	}
	return c, nil
}

// close ends the connection and waits until its callbacks are over.
func (c *connection) close() {
	c.nc.Close()
	<-c.closed
}

// notConnected wraps an error so that the caller opens again.
func notConnected(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, stream.ErrNotConnected, err)
}

// classify says which errors of a call are about the connection or a server
// that cannot work now: these are ErrNotConnected, all others are final.
func classify(ctx context.Context, doing string, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && api.Code < 500 {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return notConnected(doing, err)
}

// redacted hides the password of a URL.
func redacted(url string) string {
	for i := len(url) - 1; i >= 0; i-- {
		if url[i] == '@' {
			return "nats://…@" + url[i+1:]
		}
	}
	return url
}

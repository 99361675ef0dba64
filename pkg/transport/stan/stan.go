// Package stan has the source and the sink on NATS Streaming, the predecessor
// of JetStream, for clusters that still run it. NATS Streaming carries neither
// keys nor headers.
//
// It imports stream, mapper/option.
package stan

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/stan.go"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

const (
	dialTimeout = 5 * time.Second
	ackTimeout  = 10 * time.Second // of a published record
	// A server that does not answer pings for pingSeconds*pings is gone.
	pingSeconds = 2
	pings       = 3
	inFlight    = 256 // records on their way at once, either way
	// groupAckWait is after what time without acknowledgement a record goes to
	// another member. NATS Streaming knows no sign of life, so it must be longer
	// than the time between two snapshots.
	groupAckWait = 5 * time.Minute
	maxUnacked   = 4096
)

// Transport makes sources and sinks; URL is for those that name no server.
type Transport struct{ URL string }

// endpoint is what a source and a sink have in common.
type endpoint struct {
	env              stream.Env
	url, cluster, id string
	subject          string
}

func (tr Transport) endpoint(r *option.Reader, env stream.Env) endpoint {
	e := endpoint{
		env: env, url: r.Text("bootstrap.servers", tr.URL), cluster: r.Text("cluster.id", "test-cluster"),
		id: r.Text("client.id", ""), subject: r.Required("destination"),
	}
	if e.id == "" {
		// The same for every Open: so the server sees that the client before is
		// dead, and gives what that one held to others.
		e.id = clean("millrace-"+env.App+"-"+env.Stream) + "-" + rand.Text()
	}
	if e.url == "" {
		r.Fail("option bootstrap.servers is missing")
	}
	if strings.ContainsAny(e.subject, "*> \t\r\n") {
		r.Fail("option destination is %q; it must be one channel, without wildcards and spaces", e.subject)
	}
	return e
}

// connection is a connection to the servers. It is never repaired: its user
// says ErrNotConnected and is opened anew.
type connection struct {
	nc   *nats.Conn
	sc   stan.Conn
	lost chan struct{} // closed when the connection is no more
}

func (e *endpoint) connect() (*connection, error) {
	c := &connection{lost: make(chan struct{})}
	var err error
	c.nc, err = nats.Connect(e.url, nats.NoReconnect(), nats.Timeout(dialTimeout),
		nats.ClosedHandler(func(*nats.Conn) { close(c.lost) }))
	if err != nil {
		return nil, notConnected("connect to NATS", err)
	}
	c.sc, err = stan.Connect(e.cluster, e.id, stan.NatsConn(c.nc), stan.ConnectWait(dialTimeout), stan.PubAckWait(ackTimeout),
		stan.Pings(pingSeconds, pings), stan.MaxPubAcksInflight(inFlight),
		stan.SetConnectionLostHandler(func(stan.Conn, error) { c.nc.Close() }))
	if err != nil {
		c.close()
		return nil, notConnected("connect to NATS Streaming cluster "+e.cluster, err)
	}
	return c, nil
}

// close ends the connection and waits until its callbacks are over.
func (c *connection) close() {
	if c.sc != nil && !c.nc.IsClosed() {
		_ = c.sc.Close() // the server forgets a client that cannot say good-bye
	}
	c.nc.Close()
	<-c.lost
}

func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return '_'
	}, text)
}

func notConnected(doing string, err error) error {
	return fmt.Errorf("%s: %w: %w", doing, stream.ErrNotConnected, err)
}

var errClosed = errors.New("the connection is closed")

// wait waits for one value, the end of the connection, or ctx.
func wait[T any](ctx context.Context, c *connection, values <-chan T) (v T, err error) {
	select {
	case v = <-values:
		return v, nil
	default:
	}
	select {
	case v = <-values:
		return v, nil
	case <-ctx.Done():
		return v, ctx.Err()
	case <-c.lost:
		return v, notConnected("NATS Streaming", errClosed)
	}
}

// Package http has the source that receives events by HTTP and the sink that
// posts them.
//
// It imports stream, mapper and mapper/option.
package http

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

const (
	queueRequests = 64 // requests that wait for Poll; others wait before they are read
	maxBody       = 4 << 20
	takeTimeout   = 30 * time.Second
)

// Transport makes sources and sinks. Sources with one host and port share a
// listener, which is open while one of them is. The zero Transport is ready for use.
type Transport struct{ listeners listeners }

// source is a receiver. The body of each POST is a record. The answer is 200
// when the engine has taken the event: when it acknowledges it, or comes for
// more. Until then the client has to be ready to send it again.
type source struct {
	transport *Transport
	addr      string
	path      string
	maxBody   int64
	timeout   time.Duration

	mu    sync.Mutex
	recv  *receiver // nil when closed
	taken []*request
	recs  []stream.Record
	count int64
}

// receiver is one Open of a source.
type receiver struct {
	requests chan *request
	done     chan struct{}
}

// request is a POST whose client waits.
type request struct {
	record stream.Record
	answer chan bool // true: taken
	number int64
}

// Source makes a source. Options: receiver.url (http://host:port/path, by
// default http://0.0.0.0:9763/<app>/<stream>), max.body (bytes), request.timeout.
func (tr *Transport) Source(env stream.Env, opts stream.Options) (stream.Source, error) {
	r := option.NewReader("@source(type='http')", opts)
	text := r.Text("receiver.url", "http://0.0.0.0:9763/"+env.App+"/"+env.Stream)
	s := &source{transport: tr, maxBody: int64(r.Int("max.body", maxBody, 1, 1<<30)), timeout: r.Duration("request.timeout", takeTimeout)}
	if r.Bool("basic.auth.enabled", false) {
		r.Fail("option basic.auth.enabled is true, which this source cannot do: put a proxy with authentication before it")
	}
	r.Ignore("worker.count", "parallelism", "socket.idle.timeout")
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Port() == "":
		r.Fail("option receiver.url is %q; it must be like http://0.0.0.0:8006/orders", text)
	case u.Scheme != "http":
		r.Fail("option receiver.url is %q; this source does not speak %s: put a proxy with TLS before it", text, u.Scheme)
	default:
		s.addr, s.path = u.Host, "/"+strings.TrimLeft(u.Path, "/")
	}
	return s, r.Done()
}

// Open implements stream.Source.
func (s *source) Open(ctx context.Context, _ []stream.Position) error {
	recv := &receiver{requests: make(chan *request, queueRequests), done: make(chan struct{})}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.serve(recv, w, r) })
	if err := s.transport.listeners.add(ctx, s.addr, s.path, handler); err != nil {
		return err
	}
	s.mu.Lock()
	s.recv = recv
	s.mu.Unlock()
	return nil
}

// serve handles one request.
func (s *source) serve(recv *receiver, w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "events are received by POST", http.StatusMethodNotAllowed)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), s.timeout)
	defer cancel()
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, s.maxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		http.Error(w, fmt.Sprintf("the body is larger than %d bytes", s.maxBody), http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		http.Error(w, "the body cannot be read: "+err.Error(), http.StatusBadRequest)
		return
	}
	if len(body) == 0 {
		http.Error(w, "the body is empty", http.StatusBadRequest)
		return
	}
	if strings.Contains(r.Header.Get("Content-Type"), "json") && !json.Valid(body) {
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	req := &request{record: stream.Record{Value: body, Headers: headers(r)}, answer: make(chan bool, 1)}
	if !recv.offer(ctx, req) {
		w.Header().Set("Retry-After", "1")
		http.Error(w, "the event has not been taken; send it again", http.StatusServiceUnavailable)
	}
}

// offer hands a request over and waits until it is taken.
func (recv *receiver) offer(ctx context.Context, req *request) bool {
	select {
	case recv.requests <- req:
	case <-ctx.Done():
		return false
	case <-recv.done:
		return false
	}
	select {
	case taken := <-req.answer:
		return taken
	case <-ctx.Done(): // it may still be taken: the client sends it twice then
		return false
	case <-recv.done:
		select {
		case taken := <-req.answer:
			return taken
		default:
			return false
		}
	}
}

func headers(r *http.Request) []stream.Header {
	var hs []stream.Header
	for name, values := range r.Header {
		for _, v := range values {
			hs = append(hs, stream.Header{Name: name, Value: v})
		}
	}
	return hs
}

// Poll implements stream.Source.
func (s *source) Poll(ctx context.Context) ([]stream.Record, error) {
	s.mu.Lock()
	recv := s.recv
	s.answer(s.count)
	s.mu.Unlock()
	if recv == nil {
		return nil, s.closed()
	}
	s.recs = s.recs[:0]
	select {
	case req := <-recv.requests:
		s.take(req)
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-recv.done:
		return nil, s.closed()
	}
	for range queueRequests {
		select {
		case req := <-recv.requests:
			s.take(req)
		default:
			return s.recs, nil
		}
	}
	return s.recs, nil
}

func (s *source) take(req *request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	req.number = s.count
	req.record.Position = stream.Position{Partition: s.path, Offset: s.count}
	s.taken = append(s.taken, req)
	s.recs = append(s.recs, req.record)
}

// answer tells the clients of the requests up to a number that they are taken.
// The caller holds the lock.
func (s *source) answer(upTo int64) {
	n := 0
	for n < len(s.taken) && s.taken[n].number <= upTo {
		s.taken[n].answer <- true
		n++
	}
	s.taken = append(s.taken[:0], s.taken[n:]...)
}

func (s *source) closed() error {
	return fmt.Errorf("receive at %s%s: %w: the source is closed", s.addr, s.path, stream.ErrNotConnected)
}

// Ack implements stream.Source.
func (s *source) Ack(_ context.Context, upTo []stream.Position) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range upTo {
		if p.Partition == s.path {
			s.answer(p.Offset)
		}
	}
	return nil
}

// Close implements stream.Source. Clients whose events have not been taken for
// certain are told to send them again.
func (s *source) Close() error {
	s.mu.Lock()
	recv := s.recv
	s.recv, s.taken = nil, nil
	s.mu.Unlock()
	if recv == nil {
		return nil
	}
	close(recv.done)
	return s.transport.listeners.remove(s.addr, s.path)
}

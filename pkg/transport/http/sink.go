package http

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/mapper/option"
	"millrace/pkg/siddhi/stream"
)

// sink posts each record, one after the other.
type sink struct {
	url     string
	method  string
	headers [][2]string
	user    string
	secret  string
	timeout time.Duration

	mu     sync.Mutex
	client *http.Client // nil when closed
}

// Sink makes a sink. Options: publisher.url, method, headers
// ("'Name:value','Name:value'"), basic.auth.username and basic.auth.password,
// timeout of a request.
func (tr *Transport) Sink(env stream.Env, opts stream.Options) (stream.Sink, error) {
	r := option.NewReader("@sink(type='http')", opts)
	s := &sink{
		url: r.Required("publisher.url"), method: strings.ToUpper(r.Text("method", http.MethodPost)),
		user: r.Text("basic.auth.username", ""), secret: r.Text("basic.auth.password", ""),
		timeout: r.Duration("timeout", 10*time.Second),
	}
	if u, err := url.Parse(s.url); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		r.Fail("option publisher.url is %q; it must be like http://host:port/path", s.url)
	}
	for _, h := range splitHeaders(r.Text("headers", "")) {
		name, value, ok := strings.Cut(h, ":")
		if !ok {
			r.Fail("option headers has %q; it must be like 'Name:value','Name:value'", h)
		}
		s.headers = append(s.headers, [2]string{strings.TrimSpace(name), strings.TrimSpace(value)})
	}
	return s, r.Done()
}

// splitHeaders takes apart 'a:b','c:d' or a single a:b.
func splitHeaders(text string) []string {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	quote := text[:1]
	if quote != "'" && quote != `"` {
		return []string{text}
	}
	var parts []string
	for i, part := range strings.Split(text, quote) {
		if i%2 == 1 { // what is between quotes
			parts = append(parts, part)
		}
	}
	return parts
}

// Open implements stream.Sink. Whether the server is there shows when
// something is written.
func (s *sink) Open(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 1, IdleConnTimeout: idleTimeout},
		Timeout:   s.timeout,
		// A redirected POST would become a GET.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return nil
}

// Write implements stream.Sink.
func (s *sink) Write(ctx context.Context, records []stream.Record) error {
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client == nil {
		return fmt.Errorf("post to %s: %w: the sink is closed", s.url, stream.ErrNotConnected)
	}
	rejected := &stream.RejectedError{}
	for i := range records {
		status, err := s.post(ctx, client, &records[i])
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil:
			return fmt.Errorf("post to %s: %w: %w", s.url, stream.ErrNotConnected, err)
		case status >= 200 && status < 300:
		case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
			return fmt.Errorf("post to %s: %w: the server answers %d %s", s.url, stream.ErrNotConnected, status, http.StatusText(status))
		default:
			rejected.Rows = append(rejected.Rows, i)
			rejected.Err = fmt.Errorf("post to %s: the server refuses the event with %d %s", s.url, status, http.StatusText(status))
		}
	}
	if rejected.Err != nil {
		return rejected
	}
	return nil
}

func (s *sink) post(ctx context.Context, client *http.Client, rec *stream.Record) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, s.method, s.url, bytes.NewReader(rec.Value))
	if err != nil {
		return 0, err
	}
	req.Header.Set("Content-Type", contentType(rec.Value))
	for _, h := range rec.Headers {
		name := h.Name
		if name == mapper.HeaderID {
			name = "Idempotency-Key"
		}
		req.Header.Set(name, h.Value)
	}
	for _, h := range s.headers {
		req.Header.Set(h[0], h[1])
	}
	if s.user != "" {
		req.SetBasicAuth(s.user, s.secret)
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	return resp.StatusCode, errors.Join(err, resp.Body.Close())
}

func contentType(body []byte) string {
	switch body = bytes.TrimSpace(body); {
	case len(body) > 0 && (body[0] == '{' || body[0] == '['):
		return "application/json"
	case len(body) > 0 && body[0] == '<':
		return "application/xml"
	}
	return "text/plain; charset=utf-8"
}

// Close implements stream.Sink.
func (s *sink) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.CloseIdleConnections()
	}
	s.client = nil
	return nil
}

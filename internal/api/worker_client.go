package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// TextHash is how a report says which text an app has.
func TextHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:8])
}

// WorkerClient gives a manager's orders to workers. It is safe for concurrent use.
// Its errors are *Problem when the worker has answered.
type WorkerClient struct {
	http    *http.Client
	timeout time.Duration
}

// NewWorkerClient makes a client whose calls take at most timeout each; 0 means 5 s.
func NewWorkerClient(timeout time.Duration) *WorkerClient {
	if timeout == 0 {
		timeout = 5 * time.Second
	}
	return &WorkerClient{timeout: timeout, http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute},
	}}
}

// Close closes idle connections.
func (c *WorkerClient) Close() { c.http.CloseIdleConnections() }

// Deploy has a worker run a part, instead of what it ran under that name. It
// returns when the text has been accepted and the predecessor has stopped; the
// reports of heartbeats say when the part is active. A Problem with status 400 is
// about the text, with 409 about the fence, with 503 the worker may not run
// anything now.
func (c *WorkerClient) Deploy(ctx context.Context, worker Interface, part string, o Order) (AppReport, error) {
	var report AppReport
	body, err := json.Marshal(o)
	if err != nil {
		return report, fmt.Errorf("encode the order: %w", err)
	}
	err = c.call(ctx, http.MethodPut, worker, OrderPath+url.PathEscape(part), body, &report)
	if err != nil {
		return report, fmt.Errorf("deploy %s on %s: %w", part, worker, err)
	}
	return report, nil
}

// Undeploy has a worker stop a part; when it returns nil the part runs no more,
// or did not exist.
func (c *WorkerClient) Undeploy(ctx context.Context, worker Interface, part string, f Fence) error {
	err := c.call(ctx, http.MethodDelete, worker, OrderPath+url.PathEscape(part)+f.query(), nil, nil)
	var p *Problem
	if errors.As(err, &p) && p.Status == http.StatusNotFound {
		return nil
	}
	if err != nil {
		return fmt.Errorf("undeploy %s on %s: %w", part, worker, err)
	}
	return nil
}

// Forget has a worker delete the snapshots of a part that runs nowhere: those of
// the fence's generation and before.
func (c *WorkerClient) Forget(ctx context.Context, worker Interface, part string, f Fence) error {
	err := c.call(ctx, http.MethodDelete, worker, OrderPath+url.PathEscape(part)+"/state"+f.query(), nil, nil)
	if err != nil {
		return fmt.Errorf("delete the snapshots of %s by %s: %w", part, worker, err)
	}
	return nil
}

// query is how a fence is written in a URL.
func (f Fence) query() string {
	q := url.Values{"epoch": {strconv.FormatInt(f.Epoch, 10)}, "generation": {strconv.FormatInt(f.Generation, 10)}}
	return "?" + q.Encode()
}

// List returns what a worker has, ordered by name.
func (c *WorkerClient) List(ctx context.Context, worker Interface) ([]AppReport, error) {
	var all []AppReport
	if err := c.call(ctx, http.MethodGet, worker, OrderPath, nil, &all); err != nil {
		return nil, fmt.Errorf("list the apps of %s: %w", worker, err)
	}
	return all, nil
}

func (c *WorkerClient) call(ctx context.Context, method string, worker Interface, path string, body []byte, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, worker.URL()+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode/100 != 2 {
		return readProblem(resp)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, maxBody)).Decode(answer); err != nil {
		return fmt.Errorf("its answer is not what it should be: %w", err)
	}
	return nil
}

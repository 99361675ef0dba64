package managerapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"millrace/internal/api"
)

// Client calls a manager as a user does. Writers may be sent to one that does not
// lead: it answers with the leader's address, which the client follows. It is safe
// for concurrent use. Its errors are *api.Problem when the manager has answered.
type Client struct {
	base string
	http *http.Client
}

// NewClient makes a client of the manager at a URL such as http://host:9190.
func NewClient(manager string, timeout time.Duration) (*Client, error) {
	u, err := url.Parse(manager)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the manager's URL is %q; it must be like http://127.0.0.1:9190", manager)
	}
	return &Client{base: strings.TrimSuffix(manager, "/"), http: &http.Client{Timeout: timeout, Transport: &http.Transport{}}}, nil
}

// Close closes idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Deploy gives the cluster an app that it does not have yet.
func (c *Client) Deploy(ctx context.Context, text string) (Deployed, error) {
	var d Deployed
	err := c.call(ctx, http.MethodPost, AppsPath, text, &d)
	return d, err
}

// Update gives the cluster an app, instead of the one of that name if there is one.
func (c *Client) Update(ctx context.Context, text string) (Deployed, error) {
	var d Deployed
	err := c.call(ctx, http.MethodPut, AppsPath, text, &d)
	return d, err
}

// Plan returns how the cluster would split an app.
func (c *Client) Plan(ctx context.Context, text string) (Plan, error) {
	var p Plan
	err := c.call(ctx, http.MethodPost, PlanPath, text, &p)
	return p, err
}

// Undeploy removes an app.
func (c *Client) Undeploy(ctx context.Context, name string) error {
	return c.call(ctx, http.MethodDelete, AppsPath+"/"+url.PathEscape(name), "", nil)
}

// Apps lists the apps by name.
func (c *Client) Apps(ctx context.Context) ([]AppSummary, error) {
	var all []AppSummary
	err := c.call(ctx, http.MethodGet, AppsPath+"/statistics", "", &all)
	return all, err
}

// App returns the text of an app as it was deployed.
func (c *Client) App(ctx context.Context, name string) (string, error) {
	var content api.AppContent
	err := c.call(ctx, http.MethodGet, AppsPath+"/"+url.PathEscape(name), "", &content)
	return content.Content, err
}

// Status says how an app and its parts do.
func (c *Client) Status(ctx context.Context, name string) (AppStatus, error) {
	var s AppStatus
	err := c.call(ctx, http.MethodGet, AppsPath+"/"+url.PathEscape(name)+"/status", "", &s)
	return s, err
}

// Workers lists the workers by id.
func (c *Client) Workers(ctx context.Context) ([]Worker, error) {
	var all []Worker
	err := c.call(ctx, http.MethodGet, WorkersPath, "", &all)
	return all, err
}

// Query asks an app an on-demand query. A worker without managers answers it too.
func (c *Client) Query(ctx context.Context, q api.Query) (api.Records, error) {
	var r api.Records
	body, err := json.Marshal(q)
	if err != nil {
		return r, fmt.Errorf("encode the query: %w", err)
	}
	err = c.call(ctx, http.MethodPost, api.QueryPath, string(body), &r)
	return r, err
}

// Managers says who leads.
func (c *Client) Managers(ctx context.Context) (Managers, error) {
	var m Managers
	err := c.call(ctx, http.MethodGet, "/managers", "", &m)
	return m, err
}

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 20

func (c *Client) call(ctx context.Context, method, path, body string, answer any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	if body != "" {
		req.Header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("the manager at %s does not answer: %w", c.base, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("read the answer of %s: %w", c.base, err)
	}
	if resp.StatusCode/100 != 2 {
		return problem(resp, text)
	}
	if answer == nil {
		return nil
	}
	if err := json.NewDecoder(bytes.NewReader(text)).Decode(answer); err != nil {
		return fmt.Errorf("what answers at %s is no manager: %w", c.base, err)
	}
	return nil
}

func problem(resp *http.Response, text []byte) error {
	p := &api.Problem{}
	if json.Unmarshal(text, p) != nil || p.Detail == "" {
		p = api.NewProblem(resp.StatusCode, "", "%s answered %s: %.200s", resp.Request.URL.Redacted(), resp.Status, text)
	}
	p.Status = resp.StatusCode
	return p
}

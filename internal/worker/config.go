package worker

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"millrace/internal/api"
	"millrace/pkg/persistence"
	"millrace/pkg/siddhi/connect"
)

// Config configures a Worker. ID, Listen and Transports are required.
type Config struct {
	ID     string // unique among the workers
	Listen string // host:port of the REST API; port 0 takes any
	// Publish is where managers reach the API; by default the address that Listen got.
	Publish api.Interface
	// Managers are URLs such as http://10.0.0.1:9190. Without any, the worker
	// takes apps from users and keeps their texts in DataDir.
	Managers []string
	DataDir  string
	// IsReceiverNode has the managers place only parts with sources of users here.
	IsReceiverNode bool
	Transports     connect.Transports
	// Revisions keeps the state of apps; nil: it is lost when they stop.
	Revisions     *persistence.Revisions
	SnapshotEvery time.Duration     // default 1 min
	Properties    map[string]string // see runtime.Options
	StopTimeout   time.Duration     // for an app to finish what is in flight; default 10 s
	// LeaderRetry is the longest pause between two rounds over all managers when
	// none answers; default 10 s.
	LeaderRetry time.Duration
	// CallTimeout bounds one heartbeat; default 5 s.
	CallTimeout time.Duration
	// Client sends heartbeats; default api.NewHeartbeatClient.
	Client *http.Client
	Logger *slog.Logger // default slog.Default
}

func (c *Config) complete() error {
	switch {
	case c.ID == "":
		return errors.New("worker: it has no id")
	case c.Listen == "":
		return errors.New("worker: Listen is not set")
	}
	for i, m := range c.Managers {
		if !strings.Contains(m, "://") {
			m = "http://" + m
		}
		c.Managers[i] = strings.TrimSuffix(m, "/")
	}
	if c.DataDir != "" {
		if err := os.MkdirAll(c.DataDir, 0o755); err != nil {
			return fmt.Errorf("worker: data directory: %w", err)
		}
	}
	defaults := func(d *time.Duration, otherwise time.Duration) {
		if *d == 0 {
			*d = otherwise
		}
	}
	defaults(&c.SnapshotEvery, time.Minute)
	defaults(&c.StopTimeout, 10*time.Second)
	defaults(&c.LeaderRetry, 10*time.Second)
	defaults(&c.CallTimeout, 5*time.Second)
	if c.SnapshotEvery < 0 || c.StopTimeout < 0 || c.LeaderRetry < 0 || c.CallTimeout < 0 {
		return errors.New("worker: times must not be negative")
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	c.Logger = c.Logger.With("worker", c.ID)
	return nil
}

// newIncarnation tells this process from any other with the same id.
func newIncarnation() string { return rand.Text() }

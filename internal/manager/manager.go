package manager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"millrace/internal/api"
	"millrace/pkg/coordination"
	"millrace/pkg/persistence/desired"
	"millrace/pkg/scheduler/topology"
	"millrace/pkg/siddhi/check"
)

// Options configures a Manager. All fields but Broker, MinWorkers and Logger are required.
type Options struct {
	ID      string
	GroupID string
	// Publish is where workers, users and other managers reach this one.
	Publish api.Interface
	// Heartbeats are those between managers, by way of the database.
	Heartbeats coordination.Terms
	// WorkerTerms are those that workers must keep.
	WorkerTerms coordination.Terms
	MinWorkers  int
	// Topology says for which message layer apps are split. Its Servers may be
	// empty only with a Broker.
	Topology topology.Options
	Broker   *BrokerOptions // the leader runs it; nil: none
	// Replicas is how many copies of a topic the brokers keep; 0 leaves it to them.
	Replicas int
	// Check finds mistakes that only a node knows, such as unknown sources.
	Check       func(*check.App) error
	Members     coordination.Store
	Desired     desired.Store
	Logger      *slog.Logger
	OrderLimit  time.Duration // how long a worker may take for an order; default 30 s
	StopTimeout time.Duration // for requests that are being answered; default 5 s
}

func (o *Options) complete() error {
	switch {
	case o.Members == nil, o.Desired == nil, o.Check == nil:
		return errors.New("manager: Members, Desired and Check are needed")
	case o.Broker == nil && o.Topology.Servers == "":
		return errors.New("manager: the servers of the message layer are needed where there is no embedded broker")
	}
	if o.Broker != nil {
		o.Topology.Servers = o.Broker.URL()
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.OrderLimit == 0 {
		o.OrderLimit = 30 * time.Second
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = 5 * time.Second
	}
	return nil
}

// Manager is a manager node.
type Manager struct {
	opts Options
	log  *slog.Logger
	node *coordination.Node

	metrics *metrics
	fatal   chan error // why this manager cannot go on; holds one

	mu   sync.Mutex
	term *term // while this manager leads and is ready
}

// New makes a manager. It starts nothing: call Run.
func New(opts Options) (*Manager, error) {
	if err := opts.complete(); err != nil {
		return nil, err
	}
	m := &Manager{opts: opts, log: opts.Logger, fatal: make(chan error, 1)}
	m.metrics = newMetrics(m)
	node, err := coordination.New(opts.Members, coordination.Options{
		Group: opts.GroupID, NodeID: coordination.NodeID(opts.ID), Properties: addressProperties(opts.Publish),
		HeartbeatInterval: opts.Heartbeats.HeartbeatInterval, HeartbeatMaxRetry: opts.Heartbeats.HeartbeatMaxRetry,
		OnLead: m.lead, Logger: opts.Logger,
	})
	if err != nil {
		return nil, err
	}
	m.node = node
	return m, nil
}

// Run serves on ln and takes part in the group until ctx ends, or the embedded
// broker cannot run; it closes ln. First it stops leading, then the API.
func (m *Manager) Run(ctx context.Context, ln net.Listener) error {
	server := &http.Server{
		Handler: m.handler(), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		ErrorLog: slog.NewLogLogger(m.log.Handler(), slog.LevelWarn),
	}
	group, ctx := errgroup.WithContext(ctx)
	left := make(chan struct{})
	group.Go(func() error {
		defer close(left)
		return m.node.Run(ctx)
	})
	group.Go(func() error {
		if err := server.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve on %s: %w", ln.Addr(), err)
		}
		return nil
	})
	group.Go(func() error {
		select {
		case err := <-m.fatal:
			return err
		case <-ctx.Done():
			return nil
		}
	})
	group.Go(func() error {
		<-ctx.Done()
		<-left
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), m.opts.StopTimeout)
		defer cancel()
		if err := server.Shutdown(stop); err != nil {
			return server.Close()
		}
		return nil
	})
	return group.Wait()
}

// current returns the term of this manager; nil when it does not lead.
func (m *Manager) current() *term {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.term == nil || m.term.ctx.Err() != nil {
		return nil
	}
	return m.term
}

func (m *Manager) setTerm(t *term) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.term = t
}

// Names of the properties by which managers know each other's address.
const (
	hostProperty   = "host"
	portProperty   = "port"
	schemeProperty = "scheme"
)

func addressProperties(i api.Interface) coordination.Properties {
	return coordination.Properties{hostProperty: i.Host, portProperty: strconv.Itoa(i.Port), schemeProperty: i.Scheme}
}

func addressOf(p coordination.Properties) (api.Interface, bool) {
	port, err := strconv.Atoi(p[portProperty])
	return api.Interface{Host: p[hostProperty], Port: port, Scheme: p[schemeProperty]}, err == nil && p[hostProperty] != ""
}

// leader returns who leads, as far as this manager knows.
func (m *Manager) leader() (api.Leader, bool) {
	s := m.node.State()
	if s.Leader == "" || string(s.Leader) == m.opts.ID {
		return api.Leader{}, false
	}
	at, ok := addressOf(s.LeaderProperties)
	if !ok {
		return api.Leader{}, false
	}
	return api.Leader{
		ID: string(s.Leader), Interface: at, Epoch: int64(s.Epoch),
		HeartbeatInterval: m.opts.WorkerTerms.HeartbeatInterval.Milliseconds(), HeartbeatMaxRetry: m.opts.WorkerTerms.HeartbeatMaxRetry,
	}, true
}

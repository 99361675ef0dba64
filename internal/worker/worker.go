package worker

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"millrace/internal/api"
)

// Worker is a node that runs apps.
type Worker struct {
	cfg   Config
	apps  *apps
	hb    *heartbeats // nil without managers
	wake  chan struct{}
	began time.Time

	self  api.Interface // valid when ready is closed
	ready chan struct{}
}

// New returns a Worker. It starts nothing: call Run.
func New(cfg Config) (*Worker, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	w := &Worker{cfg: cfg, wake: make(chan struct{}, 1), ready: make(chan struct{})}
	w.apps = newApps(&w.cfg, w.news)
	return w, nil
}

// news has a heartbeat sent soon.
func (w *Worker) news() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Ready returns a channel that is closed when the API can be reached.
func (w *Worker) Ready() <-chan struct{} { return w.ready }

// Interface returns where the API can be reached; call it when Ready is closed.
func (w *Worker) Interface() api.Interface { return w.self }

// Run works until ctx ends. It then stops all apps in good order and returns nil.
func (w *Worker) Run(ctx context.Context) error {
	listener, err := net.Listen("tcp", w.cfg.Listen)
	if err != nil {
		return fmt.Errorf("worker %s: the REST API cannot listen: %w", w.cfg.ID, err)
	}
	if err := w.publish(listener); err != nil {
		listener.Close()
		return err
	}
	w.began = time.Now()
	server := &http.Server{Handler: w.routes(), ReadHeaderTimeout: 10 * time.Second}
	// The node lives until its apps have stopped: the managers must know of it.
	node, down := context.WithCancel(context.WithoutCancel(ctx))
	defer down()
	g, node := errgroup.WithContext(node)
	if len(w.cfg.Managers) > 0 {
		w.hb = newHeartbeats(&w.cfg, w.self, w.apps, w.wake)
		g.Go(func() error { w.hb.run(node); return nil })
		g.Go(func() error { w.hb.lease.run(node); return nil })
	} else {
		w.apps.open(0)
		w.loadApps(ctx)
	}
	g.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("worker %s: REST API: %w", w.cfg.ID, err)
		}
		return nil
	})
	w.cfg.Logger.Info("worker is up", "api", w.self.URL(), "managers", w.cfg.Managers)
	close(w.ready)
	select {
	case <-ctx.Done():
	case <-node.Done(): // the server has failed
	}
	w.apps.finish()
	down()
	g.Go(func() error { return w.shutDown(server) })
	return g.Wait()
}

// publish settles the address that others use.
func (w *Worker) publish(l net.Listener) error {
	w.self = w.cfg.Publish
	if w.self.Port != 0 && w.self.Host != "" {
		return nil
	}
	at, err := api.ParseInterface(l.Addr().String())
	if err != nil {
		return fmt.Errorf("worker %s: %w", w.cfg.ID, err)
	}
	if w.self.Port == 0 {
		w.self.Port = at.Port
	}
	if w.self.Host == "" {
		w.self.Host = at.Host
	}
	if ip := net.ParseIP(w.self.Host); ip != nil && ip.IsUnspecified() {
		w.self.Host = "127.0.0.1" // nobody can reach 0.0.0.0
		w.cfg.Logger.Warn("no address to publish is configured: managers on other machines cannot reach this worker", "published", w.self.String())
	}
	return nil
}

// shutDown lets the requests under way finish, for a while.
func (w *Worker) shutDown(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), w.cfg.CallTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		return server.Close()
	}
	return nil
}

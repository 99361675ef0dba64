package http

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"millrace/pkg/siddhi/stream"
)

const (
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	closeTimeout  = 5 * time.Second // for requests that are being answered
)

// listeners are the open ports of a process, each with the receivers on it.
type listeners struct {
	mu     sync.Mutex
	byAddr map[string]*listener
}

type listener struct {
	server *http.Server
	served chan struct{} // closed when the server has ended

	mu     sync.RWMutex
	byPath map[string]http.Handler
}

// add gives a path of an address a handler; the first one opens the port.
func (l *listeners) add(ctx context.Context, addr, path string, h http.Handler) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.byAddr[addr]
	if ln == nil {
		var err error
		if ln, err = listen(ctx, addr); err != nil {
			return fmt.Errorf("receive at %s: %w: %w", addr, stream.ErrNotConnected, err)
		}
		if l.byAddr == nil {
			l.byAddr = map[string]*listener{}
		}
		l.byAddr[addr] = ln
	}
	ln.mu.Lock()
	defer ln.mu.Unlock()
	if ln.byPath[path] != nil {
		return fmt.Errorf("receive at %s%s: another source does so already; give each its own path", addr, path)
	}
	ln.byPath[path] = h
	return nil
}

// remove takes a path away; the last one closes the port.
func (l *listeners) remove(addr, path string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	ln := l.byAddr[addr]
	ln.mu.Lock()
	delete(ln.byPath, path)
	last := len(ln.byPath) == 0
	ln.mu.Unlock()
	if !last {
		return nil
	}
	delete(l.byAddr, addr)
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	err := ln.server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = ln.server.Close() // a client that does not take its answer
	}
	<-ln.served
	return err
}

func listen(ctx context.Context, addr string) (*listener, error) {
	var cfg net.ListenConfig
	socket, err := cfg.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	ln := &listener{served: make(chan struct{}), byPath: map[string]http.Handler{}}
	ln.server = &http.Server{Handler: ln, ReadHeaderTimeout: headerTimeout, ReadTimeout: time.Minute, IdleTimeout: idleTimeout}
	go func() {
		defer close(ln.served)
		_ = ln.server.Serve(socket) // ends when remove closes the server
	}()
	return ln, nil
}

// ServeHTTP implements http.Handler.
func (ln *listener) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ln.mu.RLock()
	h := ln.byPath[r.URL.Path]
	ln.mu.RUnlock()
	if h == nil {
		http.NotFound(w, r)
		return
	}
	h.ServeHTTP(w, r)
}

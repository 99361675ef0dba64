package nats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// maxPayload is the largest message that the embedded server takes, in bytes.
const maxPayload = 8 << 20

// EmbeddedOptions configures the server inside the process.
type EmbeddedOptions struct {
	StoreDir string // directory of the logs; it outlives the process
	Host     string // "" is 127.0.0.1
	Port     int    // 0 is any free port
	Name     string // name of the server in its own messages
	// MaxStore is the most that the logs may take on disk, in bytes; 0 leaves it
	// to the server: three quarters of what is free.
	MaxStore int64
	Logger   *slog.Logger // nil: silent
}

// Embedded is a NATS server with JetStream in this process. Unlike a NATS
// server's defaults, it acknowledges a message only when the disk has it.
type Embedded struct{ server *server.Server }

// NewEmbedded checks the options and makes a server, which does not run yet.
func NewEmbedded(o EmbeddedOptions) (*Embedded, error) {
	if o.StoreDir == "" {
		return nil, errors.New("embedded broker: a directory for its logs is needed")
	}
	so := &server.Options{
		ServerName: o.Name, Host: o.Host, Port: o.Port,
		JetStream: true, StoreDir: o.StoreDir, JetStreamMaxStore: o.MaxStore,
		SyncAlways: true, SyncInterval: 2 * time.Minute,
		MaxPayload: maxPayload, NoSigs: true, NoLog: o.Logger == nil,
		DontListen: false, NoSystemAccount: false,
	}
	if so.Host == "" {
		so.Host = "127.0.0.1"
	}
	if so.Port == 0 {
		so.Port = server.RANDOM_PORT
	}
	if so.JetStreamMaxStore == 0 {
		so.JetStreamMaxStore = -1
	}
	s, err := server.NewServer(so)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	if o.Logger != nil {
		s.SetLoggerV2(serverLog{o.Logger}, false, false, false)
	}
	return &Embedded{server: s}, nil
}

// Run serves until ctx ends, then stops in order: no message that was
// acknowledged is lost. It can be called once.
func (e *Embedded) Run(ctx context.Context) error {
	e.server.Start() // returns when the listeners are up
	if !e.server.Running() {
		return errors.New("embedded broker: the server did not start; its log says why")
	}
	stopped := make(chan struct{})
	go func() {
		e.server.WaitForShutdown()
		close(stopped)
	}()
	select {
	case <-ctx.Done():
		e.server.Shutdown()
		<-stopped
		return nil
	case <-stopped:
		return errors.New("embedded broker: the server has stopped by itself; its log says why")
	}
}

// Ready waits until clients can connect and JetStream works.
func (e *Embedded) Ready(ctx context.Context) error {
	for !e.server.ReadyForConnections(10*time.Millisecond) || !e.server.JetStreamEnabled() {
		if ctx.Err() != nil {
			return fmt.Errorf("embedded broker is not ready: %w", ctx.Err())
		}
	}
	return nil
}

// URL returns the address for clients. It is known once Ready has returned.
func (e *Embedded) URL() string { return e.server.ClientURL() }

// serverLog passes the server's log on.
type serverLog struct{ log *slog.Logger }

func (l serverLog) Noticef(f string, v ...any) { l.log.Info(fmt.Sprintf(f, v...)) }
func (l serverLog) Warnf(f string, v ...any)   { l.log.Warn(fmt.Sprintf(f, v...)) }
func (l serverLog) Fatalf(f string, v ...any)  { l.log.Error(fmt.Sprintf(f, v...)) }
func (l serverLog) Errorf(f string, v ...any)  { l.log.Error(fmt.Sprintf(f, v...)) }
func (l serverLog) Debugf(f string, v ...any)  { l.log.Debug(fmt.Sprintf(f, v...)) }
func (l serverLog) Tracef(f string, v ...any)  { l.log.Debug(fmt.Sprintf(f, v...)) }

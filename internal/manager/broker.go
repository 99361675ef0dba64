package manager

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"

	"millrace/pkg/transport/nats"
)

// BrokerOptions configures the embedded broker. The leader runs it: managers that
// share the machine and the directory find the topics there when they take over.
// Managers on several machines need a broker of their own.
type BrokerOptions struct {
	Directory  string
	ListenHost string
	Host       string // that clients connect to
	Port       int
}

// URL is where clients connect.
func (b *BrokerOptions) URL() string {
	return "nats://" + net.JoinHostPort(b.Host, strconv.Itoa(b.Port))
}

// run serves until ctx ends and calls ready once clients can connect. A
// predecessor that is about to stop may still have the port: run waits for it.
func (b *BrokerOptions) run(ctx context.Context, log *slog.Logger, ready func()) error {
	if err := awaitPort(ctx, net.JoinHostPort(b.ListenHost, strconv.Itoa(b.Port)), log); err != nil {
		return err
	}
	broker, err := nats.NewEmbedded(nats.EmbeddedOptions{
		StoreDir: b.Directory, Host: b.ListenHost, Port: b.Port, Name: "millrace", Logger: quiet(log),
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- broker.Run(ctx) }()
	if err := broker.Ready(ctx); err != nil {
		cancel()
		return errors.Join(<-ended, err)
	}
	log.Info("the embedded broker is ready", "url", b.URL())
	ready()
	return <-ended
}

// portWait is how long the port of the broker may be another's.
const portWait = 10 * time.Second

func awaitPort(ctx context.Context, address string, log *slog.Logger) error {
	deadline, cancel := context.WithTimeout(ctx, portWait)
	defer cancel()
	var lc net.ListenConfig
	for try := 0; ; try++ {
		ln, err := lc.Listen(deadline, "tcp", address)
		if err == nil {
			return ln.Close()
		}
		if try == 0 {
			log.Warn("the port of the embedded broker is not free; waiting for it", "address", address, "err", err)
		}
		timer := time.NewTimer(100 * time.Millisecond)
		select {
		case <-deadline.Done():
			timer.Stop()
			return fmt.Errorf("embedded broker: %w; give it another port with millrace.broker.port", err)
		case <-timer.C:
		}
	}
}

// quiet lets only warnings of the broker through.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(levelled{log.Handler()})
}

// levelled passes on what is a warning or worse.
type levelled struct{ slog.Handler }

func (l levelled) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && l.Handler.Enabled(ctx, level)
}

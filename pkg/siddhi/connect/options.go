package connect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"millrace/pkg/siddhi/stream"
)

// ErrReplaced means that somebody else runs the app by now. A SnapshotStore
// returns it from Save; Run then ends with it at once.
var ErrReplaced = errors.New("the app has been given to another node")

// ErrRestore means that the last snapshot does not fit the app, or is damaged.
var ErrRestore = errors.New("restore")

// ErrAbandon is what Run returns after Abandon.
var ErrAbandon = errors.New("the app is abandoned")

// SnapshotStore keeps an app's snapshots.
type SnapshotStore interface {
	// Last returns the newest snapshot; nil when there is none.
	Last(ctx context.Context) (snapshot []byte, err error)
	// Save returns the revision under which the snapshot is durable. Errors:
	// ErrReplaced; after any other the next snapshot is tried in its turn.
	Save(ctx context.Context, snapshot []byte) (revision string, err error)
}

// Transports are what @source and @sink can have as their type; case is ignored.
type Transports struct {
	Sources map[string]stream.SourceFactory
	Sinks   map[string]stream.SinkFactory
	// DefaultMapper names the mapper of a type without @map; nil: always passThrough.
	DefaultMapper func(kind string) string
	// Repeats has, for the types of sources that can, whether a source with these
	// options gives the same records in the same order whenever it is opened at the
	// same position, or at none.
	Repeats map[string]func(stream.Options) bool
}

// Options configures a Runner. App and Transports are required.
type Options struct {
	App string // name of the app; it is also what frames name as their producer
	Transports
	// Store keeps snapshots. Without one the app begins anew at each start, and
	// sources may forget what has been processed.
	Store         SnapshotStore
	SnapshotEvery time.Duration // default 1 min
	// StopTimeout bounds an orderly stop; default 10 s.
	StopTimeout time.Duration
	// BufferRows is how many rows of a sink may wait; default 8192.
	BufferRows int
	// StopAtEnd has Run return when all sources have ended.
	StopAtEnd bool
	// FailAtOnce has Run return an error when a source cannot connect at its first
	// try. Otherwise, and once it has been connected, it tries again and again.
	FailAtOnce bool
	Logger     *slog.Logger // default slog.Default
}

func (o *Options) complete() error {
	if o.App == "" {
		return errors.New("connect: the app has no name")
	}
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = time.Minute
	}
	if o.SnapshotEvery < 0 || o.StopTimeout < 0 || o.BufferRows < 0 {
		return fmt.Errorf("connect app %s: SnapshotEvery, StopTimeout and BufferRows must not be negative", o.App)
	}
	if o.StopTimeout == 0 {
		o.StopTimeout = 10 * time.Second
	}
	if o.BufferRows == 0 {
		o.BufferRows = 8192
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	o.Logger = o.Logger.With("app", o.App)
	return nil
}

package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"millrace/internal/api"
	"millrace/pkg/persistence"
	"millrace/pkg/siddhi/connect"
)

// stateFormat is the version of what a snapshot's payload is.
const stateFormat = 1

// revisions is one app's connect.SnapshotStore. A worker that has been replaced
// cannot add to the revisions: its order is older than that of the one which has.
type revisions struct {
	all    *persistence.Revisions
	app    string
	hash   string
	logger *slog.Logger

	mu     sync.Mutex
	writer persistence.Writer
	// changed is the revision restored from, if it is of another text of the app.
	changed persistence.Revision
}

func newRevisions(all *persistence.Revisions, app, hash string, f api.Fence, l *slog.Logger) *revisions {
	r := &revisions{all: all, app: app, hash: hash, logger: l}
	r.raise(f)
	return r
}

// raise has later snapshots be those of a newer order to go on.
func (r *revisions) raise(f api.Fence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.writer = persistence.Writer{Epoch: persistence.Epoch(f.Epoch), Generation: persistence.Generation(f.Generation)}
}

// Last implements connect.SnapshotStore.
func (r *revisions) Last(ctx context.Context) ([]byte, error) {
	s, damaged, err := r.all.Last(ctx, r.app)
	for _, d := range damaged {
		r.logger.Error("snapshot is damaged; the one before it is used", "app", r.app, "err", d)
	}
	switch {
	case errors.Is(err, persistence.ErrNoRevision):
		return nil, nil
	case err != nil:
		return nil, err
	case s.Format != stateFormat:
		return nil, fmt.Errorf("revision %s has format %d, this program reads format %d: run the program that wrote it", s.Revision, s.Format, stateFormat)
	}
	if s.AppHash != r.hash {
		r.mu.Lock()
		r.changed = s.Revision
		r.mu.Unlock()
		r.logger.Info("the app's text has changed since its last snapshot", "app", r.app, "revision", s.Revision)
	}
	return s.Payload, nil
}

// explain adds to the error of an app that could not restore its state what to do about it.
func (r *revisions) explain(err error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.changed == "" || !errors.Is(err, connect.ErrRestore) {
		return err
	}
	return fmt.Errorf("%w; the text of the app has changed since revision %s was saved, and its state does not fit the new one: "+
		"deploy the text that it had before, or undeploy the app, which deletes its state, and deploy it again", err, r.changed)
}

// Save implements connect.SnapshotStore.
func (r *revisions) Save(ctx context.Context, payload []byte) (string, error) {
	r.mu.Lock()
	w := r.writer
	r.mu.Unlock()
	rev, err := r.all.Save(ctx, persistence.Snapshot{App: r.app, Writer: w, AppHash: r.hash, Format: stateFormat, Payload: payload})
	switch {
	case errors.Is(err, persistence.ErrStaleWriter):
		return "", fmt.Errorf("%w: %w", connect.ErrReplaced, err)
	case rev != "" && err != nil: // saved; only old ones were not removed
		r.logger.Warn("old snapshots were not removed", "app", r.app, "err", err)
		return string(rev), nil
	}
	return string(rev), err
}

package persistence

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"
)

// Snapshot is the state of one (partial) app at one instant.
type Snapshot struct {
	App      string
	Revision Revision // given by Save
	Writer   Writer
	AppHash  string // of the app's text: whether the state can fit is judged by it
	Format   int    // version of the payload's encoding
	Payload  []byte
}

// Options configures a Revisions. The zero value is the default.
type Options struct {
	RevisionsToKeep int              // per app; default 3, as in WSO2 SP
	Now             func() time.Time // default time.Now
}

// Revisions saves and loads snapshots in a Store. It is safe for concurrent use.
type Revisions struct {
	store Store
	keep  int
	now   func() time.Time
}

// New returns a Revisions over store.
func New(store Store, opts Options) (*Revisions, error) {
	if opts.RevisionsToKeep < 0 {
		return nil, fmt.Errorf("persistence: revisionsToKeep is %d, it must not be negative", opts.RevisionsToKeep)
	}
	if opts.RevisionsToKeep == 0 {
		opts.RevisionsToKeep = 3
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Revisions{store: store, keep: opts.RevisionsToKeep, now: opts.Now}, nil
}

// saveAttempts bounds how often Save takes a later name because another save of
// the same app was faster.
const saveAttempts = 10

// Save stores s under a new revision, which it returns, and removes the oldest
// ones beyond RevisionsToKeep. s.Revision is ignored. When it returns a revision
// together with an error, the snapshot is safe and only the clean-up failed.
func (r *Revisions) Save(ctx context.Context, s Snapshot) (Revision, error) {
	if err := checkApp(s.App); err != nil {
		return "", fmt.Errorf("save state: %w", err)
	}
	for attempt := 1; ; attempt++ {
		head, err := r.store.Head(ctx, s.App)
		if err != nil {
			return "", fmt.Errorf("save state of %s: %w", s.App, err)
		}
		if s.Writer.Before(head.Writer) { // spares the work of sealing it
			return "", &StaleWriterError{App: s.App, Writer: s.Writer, Newest: head.Writer}
		}
		millis := max(r.now().UnixMilli(), head.Millis+1)
		s.Revision = NewRevision(millis, s.App)
		data, err := seal(s)
		if err != nil {
			return "", fmt.Errorf("save state of %s: %w", s.App, err)
		}
		err = r.store.Put(ctx, Entry{App: s.App, Millis: millis, Writer: s.Writer, Data: data})
		if errors.Is(err, ErrNotAfter) && attempt < saveAttempts {
			continue
		}
		var stale *StaleWriterError
		if errors.As(err, &stale) {
			return "", stale
		}
		if err != nil {
			return "", fmt.Errorf("save state of %s: %w", s.App, err)
		}
		if err := r.trim(ctx, s.App); err != nil {
			return s.Revision, fmt.Errorf("remove old revisions of %s: %w", s.App, err)
		}
		return s.Revision, nil
	}
}

func (r *Revisions) trim(ctx context.Context, app string) error {
	infos, err := r.store.List(ctx, app)
	if err != nil || len(infos) <= r.keep {
		return err
	}
	var old []int64
	for _, info := range infos[r.keep:] {
		millis, _, err := info.Revision.Split()
		if err != nil {
			return err
		}
		old = append(old, millis)
	}
	return r.store.Delete(ctx, app, old...)
}

// Load returns the snapshot of one revision. Errors: ErrNoRevision, ErrDamaged.
func (r *Revisions) Load(ctx context.Context, app string, revision Revision) (Snapshot, error) {
	millis, of, err := revision.Split()
	if err != nil {
		return Snapshot{}, fmt.Errorf("load state of %s: %w", app, err)
	}
	if of != app {
		return Snapshot{}, fmt.Errorf("load state of %s: revision %s is of another app: %w", app, revision, ErrNoRevision)
	}
	data, err := r.store.Get(ctx, app, millis)
	if err != nil {
		return Snapshot{}, fmt.Errorf("load state of %s, revision %s: %w", app, revision, err)
	}
	s, err := open(data)
	if err == nil && (s.App != app || s.Revision != revision) {
		err = fmt.Errorf("it holds revision %s of app %s: %w", s.Revision, s.App, ErrDamaged)
	}
	if err != nil {
		return Snapshot{}, fmt.Errorf("load state of %s, revision %s: %w", app, revision, err)
	}
	return s, nil
}

// Last returns the newest snapshot that is whole. damaged has one error for each
// newer revision that was passed over: report them. It fails with ErrNoRevision when
// the app has none, and with ErrDamaged when it has only damaged ones.
func (r *Revisions) Last(ctx context.Context, app string) (s Snapshot, damaged []error, err error) {
	infos, err := r.store.List(ctx, app)
	if err != nil {
		return Snapshot{}, nil, fmt.Errorf("load last state of %s: %w", app, err)
	}
	for _, info := range infos {
		s, err := r.Load(ctx, app, info.Revision)
		switch {
		case err == nil:
			return s, damaged, nil
		case errors.Is(err, ErrDamaged):
			damaged = append(damaged, err)
		case errors.Is(err, ErrNoRevision):
			// Removed since the list was read, as old ones are.
		default:
			return Snapshot{}, damaged, err
		}
	}
	if len(damaged) > 0 {
		return Snapshot{}, damaged, fmt.Errorf("load last state of %s: all %d revisions: %w", app, len(damaged), ErrDamaged)
	}
	return Snapshot{}, nil, fmt.Errorf("load last state of %s: %w", app, ErrNoRevision)
}

// List returns the revisions of the app, newest first.
func (r *Revisions) List(ctx context.Context, app string) ([]Info, error) {
	return r.store.List(ctx, app)
}

// Apps returns the apps that have revisions, sorted.
func (r *Revisions) Apps(ctx context.Context) ([]string, error) { return r.store.Apps(ctx) }

// DeleteAll removes all revisions of the app. Names and writers that were used
// stay used.
func (r *Revisions) DeleteAll(ctx context.Context, app string) error {
	infos, err := r.store.List(ctx, app)
	if err != nil {
		return fmt.Errorf("delete revisions of %s: %w", app, err)
	}
	millis := make([]int64, 0, len(infos))
	for _, info := range infos {
		m, _, err := info.Revision.Split()
		if err != nil {
			return fmt.Errorf("delete revisions of %s: %w", app, err)
		}
		millis = append(millis, m)
	}
	if err := r.store.Delete(ctx, app, millis...); err != nil {
		return fmt.Errorf("delete revisions of %s: %w", app, err)
	}
	return nil
}

// DeleteUntil removes the revisions that orders up to generation have saved, and
// damaged ones; those of later orders stay. Names and writers that were used stay
// used, so what an earlier worker still sends is refused.
func (r *Revisions) DeleteUntil(ctx context.Context, app string, generation Generation) error {
	infos, err := r.store.List(ctx, app)
	if err != nil {
		return fmt.Errorf("delete revisions of %s: %w", app, err)
	}
	var old []int64
	for _, info := range infos {
		s, err := r.Load(ctx, app, info.Revision)
		switch {
		case errors.Is(err, ErrNoRevision):
			continue // removed since the list was read
		case err != nil && !errors.Is(err, ErrDamaged):
			return fmt.Errorf("delete revisions of %s: %w", app, err)
		case err == nil && s.Writer.Generation > generation:
			continue
		}
		millis, _, err := info.Revision.Split()
		if err != nil {
			return fmt.Errorf("delete revisions of %s: %w", app, err)
		}
		old = append(old, millis)
	}
	if err := r.store.Delete(ctx, app, old...); err != nil {
		return fmt.Errorf("delete revisions of %s: %w", app, err)
	}
	return nil
}

// Forget removes all that is kept of the app, also which writer was the newest:
// for after the managers' epochs began anew.
func (r *Revisions) Forget(ctx context.Context, app string) error {
	if err := r.store.Forget(ctx, app); err != nil {
		return fmt.Errorf("forget the state of %s: %w", app, err)
	}
	return nil
}

// appLimit is the longest app name, in characters, that every store keeps.
const appLimit = 500

func checkApp(app string) error {
	switch n := utf8.RuneCountInString(app); {
	case app == "":
		return errors.New("the app has no name")
	case n > appLimit:
		return fmt.Errorf("the app's name has %d characters, it must have at most %d", n, appLimit)
	case app[0] == ' ' || app[len(app)-1] == ' ':
		return fmt.Errorf("the app's name %q must not begin or end with a space", app)
	case !utf8.ValidString(app):
		return fmt.Errorf("the app's name %q is not valid UTF-8", app)
	}
	return nil
}

// Package persistence keeps the state of apps as revisions, and (subpackage
// desired) what the managers have decided.
//
// A Revisions seals each snapshot in an envelope (compressed, with a checksum and
// everything needed to judge it alone) and keeps the newest few. Where the bytes
// lie is a Store: subpackages sql (SQLite, PostgreSQL, MySQL), file and memory;
// storetest proves that they behave alike.
//
// Three promises:
//
//   - A revision is visible only when it is whole. One that has been damaged since
//     is found by its checksum, reported, and the one before it is used.
//   - Revisions of an app are named <epochMs>__<app> as in WSO2 SP, and rise even
//     when two fall into one millisecond or a clock goes back.
//   - A writer that has been replaced cannot add a revision: Save refuses a Writer
//     that is older than one that has saved already.
//
// It imports nothing of ours; its subpackage sql imports internal/database.
package persistence

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Epoch numbers the terms of the managers' leader; see pkg/coordination.
type Epoch int64

// Generation numbers the versions of what a leader has decided for an app.
type Generation int64

// Writer says on whose orders a snapshot is taken. Writers are ordered by Epoch,
// then Generation: whoever moves a part to another worker must raise one of them
// to shut the earlier worker out. The zero Writer is that of a node without a
// manager.
type Writer struct {
	Epoch      Epoch      `json:"epoch"`
	Generation Generation `json:"generation"`
}

// Before reports whether w is older than other.
func (w Writer) Before(other Writer) bool {
	if w.Epoch != other.Epoch {
		return w.Epoch < other.Epoch
	}
	return w.Generation < other.Generation
}

func (w Writer) String() string {
	return fmt.Sprintf("epoch %d, generation %d", w.Epoch, w.Generation)
}

// Revision names a stored snapshot: <epochMs>__<app>.
type Revision string

const revisionSeparator = "__"

// NewRevision names the snapshot that app took at the given Unix time.
func NewRevision(millis int64, app string) Revision {
	return Revision(strconv.FormatInt(millis, 10) + revisionSeparator + app)
}

// Split returns the time and the app of the name. App names may hold "__".
func (r Revision) Split() (millis int64, app string, err error) {
	digits, app, found := strings.Cut(string(r), revisionSeparator)
	millis, err = strconv.ParseInt(digits, 10, 64)
	if !found || err != nil || millis < 0 || app == "" || digits != strconv.FormatInt(millis, 10) {
		return 0, "", fmt.Errorf("%q is not a revision: it must be <epoch milliseconds>__<app>", string(r))
	}
	return millis, app, nil
}

// Time returns when the snapshot was taken; the zero time if r is malformed.
func (r Revision) Time() time.Time {
	millis, _, err := r.Split()
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}

// Errors to decide on.
var (
	// ErrNoRevision means that the app has no such revision, or none at all.
	ErrNoRevision = errors.New("no such revision")
	// ErrStaleWriter means that a newer writer has saved the app's state already.
	ErrStaleWriter = errors.New("a newer writer has saved this app's state: this one has been replaced and must stop")
	// ErrDamaged means that what is stored is not what was saved.
	ErrDamaged = errors.New("the stored revision is damaged")
	// ErrNotAfter means that a Store has a revision as new as the one to add.
	ErrNotAfter = errors.New("the revision is not newer than the newest one")
)

// StaleWriterError carries the two writers of an ErrStaleWriter.
type StaleWriterError struct {
	App            string
	Writer, Newest Writer
}

func (e *StaleWriterError) Error() string {
	return fmt.Sprintf("save state of %s: writer (%v) is older than the newest one (%v): %v; "+
		"after a reset of the managers' database, forget the app's revisions", e.App, e.Writer, e.Newest, ErrStaleWriter)
}

func (e *StaleWriterError) Unwrap() error { return ErrStaleWriter }

// Entry is one revision as a Store keeps it: sealed bytes and what orders them.
type Entry struct {
	App    string
	Millis int64 // with App it makes the Revision's name
	Writer Writer
	Data   []byte
}

// Info describes a stored revision without its bytes.
type Info struct {
	Revision  Revision
	SizeBytes int64 // as stored, compressed
}

// Head is what a Store remembers of an app beyond its revisions: it outlives
// their deletion, so that neither a name nor a writer can come back.
type Head struct {
	Writer Writer // newest that has saved
	Millis int64  // of the newest revision ever
}

// Store keeps entries. All methods are atomic, also against other processes, and
// safe for concurrent use. Implementations prove themselves with storetest.Run.
type Store interface {
	// Put adds an entry. It fails with a *StaleWriterError when the app's head has
	// a newer writer, with ErrNotAfter when the head's Millis is not smaller. When it
	// returns nil the entry is durable; when it fails no part of it is visible, but
	// for a connection lost during commit: then it is there wholly or not at all.
	Put(ctx context.Context, e Entry) error
	// Get returns the data of an entry, or ErrNoRevision. The caller owns it.
	Get(ctx context.Context, app string, millis int64) ([]byte, error)
	// List returns the app's revisions, newest first.
	List(ctx context.Context, app string) ([]Info, error)
	// Apps returns the apps that have revisions, sorted.
	Apps(ctx context.Context) ([]string, error)
	// Head returns the app's head; the zero Head if it has none.
	Head(ctx context.Context, app string) (Head, error)
	// Delete removes revisions; those that do not exist are no error.
	Delete(ctx context.Context, app string, millis ...int64) error
	// Forget removes all revisions of the app and its head.
	Forget(ctx context.Context, app string) error
}

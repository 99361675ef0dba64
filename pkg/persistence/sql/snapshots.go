// Package sql keeps snapshot revisions and the managers' desired state in SQLite,
// PostgreSQL, MySQL or MariaDB.
//
// It imports pkg/persistence and its subpackage desired, and internal/database
// for what differs between the databases.
package sql

import (
	"context"
	"database/sql"
	"fmt"

	"millrace/internal/database"
	"millrace/pkg/persistence"
)

// chunkSize is how much of a snapshot one row holds: less than the largest
// packet of any server's default settings.
const chunkSize = 1 << 20

var snapshotMigrations = []database.Migration{{
	`CREATE TABLE IF NOT EXISTS millrace_snapshot_head (
		app {name} NOT NULL,
		epoch BIGINT NOT NULL,
		generation BIGINT NOT NULL,
		millis BIGINT NOT NULL,
		PRIMARY KEY (app)) {options}`,
	`CREATE TABLE IF NOT EXISTS millrace_snapshot (
		app {name} NOT NULL,
		millis BIGINT NOT NULL,
		size_bytes BIGINT NOT NULL,
		PRIMARY KEY (app, millis)) {options}`,
	`CREATE TABLE IF NOT EXISTS millrace_snapshot_chunk (
		app {name} NOT NULL,
		millis BIGINT NOT NULL,
		chunk INTEGER NOT NULL,
		data {blob} NOT NULL,
		PRIMARY KEY (app, millis, chunk)) {options}`,
}}

// Snapshots is a persistence.Store on a database.
type Snapshots struct{ db *database.DB }

// NewSnapshots returns a store on db, whose tables it creates or migrates. It
// does not close db.
func NewSnapshots(ctx context.Context, db *database.DB) (*Snapshots, error) {
	if err := db.Migrate(ctx, "snapshots", snapshotMigrations); err != nil {
		return nil, err
	}
	return &Snapshots{db: db}, nil
}

// Put implements persistence.Store. The row of the head is locked first, so saves
// of one app follow each other.
func (s *Snapshots) Put(ctx context.Context, e persistence.Entry) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		head, err := lockHead(ctx, tx, e.App)
		if err != nil {
			return err
		}
		if e.Writer.Before(head.Writer) {
			return &persistence.StaleWriterError{App: e.App, Writer: e.Writer, Newest: head.Writer}
		}
		if e.Millis <= head.Millis {
			return persistence.ErrNotAfter
		}
		_, err = tx.Exec(ctx, "INSERT INTO millrace_snapshot (app, millis, size_bytes) VALUES (?, ?, ?)",
			e.App, e.Millis, len(e.Data))
		if err != nil {
			return fmt.Errorf("insert the revision: %w", err)
		}
		for chunk, at := 0, 0; at < len(e.Data); chunk, at = chunk+1, at+chunkSize {
			data := e.Data[at:min(at+chunkSize, len(e.Data))]
			_, err = tx.Exec(ctx, "INSERT INTO millrace_snapshot_chunk (app, millis, chunk, data) VALUES (?, ?, ?, ?)",
				e.App, e.Millis, chunk, data)
			if err != nil {
				return fmt.Errorf("insert part %d of the revision: %w", chunk, err)
			}
		}
		_, err = tx.Exec(ctx, "UPDATE millrace_snapshot_head SET epoch = ?, generation = ?, millis = ? WHERE app = ?",
			int64(e.Writer.Epoch), int64(e.Writer.Generation), e.Millis, e.App)
		if err != nil {
			return fmt.Errorf("update the app's head: %w", err)
		}
		return nil
	})
}

// lockHead returns the head of app and keeps others from it. Looking before
// inserting spares MySQL the deadlocks of two inserts that then want to update.
func lockHead(ctx context.Context, tx *database.Tx, app string) (persistence.Head, error) {
	head, found, err := selectHead(ctx, tx, app, "{for update}")
	if err != nil || found {
		return head, err
	}
	_, err = tx.Exec(ctx, "INSERT {or ignore} INTO millrace_snapshot_head (app, epoch, generation, millis) VALUES (?, 0, 0, 0) {if absent}", app)
	if err != nil {
		return persistence.Head{}, fmt.Errorf("insert the app's head: %w", err)
	}
	head, _, err = selectHead(ctx, tx, app, "{for update}")
	return head, err
}

func selectHead(ctx context.Context, tx *database.Tx, app, lock string) (persistence.Head, bool, error) {
	var h persistence.Head
	found, err := tx.QueryRow(ctx, "SELECT epoch, generation, millis FROM millrace_snapshot_head WHERE app = ? "+lock,
		[]any{app}, (*int64)(&h.Writer.Epoch), (*int64)(&h.Writer.Generation), &h.Millis)
	if err != nil {
		return h, false, fmt.Errorf("read the app's head: %w", err)
	}
	return h, found, nil
}

// Get implements persistence.Store. A part that was lost shows in the checksum of
// what is left.
func (s *Snapshots) Get(ctx context.Context, app string, millis int64) ([]byte, error) {
	var data []byte
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		var size int64
		found, err := tx.QueryRow(ctx, "SELECT size_bytes FROM millrace_snapshot WHERE app = ? AND millis = ?", []any{app, millis}, &size)
		if err != nil {
			return err
		}
		if !found {
			return persistence.ErrNoRevision
		}
		data = make([]byte, 0, size)
		return tx.Query(ctx, "SELECT data FROM millrace_snapshot_chunk WHERE app = ? AND millis = ? ORDER BY chunk",
			[]any{app, millis}, func(rows *sql.Rows) error {
				var part sql.RawBytes
				if err := rows.Scan(&part); err != nil {
					return err
				}
				data = append(data, part...)
				return nil
			})
	})
	if err != nil {
		return nil, err
	}
	return data, nil
}

// List implements persistence.Store.
func (s *Snapshots) List(ctx context.Context, app string) ([]persistence.Info, error) {
	var infos []persistence.Info
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		infos = nil
		return tx.Query(ctx, "SELECT millis, size_bytes FROM millrace_snapshot WHERE app = ? ORDER BY millis DESC",
			[]any{app}, func(rows *sql.Rows) error {
				var info persistence.Info
				var millis int64
				if err := rows.Scan(&millis, &info.SizeBytes); err != nil {
					return err
				}
				info.Revision = persistence.NewRevision(millis, app)
				infos = append(infos, info)
				return nil
			})
	})
	return infos, err
}

// Apps implements persistence.Store.
func (s *Snapshots) Apps(ctx context.Context) ([]string, error) {
	var apps []string
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		apps = nil
		return tx.Query(ctx, "SELECT DISTINCT app FROM millrace_snapshot ORDER BY app", nil, func(rows *sql.Rows) error {
			var app string
			err := rows.Scan(&app)
			apps = append(apps, app)
			return err
		})
	})
	return apps, err
}

// Head implements persistence.Store.
func (s *Snapshots) Head(ctx context.Context, app string) (persistence.Head, error) {
	var head persistence.Head
	err := s.db.Read(ctx, func(tx *database.Tx) error {
		var err error
		head, _, err = selectHead(ctx, tx, app, "")
		return err
	})
	return head, err
}

// Delete implements persistence.Store.
func (s *Snapshots) Delete(ctx context.Context, app string, millis ...int64) error {
	if len(millis) == 0 {
		return nil
	}
	return s.db.Write(ctx, func(tx *database.Tx) error {
		for _, m := range millis {
			for _, table := range []string{"millrace_snapshot", "millrace_snapshot_chunk"} {
				if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE app = ? AND millis = ?", app, m); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// Forget implements persistence.Store.
func (s *Snapshots) Forget(ctx context.Context, app string) error {
	return s.db.Write(ctx, func(tx *database.Tx) error {
		for _, table := range []string{"millrace_snapshot_head", "millrace_snapshot", "millrace_snapshot_chunk"} {
			if _, err := tx.Exec(ctx, "DELETE FROM "+table+" WHERE app = ?", app); err != nil {
				return err
			}
		}
		return nil
	})
}

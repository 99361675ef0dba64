package sql

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"millrace/internal/database"
	"millrace/pkg/persistence"
	"millrace/pkg/persistence/desired"
)

var desiredMigrations = []database.Migration{{
	`CREATE TABLE IF NOT EXISTS millrace_fence (
		group_id {group} NOT NULL,
		epoch BIGINT NOT NULL,
		PRIMARY KEY (group_id)) {options}`,
	`CREATE TABLE IF NOT EXISTS millrace_app (
		group_id {group} NOT NULL,
		name {name} NOT NULL,
		app_text {text} NOT NULL,
		generation BIGINT NOT NULL,
		state {name} NOT NULL,
		reason {text} NOT NULL,
		created_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		PRIMARY KEY (group_id, name)) {options}`,
	`CREATE TABLE IF NOT EXISTS millrace_worker (
		group_id {group} NOT NULL,
		id {name} NOT NULL,
		address {text} NOT NULL,
		receiver INTEGER NOT NULL,
		registered_at BIGINT NOT NULL,
		updated_at BIGINT NOT NULL,
		PRIMARY KEY (group_id, id)) {options}`,
	`CREATE TABLE IF NOT EXISTS millrace_placement (
		group_id {group} NOT NULL,
		partial_app {name} NOT NULL,
		app {name} NOT NULL,
		worker {name} NOT NULL,
		generation BIGINT NOT NULL,
		epoch BIGINT NOT NULL,
		state {name} NOT NULL,
		updated_at BIGINT NOT NULL,
		PRIMARY KEY (group_id, partial_app)) {options}`,
}}

// Desired is a desired.Store on a database.
type Desired struct {
	db    *database.DB
	group string
}

// NewDesired returns the desired state of a group on db, whose tables it creates
// or migrates. It does not close db.
func NewDesired(ctx context.Context, db *database.DB, group string) (*Desired, error) {
	if group == "" || len(group) > database.GroupLimit {
		return nil, fmt.Errorf("desired state: groupId %q must have 1 to %d bytes", group, database.GroupLimit)
	}
	if err := db.Migrate(ctx, "desired", desiredMigrations); err != nil {
		return nil, err
	}
	return &Desired{db: db, group: group}, nil
}

// Load implements desired.Store.
func (d *Desired) Load(ctx context.Context) (desired.State, error) {
	var s desired.State
	err := d.db.Read(ctx, func(tx *database.Tx) error {
		s = desired.State{}
		group := []any{d.group}
		if _, err := tx.QueryRow(ctx, "SELECT epoch FROM millrace_fence WHERE group_id = ?", group, (*int64)(&s.Fence)); err != nil {
			return err
		}
		err := tx.Query(ctx, "SELECT "+appColumns+" FROM millrace_app WHERE group_id = ? ORDER BY name", group, func(rows *sql.Rows) error {
			a, err := scanApp(rows.Scan)
			s.Apps = append(s.Apps, a)
			return err
		})
		if err != nil {
			return err
		}
		err = tx.Query(ctx, `SELECT id, address, receiver, registered_at, updated_at
			FROM millrace_worker WHERE group_id = ? ORDER BY id`, group, func(rows *sql.Rows) error {
			var w desired.Worker
			var receiver, registered, updated int64
			err := rows.Scan(&w.ID, &w.Address, &receiver, &registered, &updated)
			w.Receiver, w.RegisteredAt, w.UpdatedAt = receiver != 0, time.UnixMilli(registered), time.UnixMilli(updated)
			s.Workers = append(s.Workers, w)
			return err
		})
		if err != nil {
			return err
		}
		return tx.Query(ctx, `SELECT partial_app, app, worker, generation, epoch, state, updated_at
			FROM millrace_placement WHERE group_id = ? ORDER BY partial_app`, group, func(rows *sql.Rows) error {
			var p desired.Placement
			var updated int64
			err := rows.Scan(&p.PartialApp, &p.App, &p.Worker, (*int64)(&p.Generation), (*int64)(&p.Epoch), &p.State, &updated)
			p.UpdatedAt = time.UnixMilli(updated)
			s.Placements = append(s.Placements, p)
			return err
		})
	})
	if err != nil {
		return desired.State{}, fmt.Errorf("read the desired state of group %s: %w", d.group, err)
	}
	return s, nil
}

const appColumns = "name, app_text, generation, state, reason, created_at, updated_at"

func scanApp(scan func(...any) error) (desired.App, error) {
	var a desired.App
	var created, updated int64
	err := scan(&a.Name, &a.Text, (*int64)(&a.Generation), &a.State, &a.Reason, &created, &updated)
	a.CreatedAt, a.UpdatedAt = time.UnixMilli(created), time.UnixMilli(updated)
	return a, err
}

// App implements desired.Store.
func (d *Desired) App(ctx context.Context, name string) (desired.App, bool, error) {
	var a desired.App
	var found bool
	err := d.db.Read(ctx, func(tx *database.Tx) error {
		var err error
		a, err = scanApp(func(dst ...any) error {
			var err error
			found, err = tx.QueryRow(ctx, "SELECT "+appColumns+" FROM millrace_app WHERE group_id = ? AND name = ?", []any{d.group, name}, dst...)
			return err
		})
		return err
	})
	if err != nil || !found {
		return desired.App{}, false, err
	}
	return a, true, nil
}

// Apply implements desired.Store. It locks the fence first, so the writes of all
// leaders follow each other.
func (d *Desired) Apply(ctx context.Context, epoch persistence.Epoch, c desired.Changes) error {
	if err := c.Check(); err != nil {
		return fmt.Errorf("write the desired state of group %s: %w", d.group, err)
	}
	err := d.db.Write(ctx, func(tx *database.Tx) error {
		if err := d.raiseFence(ctx, tx, epoch); err != nil {
			return err
		}
		w := desiredWriter{tx: tx, group: d.group, epoch: epoch}
		w.deletes(ctx, c)
		w.puts(ctx, c)
		return w.err
	})
	var stale *desired.StaleEpochError
	if err == nil || errors.As(err, &stale) {
		return err
	}
	return fmt.Errorf("write the desired state of group %s: %w", d.group, err)
}

func (d *Desired) raiseFence(ctx context.Context, tx *database.Tx, epoch persistence.Epoch) error {
	lock := func() (fence persistence.Epoch, found bool, err error) {
		found, err = tx.QueryRow(ctx, "SELECT epoch FROM millrace_fence WHERE group_id = ? {for update}", []any{d.group}, (*int64)(&fence))
		return fence, found, err
	}
	fence, found, err := lock()
	if err != nil {
		return err
	}
	if !found {
		_, err := tx.Exec(ctx, "INSERT {or ignore} INTO millrace_fence (group_id, epoch) VALUES (?, 0) {if absent}", d.group)
		if err != nil {
			return err
		}
		if fence, _, err = lock(); err != nil {
			return err
		}
	}
	if epoch < fence {
		return &desired.StaleEpochError{Group: d.group, Epoch: epoch, Fence: fence}
	}
	if epoch > fence {
		_, err = tx.Exec(ctx, "UPDATE millrace_fence SET epoch = ? WHERE group_id = ?", int64(epoch), d.group)
	}
	return err
}

// desiredWriter writes changes until the first error, which it keeps.
type desiredWriter struct {
	tx    *database.Tx
	group string
	epoch persistence.Epoch
	err   error
}

func (w *desiredWriter) exec(ctx context.Context, query string, args ...any) int64 {
	if w.err != nil {
		return 0
	}
	var matched int64
	matched, w.err = w.tx.Exec(ctx, query, args...)
	return matched
}

func (w *desiredWriter) deletes(ctx context.Context, c desired.Changes) {
	for _, name := range c.DeleteApps {
		w.exec(ctx, "DELETE FROM millrace_app WHERE group_id = ? AND name = ?", w.group, name)
	}
	for _, id := range c.DeleteWorkers {
		w.exec(ctx, "DELETE FROM millrace_worker WHERE group_id = ? AND id = ?", w.group, id)
	}
	for _, name := range c.DeletePlacements {
		w.exec(ctx, "DELETE FROM millrace_placement WHERE group_id = ? AND partial_app = ?", w.group, name)
	}
}

// puts updates each row, or inserts it: the three databases share no upsert, and
// the fence's lock keeps others away.
func (w *desiredWriter) puts(ctx context.Context, c desired.Changes) {
	for _, a := range c.PutApps {
		if w.exec(ctx, `UPDATE millrace_app SET app_text = ?, generation = ?, state = ?, reason = ?, updated_at = {now}
			WHERE group_id = ? AND name = ?`, a.Text, int64(a.Generation), a.State, a.Reason, w.group, a.Name) == 0 {
			w.exec(ctx, `INSERT INTO millrace_app (app_text, generation, state, reason, group_id, name, created_at, updated_at)
				VALUES (?, ?, ?, ?, ?, ?, {now}, {now})`, a.Text, int64(a.Generation), a.State, a.Reason, w.group, a.Name)
		}
	}
	for _, k := range c.PutWorkers {
		receiver := 0
		if k.Receiver {
			receiver = 1
		}
		if w.exec(ctx, `UPDATE millrace_worker SET address = ?, receiver = ?, updated_at = {now}
			WHERE group_id = ? AND id = ?`, k.Address, receiver, w.group, k.ID) == 0 {
			w.exec(ctx, `INSERT INTO millrace_worker (address, receiver, group_id, id, registered_at, updated_at)
				VALUES (?, ?, ?, ?, {now}, {now})`, k.Address, receiver, w.group, k.ID)
		}
	}
	for _, p := range c.PutPlacements {
		args := []any{p.App, p.Worker, int64(p.Generation), int64(w.epoch), p.State, w.group, p.PartialApp}
		if w.exec(ctx, `UPDATE millrace_placement SET app = ?, worker = ?, generation = ?, epoch = ?, state = ?, updated_at = {now}
			WHERE group_id = ? AND partial_app = ?`, args...) == 0 {
			w.exec(ctx, `INSERT INTO millrace_placement (app, worker, generation, epoch, state, group_id, partial_app, updated_at)
				VALUES (?, ?, ?, ?, ?, ?, ?, {now})`, args...)
		}
	}
}

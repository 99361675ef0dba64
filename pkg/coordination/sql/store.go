// Package sql keeps the rows of coordination in SQLite, PostgreSQL, MySQL or
// MariaDB.
//
// It imports pkg/coordination, and internal/database for what differs between
// the databases.
package sql

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"millrace/internal/database"
	"millrace/pkg/coordination"
)

// migrations are the versions of the tables. Times are milliseconds by the
// database's clock.
var migrations = []database.Migration{{
	// The row of a group stays when nobody leads, so that its epoch never begins anew.
	`CREATE TABLE IF NOT EXISTS millrace_lease (
		group_id {group} NOT NULL,
		node_id {name} NOT NULL,
		incarnation {group} NOT NULL,
		epoch BIGINT NOT NULL,
		renewals BIGINT NOT NULL,
		renewed_at BIGINT NOT NULL,
		PRIMARY KEY (group_id)) {options}`,
	`CREATE TABLE IF NOT EXISTS millrace_member (
		group_id {group} NOT NULL,
		node_id {name} NOT NULL,
		incarnation {group} NOT NULL,
		heartbeats BIGINT NOT NULL,
		heartbeat_at BIGINT NOT NULL,
		properties {text} NOT NULL,
		PRIMARY KEY (group_id, node_id)) {options}`,
}}

// Store is a coordination.Store on a database.
type Store struct{ db *database.DB }

// New returns a store on db, whose tables it creates or migrates. It does not
// close db.
func New(ctx context.Context, db *database.DB) (*Store, error) {
	if err := db.Migrate(ctx, "coordination", migrations); err != nil {
		return nil, err
	}
	return &Store{db: db}, nil
}

// Heartbeat implements coordination.Store.
func (s *Store) Heartbeat(ctx context.Context, hb coordination.Heartbeat) (coordination.View, error) {
	properties, err := coordination.MarshalProperties(hb.Properties)
	if err != nil {
		return coordination.View{}, fmt.Errorf("encode the node's properties: %w", err)
	}
	var view coordination.View
	err = s.db.Write(ctx, func(tx *database.Tx) error {
		view = coordination.View{}
		joined, err := join(ctx, tx, hb, string(properties))
		if err != nil {
			return fmt.Errorf("write the member row: %w", err)
		}
		view.Joined = joined
		if joined && hb.Renew != 0 {
			matched, err := tx.Exec(ctx, `UPDATE millrace_lease SET renewals = renewals + 1, renewed_at = {now}
				WHERE group_id = ? AND node_id = ? AND incarnation = ? AND epoch = ?`,
				hb.Group, string(hb.Node), hb.Incarnation, int64(hb.Renew))
			if err != nil {
				return fmt.Errorf("renew the lease: %w", err)
			}
			view.Renewed = matched == 1
		}
		if hb.Forget > 0 {
			_, err := tx.Exec(ctx, "DELETE FROM millrace_member WHERE group_id = ? AND heartbeat_at < {now} - ?",
				hb.Group, hb.Forget.Milliseconds())
			if err != nil {
				return fmt.Errorf("remove dead members: %w", err)
			}
		}
		return read(ctx, tx, hb.Group, &view)
	})
	if err != nil {
		return coordination.View{}, fmt.Errorf("heartbeat: %w", err)
	}
	return view, nil
}

// join writes the node's row unless a fresh one of another process is there. A
// row from the future is as good as dead: the database's clock was set back.
func join(ctx context.Context, tx *database.Tx, hb coordination.Heartbeat, properties string) (bool, error) {
	expiry := hb.Expiry.Milliseconds()
	matched, err := tx.Exec(ctx, `UPDATE millrace_member
		SET incarnation = ?, heartbeats = heartbeats + 1, heartbeat_at = {now}, properties = ?
		WHERE group_id = ? AND node_id = ?
		AND (incarnation = ? OR heartbeat_at <= {now} - ? OR heartbeat_at > {now} + ?)`,
		hb.Incarnation, properties, hb.Group, string(hb.Node), hb.Incarnation, expiry, expiry)
	if err != nil || matched == 1 {
		return matched == 1, err
	}
	matched, err = tx.Exec(ctx, `INSERT {or ignore} INTO millrace_member
		(group_id, node_id, incarnation, heartbeats, heartbeat_at, properties) VALUES (?, ?, ?, 1, {now}, ?) {if absent}`,
		hb.Group, string(hb.Node), hb.Incarnation, properties)
	return matched == 1, err
}

func read(ctx context.Context, tx *database.Tx, group string, view *coordination.View) error {
	var node string
	var epoch, age int64
	l := &view.Lease
	found, err := tx.QueryRow(ctx, `SELECT node_id, incarnation, epoch, renewals, {now} - renewed_at
		FROM millrace_lease WHERE group_id = ?`, []any{group}, &node, &l.Incarnation, &epoch, &l.Renewals, &age)
	if err != nil {
		return fmt.Errorf("read the lease: %w", err)
	}
	if found {
		l.Node, l.Epoch, l.Age = coordination.NodeID(node), coordination.Epoch(epoch), millis(age)
	}
	err = tx.Query(ctx, `SELECT node_id, incarnation, heartbeats, {now} - heartbeat_at, properties
		FROM millrace_member WHERE group_id = ? ORDER BY node_id`, []any{group}, func(rows *sql.Rows) error {
		var m coordination.MemberRow
		var node, properties string
		var age int64
		if err := rows.Scan(&node, &m.Incarnation, &m.Heartbeats, &age, &properties); err != nil {
			return err
		}
		if err := json.Unmarshal([]byte(properties), &m.Properties); err != nil {
			return fmt.Errorf("properties of node %s: %w", node, err)
		}
		m.Node, m.Age = coordination.NodeID(node), millis(age)
		view.Members = append(view.Members, m)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the members: %w", err)
	}
	return nil
}

func millis(n int64) time.Duration { return time.Duration(n) * time.Millisecond }

// Take implements coordination.Store. The first lease of a group is a race of
// inserts, each later one a race of conditional updates: one row is matched once.
func (s *Store) Take(ctx context.Context, c coordination.Claim) (bool, error) {
	var taken bool
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		var matched int64
		var err error
		if c.Seen.Epoch == 0 {
			matched, err = tx.Exec(ctx, `INSERT {or ignore} INTO millrace_lease
				(group_id, node_id, incarnation, epoch, renewals, renewed_at) VALUES (?, ?, ?, 1, 0, {now}) {if absent}`,
				c.Group, string(c.Node), c.Incarnation)
		} else {
			matched, err = tx.Exec(ctx, `UPDATE millrace_lease
				SET node_id = ?, incarnation = ?, epoch = epoch + 1, renewals = 0, renewed_at = {now}
				WHERE group_id = ? AND epoch = ? AND renewals = ? AND node_id = ? AND incarnation = ?
				AND (node_id = '' OR (node_id = ? AND incarnation = ?) OR renewed_at <= {now} - ? OR renewed_at > {now})`,
				string(c.Node), c.Incarnation,
				c.Group, int64(c.Seen.Epoch), c.Seen.Renewals, string(c.Seen.Node), c.Seen.Incarnation,
				string(c.Node), c.Incarnation, c.Expiry.Milliseconds())
		}
		taken = matched == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take the lease: %w", err)
	}
	return taken, nil
}

// Resign implements coordination.Store.
func (s *Store) Resign(ctx context.Context, id coordination.Identity, epoch coordination.Epoch) error {
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE millrace_lease SET node_id = '', incarnation = ''
			WHERE group_id = ? AND node_id = ? AND incarnation = ? AND epoch = ?`,
			id.Group, string(id.Node), id.Incarnation, int64(epoch))
		return err
	})
	if err != nil {
		return fmt.Errorf("give up the lease: %w", err)
	}
	return nil
}

// Leave implements coordination.Store.
func (s *Store) Leave(ctx context.Context, id coordination.Identity) error {
	err := s.db.Write(ctx, func(tx *database.Tx) error {
		// The order of Heartbeat, member then lease, so that the two cannot deadlock.
		_, err := tx.Exec(ctx, "DELETE FROM millrace_member WHERE group_id = ? AND node_id = ? AND incarnation = ?",
			id.Group, string(id.Node), id.Incarnation)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE millrace_lease SET node_id = '', incarnation = ''
			WHERE group_id = ? AND node_id = ? AND incarnation = ?`, id.Group, string(id.Node), id.Incarnation)
		return err
	})
	if err != nil {
		return fmt.Errorf("leave the group: %w", err)
	}
	return nil
}

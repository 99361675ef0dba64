package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// Migration is the statements that raise a component's schema by one version.
// Each must be repeatable (IF NOT EXISTS): MySQL commits them one by one.
// {group}, {name}, {blob}, {text} and {options} stand for the dialect's types.
type Migration []string

// migrationLock names the lock under which one process migrates at a time.
const (
	migrationLock       = "millrace_schema"
	migrationLockNumber = 0x6d696c6c // for PostgreSQL, whose locks are numbers
	migrationLockWait   = 60         // seconds
)

// Migrate brings the tables of component to version len(steps); steps[i] leads
// from version i to i+1. Concurrent calls, also from other processes, wait for
// each other. A database that is newer than this program is refused.
func (db *DB) Migrate(ctx context.Context, component string, steps []Migration) error {
	err := db.migrate(ctx, component, steps)
	if err != nil {
		return fmt.Errorf("migrate the %s tables of %s: %w", component, db.name, err)
	}
	return nil
}

func (db *DB) migrate(ctx context.Context, component string, steps []Migration) error {
	if db.dialect == MySQL {
		return db.migrateMySQL(ctx, component, steps)
	}
	return db.Write(ctx, func(tx *Tx) error {
		if db.dialect == PostgreSQL {
			if _, err := tx.tx.ExecContext(ctx, "SELECT pg_advisory_xact_lock($1)", migrationLockNumber); err != nil {
				return err
			}
		}
		return db.applySteps(ctx, tx.tx, component, steps)
	})
}

// migrateMySQL holds a named lock on one connection, because DDL there commits
// by itself and a transaction would protect nothing.
func (db *DB) migrateMySQL(ctx context.Context, component string, steps []Migration) error {
	conn, err := db.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var got sql.NullInt64
	err = conn.QueryRowContext(ctx, "SELECT GET_LOCK(?, ?)", migrationLock, migrationLockWait).Scan(&got)
	if err != nil {
		return err
	}
	if got.Int64 != 1 {
		return errors.New("another process is migrating for too long")
	}
	defer func() {
		var released sql.NullInt64
		// The lock ends with the connection anyway; a cancelled ctx must not keep it.
		_ = conn.QueryRowContext(context.WithoutCancel(ctx), "SELECT RELEASE_LOCK(?)", migrationLock).Scan(&released)
	}()
	return db.applySteps(ctx, conn, component, steps)
}

// runner is what *sql.Tx and *sql.Conn have in common.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (db *DB) applySteps(ctx context.Context, run runner, component string, steps []Migration) error {
	create := `CREATE TABLE IF NOT EXISTS millrace_schema (
		component {group} NOT NULL, version BIGINT NOT NULL, applied_at BIGINT NOT NULL,
		PRIMARY KEY (component, version)) {options}`
	if _, err := run.ExecContext(ctx, db.dialect.schema(create)); err != nil {
		return err
	}
	var version int
	query := db.dialect.rewrite("SELECT COALESCE(MAX(version), 0) FROM millrace_schema WHERE component = ?")
	if err := run.QueryRowContext(ctx, query, component).Scan(&version); err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("they are at version %d, this program knows versions up to %d: run a newer program", version, len(steps))
	}
	record := db.dialect.rewrite("INSERT INTO millrace_schema (component, version, applied_at) VALUES (?, ?, {now})")
	for i := version; i < len(steps); i++ {
		for _, statement := range steps[i] {
			if _, err := run.ExecContext(ctx, db.dialect.schema(statement)); err != nil {
				return fmt.Errorf("version %d: %w", i+1, err)
			}
		}
		if _, err := run.ExecContext(ctx, record, component, i+1); err != nil {
			return fmt.Errorf("version %d: %w", i+1, err)
		}
	}
	return nil
}

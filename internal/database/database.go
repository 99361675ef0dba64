// Package database opens the relational databases that Millrace keeps its own
// rows in: SQLite (the default), PostgreSQL, and MySQL or MariaDB. It takes the
// JDBC URL of a WSO2 SP data source as it is, hides what differs between the
// three in a Dialect, and applies schema migrations.
//
// pkg/coordination and pkg/persistence may not know each other, yet both need a
// database: this package is the one thing of ours that their sql subpackages
// import. It imports nothing of ours itself.
package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the "sqlite" driver of database/sql
)

// Config says which database to open, in the terms of a WSO2 SP data source.
type Config struct {
	// URL is a JDBC URL (jdbc:mysql://h:p/db, jdbc:postgresql://h:p/db,
	// jdbc:sqlite:path) or the native form of a driver. Required.
	URL string
	// Username and Password win over those in the URL when they are set.
	Username, Password string
	// MaxPoolSize bounds the open connections; default 10 (SQLite: 4).
	MaxPoolSize int
	// IdleTimeout closes connections that were idle for so long; default 1 min.
	IdleTimeout time.Duration
	// BusyTimeout is how long SQLite waits for another process's transaction;
	// default 5 s. The other databases ignore it.
	BusyTimeout time.Duration
}

func (c *Config) complete() error {
	if c.URL == "" {
		return errors.New("the data source has no URL: set jdbcUrl, for example jdbc:sqlite:millrace.db")
	}
	if c.MaxPoolSize < 0 || c.IdleTimeout < 0 || c.BusyTimeout < 0 {
		return errors.New("maxPoolSize, idleTimeout and the busy timeout must not be negative")
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = time.Minute
	}
	if c.BusyTimeout == 0 {
		c.BusyTimeout = 5 * time.Second
	}
	return nil
}

// DB is a pool of connections to one database together with its dialect. It is
// safe for concurrent use.
type DB struct {
	pool    *sql.DB
	dialect Dialect
	name    string
	ignored []string
}

// Open opens the database and proves that it answers. The caller closes it.
func Open(ctx context.Context, cfg Config) (*DB, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	target, err := Parse(cfg.URL)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	pool, err := connect(target, cfg)
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", target.Name(), err)
	}
	db := &DB{pool: pool, dialect: target.Dialect, name: target.Name(), ignored: target.Ignored}
	// The first connections to a new SQLite file all want to switch it to WAL, and
	// those that lose are told that it is busy without having waited.
	if err := again(ctx, func() error { return pool.PingContext(ctx) }); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open database %s: %w", db.name, err)
	}
	return db, nil
}

func connect(t Target, cfg Config) (*sql.DB, error) {
	var pool *sql.DB
	size := cfg.MaxPoolSize
	switch t.Dialect {
	case SQLite:
		if err := createPrivate(t.Path); err != nil {
			return nil, err
		}
		var err error
		if pool, err = sql.Open("sqlite", t.sqliteDSN(cfg.BusyTimeout)); err != nil {
			return nil, err
		}
		if size == 0 {
			size = 4
		}
	case PostgreSQL:
		pc, err := pgx.ParseConfig(t.DSN)
		if err != nil {
			return nil, err // pgx leaves the password out of its message
		}
		if cfg.Username != "" {
			pc.User = cfg.Username
		}
		if cfg.Password != "" {
			pc.Password = cfg.Password
		}
		pool = stdlib.OpenDB(*pc)
	case MySQL:
		mc, err := mysql.ParseDSN(t.DSN)
		if err != nil {
			return nil, err
		}
		if cfg.Username != "" {
			mc.User = cfg.Username
		}
		if cfg.Password != "" {
			mc.Passwd = cfg.Password
		}
		// An UPDATE that matches a row and leaves it as it was must count: every
		// conditional write here decides by the number of rows it matched.
		mc.ClientFoundRows = true
		connector, err := mysql.NewConnector(mc)
		if err != nil {
			return nil, err
		}
		pool = sql.OpenDB(connector)
	}
	if size == 0 {
		size = 10
	}
	pool.SetMaxOpenConns(size)
	pool.SetMaxIdleConns(size)
	pool.SetConnMaxIdleTime(cfg.IdleTimeout)
	return pool, nil
}

// createPrivate creates the file of an SQLite database, readable by its owner
// only: app texts may hold passwords. SQLite gives its log files the same mode.
func createPrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// Dialect returns which kind of database this is.
func (db *DB) Dialect() Dialect { return db.dialect }

// Name describes the database for messages; it holds no password.
func (db *DB) Name() string { return db.name }

// Ignored returns the parameters of the URL that say nothing to the driver: worth
// a warning.
func (db *DB) Ignored() []string { return db.ignored }

// Ping proves that the database answers.
func (db *DB) Ping(ctx context.Context) error { return db.pool.PingContext(ctx) }

// Close closes the pool after the statements in flight.
func (db *DB) Close() error { return db.pool.Close() }

// maxAttempts bounds how often a transaction is run again after the database
// has rolled it back because of another one.
const maxAttempts = 8

// Write runs fn in a transaction and commits it. When the database rolls it
// back in favour of another one (deadlock, serialisation, busy), fn runs again:
// it must not keep results of an earlier attempt. The error of fn is returned as
// it is. After an error of the commit itself the outcome is unknown.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	return db.transact(ctx, &sql.TxOptions{Isolation: db.dialect.writeIsolation()}, fn)
}

// Read runs fn in a read-only transaction that sees one instant of the database.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return db.transact(ctx, &sql.TxOptions{Isolation: db.dialect.readIsolation(), ReadOnly: true}, fn)
}

func (db *DB) transact(ctx context.Context, opts *sql.TxOptions, fn func(*Tx) error) error {
	return again(ctx, func() error { return db.attempt(ctx, opts, fn) })
}

// again runs try until it succeeds or fails for another reason than a conflict,
// maxAttempts times at most, with growing pauses.
func again(ctx context.Context, try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || attempt == maxAttempts || !isConflict(err) {
			return err
		}
		pause := time.Duration(1+rand.IntN(1<<attempt)) * 5 * time.Millisecond
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return err
		case <-timer.C:
		}
	}
}

func (db *DB) attempt(ctx context.Context, opts *sql.TxOptions, fn func(*Tx) error) error {
	tx, err := db.pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin transaction: %w", err)
	}
	// After a commit this does nothing; its error adds nothing to the first one.
	defer func() { _ = tx.Rollback() }()
	if err := fn(&Tx{tx: tx, dialect: db.dialect}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("commit transaction: %w", err)
	}
	return nil
}

// Tx is one transaction. Its statements are written once for all dialects:
//
//   - ? is a parameter; {now} is the database's clock in milliseconds.
//   - SELECT … {for update} locks the rows until the end of the transaction.
//   - INSERT {or ignore} INTO … {if absent} matches no row when the key exists.
type Tx struct {
	tx      *sql.Tx
	dialect Dialect
}

// Exec runs a statement and returns how many rows it matched.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, tx.dialect.rewrite(query), args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// QueryRow runs a query of at most one row and scans it into dst. It reports
// whether there was one.
func (tx *Tx) QueryRow(ctx context.Context, query string, args []any, dst ...any) (bool, error) {
	err := tx.tx.QueryRowContext(ctx, tx.dialect.rewrite(query), args...).Scan(dst...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Query runs a query and calls scan for each row.
func (tx *Tx) Query(ctx context.Context, query string, args []any, scan func(*sql.Rows) error) error {
	rows, err := tx.tx.QueryContext(ctx, tx.dialect.rewrite(query), args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

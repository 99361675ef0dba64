package database_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/internal/database"
	"millrace/internal/servertest"
)

func TestMain(m *testing.M) { os.Exit(servertest.Main(m)) }

// onEach runs f against every database.
func onEach(t *testing.T, f func(t *testing.T, open func() *database.DB)) {
	sources := []struct {
		name string
		url  func(t *testing.T) string
	}{
		{"SQLite", func(t *testing.T) string { return "jdbc:sqlite:" + filepath.Join(t.TempDir(), "a ? b%.db") }},
		{"PostgreSQL", func(t *testing.T) string { return servertest.Postgres(t) }},
		{"MariaDB", func(t *testing.T) string { return servertest.MariaDB(t) }},
	}
	for _, s := range sources {
		t.Run(s.name, func(t *testing.T) {
			url := s.url(t)
			if s.name == "SQLite" {
				// In a URL's path "?" would begin the parameters.
				url = strings.Replace(url, "?", "-", 1)
			}
			f(t, func() *database.DB {
				db, err := database.Open(t.Context(), database.Config{URL: url})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { db.Close() })
				return db
			})
		})
	}
}

func TestMigrateConcurrently(t *testing.T) {
	steps := []database.Migration{
		{`CREATE TABLE IF NOT EXISTS millrace_t1 (id {name} NOT NULL, data {blob}, note {text}, PRIMARY KEY (id)) {options}`},
		{`CREATE TABLE IF NOT EXISTS millrace_t2 (g {group} NOT NULL, id {name} NOT NULL, PRIMARY KEY (g, id)) {options}`},
	}
	onEach(t, func(t *testing.T, open func() *database.DB) {
		var wg sync.WaitGroup
		errs := make([]error, 4)
		for i := range errs {
			db := open()
			wg.Go(func() { errs[i] = db.Migrate(t.Context(), "test", steps) })
		}
		wg.Wait()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
		err := open().Migrate(t.Context(), "test", steps[:1])
		if err == nil || !strings.Contains(err.Error(), "run a newer program") {
			t.Errorf("an older program got %v", err)
		}
	})
}

func TestClockIsUTCMillis(t *testing.T) {
	onEach(t, func(t *testing.T, open func() *database.DB) {
		var now int64
		before := time.Now().UnixMilli()
		err := open().Read(t.Context(), func(tx *database.Tx) error {
			_, err := tx.QueryRow(t.Context(), "SELECT {now}", nil, &now)
			return err
		})
		after := time.Now().UnixMilli()
		// A millisecond either way is rounding.
		if err != nil || now < before-1 || now > after+1 {
			t.Errorf("the database's clock says %d, ours %d to %d (%v)", now, before, after, err)
		}
	})
}

func TestWritersDoNotLoseUpdates(t *testing.T) {
	step := database.Migration{`CREATE TABLE IF NOT EXISTS millrace_counter (id {name} NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (id)) {options}`}
	onEach(t, func(t *testing.T, open func() *database.DB) {
		ctx := t.Context()
		const writers, each = 4, 25
		var wg sync.WaitGroup
		errs := make([]error, writers)
		for i := range errs {
			db := open()
			if err := db.Migrate(ctx, "counter", []database.Migration{step}); err != nil {
				t.Fatal(err)
			}
			wg.Go(func() {
				for range each {
					errs[i] = errors.Join(errs[i], db.Write(ctx, func(tx *database.Tx) error { return increment(ctx, tx) }))
				}
			})
		}
		wg.Wait()
		var n int64
		err := open().Read(ctx, func(tx *database.Tx) error {
			_, err := tx.QueryRow(ctx, "SELECT n FROM millrace_counter WHERE id = ?", []any{"c"}, &n)
			return err
		})
		if err := errors.Join(append(errs, err)...); err != nil || n != writers*each {
			t.Errorf("counter is %d, want %d (%v)", n, writers*each, err)
		}
	})
}

func increment(ctx context.Context, tx *database.Tx) error {
	if _, err := tx.Exec(ctx, "INSERT {or ignore} INTO millrace_counter (id, n) VALUES (?, 0) {if absent}", "c"); err != nil {
		return err
	}
	var n int64
	if _, err := tx.QueryRow(ctx, "SELECT n FROM millrace_counter WHERE id = ? {for update}", []any{"c"}, &n); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "UPDATE millrace_counter SET n = ? WHERE id = ?", n+1, "c")
	return err
}

func TestRollbackAndMatches(t *testing.T) {
	step := database.Migration{`CREATE TABLE IF NOT EXISTS millrace_dup (id {name} NOT NULL, PRIMARY KEY (id)) {options}`}
	onEach(t, func(t *testing.T, open func() *database.DB) {
		ctx, db := t.Context(), open()
		if err := db.Migrate(ctx, "dup", []database.Migration{step}); err != nil {
			t.Fatal(err)
		}
		insert := func(tx *database.Tx) error {
			_, err := tx.Exec(ctx, "INSERT INTO millrace_dup (id) VALUES (?)", "x")
			return err
		}
		refuse := errors.New("no")
		err := db.Write(ctx, func(tx *database.Tx) error { return errors.Join(insert(tx), refuse) })
		if !errors.Is(err, refuse) {
			t.Fatalf("got %v", err)
		}
		if err := db.Write(ctx, insert); err != nil {
			t.Fatalf("the row of a transaction that failed is still there: %v", err)
		}
		if err := db.Write(ctx, insert); err == nil {
			t.Error("a second insert of one key did not fail")
		}
		// An update that changes nothing matches its row all the same.
		err = db.Write(ctx, func(tx *database.Tx) error {
			n, err := tx.Exec(ctx, "UPDATE millrace_dup SET id = ? WHERE id = ?", "x", "x")
			if n != 1 {
				return fmt.Errorf("it matched %d rows", n)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

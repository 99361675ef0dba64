package sql_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"millrace/internal/database"
	"millrace/internal/servertest"
	"millrace/pkg/coordination"
	coordinationsql "millrace/pkg/coordination/sql"
	"millrace/pkg/coordination/storetest"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(processURL); url != "" {
		os.Exit(runProcess(url, os.Getenv(processNode)))
	}
	code := servertest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func TestConformanceOnSQLite(t *testing.T) {
	conform(t, func(t *testing.T) string { return sqliteURL(t) })
}

func TestConformanceOnPostgreSQL(t *testing.T) {
	url := servertest.Postgres(t)
	conform(t, func(*testing.T) string { return url })
}

func TestConformanceOnMariaDB(t *testing.T) {
	url := servertest.MariaDB(t)
	conform(t, func(*testing.T) string { return url })
}

func sqliteURL(t *testing.T) string {
	return "jdbc:sqlite:" + filepath.Join(t.TempDir(), "coordination.db")
}

func conform(t *testing.T, url func(*testing.T) string) {
	storetest.Run(t, func(t *testing.T) storetest.Harness {
		t.Parallel() // most of the time passes while waiting for leases to expire
		url := url(t)
		stores := make([]coordination.Store, 2)
		for i := range stores {
			stores[i] = openStore(t, url)
		}
		return storetest.Harness{Stores: stores, Pass: func(d time.Duration) { pass(t.Context(), d) }}
	})
}

func openStore(t *testing.T, url string) coordination.Store {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	store, err := coordinationsql.New(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// pass waits for real time: the clock is the database's.
func pass(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

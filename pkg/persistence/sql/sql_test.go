package sql_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"millrace/internal/database"
	"millrace/internal/servertest"
	"millrace/pkg/persistence"
	"millrace/pkg/persistence/desired"
	persistencesql "millrace/pkg/persistence/sql"
	"millrace/pkg/persistence/storetest"
)

func TestMain(m *testing.M) {
	code := servertest.Main(m)
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// sources are the databases that the suites run on.
var sources = []struct {
	name string
	url  func(*testing.T) string
}{
	{"SQLite", func(t *testing.T) string { return "jdbc:sqlite:" + filepath.Join(t.TempDir(), "persistence.db") }},
	{"PostgreSQL", func(t *testing.T) string { return servertest.Postgres(t) }},
	{"MariaDB", func(t *testing.T) string { return servertest.MariaDB(t) }},
}

func open(t *testing.T, url string) *database.DB {
	t.Helper()
	db, err := database.Open(t.Context(), database.Config{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// empty removes all rows that an earlier test left in a shared server.
func empty(t *testing.T, db *database.DB, tables ...string) {
	t.Helper()
	err := db.Write(t.Context(), func(tx *database.Tx) error {
		for _, table := range tables {
			if _, err := tx.Exec(t.Context(), "DELETE FROM "+table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSnapshots(t *testing.T) {
	for _, source := range sources {
		t.Run(source.name, func(t *testing.T) {
			url := source.url(t)
			storetest.Run(t, func(t *testing.T) [2]persistence.Store {
				var stores [2]persistence.Store
				for i := range stores {
					db := open(t, url)
					s, err := persistencesql.NewSnapshots(t.Context(), db)
					if err != nil {
						t.Fatal(err)
					}
					if i == 0 {
						empty(t, db, "millrace_snapshot_head", "millrace_snapshot", "millrace_snapshot_chunk")
					}
					stores[i] = s
				}
				return stores
			})
		})
	}
}

func TestDesired(t *testing.T) {
	for _, source := range sources {
		t.Run(source.name, func(t *testing.T) {
			url := source.url(t)
			storetest.RunDesired(t, func(t *testing.T) func(string) desired.Store {
				first := true
				return func(group string) desired.Store {
					db := open(t, url)
					s, err := persistencesql.NewDesired(t.Context(), db, group)
					if err != nil {
						t.Fatal(err)
					}
					if first {
						empty(t, db, "millrace_fence", "millrace_app", "millrace_worker", "millrace_placement")
						first = false
					}
					return s
				}
			})
		})
	}
}

// TestLostChunk removes a row behind the store's back: the revision is damaged,
// not shorter.
func TestLostChunk(t *testing.T) {
	db := open(t, sources[0].url(t))
	store, err := persistencesql.NewSnapshots(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	rs, err := persistence.New(store, persistence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	first, err := rs.Save(t.Context(), persistence.Snapshot{App: "a", Payload: []byte("old")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rs.Save(t.Context(), persistence.Snapshot{App: "a", Payload: []byte("new")}); err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *database.Tx) error {
		_, err := tx.Exec(t.Context(), "DELETE FROM millrace_snapshot_chunk WHERE millis = (SELECT MAX(millis) FROM millrace_snapshot)")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s, damaged, err := rs.Last(t.Context(), "a")
	if err != nil || s.Revision != first || string(s.Payload) != "old" || len(damaged) != 1 {
		t.Errorf("last is %s, damaged %v (%v)", s.Revision, damaged, err)
	}
}

package file_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"millrace/pkg/persistence"
	"millrace/pkg/persistence/file"
	"millrace/pkg/persistence/storetest"
)

func TestConformance(t *testing.T) {
	t.Run("machine", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) [2]persistence.Store {
			location := filepath.Join(t.TempDir(), "siddhi-app-persistence")
			return [2]persistence.Store{newStore(t, location, nil), newStore(t, location, nil)}
		})
	})
	t.Run("strict", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) [2]persistence.Store {
			s := newStore(t, "/state", newStrictFS(1))
			return [2]persistence.Store{s, s} // it is one process's
		})
	})
}

func newStore(t *testing.T, location string, fsys file.FS) *file.Snapshots {
	t.Helper()
	s, err := file.NewSnapshots(location, fsys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLayoutIsThatOfWSO2SP(t *testing.T) {
	location := t.TempDir()
	rs := revisions(t, newStore(t, location, nil))
	rev, err := rs.Save(t.Context(), persistence.Snapshot{App: "Temperature-group-1", Payload: []byte("x")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(location, "Temperature-group-1", string(rev))); err != nil {
		t.Error(err)
	}
	// The password of an app's source may be in its state.
	info, err := os.Stat(filepath.Join(location, "Temperature-group-1"))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the app's directory: %v (%v)", info.Mode(), err)
	}
}

func revisions(t *testing.T, s persistence.Store) *persistence.Revisions {
	t.Helper()
	rs, err := persistence.New(s, persistence.Options{RevisionsToKeep: 2, Now: func() time.Time { return time.UnixMilli(1000) }})
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

// TestTornFile damages the newest file on the disk.
func TestTornFile(t *testing.T) {
	location := t.TempDir()
	rs := revisions(t, newStore(t, location, nil))
	for _, payload := range []string{"old", "new"} {
		if _, err := rs.Save(t.Context(), persistence.Snapshot{App: "a", Payload: []byte(strings.Repeat(payload, 1000))}); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Truncate(filepath.Join(location, "a", "1001__a"), 100); err != nil {
		t.Fatal(err)
	}
	s, damaged, err := rs.Last(t.Context(), "a")
	if err != nil || s.Revision != "1000__a" || len(damaged) != 1 {
		t.Errorf("last is %s, damaged %v (%v)", s.Revision, damaged, err)
	}
}

// TestCrashAtEveryCall lets the machine die at the first, second, … call that
// changes the file system. After each: what Save confirmed is there, nothing is
// damaged, an older writer stays out, and saving goes on.
func TestCrashAtEveryCall(t *testing.T) {
	crashes := 0
	for seed := range uint64(20) {
		for failAt := 1; ; failAt++ {
			crashed, err := crashAt(t, seed, failAt)
			if err != nil {
				t.Fatalf("seed %d, call %d: %v", seed, failAt, err)
			}
			if !crashed {
				break
			}
			crashes++
		}
	}
	if crashes < 20*30 {
		t.Errorf("only %d crashes", crashes)
	}
}

func payload(i int) []byte { return bytes.Repeat([]byte{byte(i)}, 300*i) }

// crashAt saves four snapshots and deletes all once, until the machine dies.
func crashAt(t *testing.T, seed uint64, failAt int) (crashed bool, err error) {
	ctx := t.Context()
	fsys := newStrictFS(seed)
	fsys.failAt = failAt
	rs := revisions(t, newStore(t, "/var/state", fsys))
	confirmed, tried := 0, 0
	for i := 1; i <= 4 && !crashed; i++ {
		tried = i
		rev, err := rs.Save(ctx, persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: persistence.Epoch(i)}, Payload: payload(i)})
		if rev != "" {
			confirmed = i // the clean-up may still have failed
		}
		crashed = err != nil
	}
	fsys.crash()

	// The next process on this machine.
	rs = revisions(t, newStore(t, "/var/state", fsys))
	s, damaged, err := rs.Last(ctx, "a")
	switch {
	case len(damaged) > 0:
		return crashed, fmt.Errorf("a torn revision is visible: %v", damaged)
	case errors.Is(err, persistence.ErrNoRevision) && confirmed == 0:
	case err != nil:
		return crashed, err
	case int(s.Writer.Epoch) < confirmed || int(s.Writer.Epoch) > tried:
		return crashed, fmt.Errorf("snapshot %d was confirmed, %d tried, %d is there", confirmed, tried, s.Writer.Epoch)
	case !bytes.Equal(s.Payload, payload(int(s.Writer.Epoch))):
		return crashed, fmt.Errorf("snapshot %d has another payload", s.Writer.Epoch)
	}
	if visible := s.Writer.Epoch; visible > 0 {
		_, err = rs.Save(ctx, persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: visible - 1}})
		if !errors.Is(err, persistence.ErrStaleWriter) {
			return crashed, fmt.Errorf("the writer before that of the visible snapshot: %v", err)
		}
	}
	rev, err := rs.Save(ctx, persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: 9}, Payload: payload(9)})
	if err != nil {
		return crashed, fmt.Errorf("save after the crash: %w", err)
	}
	if s, _, err := rs.Last(ctx, "a"); err != nil || s.Revision != rev {
		return crashed, fmt.Errorf("last after the crash is %s, want %s (%v)", s.Revision, rev, err)
	}
	infos, err := fsys.ReadDir("/var/state/a")
	for _, info := range infos {
		if strings.HasPrefix(info.Name, ".tmp-") {
			return crashed, fmt.Errorf("%s is left", info.Name)
		}
	}
	return crashed, err
}

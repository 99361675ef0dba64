package persistence_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"millrace/pkg/persistence"
	"millrace/pkg/persistence/memory"
)

func TestRevisionSplit(t *testing.T) {
	f := func(rev persistence.Revision, millis int64, app string) {
		t.Helper()
		gotMillis, gotApp, err := rev.Split()
		if err != nil || gotMillis != millis || gotApp != app {
			t.Errorf("%s is %d, %q (%v)", rev, gotMillis, gotApp, err)
		}
		if again := persistence.NewRevision(millis, app); again != rev {
			t.Errorf("%s is written %s", rev, again)
		}
	}
	f("1530000000000__App", 1530000000000, "App")
	f("0__a__b", 0, "a__b") // WSO2 SP fails on such a name
	for _, bad := range []persistence.Revision{"", "App", "x__App", "1__", "-1__App", "01__App", "1_App", "1530000000000"} {
		if _, _, err := bad.Split(); err == nil {
			t.Errorf("%q was taken", bad)
		}
		if !bad.Time().IsZero() {
			t.Errorf("%q has a time", bad)
		}
	}
	if got := persistence.Revision("1500__App").Time(); !got.Equal(time.UnixMilli(1500)) {
		t.Errorf("time is %v", got)
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := persistence.New(memory.NewSnapshots(), persistence.Options{RevisionsToKeep: -1}); err == nil {
		t.Error("it keeps -1 revisions")
	}
}

func TestSaveRefusesNames(t *testing.T) {
	rs, err := persistence.New(memory.NewSnapshots(), persistence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, app := range []string{"", " a", "a ", strings.Repeat("a", 501), "\xff"} {
		if _, err := rs.Save(t.Context(), persistence.Snapshot{App: app}); err == nil {
			t.Errorf("app name %q was taken", app)
		}
	}
	if _, err := rs.Load(t.Context(), "a", "1__b"); !errors.Is(err, persistence.ErrNoRevision) {
		t.Errorf("another app's revision: %v", err)
	}
}

func TestSaveCompresses(t *testing.T) {
	store := memory.NewSnapshots()
	rs, err := persistence.New(store, persistence.Options{})
	if err != nil {
		t.Fatal(err)
	}
	payload := bytes.Repeat([]byte("siddhi "), 100_000)
	if _, err := rs.Save(t.Context(), persistence.Snapshot{App: "a", Payload: payload}); err != nil {
		t.Fatal(err)
	}
	infos, err := rs.List(t.Context(), "a")
	if err != nil || len(infos) != 1 || infos[0].SizeBytes > int64(len(payload)/100) {
		t.Errorf("%d bytes are kept as %+v (%v)", len(payload), infos, err)
	}
	if s, _, err := rs.Last(t.Context(), "a"); err != nil || !bytes.Equal(s.Payload, payload) {
		t.Errorf("they do not come back (%v)", err)
	}
}

// failing is a store whose nth call fails.
type failing struct {
	persistence.Store
	calls, failAt int
}

var errFailed = errors.New("the store failed")

func (f *failing) fail() error {
	if f.calls++; f.calls == f.failAt {
		return errFailed
	}
	return nil
}

func (f *failing) Put(ctx context.Context, e persistence.Entry) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Store.Put(ctx, e)
}

func (f *failing) List(ctx context.Context, app string) ([]persistence.Info, error) {
	if err := f.fail(); err != nil {
		return nil, err
	}
	return f.Store.List(ctx, app)
}

func (f *failing) Head(ctx context.Context, app string) (persistence.Head, error) {
	if err := f.fail(); err != nil {
		return persistence.Head{}, err
	}
	return f.Store.Head(ctx, app)
}

func (f *failing) Delete(ctx context.Context, app string, millis ...int64) error {
	if err := f.fail(); err != nil {
		return err
	}
	return f.Store.Delete(ctx, app, millis...)
}

// TestSaveFailsAtEveryCall: an error is always reported, and a revision is
// returned exactly when the snapshot is there.
func TestSaveFailsAtEveryCall(t *testing.T) {
	for failAt := 1; ; failAt++ {
		store := &failing{Store: memory.NewSnapshots(), failAt: failAt}
		rs, err := persistence.New(store, persistence.Options{RevisionsToKeep: 1})
		if err != nil {
			t.Fatal(err)
		}
		var failed bool
		for i := range 2 {
			rev, err := rs.Save(t.Context(), persistence.Snapshot{App: "a", Payload: []byte{byte(i)}})
			if err != nil && !errors.Is(err, errFailed) {
				t.Fatalf("call %d: %v", failAt, err)
			}
			failed = failed || err != nil
			infos, listErr := store.Store.List(t.Context(), "a")
			there := len(infos) > 0 && infos[0].Revision == rev
			if listErr != nil || (rev != "") != there || (rev == "" && err == nil) {
				t.Errorf("call %d: revision %q, error %v, kept %v (%v)", failAt, rev, err, infos, listErr)
			}
		}
		if !failed {
			if failAt < 5 {
				t.Errorf("saving twice took only %d calls", failAt-1)
			}
			return
		}
	}
}

package storetest

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"millrace/pkg/persistence"
)

func testRevisions(t *testing.T, stores [2]persistence.Store) {
	ctx := t.Context()
	rs := newRevisions(t, stores[0], 2, 1_700_000_000_000)
	if _, _, err := rs.Last(ctx, "a"); !errors.Is(err, persistence.ErrNoRevision) {
		t.Errorf("last of nothing: %v", err)
	}
	var revs []persistence.Revision
	for i := range 4 {
		rev, err := rs.Save(ctx, persistence.Snapshot{
			App: "a", Writer: persistence.Writer{Epoch: 1, Generation: 2}, AppHash: "abc", Format: 3,
			Payload: bytes.Repeat([]byte{byte(i)}, 1000),
		})
		if err != nil {
			t.Fatal(err)
		}
		revs = append(revs, rev)
	}
	if revs[0] != "1700000000000__a" || revs[3] != "1700000000003__a" {
		t.Errorf("four saves in one millisecond are named %v", revs)
	}
	wantTimes(t, stores[1], "a", 1_700_000_000_003, 1_700_000_000_002)

	// A process whose clock is behind, over the other store.
	late := newRevisions(t, stores[1], 2, 1_600_000_000_000)
	s, damaged, err := late.Last(ctx, "a")
	if err != nil || len(damaged) != 0 {
		t.Fatalf("last: %v, damaged %v", err, damaged)
	}
	if s.App != "a" || s.Revision != revs[3] || s.Writer != (persistence.Writer{Epoch: 1, Generation: 2}) || s.AppHash != "abc" || s.Format != 3 ||
		!bytes.Equal(s.Payload, bytes.Repeat([]byte{3}, 1000)) {
		t.Errorf("last is %+v", s)
	}
	if rev, err := late.Save(ctx, persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: 2}}); err != nil || rev != "1700000000004__a" {
		t.Errorf("a clock that is behind names %s (%v)", rev, err)
	}
	if _, err := rs.Save(ctx, persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: 1, Generation: 2}}); !errors.Is(err, persistence.ErrStaleWriter) {
		t.Errorf("a writer that was replaced saved: %v", err)
	}
	if _, err := rs.Load(ctx, "a", revs[0]); !errors.Is(err, persistence.ErrNoRevision) {
		t.Errorf("load of what was removed: %v", err)
	}
	if s, err := rs.Load(ctx, "a", revs[3]); err != nil || s.Revision != revs[3] {
		t.Errorf("load: %+v (%v)", s, err)
	}
	if err := rs.DeleteAll(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	wantTimes(t, stores[0], "a")
	if rev, err := late.Save(ctx, persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: 2}}); err != nil || rev != "1700000000005__a" {
		t.Errorf("a name was used twice: %s (%v)", rev, err)
	}
	if err := rs.Forget(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if rev, err := rs.Save(ctx, persistence.Snapshot{App: "a"}); err != nil || rev != revs[0] {
		t.Errorf("after all was forgotten the name is %s (%v)", rev, err)
	}
}

// corrupt is a store whose data of one revision comes back changed.
type corrupt struct {
	persistence.Store
	millis int64
	change func([]byte) []byte
}

func (c *corrupt) Get(ctx context.Context, app string, millis int64) ([]byte, error) {
	data, err := c.Store.Get(ctx, app, millis)
	if err == nil && millis == c.millis {
		data = c.change(data)
	}
	return data, err
}

func testDamage(t *testing.T, stores [2]persistence.Store) {
	ctx := t.Context()
	rs := newRevisions(t, stores[0], 3, 1000)
	for i := range 3 {
		if _, err := rs.Save(ctx, persistence.Snapshot{App: "a", Payload: bytes.Repeat([]byte{byte(i)}, 5000)}); err != nil {
			t.Fatal(err)
		}
	}
	for name, change := range map[string]func([]byte) []byte{
		"a bit":    func(b []byte) []byte { b[len(b)/2] ^= 4; return b },
		"torn":     func(b []byte) []byte { return b[:len(b)/2] },
		"empty":    func([]byte) []byte { return nil },
		"too long": func(b []byte) []byte { return append(b, 0) },
		"swapped":  func([]byte) []byte { b, _ := stores[0].Get(ctx, "a", 1001); return b },
	} {
		damagedStore := newRevisions(t, &corrupt{stores[1], 1002, change}, 3, 1000)
		s, damaged, err := damagedStore.Last(ctx, "a")
		if err != nil || s.Revision != "1001__a" || len(damaged) != 1 || !errors.Is(damaged[0], persistence.ErrDamaged) {
			t.Errorf("%s: last is %s, damaged %v, error %v", name, s.Revision, damaged, err)
		}
		if _, err := damagedStore.Load(ctx, "a", "1002__a"); !errors.Is(err, persistence.ErrDamaged) {
			t.Errorf("%s: load: %v", name, err)
		}
	}
}

// Package storetest is the conformance suite of persistence.Store (Run) and of
// desired.Store (RunDesired): every implementation runs it in its own tests.
//
// It imports pkg/persistence and its subpackage desired.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"millrace/pkg/persistence"
)

// Run runs the suite for snapshots. open returns two stores over the same empty
// place, as two processes have them.
func Run(t *testing.T, open func(t *testing.T) [2]persistence.Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, [2]persistence.Store)
	}{
		{"nothing", testNothing},
		{"put and get", testPutAndGet},
		{"order", testOrder},
		{"writers", testWriters},
		{"delete and forget", testDelete},
		{"names", testNames},
		{"large", testLarge},
		{"concurrent writers", testConcurrent},
		{"cancelled", testCancelled},
		{"revisions", testRevisions},
		{"damage", testDamage},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

func put(t *testing.T, s persistence.Store, app string, millis int64, w persistence.Writer, data string) {
	t.Helper()
	err := s.Put(t.Context(), persistence.Entry{App: app, Millis: millis, Writer: w, Data: []byte(data)})
	if err != nil {
		t.Fatalf("put %s at %d: %v", app, millis, err)
	}
}

func wantTimes(t *testing.T, s persistence.Store, app string, want ...int64) {
	t.Helper()
	infos, err := s.List(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, info := range infos {
		millis, of, err := info.Revision.Split()
		if err != nil || of != app {
			t.Fatalf("revision %q of app %q: %v", info.Revision, app, err)
		}
		got = append(got, millis)
	}
	if !slices.Equal(got, want) {
		t.Errorf("revisions of %s are at %v, want %v", app, got, want)
	}
}

func testNothing(t *testing.T, stores [2]persistence.Store) {
	s, ctx := stores[0], t.Context()
	wantTimes(t, s, "a")
	if apps, err := s.Apps(ctx); err != nil || len(apps) != 0 {
		t.Errorf("apps are %v (%v)", apps, err)
	}
	if h, err := s.Head(ctx, "a"); err != nil || h != (persistence.Head{}) {
		t.Errorf("head is %v (%v)", h, err)
	}
	if _, err := s.Get(ctx, "a", 1); !errors.Is(err, persistence.ErrNoRevision) {
		t.Errorf("get: %v", err)
	}
	if err := errors.Join(s.Delete(ctx, "a"), s.Delete(ctx, "a", 1), s.Forget(ctx, "a")); err != nil {
		t.Errorf("removing what is not there: %v", err)
	}
}

func testPutAndGet(t *testing.T, stores [2]persistence.Store) {
	s, other := stores[0], stores[1]
	binary := "\x00\xff'\"\\\n" + strings.Repeat("x", 100)
	put(t, s, "a", 1_700_000_000_000, persistence.Writer{Epoch: 3, Generation: 5}, binary)
	put(t, s, "b", 5, persistence.Writer{}, "")
	data, err := other.Get(t.Context(), "a", 1_700_000_000_000)
	if err != nil || string(data) != binary {
		t.Errorf("got %q (%v)", data, err)
	}
	clear(data)
	if again, err := s.Get(t.Context(), "a", 1_700_000_000_000); err != nil || string(again) != binary {
		t.Errorf("changing what was got changed what is kept: %q (%v)", again, err)
	}
	if data, err := other.Get(t.Context(), "b", 5); err != nil || len(data) != 0 {
		t.Errorf("empty data came back as %q (%v)", data, err)
	}
	if apps, err := other.Apps(t.Context()); err != nil || !slices.Equal(apps, []string{"a", "b"}) {
		t.Errorf("apps are %v (%v)", apps, err)
	}
	infos, err := other.List(t.Context(), "a")
	if err != nil || len(infos) != 1 || infos[0].SizeBytes != int64(len(binary)) {
		t.Errorf("list is %+v (%v)", infos, err)
	}
}

func testOrder(t *testing.T, stores [2]persistence.Store) {
	s, ctx := stores[0], t.Context()
	for _, millis := range []int64{9, 10, 99, 100} { // not in the order of text
		put(t, s, "a", millis, persistence.Writer{}, "x")
	}
	wantTimes(t, stores[1], "a", 100, 99, 10, 9)
	for _, millis := range []int64{100, 50} {
		err := stores[1].Put(ctx, persistence.Entry{App: "a", Millis: millis, Data: []byte("y")})
		if !errors.Is(err, persistence.ErrNotAfter) {
			t.Errorf("put at %d after 100: %v", millis, err)
		}
	}
	if h, err := s.Head(ctx, "a"); err != nil || h.Millis != 100 {
		t.Errorf("head is %+v (%v)", h, err)
	}
}

func testWriters(t *testing.T, stores [2]persistence.Store) {
	ctx := t.Context()
	put(t, stores[0], "a", 1, persistence.Writer{Epoch: 2, Generation: 7}, "x")
	put(t, stores[1], "a", 2, persistence.Writer{Epoch: 2, Generation: 7}, "x") // as new is fine
	put(t, stores[1], "a", 3, persistence.Writer{Epoch: 3, Generation: 1}, "x") // the epoch comes first
	for _, old := range []persistence.Writer{{}, {Epoch: 2, Generation: 9}, {Epoch: 3, Generation: 0}} {
		err := stores[0].Put(ctx, persistence.Entry{App: "a", Millis: 4, Writer: old, Data: []byte("z")})
		var stale *persistence.StaleWriterError
		if !errors.Is(err, persistence.ErrStaleWriter) || !errors.As(err, &stale) {
			t.Errorf("put by %v: %v", old, err)
		} else if stale.Writer != old || stale.Newest != (persistence.Writer{Epoch: 3, Generation: 1}) {
			t.Errorf("the error carries %+v", stale)
		}
	}
	wantTimes(t, stores[0], "a", 3, 2, 1)
	put(t, stores[0], "b", 1, persistence.Writer{}, "x") // writers are per app
}

func testDelete(t *testing.T, stores [2]persistence.Store) {
	ctx := t.Context()
	w := persistence.Writer{Epoch: 4}
	for millis := range int64(5) {
		put(t, stores[0], "a", millis+1, w, "x")
	}
	put(t, stores[0], "b", 3, w, "x")
	if err := stores[1].Delete(ctx, "a", 2, 4, 77); err != nil {
		t.Fatal(err)
	}
	wantTimes(t, stores[0], "a", 5, 3, 1)
	if err := stores[1].Delete(ctx, "a", 5, 3, 1); err != nil {
		t.Fatal(err)
	}
	wantTimes(t, stores[0], "a")
	if h, err := stores[0].Head(ctx, "a"); err != nil || h != (persistence.Head{Writer: w, Millis: 5}) {
		t.Errorf("the head did not outlive the revisions: %+v (%v)", h, err)
	}
	if err := stores[0].Put(ctx, persistence.Entry{App: "a", Millis: 9}); !errors.Is(err, persistence.ErrStaleWriter) {
		t.Errorf("an old writer came back after the revisions were deleted: %v", err)
	}
	wantTimes(t, stores[0], "b", 3)
	if apps, err := stores[0].Apps(ctx); err != nil || !slices.Equal(apps, []string{"b"}) {
		t.Errorf("apps are %v (%v)", apps, err)
	}
	put(t, stores[0], "a", 6, w, "x")
	if err := stores[1].Forget(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	wantTimes(t, stores[0], "a")
	put(t, stores[0], "a", 1, persistence.Writer{}, "x")
	wantTimes(t, stores[0], "b", 3)
}

func testNames(t *testing.T, stores [2]persistence.Store) {
	long := strings.Repeat("App-with-a-long-name-", 20)
	names := []string{
		"App", "app", "App-group-1", "a__b", "a/b", "..", ".", "a b", "100%", "%31", "naïve", `a\b`, "con", "a'b",
		long, long + "1", long + "2",
	}
	for i, name := range names {
		put(t, stores[0], name, int64(i+1), persistence.Writer{}, name)
	}
	for i, name := range names {
		wantTimes(t, stores[1], name, int64(i+1))
		if data, err := stores[1].Get(t.Context(), name, int64(i+1)); err != nil || string(data) != name {
			t.Errorf("%q came back as %q (%v)", name, data, err)
		}
	}
	apps, err := stores[1].Apps(t.Context())
	slices.Sort(names)
	slices.Sort(apps) // databases collate in ways of their own
	if err != nil || !slices.Equal(apps, names) {
		t.Errorf("apps are %q, want %q (%v)", apps, names, err)
	}
}

func testLarge(t *testing.T, stores [2]persistence.Store) {
	data := make([]byte, 5<<20+13) // several rows, the last one not full
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(data) // it never fails
	err := stores[0].Put(t.Context(), persistence.Entry{App: "a", Millis: 1, Data: data})
	if err != nil {
		t.Fatal(err)
	}
	got, err := stores[1].Get(t.Context(), "a", 1)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes came back as %d other ones (%v)", len(data), len(got), err)
	}
}

// testConcurrent lets two processes save one app: names must rise and no save of
// the older writer may follow one of the newer.
func testConcurrent(t *testing.T, stores [2]persistence.Store) {
	const each = 10
	var wg sync.WaitGroup
	var mu sync.Mutex
	saved := make(map[persistence.Revision]bool)
	for i, store := range stores {
		rs := newRevisions(t, store, 1000, 42)
		for range 2 {
			wg.Go(func() {
				for range each {
					rev, err := rs.Save(t.Context(), persistence.Snapshot{App: "a", Writer: persistence.Writer{Epoch: 1}, Payload: []byte{byte(i)}})
					mu.Lock()
					if err == nil && saved[rev] {
						t.Errorf("two saves have the name %s", rev)
					}
					if err != nil && !errors.Is(err, persistence.ErrNotAfter) {
						t.Errorf("save: %v", err) // losing the name ten times in a row is no fault
					}
					saved[rev] = true
					mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	delete(saved, "")
	infos, err := stores[0].List(t.Context(), "a")
	if err != nil || len(infos) != len(saved) || len(saved) < each {
		t.Errorf("%d saves left %d revisions (%v)", len(saved), len(infos), err)
	}
}

func testCancelled(t *testing.T, stores [2]persistence.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := stores[0].Put(ctx, persistence.Entry{App: "a", Millis: 1, Data: []byte("x")}); err == nil {
		t.Error("put did not heed its context")
	}
	wantTimes(t, stores[0], "a")
}

// newRevisions returns a Revisions whose clock stands still at millis.
func newRevisions(t *testing.T, s persistence.Store, keep int, millis int64) *persistence.Revisions {
	t.Helper()
	rs, err := persistence.New(s, persistence.Options{RevisionsToKeep: keep, Now: func() time.Time { return time.UnixMilli(millis) }})
	if err != nil {
		t.Fatal(err)
	}
	return rs
}

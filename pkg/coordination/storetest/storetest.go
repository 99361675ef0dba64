// Package storetest is the conformance suite of coordination.Store: every
// implementation runs it in its own tests.
//
// It imports pkg/coordination only.
package storetest

import (
	"sync"
	"testing"
	"time"

	"millrace/pkg/coordination"
)

// Harness is how the suite reaches a store. Each test gets one of its own; groups
// in it have names that no other test uses.
type Harness struct {
	// Stores are at least two ways to the same rows, as of two processes.
	Stores []coordination.Store
	// Pass lets about d pass on the store's clock.
	Pass func(d time.Duration)
}

// expiry is long enough for a slow database to do a few statements in.
const expiry = 2 * time.Second

// Run runs the suite; open returns a fresh Harness.
func Run(t *testing.T, open func(t *testing.T) Harness) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, *fixture)
	}{
		{"an empty group", testEmpty},
		{"first lease", testFirstLease},
		{"renewal is conditional", testRenewal},
		{"a lease is taken only when expired", testExpiry},
		{"a claim on what has changed fails", testStaleClaim},
		{"one of many wins", testRace},
		{"resign and leave", testResign},
		{"own lease of an earlier term", testOwnLease},
		{"members", testMembers},
		{"two processes of one id", testDuplicate},
		{"dead members are forgotten", testForget},
		{"groups are apart", testGroups},
	} {
		t.Run(test.name, func(t *testing.T) {
			h := open(t)
			test.run(t, &fixture{T: t, Harness: h, group: t.Name()})
		})
	}
}

type fixture struct {
	*testing.T
	Harness
	group string
}

func (f *fixture) id(node, incarnation string) coordination.Identity {
	return coordination.Identity{Group: f.group, Node: coordination.NodeID(node), Incarnation: incarnation}
}

func (f *fixture) beat(id coordination.Identity, renew coordination.Epoch) coordination.View {
	f.Helper()
	return f.beatWith(coordination.Heartbeat{Identity: id, Expiry: expiry, Renew: renew})
}

func (f *fixture) beatWith(hb coordination.Heartbeat) coordination.View {
	f.Helper()
	v, err := f.Stores[0].Heartbeat(f.Context(), hb)
	if err != nil {
		f.Fatal(err)
	}
	return v
}

func (f *fixture) take(id coordination.Identity, seen coordination.Lease, want bool) {
	f.Helper()
	got, err := f.Stores[1].Take(f.Context(), coordination.Claim{Identity: id, Seen: seen, Expiry: expiry})
	if err != nil {
		f.Fatal(err)
	}
	if got != want {
		f.Fatalf("take of %+v by %s: %v, want %v", seen, id.Node, got, want)
	}
}

// passUntil lets time pass until the lease, or the node's row, is d old.
func (f *fixture) passUntil(observer coordination.Identity, d time.Duration, age func(coordination.View) time.Duration) coordination.View {
	f.Helper()
	for range 1000 {
		v := f.beat(observer, 0)
		if age(v) >= d {
			return v
		}
		f.Pass(max(d-age(v), time.Millisecond))
	}
	f.Fatalf("the store's clock stands still")
	return coordination.View{}
}

func leaseAge(v coordination.View) time.Duration { return v.Lease.Age }

func row(v coordination.View, node string) (coordination.MemberRow, bool) {
	for _, m := range v.Members {
		if m.Node == coordination.NodeID(node) {
			return m, true
		}
	}
	return coordination.MemberRow{}, false
}

func testEmpty(t *testing.T, f *fixture) {
	v := f.beat(f.id("a", "1"), 0)
	if !v.Joined || v.Renewed || v.Lease != (coordination.Lease{}) || len(v.Members) != 1 {
		t.Errorf("first heartbeat saw %+v", v)
	}
	if v := f.beat(f.id("a", "1"), 7); v.Renewed {
		t.Error("renewed a lease that does not exist")
	}
	if err := f.Stores[0].Leave(t.Context(), f.id("nobody", "1")); err != nil {
		t.Errorf("leaving a group that one is not in: %v", err)
	}
}

func testFirstLease(t *testing.T, f *fixture) {
	a := f.id("a", "1")
	f.take(a, coordination.Lease{}, true)
	v := f.beat(f.id("b", "1"), 0)
	l := v.Lease
	if l.Age < 0 || l.Age > time.Minute {
		t.Errorf("the age of a new lease is %v", l.Age)
	}
	l.Age = 0
	if want := (coordination.Lease{Node: "a", Incarnation: "1", Epoch: 1}); l != want {
		t.Errorf("lease is %+v, want %+v", l, want)
	}
	f.take(f.id("b", "1"), coordination.Lease{}, false)
}

func testRenewal(t *testing.T, f *fixture) {
	a := f.id("a", "1")
	f.take(a, coordination.Lease{}, true)
	before := f.beat(f.id("b", "1"), 0).Lease
	v := f.beat(a, 1)
	if !v.Renewed || v.Lease.Renewals == before.Renewals || v.Lease.Epoch != 1 {
		t.Errorf("renewal left %+v, before %+v", v.Lease, before)
	}
	if f.beat(a, 2).Renewed {
		t.Error("renewed an epoch that is not the lease's")
	}
	if f.beat(f.id("b", "1"), 1).Renewed {
		t.Error("another node renewed the lease")
	}
}

func testExpiry(t *testing.T, f *fixture) {
	a, b := f.id("a", "1"), f.id("b", "1")
	f.take(a, coordination.Lease{}, true)
	seen := f.beat(a, 1).Lease
	f.take(b, seen, false)
	f.passUntil(b, expiry, leaseAge)
	f.take(b, seen, true)
	if v := f.beat(a, 1); v.Renewed || v.Lease.Epoch != 2 || v.Lease.Node != "b" {
		t.Errorf("the former leader saw %+v", v)
	}
}

func testStaleClaim(t *testing.T, f *fixture) {
	a, b := f.id("a", "1"), f.id("b", "1")
	f.take(a, coordination.Lease{}, true)
	seen := f.beat(b, 0).Lease
	f.beat(a, 1)
	f.passUntil(b, expiry, leaseAge)
	f.take(b, seen, false) // it was renewed since
	wrong := f.beat(b, 0).Lease
	wrong.Incarnation = "9"
	f.take(b, wrong, false)
}

func testRace(t *testing.T, f *fixture) {
	const contenders = 8
	race := func(seen coordination.Lease) (winners int) {
		results := make([]bool, contenders)
		errs := make([]error, contenders)
		var wg sync.WaitGroup
		for i := range contenders {
			claim := coordination.Claim{Identity: f.id(string(rune('a'+i)), "1"), Seen: seen, Expiry: expiry}
			store := f.Stores[i%len(f.Stores)]
			wg.Go(func() { results[i], errs[i] = store.Take(t.Context(), claim) })
		}
		wg.Wait()
		for i := range contenders {
			if errs[i] != nil {
				t.Errorf("a lost race must be no error: %v", errs[i])
			}
			if results[i] {
				winners++
			}
		}
		return winners
	}
	if n := race(coordination.Lease{}); n != 1 {
		t.Fatalf("%d nodes took the first lease", n)
	}
	v := f.passUntil(f.id("observer", "1"), expiry, leaseAge)
	if n := race(v.Lease); n != 1 {
		t.Fatalf("%d nodes took the expired lease", n)
	}
	if e := f.beat(f.id("observer", "1"), 0).Lease.Epoch; e != 2 {
		t.Errorf("epoch is %d after two leases", e)
	}
}

func testResign(t *testing.T, f *fixture) {
	a, b := f.id("a", "1"), f.id("b", "1")
	f.take(a, coordination.Lease{}, true)
	if err := f.Stores[0].Resign(t.Context(), a, 7); err != nil {
		t.Fatal(err)
	}
	if l := f.beat(b, 0).Lease; l.Node != "a" {
		t.Fatal("resigning an epoch gave up the lease of another one")
	}
	if err := f.Stores[0].Resign(t.Context(), a, 1); err != nil {
		t.Fatal(err)
	}
	l := f.beat(b, 0).Lease
	if l.Node != "" || l.Epoch != 1 {
		t.Fatalf("after the resignation the lease is %+v", l)
	}
	f.take(b, l, true) // at once, and in a new epoch
	if v := f.beat(b, 2); !v.Renewed {
		t.Errorf("the new leader could not renew: %+v", v.Lease)
	}
	if err := f.Stores[0].Leave(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	v := f.beat(a, 0)
	if _, there := row(v, "b"); there || v.Lease.Node != "" || v.Lease.Epoch != 2 {
		t.Errorf("after the leader left the group is %+v", v)
	}
}

func testOwnLease(t *testing.T, f *fixture) {
	a := f.id("a", "1")
	f.take(a, coordination.Lease{}, true)
	seen := f.beat(a, 0).Lease
	f.take(f.id("a", "2"), seen, false) // another process, though of the same id
	f.take(a, seen, true)
	if e := f.beat(a, 0).Lease.Epoch; e != 2 {
		t.Errorf("a new term of the same process has epoch %d", e)
	}
}

func testMembers(t *testing.T, f *fixture) {
	f.beatWith(coordination.Heartbeat{
		Identity: f.id("zoë", "1"), Expiry: expiry,
		Properties: coordination.Properties{"host": `ho"st 'é'`, "port": "9543"},
	})
	v := f.beat(f.id("b", "1"), 0)
	if len(v.Members) != 2 || v.Members[0].Node != "b" || v.Members[1].Node != "zoë" {
		t.Fatalf("members are %+v", v.Members)
	}
	if p := v.Members[1].Properties; len(p) != 2 || p["host"] != `ho"st 'é'` || p["port"] != "9543" {
		t.Errorf("properties came back as %v", p)
	}
	first, _ := row(v, "zoë")
	f.beat(f.id("zoë", "1"), 0)
	v = f.beat(f.id("b", "1"), 0)
	if second, _ := row(v, "zoë"); second.Heartbeats == first.Heartbeats || len(second.Properties) != 0 {
		t.Errorf("a heartbeat changed %+v to %+v", first, second)
	}
}

func testDuplicate(t *testing.T, f *fixture) {
	if !f.beat(f.id("a", "1"), 0).Joined {
		t.Fatal("the first process did not join")
	}
	v := f.beat(f.id("a", "2"), 0)
	if m, _ := row(v, "a"); v.Joined || m.Incarnation != "1" {
		t.Fatalf("a second process joined over a live one: %+v", v)
	}
	f.passUntil(f.id("observer", "1"), expiry, func(v coordination.View) time.Duration {
		m, _ := row(v, "a")
		return m.Age
	})
	if v := f.beat(f.id("a", "2"), 0); !v.Joined {
		t.Errorf("the row of a dead process keeps its successor out: %+v", v)
	}
	if v := f.beat(f.id("a", "1"), 0); v.Joined {
		t.Error("the replaced process joined again")
	}
	if err := f.Stores[0].Leave(t.Context(), f.id("a", "1")); err != nil {
		t.Fatal(err)
	}
	if _, there := row(f.beat(f.id("observer", "1"), 0), "a"); !there {
		t.Error("the replaced process removed its successor's row")
	}
}

func testForget(t *testing.T, f *fixture) {
	f.beat(f.id("old", "1"), 0)
	a := f.id("a", "1")
	f.passUntil(a, expiry, func(v coordination.View) time.Duration {
		m, _ := row(v, "old")
		return m.Age
	})
	v := f.beatWith(coordination.Heartbeat{Identity: a, Expiry: expiry, Forget: expiry - time.Millisecond})
	if _, there := row(v, "old"); there || len(v.Members) == 0 {
		t.Errorf("members are %+v, want all but the old one", v.Members)
	}
}

func testGroups(t *testing.T, f *fixture) {
	other := coordination.Identity{Group: f.group + "2", Node: "a", Incarnation: "1"}
	f.take(f.id("a", "1"), coordination.Lease{}, true)
	f.take(other, coordination.Lease{}, true)
	if v := f.beat(f.id("b", "1"), 0); len(v.Members) != 1 {
		t.Errorf("a group shows members of another: %+v", v.Members)
	}
	if v := f.beat(other, 1); !v.Renewed || len(v.Members) != 1 {
		t.Errorf("the other group: %+v", v)
	}
}

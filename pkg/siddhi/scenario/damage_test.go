package scenario_test

import (
	"math/rand/v2"
	"testing"

	"millrace/internal/randomapp"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/scenario"
)

// A damaged snapshot is refused, or, where the damage gives another valid
// state, restored: it never brings the process down.
func TestDamagedSnapshots(t *testing.T) {
	n := uint64(150)
	if testing.Short() {
		n = 20
	}
	refused := 0
	for seed := range n {
		s := generate(t, seed, randomapp.Options{Plain: true})
		snapshot := snapshotOf(t, s)
		r := rand.New(rand.NewPCG(seed, 3))
		for range 25 {
			damaged := damage(r, snapshot)
			if !restoreDamaged(t, seed, s, damaged) {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
	t.Logf("%d refused", refused)
}

func snapshotOf(t *testing.T, s *scenario.Scenario) []byte {
	t.Helper()
	app := started(t, s)
	defer app.Close()
	for _, st := range s.Steps {
		sendTo(t, app, st)
	}
	b, err := app.Snapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	return append([]byte(nil), b...)
}

func started(t *testing.T, s *scenario.Scenario) *siddhi.App {
	t.Helper()
	app, err := siddhi.Compile(s.App, siddhi.Options{Time: siddhi.Virtual, Start: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	return app
}

func sendTo(t *testing.T, app *siddhi.App, st scenario.Step) {
	t.Helper()
	if st.Send == "" {
		return
	}
	in, err := app.Input(st.Send)
	if err != nil {
		t.Fatal(err)
	}
	for i := range st.Rows {
		v := int32(i)
		err := in.Send(st.At, siddhi.String("a"), siddhi.Int(v), siddhi.Int(v+2), siddhi.Long(7), siddhi.Double(1.5), siddhi.Long(st.At))
		if err != nil {
			t.Fatal(err)
		}
	}
}

// damage flips bytes of a copy, or cuts it off.
func damage(r *rand.Rand, b []byte) []byte {
	b = append([]byte(nil), b...)
	if r.IntN(5) == 0 {
		return b[:r.IntN(len(b))]
	}
	for range 1 + r.IntN(3) {
		b[r.IntN(len(b))] ^= byte(1 + r.IntN(255))
	}
	return b
}

// restoreDamaged reports whether the snapshot was taken.
func restoreDamaged(t *testing.T, seed uint64, s *scenario.Scenario, snapshot []byte) bool {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("seed %d: %v\n%s", seed, p, s.App)
		}
	}()
	app, err := siddhi.Compile(s.App, siddhi.Options{Time: siddhi.Virtual, Start: 1000})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Restore(snapshot); err != nil {
		return false
	}
	return true
}

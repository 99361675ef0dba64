package scenario_test

import (
	"errors"
	"testing"

	"millrace/internal/randomapp"
	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/scenario"
)

// generate makes the scenario of a random app.
func generate(t *testing.T, seed uint64, opts randomapp.Options) *scenario.Scenario {
	t.Helper()
	opts.Valid = valid
	file, err := randomapp.Generate(seed, opts).File()
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Parse(file, false)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func valid(text string) bool {
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual})
	if err != nil {
		return false
	}
	app.Close()
	return true
}

// What comes out depends neither on physical batches nor on restores.
func TestRandomApps(t *testing.T) {
	n := uint64(400)
	if testing.Short() {
		n = 60
	}
	for seed := range n {
		s := generate(t, seed, randomapp.Options{NoClock: seed%3 != 0})
		plain, err := s.Run(scenario.Options{})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, s.App)
		}
		if plain.Refused != nil || len(plain.Types) == 0 {
			t.Fatalf("seed %d: %v\n%s", seed, plain.Refused, s.App)
		}
		for _, opts := range []scenario.Options{{Batch: 2}, {Batch: 5}, {Batch: 1024}, {RestoreEach: true}} {
			got, err := s.Run(opts)
			if errors.Is(err, scenario.ErrUnsupported) {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d, %+v: %v\n%s", seed, opts, err, s.App)
			}
			for _, d := range scenario.Same(plain, got) {
				t.Errorf("seed %d, %+v: %s\n%s", seed, opts, d, s.App)
				break
			}
		}
	}
}

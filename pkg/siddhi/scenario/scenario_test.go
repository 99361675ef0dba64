package scenario_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

var update = flag.Bool("update", false, "write what the engine does into the scenarios of differences")

// root is where the scenarios are; SCENARIOS names another folder, such as one
// that the oracle has just recorded.
func root() string {
	if dir := os.Getenv("SCENARIOS"); dir != "" {
		return dir
	}
	return "../../../test/scenarios"
}

// TestScenarios runs every recorded scenario as it is, with single sends joined
// into batches, and with the app restored from a snapshot after each send: the
// rows must be the same. The recordings are the real Siddhi's.
func TestScenarios(t *testing.T) {
	n := 0
	err := filepath.WalkDir(root(), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".json") {
			return err
		}
		n++
		name, _ := filepath.Rel(root(), path)
		t.Run(strings.TrimSuffix(name, ".json"), func(t *testing.T) {
			t.Parallel()
			if *update && strings.HasPrefix(filepath.ToSlash(name), "differences/") {
				record(t, path)
			}
			s, err := scenario.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			runAll(t, s)
			if len(s.Siddhi) > 0 {
				mustDiffer(t, s)
			}
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatalf("no scenarios below %s", root())
	}
}

func runAll(t *testing.T, s *scenario.Scenario) {
	for _, opts := range []scenario.Options{{}, {Batch: 2}, {Batch: 1024}, {RestoreEach: true}} {
		differences, err := s.Check(opts)
		if errors.Is(err, scenario.ErrUnsupported) && opts != (scenario.Options{}) {
			continue
		}
		if err != nil {
			t.Fatalf("%+v: %v", opts, err)
		}
		for _, d := range differences {
			t.Errorf("%+v: %s", opts, d)
		}
	}
}

// mustDiffer holds a deliberate difference to be one, so that docs/differences.md stays true.
func mustDiffer(t *testing.T, s *scenario.Scenario) {
	ours := *s
	ours.Expect = s.Siddhi
	differences, err := ours.Check(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(differences) == 0 {
		t.Error("the engine does as Siddhi does: this is no difference")
	}
}

// record writes what the engine does into a scenario that the oracle has
// recorded, and keeps Siddhi's outputs beside it.
func record(t *testing.T, path string) {
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file["siddhi"] == nil {
		file["siddhi"] = file["expect"]
		if text, err = json.Marshal(file); err != nil {
			t.Fatal(err)
		}
	}
	s, err := scenario.Parse(text, false)
	if err != nil {
		t.Fatal(err)
	}
	res, err := s.Run(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if text, err = s.Record(res); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

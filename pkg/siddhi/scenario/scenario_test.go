package scenario_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

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
			if why := deliberate[strings.TrimSuffix(filepath.ToSlash(name), ".json")]; why != "" {
				mustDiffer(t, path, why)
				return
			}
			s, err := scenario.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			runAll(t, s)
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

// clocked finds the windows whose timers a restore moves.
var clocked = regexp.MustCompile(`window\.(time|timeBatch|externalTimeBatch)\(`)

// deliberate has the recordings of defects of Siddhi that the engine does not
// copy; docs/differences.md says what it does instead.
var deliberate = map[string]string{}

func runAll(t *testing.T, s *scenario.Scenario) {
	if s.WantsError() {
		if _, err := s.Run(scenario.Options{}); err == nil {
			t.Errorf("the app is accepted; Siddhi refuses it: %s", s.Expect[0].Message)
		}
		return
	}
	want, err := s.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	for _, opts := range []scenario.Options{{}, {Batch: 2}, {Batch: 1024}, {RestoreEach: true}} {
		if opts.RestoreEach && clocked.MatchString(s.App) {
			continue // as in Siddhi, a restore moves timers: overdue rows go at once, timeBatch begins a new grid
		}
		got, err := s.Run(opts)
		if errors.Is(err, scenario.ErrUnsupported) && opts != (scenario.Options{}) {
			continue
		}
		if err != nil {
			t.Fatalf("%+v: %v", opts, err)
		}
		for _, d := range scenario.Compare(want, got) {
			t.Errorf("%+v: %s", opts, d)
		}
	}
}

// mustDiffer holds a deliberate difference to be one, so that the list stays true.
func mustDiffer(t *testing.T, path, why string) {
	s, err := scenario.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(scenario.Compare(want, got)) == 0 {
		t.Errorf("the engine does as Siddhi does; it is listed as different because %s", why)
	}
}

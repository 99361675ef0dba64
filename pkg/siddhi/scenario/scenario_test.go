package scenario_test

import (
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// clocked finds the windows whose timers a restore moves.
var clocked = regexp.MustCompile(`window\.(time|timeBatch|externalTimeBatch)\(`)

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

// mustDiffer holds a deliberate difference to be one, so that docs/differences.md stays true.
func mustDiffer(t *testing.T, s *scenario.Scenario) {
	ours := *s
	ours.Expect = s.Siddhi
	siddhis, err := ours.Wanted()
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(scenario.Compare(siddhis, got)) == 0 {
		t.Error("the engine does as Siddhi does: this is no difference")
	}
}

// record writes what the engine does into a scenario that the oracle has
// recorded, and keeps Siddhi's outputs beside it.
func record(t *testing.T, path string) {
	s, err := scenario.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.Run(scenario.Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	if file["siddhi"] == nil {
		file["siddhi"] = file["expect"]
	}
	var all []map[string]any
	for _, o := range got {
		all = append(all, entry(o))
	}
	file["expect"] = all
	if text, err = json.MarshalIndent(file, "", " "); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// entry is the form of an output in a file.
func entry(o scenario.Output) map[string]any {
	e := map[string]any{"from": o.From}
	if o.From == "runtime" {
		e["error"] = "ProcessingError"
		return e
	}
	var current, expired, events []any
	for _, r := range o.Rows {
		var row []json.RawMessage
		for _, v := range r.Values {
			row = append(row, json.RawMessage(v))
		}
		events = append(events, map[string]any{"timestamp": r.Timestamp, "data": row})
		if r.Expired {
			expired = append(expired, row)
		} else {
			current = append(current, row)
		}
	}
	if strings.HasPrefix(o.From, "query:") {
		e["current"], e["expired"] = current, expired
	} else {
		e["events"] = events
	}
	return e
}

package scenario_test

import (
	"os"
	"strings"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

// maxSpan bounds the time that a fuzzed scenario may take: an app can ask for a
// timer each millisecond.
const maxSpan = 5_000

// FuzzScenario checks that no file brings the process down: it is refused, or
// runs, and what it gives can be recorded, read again and comes out again.
func FuzzScenario(f *testing.F) {
	files, err := scenario.Files(root())
	if err != nil {
		f.Fatal(err)
	}
	for i, file := range files {
		if i%7 != 0 {
			continue // enough for a start; the fuzzer mixes them
		}
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text, false)
	}
	f.Add([]byte(alarms), true)
	f.Fuzz(func(t *testing.T, text []byte, yaml bool) {
		s, err := scenario.Parse(text, yaml)
		if err != nil || !short(s) {
			return
		}
		res, err := s.Run(scenario.Options{})
		if err != nil {
			return
		}
		s.Compare(res)
		recorded, err := s.Record(res)
		if err != nil {
			t.Fatal(err)
		}
		again, err := scenario.Parse(recorded, false)
		if err != nil {
			t.Fatalf("what was recorded cannot be read: %v\n%s", err, recorded)
		}
		if chance(s.App) {
			return
		}
		differences, err := again.Check(scenario.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range differences {
			t.Errorf("recorded, and then: %s\n%s", d, recorded)
		}
	})
}

// chance says whether an app has functions that give something else each time.
func chance(app string) bool {
	app = strings.ToLower(app)
	return strings.Contains(app, "uuid") || strings.Contains(app, "rand")
}

// short says whether running a scenario takes little time.
func short(s *scenario.Scenario) bool {
	rows := 0
	for i := range s.Steps {
		st := &s.Steps[i]
		rows += len(st.Rows)
		times := append([]int64{st.At}, st.Timestamps...)
		if st.Timestamp != nil {
			times = append(times, *st.Timestamp)
		}
		for _, at := range times {
			if at < s.Steps[0].At-maxSpan || at > s.Steps[0].At+maxSpan {
				return false
			}
		}
		if st.Playback != nil && st.Increment < 1 {
			return false
		}
	}
	return rows < 200
}

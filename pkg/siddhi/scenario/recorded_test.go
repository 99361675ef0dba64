package scenario_test

import (
	"os"
	"testing"

	"millrace/pkg/siddhi/scenario"
)

// TestRecordedRandomApps replays what the real Siddhi did with random apps:
// `oracle fuzz -corpus` writes the file.
func TestRecordedRandomApps(t *testing.T) {
	file, err := os.Open("../../../test/random/apps.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	n := 0
	for s, err := range scenario.ReadCorpus(file) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		for _, opts := range []scenario.Options{{}, {Batch: 64}} {
			differences, err := s.Check(opts)
			if err != nil {
				t.Fatalf("%s, %+v: %v", s.Name, opts, err)
			}
			for _, d := range differences {
				t.Errorf("%s, %+v: %s\n%s", s.Name, opts, d, s.App)
				break
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d apps", n)
	}
}

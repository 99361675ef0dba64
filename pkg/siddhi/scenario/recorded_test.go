package scenario_test

import (
	"bufio"
	"compress/gzip"
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
	zip, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, 16<<20)
	n := 0
	for lines.Scan() {
		n++
		s, err := scenario.Parse(lines.Bytes(), false)
		if err != nil {
			t.Fatalf("line %d: %v", n, err)
		}
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
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if n < 300 {
		t.Errorf("only %d apps", n)
	}
}

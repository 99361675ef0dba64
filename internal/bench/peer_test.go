package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// fakePeer is the program that the tests run as a peer. It gives the rows that
// Siddhi gives, or behaves badly, and returns its exit code.
func fakePeer(behaviour string, args []string) int {
	w, err := Find(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	line := func(batch int, r Result, rest string) string {
		return fmt.Sprintf(`{"engine":"fake","workload":%q,"batch":%d,"events":%d,"seconds":4.5,"min":90,"events_per_s":100,"max":120,`+
			`"outputs":%d,"checksum":"%016x","outputs_stable":true%s}`, w.Name, batch, w.Events, r.Rows, r.Checksum, rest)
	}
	single := line(1, w.Want.SiddhiSingle, `,"p50_ns":7,"p99_ns":9,"p999_ns":12`)
	array := line(BatchRows, w.Want.SiddhiArray, "")
	switch behaviour {
	case "right":
		fmt.Printf("a notice\n%s\n\n%s\n", single, array)
	case "exact":
		fmt.Println(line(1, w.Want.Exact, ""))
	case "wrong rows":
		fmt.Println(strings.Replace(single, "8c32", "8c33", 1))
	case "unstable":
		fmt.Println(strings.Replace(single, "true", "false", 1))
	case "other workload":
		fmt.Println(strings.Replace(single, "W3", "W4", 1))
	case "fewer events":
		fmt.Println(strings.Replace(single, `"events":1000000`, `"events":1000`, 1))
	case "other batch":
		fmt.Println(strings.Replace(single, `"batch":1,`, `"batch":10,`, 1))
	case "broken":
		fmt.Println(`{"engine":`)
	case "arguments":
		fmt.Fprintf(os.Stderr, "%q", args)
		return 2
	case "fails":
		fmt.Fprintln(os.Stderr, "first line\nno such jar")
		return 3
	case "hangs":
		time.Sleep(time.Hour)
	}
	return 0
}

// runFakePeer runs the test binary as a peer for W3.
func runFakePeer(ctx context.Context, t *testing.T, behaviour string) (map[Mode]PeerFigure, error) {
	t.Helper()
	t.Setenv(peerVariable, behaviour)
	w, err := Find("W3")
	if err != nil {
		t.Fatal(err)
	}
	return RunPeer(ctx, []string{os.Args[0]}, w, Load{500 * time.Millisecond, 1500 * time.Millisecond, 3})
}

func TestPeerFiguresAreRead(t *testing.T) {
	got, err := runFakePeer(t.Context(), t, "right")
	if err != nil {
		t.Fatal(err)
	}
	want := map[Mode]PeerFigure{
		Single: {"fake", Spread{90, 100, 120}, 1_000_000, "8c32671891db6b0a", 7, 9},
		Batch:  {"fake", Spread{90, 100, 120}, 99_993, "3c7d4afcca26c05f", 0, 0},
	}
	if len(got) != 2 || got[Single] != want[Single] || got[Batch] != want[Batch] {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPeerMayBeAnExactEngine(t *testing.T) {
	got, err := runFakePeer(t.Context(), t, "exact")
	if err != nil || len(got) != 1 {
		t.Errorf("got %v, %v; want the figure of one mode", got, err)
	}
}

func TestPeerErrorsSayWhatIsWrong(t *testing.T) {
	for behaviour, want := range map[string]string{
		"wrong rows":     "want 1000000 rows, checksum 8c32671891db6b0a",
		"unstable":       "different numbers of rows",
		"other workload": `workload "W4"`,
		"fewer events":   "passes of 1000 events",
		"other batch":    "batches of 10,",
		"broken":         `read the line "{\"engine\":"`,
		"arguments":      `["W3" "0" "1,1000" "0.5" "1.5" "3"]`,
		"fails":          "no such jar",
		"silent":         "no line of JSON",
	} {
		_, err := runFakePeer(t.Context(), t, behaviour)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "W3") {
			t.Errorf("%s: got the error %v, want one with %q", behaviour, err, want)
		}
	}
}

func TestPeerEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := runFakePeer(ctx, t, "hangs"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the end of the context", err)
	}
}

func TestPeerCommandMustExist(t *testing.T) {
	w, err := Find("W1")
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range [][]string{nil, {"no-such-program-anywhere"}} {
		if _, err := RunPeer(t.Context(), command, w, Load{}); err == nil {
			t.Errorf("command %q: no error", command)
		}
	}
}

package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// PeerFigure is what another engine reached in one workload and mode.
type PeerFigure struct {
	Engine          string `json:"engine"`
	EventsPerSecond Spread `json:"events_per_s"`
	Outputs         int64  `json:"outputs"`
	Checksum        string `json:"checksum"`
	P50Nanos        int64  `json:"p50_ns"`
	P99Nanos        int64  `json:"p99_ns"`
}

// peerLine is a line of JSON that a peer prints for a workload and batch size.
type peerLine struct {
	Engine   string  `json:"engine"`
	Workload string  `json:"workload"`
	Batch    int     `json:"batch"`
	Events   int     `json:"events"`
	Min      float64 `json:"min"`
	Median   float64 `json:"events_per_s"`
	Max      float64 `json:"max"`
	Outputs  int64   `json:"outputs"`
	Checksum string  `json:"checksum"`
	Stable   *bool   `json:"outputs_stable"`
	P50      int64   `json:"p50_ns"`
	P99      int64   `json:"p99_ns"`
}

// RunPeer runs the workload on another engine and returns its figures by mode.
// The command gets the arguments WORKLOAD 0 1,1000 WARMUP SECONDS RUNS (0: the
// workload's own number of events; the batch sizes) and prints a line of JSON
// for each batch size; lines that are no JSON objects are passed over. It is an
// error when the rows are not those that Siddhi, or a right engine, gives.
func RunPeer(ctx context.Context, command []string, w *Workload, load Load) (map[Mode]PeerFigure, error) {
	if len(command) == 0 {
		return nil, errors.New("peer: no command given")
	}
	out, err := peerOutput(ctx, command, w, load)
	if err != nil {
		return nil, fmt.Errorf("peer %s: %s: %w", command[0], w.Name, err)
	}
	figures, err := parsePeer(out, w)
	if err != nil {
		return nil, fmt.Errorf("peer %s: %s: %w", command[0], w.Name, err)
	}
	return figures, nil
}

// peerLimit is how long a peer may take for two modes: passes are never cut
// short, so that slow ones go beyond the time that was asked for.
func peerLimit(load Load) time.Duration {
	return 2*time.Minute + 4*(load.WarmUp+time.Duration(load.Runs)*load.RunTime)
}

func peerOutput(ctx context.Context, command []string, w *Workload, load Load) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, peerLimit(load))
	defer cancel()
	seconds := func(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) }
	args := append([]string{}, command[1:]...)
	args = append(args, w.Name, "0", "1,"+strconv.Itoa(BatchRows),
		seconds(load.WarmUp), seconds(load.RunTime), strconv.Itoa(load.Runs))
	cmd := exec.CommandContext(ctx, command[0], args...)
	cmd.WaitDelay = 5 * time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if last := lastLine(stderr.String()); last != "" {
			return nil, fmt.Errorf("%w: %s", err, last)
		}
		return nil, err
	}
	return stdout.Bytes(), nil
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// parsePeer reads a peer's lines and checks that it did the workload's work.
func parsePeer(out []byte, w *Workload) (map[Mode]PeerFigure, error) {
	figures := map[Mode]PeerFigure{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 || text[0] != '{' {
			continue
		}
		var line peerLine
		if err := json.Unmarshal(text, &line); err != nil {
			return nil, fmt.Errorf("read the line %q: %w", text, err)
		}
		mode, err := line.check(w)
		if err != nil {
			return nil, err
		}
		figures[mode] = PeerFigure{
			Engine: line.Engine, EventsPerSecond: Spread{line.Min, line.Median, line.Max},
			Outputs: line.Outputs, Checksum: line.Checksum, P50Nanos: line.P50, P99Nanos: line.P99,
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read its output: %w", err)
	}
	if len(figures) == 0 {
		return nil, errors.New("it printed no line of JSON")
	}
	return figures, nil
}

// check returns the mode of a line, or what is wrong with it.
func (l *peerLine) check(w *Workload) (Mode, error) {
	mode, rights := Single, []Result{w.Want.SiddhiSingle, w.Want.Single, w.Want.Exact}
	switch l.Batch {
	case 1:
	case BatchRows:
		mode, rights = Batch, []Result{w.Want.SiddhiArray, w.Want.Batched, w.Want.Exact}
	default:
		return 0, fmt.Errorf("a line for batches of %d, want 1 or %d", l.Batch, BatchRows)
	}
	if l.Workload != w.Name {
		return 0, fmt.Errorf("a line for workload %q", l.Workload)
	}
	if l.Events != w.Events {
		return 0, fmt.Errorf("%s: passes of %d events, want %d", mode, l.Events, w.Events)
	}
	if l.Stable != nil && !*l.Stable {
		return 0, fmt.Errorf("%s: its passes gave different numbers of rows", mode)
	}
	sum, err := strconv.ParseUint(l.Checksum, 16, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: checksum %q is no hexadecimal number", mode, l.Checksum)
	}
	got := Result{l.Outputs, sum}
	for _, right := range rights {
		if right.Known() && got == right {
			return mode, nil
		}
	}
	if !rights[0].Known() {
		return mode, nil // Siddhi's arrays were not run for this workload
	}
	return 0, fmt.Errorf("%s: got %v, want %v", mode, got, rights[0])
}

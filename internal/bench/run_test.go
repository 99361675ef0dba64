package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// loopEngine runs workloads by their ceilings.
type loopEngine struct {
	started, closed int
	coded           *coded // of the last input
	startErr        error
	sendErr         error
	dropFrom        int  // from this app on, a row is missing
	allocate        bool // one object an event
}

type loopApp struct {
	engine  *loopEngine
	loop    ceiling
	out     func(*Columns)
	missing int64
	count   int64
	garbage *int
}

func (e *loopEngine) Start(_ context.Context, w *Workload, in *Input, out func(*Columns)) (App, error) {
	if e.startErr != nil {
		return nil, e.startErr
	}
	e.started++
	if e.coded == nil || e.coded.Input != in {
		e.coded = code(in)
	}
	a := &loopApp{engine: e, loop: ceilings()[w.Name](e.coded), out: out}
	if e.dropFrom > 0 && e.started >= e.dropFrom {
		a.missing = 1
	}
	return a, nil
}

func (a *loopApp) Prepare(cuts []Cut, m Mode) ([]Send, error) {
	sends := make([]Send, len(cuts))
	for i, c := range cuts {
		sends[i] = func() error {
			if m == Batch {
				return a.send(c.Lo, c.Hi)
			}
			for at := c.Lo; at < c.Hi; at++ {
				if err := a.send(at, at+1); err != nil {
					return err
				}
			}
			return nil
		}
	}
	return sends, nil
}

func (a *loopApp) send(lo, hi int) error {
	a.loop.run(lo, hi)
	if a.engine.allocate {
		for range hi - lo {
			a.garbage = new(int)
		}
	}
	kept := a.loop.(*filterLoop).kept
	if a.missing > 0 && kept > 0 {
		a.loop.(*filterLoop).kept--
		a.missing--
		kept--
	}
	a.count += int64(kept)
	if a.out != nil {
		a.out(a.loop.rows())
	}
	return a.engine.sendErr
}

func (a *loopApp) Rows() int64 { return a.count }

func (a *loopApp) Query(context.Context, string) (*Columns, error) {
	return nil, errors.New("there are no queries")
}

func (a *loopApp) Close() error {
	a.engine.closed++
	return nil
}

// shortLoad makes two timed runs of one pass each.
func shortLoad() Load { return Load{WarmUp: 1, RunTime: 1, Runs: 2} }

func TestRunPrintsALineOfJSONForEachMode(t *testing.T) {
	e := &loopEngine{}
	var out bytes.Buffer
	if err := RunEngine(t.Context(), e, Options{Workloads: []string{"W1"}, Load: shortLoad(), JSON: true}, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("got %d lines, want 2:\n%s", len(lines), out.String())
	}
	for i, want := range []Figure{
		{Workload: "W1", Mode: "single", Batch: 1, Events: 1_000_000, Outputs: 699_491, Checksum: "4af6ae0b41e2b1c0"},
		{Workload: "W1", Mode: "batch", Batch: 1000, Events: 1_000_000, Outputs: 699_491, Checksum: "4af6ae0b41e2b1c0"},
	} {
		got := decodeFigure(t, lines[i])
		s := got.EventsPerSecond
		if s.Min <= 0 || s.Min > s.Median || s.Median > s.Max || got.P50Nanos > got.P99Nanos || got.P99Nanos <= 0 {
			t.Errorf("line %d: rates %v and times %d, %d make no sense", i, s, got.P50Nanos, got.P99Nanos)
		}
		if got.AllocsPerEvent > 0.01 {
			t.Errorf("line %d: %v allocations an event, want none", i, got.AllocsPerEvent)
		}
		got.EventsPerSecond, got.P50Nanos, got.P99Nanos, got.AllocsPerEvent = Spread{}, 0, 0, 0
		if got != want {
			t.Errorf("line %d: got %+v, want %+v", i, got, want)
		}
	}
	if e.started != e.closed || e.started == 0 {
		t.Errorf("%d apps were started and %d closed", e.started, e.closed)
	}
}

func decodeFigure(t *testing.T, line string) Figure {
	t.Helper()
	keys := map[string]any{}
	if err := json.Unmarshal([]byte(line), &keys); err != nil {
		t.Fatalf("line %q: %v", line, err)
	}
	for _, key := range []string{"workload", "mode", "batch", "events", "events_per_s", "outputs", "checksum", "allocs_per_event", "p50_ns", "p99_ns"} {
		if _, ok := keys[key]; !ok {
			t.Errorf("line %q has no %s", line, key)
		}
	}
	if len(keys) != 10 {
		t.Errorf("line %q has %d keys, want 10", line, len(keys))
	}
	var f Figure
	if err := json.Unmarshal([]byte(line), &f); err != nil {
		t.Fatalf("line %q: %v", line, err)
	}
	return f
}

func TestRunCountsAllocations(t *testing.T) {
	var out bytes.Buffer
	opts := Options{Workloads: []string{"W1"}, Modes: []Mode{Batch}, Load: shortLoad(), JSON: true}
	if err := RunEngine(t.Context(), &loopEngine{allocate: true}, opts, &out); err != nil {
		t.Fatal(err)
	}
	if got := decodeFigure(t, out.String()).AllocsPerEvent; got < 1 || got > 1.01 {
		t.Errorf("got %v allocations an event, want 1", got)
	}
}

func TestRunPrintsNoFigureForWrongRows(t *testing.T) {
	for name, e := range map[string]*loopEngine{
		"want 699491 rows":       {dropFrom: 1},
		"a pass gave 699490":     {dropFrom: 3},
		"start the app: refused": {startErr: errors.New("refused")},
		"send: full":             {sendErr: errors.New("full")},
	} {
		var out bytes.Buffer
		err := RunEngine(t.Context(), e, Options{Workloads: []string{"W1"}, Load: shortLoad()}, &out)
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "W1, single") {
			t.Errorf("got the error %v, want one with %q", err, name)
		}
		if out.Len() > 0 {
			t.Errorf("%s: printed %q", name, out.String())
		}
		if e.started != e.closed {
			t.Errorf("%s: %d apps were started and %d closed", name, e.started, e.closed)
		}
	}
}

func TestRunComparesWithThePeer(t *testing.T) {
	t.Setenv(peerVariable, "right")
	opts := Options{Workloads: []string{"W1"}, JSON: true, Peer: []string{os.Args[0]}, Load: shortLoad()}
	var out bytes.Buffer
	if err := RunEngine(t.Context(), &loopEngine{}, opts, &out); err != nil {
		t.Fatal(err)
	}
	lines := json.NewDecoder(&out)
	for _, mode := range []Mode{Single, Batch} {
		var got Figure
		if err := lines.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if got.Mode != mode.String() || got.Peer == nil || got.Peer.Engine != "fake" {
			t.Fatalf("got %+v, want mode %s with the peer's figure", got, mode)
		}
		// The peer's rate is 100: the ratio has two decimals.
		if want := got.EventsPerSecond.Median / 100; got.Ratio < want-0.01 || got.Ratio > want+0.01 {
			t.Errorf("%s: got the ratio %v, want %v", mode, got.Ratio, want)
		}
	}
}

func TestRunPrintsItsFiguresWhenThePeerFails(t *testing.T) {
	t.Setenv(peerVariable, "fails")
	opts := Options{Workloads: []string{"W1"}, Modes: []Mode{Batch}, JSON: true, Peer: []string{os.Args[0]}, Load: shortLoad()}
	var out bytes.Buffer
	err := RunEngine(t.Context(), &loopEngine{}, opts, &out)
	if err == nil || !strings.Contains(err.Error(), "no such jar") {
		t.Errorf("got the error %v, want the peer's", err)
	}
	if f := decodeFigure(t, out.String()); f.Mode != "batch" || f.Peer != nil {
		t.Errorf("got %+v, want the engine's own figure", f)
	}
}

func TestRunRefusesBadOptions(t *testing.T) {
	for _, opts := range []Options{
		{Workloads: []string{"W99"}},
		{Modes: []Mode{7}},
		{Load: Load{Runs: -1}},
		{Load: Load{WarmUp: -1}},
	} {
		if err := RunEngine(t.Context(), &loopEngine{}, opts, &bytes.Buffer{}); err == nil {
			t.Errorf("options %+v: no error", opts)
		}
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := &loopEngine{}
	err := RunEngine(ctx, e, Options{Workloads: []string{"W1", "W2"}}, &bytes.Buffer{})
	if !errors.Is(err, context.Canceled) || e.started > 0 {
		t.Errorf("got %v after %d apps, want the end of the context before the first", err, e.started)
	}
}

func TestTableHasATitleAndALineForEachFigure(t *testing.T) {
	var out bytes.Buffer
	p := &printer{w: &out, peer: true}
	f := &Figure{Workload: "W1", Mode: "single", EventsPerSecond: Spread{999, 12_345, 7_910_000}, Outputs: 3, Checksum: "00000000000000ff"}
	f.compare(PeerFigure{EventsPerSecond: Spread{Median: 1_000}})
	for range 2 {
		if err := p.print(f); err != nil {
			t.Fatal(err)
		}
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	want := []string{"W1", "single", "999", "12.3", "k", "7.91", "M", "3", "00000000000000ff", "0.0000", "0", "0", "1.0", "k", "12.3x"}
	if len(lines) != 3 || len(lines[0]) != len(lines[1]) || !slices.Equal(strings.Fields(lines[1]), want) {
		t.Errorf("got\n%s", out.String())
	}
}

func TestCutsForMeasuring(t *testing.T) {
	first, second := halves([]Cut{{0, 0, 10}})
	if !reflect.DeepEqual([][]Cut{first, second}, [][]Cut{{{0, 0, 5}}, {{0, 5, 10}}}) {
		t.Errorf("halves of a lone cut: %v, %v", first, second)
	}
	first, second = halves([]Cut{{0, 0, 2}, {1, 0, 2}, {0, 2, 3}})
	if len(first) != 1 || len(second) != 2 || eventsOf(second) != 3 {
		t.Errorf("halves of three cuts: %v, %v", first, second)
	}
	if got := eventByEvent([]Cut{{1, 3, 5}, {0, 0, 9}}, 3); !slices.Equal(got, []Cut{{1, 3, 4}, {1, 4, 5}, {0, 0, 1}}) {
		t.Errorf("event by event: %v", got)
	}
}

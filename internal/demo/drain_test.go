package demo

import (
	"errors"
	"strings"
	"testing"

	"millrace/internal/api"
	"millrace/internal/managerapi"
	"millrace/pkg/scheduler/topology"
)

func TestFlowOf(t *testing.T) {
	parts := func(text string) managerapi.Plan {
		return managerapi.Plan{PartialApps: []topology.PartialApp{{Name: "A-q-1", Text: text}}}
	}
	f, err := flowOf(parts(`@source(type='nats', destination='A_In_0', @map(type='frame'))
		@source(type='nats', destination='A_In_1', @map(type='frame')) define stream In (x int);
		@source(type='file', file.uri='x', @map(type='csv')) define stream Other (x int);
		from In select x insert into Out;`))
	if err != nil || strings.Join(f["A-q-1"], " ") != "A_In_0 A_In_1" {
		t.Errorf("flow %v, %v; want the two subjects", f, err)
	}
	_, err = flowOf(parts(`@source(type='nats', destination='A_In', queue.group.name='g', @map(type='frame'))
		define stream In (x int); from In select x insert into Out;`))
	if err == nil || !strings.Contains(err.Error(), "A-q-1 shares") {
		t.Errorf("a shared subject: %v, want it refused", err)
	}
}

// chain is a file that is read into topic T, which a part reads into a file.
func chain() (flow, []managerapi.PartStatus, map[string]int64) {
	f := flow{"A-in-1": nil, "A-out-1": {"T"}}
	parts := []managerapi.PartStatus{
		{Name: "A-in-1", State: "active", Report: &api.AppReport{Status: api.AppFinished,
			Sources: []api.EdgeReport{{Stream: "In", Type: "file", State: "finished"}},
			Sinks:   []api.EdgeReport{{Stream: "Mid", Type: "nats"}}}},
		{Name: "A-out-1", State: "active", Report: &api.AppReport{Status: api.AppActive,
			Sources: []api.EdgeReport{{Stream: "Mid", Type: "nats", State: "running", Positions: map[string]int64{"T": 8}}},
			Sinks:   []api.EdgeReport{{Stream: "Out", Type: "file"}}}},
	}
	return f, parts, map[string]int64{"T": 7}
}

func TestPending(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(parts []managerapi.PartStatus, ends map[string]int64)
		want   string
	}{
		{"all is done", func([]managerapi.PartStatus, map[string]int64) {}, ""},
		{"nothing was ever sent", func(p []managerapi.PartStatus, ends map[string]int64) {
			p[1].Report.Sources[0].Positions = nil
			ends["T"] = 0
		}, ""},
		{"the file goes on", func(p []managerapi.PartStatus, _ map[string]int64) {
			p[0].Report.Status, p[0].Report.Sources[0].State = api.AppActive, "running"
		}, "A-in-1 reads the file of In"},
		{"a sink has rows", func(p []managerapi.PartStatus, _ map[string]int64) { p[1].Report.Sinks[0].Waiting = 3 }, "A-out-1 has 3 rows of Out to write"},
		{"a sink writes", func(p []managerapi.PartStatus, _ map[string]int64) { p[1].Report.Sinks[0].Writing = 2 }, "A-out-1 has 2 rows of Out to write"},
		{"the topic has more", func(_ []managerapi.PartStatus, ends map[string]int64) { ends["T"] = 8 }, "A-out-1 has read T up to 7 of 8"},
		{"the reader has not begun", func(p []managerapi.PartStatus, _ map[string]int64) { p[1].Report.Sources[0].Positions = nil }, "A-out-1 has read T up to 0 of 7"},
		{"a part starts", func(p []managerapi.PartStatus, _ map[string]int64) {
			p[1].State, p[1].Report.Status = "deploying", api.AppStarting
		}, "A-out-1 is deploying"},
		{"a part is nowhere", func(p []managerapi.PartStatus, _ map[string]int64) { p[1].State, p[1].Report = "waiting", nil }, "A-out-1 is waiting"},
		{"a part is not listed", func(p []managerapi.PartStatus, _ map[string]int64) { p[1].Name = "B-out-1" }, "A-out-1 is not placed yet"},
	} {
		f, parts, ends := chain()
		tt.change(parts, ends)
		got, err := f.pending(parts, func(subject string) (int64, error) { return ends[subject], nil })
		if err != nil || got != tt.want {
			t.Errorf("%s: %q, %v; want %q", tt.name, got, err, tt.want)
		}
	}
	f, parts, _ := chain()
	gone := errors.New("the broker is gone")
	if _, err := f.pending(parts, func(string) (int64, error) { return 0, gone }); !errors.Is(err, gone) {
		t.Errorf("got %v, want the broker's error", err)
	}
}

func TestRowsRead(t *testing.T) {
	parts := []managerapi.PartStatus{
		{Name: "A-1"},
		{Report: &api.AppReport{Sources: []api.EdgeReport{{Positions: map[string]int64{"planes.csv": 900}}, {Positions: map[string]int64{"flights.csv": 101}}}}},
	}
	if got := rowsRead(parts, "flights.csv"); got != 100 {
		t.Errorf("%d rows, want 100", got)
	}
}

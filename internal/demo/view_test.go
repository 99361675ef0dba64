package demo

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func sampleView() view {
	return view{
		elapsed: 5300 * time.Millisecond, read: 15241, total: 27004, rate: 3009,
		hours:      []hourly{{"EWR", "2013-01-17T22:00:00Z", 8.666, 3}, {"JFK", "2013-01-17T22:00:00Z", -0.3, 10}},
		alerts:     []alert{{"N11119", 1, 2, 1358515740000, 205, 91, 292}},
		alertCount: 127,
		routes:     []routeDay{{Route: "JFK-LAX", LastDay: 31}, {Route: "LGA-ATL", LastDay: 29}},
		workers: []workerView{
			{"worker-1", "alive", []string{"clean-1", "routes-1"}},
			{"worker-2", "killed", []string{"delays-1", "late-2", "report-1", "passthrough-FlightRows-1", "makers-1", "routes-2"}},
		},
		killing:    &killing{Worker: "worker-2", Read: 14400, Parts: []string{"a", "b", "c"}, Moved: []move{{"a", "worker-1"}}},
		waitingFor: "1 of 3 parts of worker-2 run elsewhere",
	}
}

const wantLines = `
Flights     5.3 s   [###########.........]   15241 of 27004 rows   3009 rows/s

mean departure delay of the current hour (UTC)
  EWR  2013-01-17T22:00:00Z     8.7 min    3 flights
  JFK  2013-01-17T22:00:00Z    -0.3 min   10 flights
latest of 127 alerts: late three times running
  N11119  205, 91 and 292 min late, last on Jan 18 13:29
busiest routes, flights in 24 hours
  JFK-LAX 31   LGA-ATL 29
workers
  worker-1  alive   clean-1 routes-1
  worker-2  killed  delays-1 late-2 report-1 passthrough-FlightRows-1 makers-…
worker-2 was killed after 14400 rows: 1 of its 3 parts run elsewhere so far
waiting: 1 of 3 parts of worker-2 run elsewhere`

func TestViewLines(t *testing.T) {
	lines := sampleView().lines()
	if got := strings.Join(lines, "\n"); got != wantLines {
		t.Errorf("got:\n%s\nwant:\n%s", got, wantLines)
	}
	for _, l := range lines {
		if utf8.RuneCountInString(l) > width {
			t.Errorf("%d columns: %s", utf8.RuneCountInString(l), l)
		}
	}
	empty := view{}
	if got := empty.lines(); len(got) < 5 {
		t.Errorf("a view of nothing: %q", got)
	}
}

func TestScreenDrawsInPlace(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, Options{Live: true})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v := sampleView()
	s.show(v, now)
	first := out.Len()
	s.show(v, now.Add(redrawEvery/2)) // too soon
	if out.Len() != first {
		t.Error("drawn again at once")
	}
	s.end()
	if rest := out.String()[first:]; !strings.HasPrefix(rest, "\x1b[15A\x1b[J\n") {
		t.Errorf("the second view is not drawn over the 15 lines of the first: %q", rest)
	}
	drawn := out.Len()
	s.end()
	if out.Len() != drawn {
		t.Error("the last view is drawn twice")
	}
}

func TestScreenWritesLines(t *testing.T) {
	var out bytes.Buffer
	s := newScreen(&out, Options{})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	v := sampleView()
	v.read, v.waitingFor = 1000, ""
	s.show(v, now)
	v.read = 3000
	v.killing = &killing{Worker: "worker-2", Read: 14400, Parts: []string{"a"}, Moved: []move{{"a", "worker-1"}}, Back: 3800 * time.Millisecond}
	s.show(v, now.Add(lineEvery))
	want := `worker-2 was killed after 14400 rows: 1 of its 3 parts run elsewhere so far
  5.3 s  1000 of 27004 rows, 0 rows/s, 127 alerts, EWR 8.7 min, JFK -0.3 min, busiest JFK-LAX 31
worker-2 was killed after 14400 rows: its 1 parts ran elsewhere 3.8 s later
  a runs on worker-1 now
  5.3 s  3000 of 27004 rows, 2000 rows/s, 127 alerts, EWR 8.7 min, JFK -0.3 min, busiest JFK-LAX 31
`
	if got := out.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	out.Reset()
	silent := newScreen(&out, Options{JSON: true})
	silent.show(v, now)
	silent.end()
	if out.Len() > 0 {
		t.Errorf("with JSON it shows %q", out.String())
	}
}

func TestWatcherView(t *testing.T) {
	w := &watcher{app: "Flights", outputs: readFiles(t, "", nil), total: 10, rowsRead: 3, waitingFor: "x"}
	v := w.view()
	if len(v.hours) != 1 || v.hours[0].Hour != "2013-01-01T11:00:00Z" {
		t.Errorf("hours %+v, want the latest of EWR", v.hours)
	}
	if len(v.routes) != 1 || v.routes[0].LastDay != 3 {
		t.Errorf("routes %+v, want the latest count", v.routes)
	}
	if v.alertCount != 1 || v.alerts[0].Tailnum != "N1" || v.waitingFor != "" {
		t.Errorf("alerts %+v, waiting %q", v.alerts, v.waitingFor)
	}
}

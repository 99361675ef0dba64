package demo

import (
	"testing"
	"time"
)

const wantSummary = `
4 rows in 2.0 s: 2 rows/s, from the deployment to the last row in the files

mean departure delay on 2013-01-01, minutes
  hour (UTC)               EWR
  2013-01-01T10:00:00Z    25.0
  2013-01-01T11:00:00Z    41.0

busiest routes           flights  most in 24 hours
  EWR-IAH                      3                 3

1 alerts; the worst
  N1  20, 30 and 41 min late, last on Jan  1 11:05

written: hourly 3, routes 3 and 3 again, alerts 1, makers 3
w2 was killed after 2 rows: its 1 parts ran elsewhere 3.0 s later
  Flights-routes-1 moved to w1
rows that were worked on again and written twice (at least once): 3
answers: 10 rows compared, all equal to the independent calculation
`

func TestSummary(t *testing.T) {
	w := &watcher{
		app: "Flights", rowsRead: 4, elapsed: 2 * time.Second,
		outputs: readFiles(t, "routes", func(s string) string { return s + s }),
		killing: &killing{Worker: "w2", Read: 2, Parts: []string{"Flights-routes-1"}, Moved: []move{{"Flights-routes-1", "w1"}}, Back: 3 * time.Second},
	}
	s := summarise(w, verify(w.outputs, smallAnswers(t)), "dir")
	if got := s.text(); got != wantSummary {
		t.Errorf("got:\n%s\nwant:\n%s", got, wantSummary)
	}
	wrong := verdict{Compared: 5, Differences: 12, First: []string{"hourly: missing: x"}}
	want := "answers: 5 rows compared, 12 DIFFERENCES from the independent calculation; the first:\n  hourly: missing: x\n"
	if got := wrong.text(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLastDayEndsAtFiveUTC(t *testing.T) {
	day, hours := lastDay([]hourly{
		{"JFK", "2013-01-31T10:00:00Z", 1, 1},
		{"JFK", "2013-02-01T04:00:00Z", 2, 1}, // 23:00 in New York
		{"JFK", "2013-01-30T10:00:00Z", 3, 9},
		{"JFK", "2013-01-31T10:00:00Z", 4, 2},
	})
	if day != "2013-01-31" || len(hours) != 2 || hours[0].Means["JFK"] != 4 || hours[1].Means["JFK"] != 2 {
		t.Errorf("day %s, hours %+v", day, hours)
	}
}

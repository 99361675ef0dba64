package aggregation_test

import (
	"errors"
	"fmt"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/aggregation"
)

// count returns how many rows a table has.
func (s *started) count(t testing.TB, table string) int64 {
	t.Helper()
	rows := s.ask(t, "from "+table+" select count() as n")
	if rows.Len() == 0 {
		return 0
	}
	return rows.Value(0, 0).(int64)
}

const (
	hour = 3600
	day  = 24 * hour
)

// TestDefaultPurge lets four days pass without @purge: what is kept is what Siddhi's default
// retention keeps, and what comes within the 15 minutes between two purges.
func TestDefaultPurge(t *testing.T) {
	for _, app := range apps {
		t.Run(app.name, func(t *testing.T) {
			s := start(t, stream+"define aggregation A from S select id, sum(v) as t group by id aggregate "+app.by+"every sec...year;")
			const each = 20 // seconds between events
			now := int64(begin)
			for range 4 * day / each {
				if err := s.in.Send(now, siddhi.Long(now/1000/each%2), siddhi.Double(1), siddhi.Long(now)); err != nil {
					t.Fatal(err)
				}
				now += each * 1000
				s.advance(t, now)
			}
			for _, want := range []struct {
				table       string
				least, most int64
			}{
				{"A_SECONDS", 120 / each, (120 + 15*60) / each},
				{"A_MINUTES", 2 * 24 * 60, 2 * (24*60 + 15)},
				{"A_HOURS", 2 * 4 * 24, 2 * 4 * 24},
				{"A_DAYS", 2 * 3, 2 * 4},
			} {
				if got := s.count(t, want.table); got < want.least || got > want.most {
					t.Errorf("%s has %d rows, want %d to %d", want.table, got, want.least, want.most)
				}
			}
			days := s.ask(t, fmt.Sprintf("from A within %dL, %dL per 'years' select sum(t) as t", int64(begin-370*day*1000), now))
			if total := days.Value(0, 0); total != float64(4*day/each) {
				t.Errorf("the year has %v events, want %d", total, 4*day/each)
			}
		})
	}
}

// TestPurgeGivesUp sends an event that is so late that its row of seconds is purged before
// the row of its minute is there: as in Siddhi nothing is purged from then on, which is reported.
func TestPurgeGivesUp(t *testing.T) {
	var reported []error
	app, err := siddhi.Compile(stream+"define aggregation A from S select id, sum(v) as t group by id aggregate by ts every sec...min;",
		siddhi.Options{Time: siddhi.Virtual, Start: begin, OnError: func(e *siddhi.ProcessingError) { reported = append(reported, e.Err) }})
	if err != nil {
		t.Fatal(err)
	}
	defer app.Close()
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	in, err := app.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	send := func(now, ts int64) {
		t.Helper()
		if err := app.AdvanceTo(now); err != nil {
			t.Fatal(err)
		}
		if err := in.Send(now, siddhi.Long(1), siddhi.Double(1), siddhi.Long(ts)); err != nil {
			t.Fatal(err)
		}
	}
	const purge = begin + 15*60*1000
	send(purge-3000, purge-3_600_000) // its minute is open when the purge comes
	send(purge-1000, purge-1000)
	send(purge+1000, purge+1000)
	if len(reported) != 1 {
		t.Fatalf("reported are %v, want that nothing is purged any more", reported)
	}
	var unsafe *aggregation.UnsafePurgeError
	if !errors.As(reported[0], &unsafe) || unsafe.Table != "A_SECONDS" || unsafe.Next != "A_MINUTES" {
		t.Errorf("reported is %v", reported[0])
	}
	send(purge+hour*1000, purge+hour*1000)
	rows, err := app.Query("from A_SECONDS select count() as n")
	if err != nil {
		t.Fatal(err)
	}
	if n := rows.Value(0, 0); n != int64(3) || len(reported) != 1 {
		t.Errorf("%v rows are left, reported are %v", n, reported)
	}
}

// TestNoAllocations: where as many rows are purged as come, an event costs no allocation.
func TestNoAllocations(t *testing.T) {
	for _, app := range apps {
		t.Run(app.name, func(t *testing.T) {
			s := start(t, stream+"@purge(enable='true', interval='1 min', @retentionPeriod(sec='120 sec', min='120 min')) "+
				"define aggregation A from S select id, sum(v) as t, max(v) as m, count() as c, v as last group by id aggregate "+app.by+"every sec...min;")
			const events = 20 * 60 * 10 // of 20 minutes
			first := 0
			pass := func() {
				s.send(t, first, events, 10, 10)
				first += events
			}
			for range 12 { // four hours
				pass()
			}
			if n := testing.AllocsPerRun(3, pass); n > events/1000 {
				t.Errorf("%v allocations in %d events", n, events)
			}
			if n := s.count(t, "A_MINUTES"); n < 10*120 || n > 10*125 {
				t.Errorf("there are %d rows of minutes", n)
			}
		})
	}
}

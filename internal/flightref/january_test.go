package flightref

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver: SQL is the third opinion
)

const examples = "../../examples/flights"

func january(t *testing.T) []Flight {
	t.Helper()
	flights, bad, err := LoadFlights(filepath.Join(examples, "flights-2013-01.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	if len(bad) > 0 {
		t.Fatalf("%d bad rows, the first: %v", len(bad), bad[0])
	}
	return flights
}

// TestJanuaryOrder holds examples/flights/README.md to what it says of the data.
func TestJanuaryOrder(t *testing.T) {
	flights := january(t)
	if got := len(flights); got != 27004 {
		t.Errorf("%d flights, want 27004", got)
	}
	if got := len(flights) - len(Departed(flights)); got != 521 {
		t.Errorf("%d flights without a delay, want 521", got)
	}
	start := time.Date(2013, 1, 1, 5, 0, 0, 0, time.UTC)
	if start.UnixMilli() != 1357016400000 {
		t.Errorf("the README's first day starts at %d", start.UnixMilli())
	}
	type key struct{ hour, carrier, number, origin string }
	seen := make(map[key]int)
	previous, behind := 0, 0
	var latest time.Time
	for i := range flights {
		f := &flights[i]
		k := key{f.TimeHour, f.Carrier, f.Number, f.Origin}
		if first := seen[k]; first > 0 {
			t.Errorf("line %d repeats line %d", f.Line, first)
		}
		seen[k] = f.Line
		day := int(f.Scheduled().Sub(start)/(24*time.Hour)) + 1
		if day != f.Day {
			t.Errorf("line %d: day %d in the file, %d when cut at 05:00 UTC", f.Line, f.Day, day)
		}
		if day < previous {
			t.Errorf("line %d: day %d after day %d", f.Line, day, previous)
		}
		previous = day
		if f.Scheduled().Before(latest) {
			behind++
		} else {
			latest = f.Scheduled()
		}
	}
	if behind != 22823 {
		t.Errorf("%d rows behind the latest scheduled minute, the README says 22,823", behind)
	}
}

// TestJanuaryAgainstSQL computes every answer a second time in SQLite.
func TestJanuaryAgainstSQL(t *testing.T) {
	flights := january(t)
	planes, err := LoadPlanes(filepath.Join(examples, "planes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	db := database(t, flights, planes)
	for _, tt := range []struct {
		name, query string
		want        []string
	}{
		{"hourly delays", `SELECT hour || ' ' || origin || ' ' || count(delay) || ' ' || printf('%.6f', avg(delay))
			FROM flight WHERE delay IS NOT NULL GROUP BY hour, origin ORDER BY hour, origin`,
			lines(HourlyDelays(flights), func(h HourlyDelay) string {
				return fmt.Sprintf("%s %s %d %.6f", h.Hour.Format(time.RFC3339), h.Origin, h.Flights, h.Mean())
			})},
		{"running hourly delays", `SELECT origin || ' ' || count(*) OVER w || ' ' || sum(delay) OVER w FROM flight
			WHERE delay IS NOT NULL WINDOW w AS (PARTITION BY hour, origin ORDER BY line) ORDER BY line`,
			lines(RunningHourlyDelays(flights), func(h HourlyDelay) string {
				return fmt.Sprintf("%s %d %d", h.Origin, h.Flights, h.TotalMinutes)
			})},
		{"routes", `SELECT origin || '-' || dest || ' ' || count(*) FROM flight
			GROUP BY origin, dest ORDER BY count(*) DESC, origin || '-' || dest`,
			lines(RouteCounts(flights), countLine)},
		{"manufacturers", `SELECT manufacturer || ' ' || count(*) FROM flight JOIN plane USING (tailnum)
			GROUP BY manufacturer ORDER BY count(*) DESC, manufacturer`,
			lines(ManufacturerCounts(flights, planes), countLine)},
		{"routes by manufacturer", `SELECT origin || '-' || dest || '/' || manufacturer || ' ' || count(*)
			FROM flight JOIN plane USING (tailnum) GROUP BY origin, dest, manufacturer
			ORDER BY count(*) DESC, origin || '-' || dest || '/' || manufacturer`,
			lines(RouteManufacturerCounts(flights, planes), countLine)},
		{"overlapping alerts", `WITH own AS (
				SELECT line, tailnum, delay, lag(delay) OVER w AS delay1, lag(delay, 2) OVER w AS delay2,
					lag(line) OVER w AS line1, lag(line, 2) OVER w AS line2
				FROM flight WHERE delay IS NOT NULL AND tailnum IS NOT NULL
				WINDOW w AS (PARTITION BY tailnum ORDER BY line))
			SELECT tailnum || ' ' || line2 || ' ' || line1 || ' ' || line FROM own
			WHERE delay > 15 AND delay1 > 15 AND delay2 > 15 ORDER BY line`,
			lines(OverlappingAlerts(flights, 15), alertLine)},
		{"disjoint alerts", `WITH numbered AS (
				SELECT line, tailnum, delay,
					row_number() OVER (PARTITION BY tailnum ORDER BY line) AS nth,
					row_number() OVER (PARTITION BY tailnum, delay > 15 ORDER BY line) AS nth_of_kind
				FROM flight WHERE delay IS NOT NULL AND tailnum IS NOT NULL),
			runs AS (
				SELECT line, tailnum, lag(line) OVER w AS line1, lag(line, 2) OVER w AS line2, row_number() OVER w AS place
				FROM numbered WHERE delay > 15 WINDOW w AS (PARTITION BY tailnum, nth - nth_of_kind ORDER BY line))
			SELECT tailnum || ' ' || line2 || ' ' || line1 || ' ' || line FROM runs WHERE place % 3 = 0 ORDER BY line`,
			lines(DisjointAlerts(flights, 15), alertLine)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := rows(t, db, tt.query)
			if len(got) == 0 {
				t.Fatal("SQL gives no rows")
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("SQL gives %d rows, plain Go %d; first difference: %s", len(got), len(tt.want), difference(got, tt.want))
			}
			t.Logf("%d rows agree", len(got))
		})
	}
}

func lines[T any](rows []T, show func(T) string) []string {
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		out = append(out, show(r))
	}
	return out
}

func countLine(c Count) string { return fmt.Sprintf("%s %d", c.Key, c.Flights) }

func alertLine(a Alert) string {
	return fmt.Sprintf("%s %d %d %d", a.Tailnum, a.Flights[0].Line, a.Flights[1].Line, a.Flights[2].Line)
}

func difference(a, b []string) string {
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Sprintf("row %d: %q and %q", i, a[i], append(b, "", "")[min(i, len(b))])
		}
	}
	return fmt.Sprintf("plain Go goes on with %q", b[len(a)])
}

func database(t *testing.T, flights []Flight, planes map[string]Plane) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1) // each connection to :memory: is a database of its own
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	exec := func(query string, args ...any) {
		t.Helper()
		if _, err := tx.Exec(query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`CREATE TABLE flight (line INTEGER PRIMARY KEY, hour TEXT, delay INTEGER, tailnum TEXT, origin TEXT, dest TEXT)`)
	exec(`CREATE TABLE plane (tailnum TEXT PRIMARY KEY, manufacturer TEXT)`)
	for _, f := range flights {
		delay := sql.NullInt64{Int64: int64(f.DelayMinutes), Valid: f.Departed}
		tail := sql.NullString{String: f.Tailnum, Valid: f.Tailnum != ""}
		exec(`INSERT INTO flight VALUES (?, ?, ?, ?, ?, ?)`, f.Line, f.TimeHour, delay, tail, f.Origin, f.Dest)
	}
	for _, p := range planes {
		exec(`INSERT INTO plane VALUES (?, ?)`, p.Tailnum, p.Manufacturer)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	return db
}

func rows(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rs, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Close()
	var out []string
	for rs.Next() {
		var s string
		if err := rs.Scan(&s); err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	if err := rs.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

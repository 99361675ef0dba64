package demo

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const topRoutes = 10

// summary is what came of a run; it is printed as text or as a line of JSON.
type summary struct {
	App           string         `json:"app"`
	Rows          int64          `json:"rows"`
	Seconds       float64        `json:"seconds"`
	RowsPerSecond int64          `json:"rowsPerSecond"`
	Outputs       map[string]int `json:"outputs"` // rows of each, without repeats
	Repeats       map[string]int `json:"repeats"` // rows that came again
	LastDay       string         `json:"lastDay"`
	Hours         []hourMeans    `json:"hours"` // of the last day
	Routes        []routeTotal   `json:"routes"`
	Worst         []alert        `json:"worst"`
	Killing       *killing       `json:"killed,omitempty"`
	Answers       verdict        `json:"answers"`
	Directory     string         `json:"directory"`
	Kept          bool           `json:"kept"`
}

// hourMeans are the final means of an hour, by origin.
type hourMeans struct {
	Hour  string             `json:"hour"`
	Means map[string]float64 `json:"means"`
}

// routeTotal is a route's flights, and its most in 24 hours.
type routeTotal struct {
	Route   string `json:"route"`
	Flights int    `json:"flights"`
	MostDay int64  `json:"mostInADay"`
}

func summarise(w *watcher, v verdict, dir string) *summary {
	o := w.outputs
	s := &summary{
		App: w.app, Rows: w.rowsRead, Seconds: w.elapsed.Seconds(), Killing: w.killing, Answers: v, Directory: dir,
		Outputs: map[string]int{
			"hourly": len(o.hourly.rows), "routes": len(o.routes.rows), "alerts": len(o.alerts.rows), "makers": len(o.makers.rows),
		},
		Repeats: map[string]int{
			"hourly": o.hourly.repeats, "routes": o.routes.repeats, "alerts": o.alerts.repeats, "makers": o.makers.repeats,
		},
		Routes: totals(o.routes.rows, topRoutes), Worst: worst(o.alerts.rows, alertsShown),
	}
	if s.Seconds > 0 {
		s.RowsPerSecond = int64(float64(s.Rows) / s.Seconds)
	}
	s.LastDay, s.Hours = lastDay(o.hourly.rows)
	return s
}

// dayStart is when New York's days begin for flights: none leaves between
// midnight and five.
const dayStart = 5 * time.Hour

// lastDay returns the final means of the last day's hours, in order.
func lastDay(rows []hourly) (day string, hours []hourMeans) {
	final := map[string]map[string]hourly{} // by hour and origin
	for _, r := range rows {
		d := dayOf(r.Hour)
		if d > day {
			day = d
			clear(final)
		}
		if d < day {
			continue
		}
		if final[r.Hour] == nil {
			final[r.Hour] = map[string]hourly{}
		}
		if r.Flights > final[r.Hour][r.Origin].Flights {
			final[r.Hour][r.Origin] = r
		}
	}
	for hour, origins := range final {
		h := hourMeans{Hour: hour, Means: map[string]float64{}}
		for origin, r := range origins {
			h.Means[origin] = r.Mean
		}
		hours = append(hours, h)
	}
	slices.SortFunc(hours, func(a, b hourMeans) int { return cmp.Compare(a.Hour, b.Hour) })
	return day, hours
}

// dayOf is New York's day of an hour, "" of what is no hour.
func dayOf(hour string) string {
	t, err := time.Parse(time.RFC3339, hour)
	if err != nil {
		return ""
	}
	return t.Add(-dayStart).Format(time.DateOnly)
}

// totals returns the n routes with the most flights.
func totals(rows []routeDay, n int) []routeTotal {
	by := map[string]*routeTotal{}
	for _, r := range rows {
		t := by[r.Route]
		if t == nil {
			t = &routeTotal{Route: r.Route}
			by[r.Route] = t
		}
		t.Flights++
		t.MostDay = max(t.MostDay, r.LastDay)
	}
	all := make([]routeTotal, 0, len(by))
	for _, t := range by {
		all = append(all, *t)
	}
	slices.SortFunc(all, func(a, b routeTotal) int {
		return cmp.Or(cmp.Compare(b.Flights, a.Flights), cmp.Compare(a.Route, b.Route))
	})
	return all[:min(n, len(all))]
}

// worst returns the n alerts with the most minutes.
func worst(rows []alert, n int) []alert {
	all := slices.Clone(rows)
	slices.SortFunc(all, func(a, b alert) int {
		return cmp.Or(cmp.Compare(b.minutes(), a.minutes()), cmp.Compare(a.Tailnum, b.Tailnum), cmp.Compare(a.Third, b.Third))
	})
	return all[:min(n, len(all))]
}

// text is the summary for people.
func (s *summary) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%d rows in %.1f s: %d rows/s, from the deployment to the last row in the files\n", s.Rows, s.Seconds, s.RowsPerSecond)
	s.writeHours(&b)
	fmt.Fprintf(&b, "\nbusiest routes           flights  most in 24 hours\n")
	for _, r := range s.Routes {
		fmt.Fprintf(&b, "  %-20s %9d %17d\n", r.Route, r.Flights, r.MostDay)
	}
	fmt.Fprintf(&b, "\n%d alerts; the worst\n", s.Outputs["alerts"])
	for _, a := range s.Worst {
		fmt.Fprintf(&b, "  %s\n", a.text())
	}
	fmt.Fprintf(&b, "\nwritten: ")
	for i, name := range []string{"hourly", "routes", "alerts", "makers"} {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %d", name, s.Outputs[name])
		if s.Repeats[name] > 0 {
			fmt.Fprintf(&b, " and %d again", s.Repeats[name])
		}
	}
	b.WriteByte('\n')
	if s.Killing != nil {
		fmt.Fprintln(&b, s.Killing.text())
		for _, m := range s.Killing.Moved {
			fmt.Fprintf(&b, "  %s moved to %s\n", m.Part, m.Worker)
		}
		fmt.Fprintf(&b, "rows that were worked on again and written twice (at least once): %d\n", s.repeated())
	}
	b.WriteString(s.Answers.text())
	return b.String()
}

func (s *summary) repeated() (n int) {
	for _, r := range s.Repeats {
		n += r
	}
	return n
}

func (s *summary) writeHours(b *strings.Builder) {
	origins := map[string]bool{}
	for _, h := range s.Hours {
		for o := range h.Means {
			origins[o] = true
		}
	}
	var names []string
	for o := range origins {
		names = append(names, o)
	}
	slices.Sort(names)
	fmt.Fprintf(b, "\nmean departure delay on %s, minutes\n  hour (UTC)          ", s.LastDay)
	for _, o := range names {
		fmt.Fprintf(b, "%8s", o)
	}
	b.WriteByte('\n')
	for _, h := range s.Hours {
		fmt.Fprintf(b, "  %-20s", h.Hour)
		for _, o := range names {
			if mean, ok := h.Means[o]; ok {
				fmt.Fprintf(b, "%8.1f", mean)
			} else {
				fmt.Fprintf(b, "%8s", "-")
			}
		}
		b.WriteByte('\n')
	}
}

// text is the verdict for people.
func (v verdict) text() string {
	if v.Equal {
		return fmt.Sprintf("answers: %d rows compared, all equal to the independent calculation\n", v.Compared)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "answers: %d rows compared, %d DIFFERENCES from the independent calculation; the first:\n", v.Compared, v.Differences)
	for _, d := range v.First {
		fmt.Fprintf(&b, "  %s\n", d)
	}
	return b.String()
}

// further says where to look next.
func (s *summary) further() string {
	if !s.Kept {
		return "to look further:\n" +
			"  millrace demo --keep             the outputs, logs and configurations stay\n" +
			"  millrace demo --speed 100000     slower, to watch: a day in 0.9 s\n" +
			"  millrace demo --kill             a worker dies half-way\n"
	}
	return fmt.Sprintf("to look further:\n  outputs         %s\n  logs            %s\n  configurations  %s\n",
		filepath.Join(s.Directory, "out"), filepath.Join(s.Directory, "*", "log.txt"), filepath.Join(s.Directory, "*", "deployment.yaml"))
}

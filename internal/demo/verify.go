package demo

import (
	"fmt"
	"strconv"
	"time"

	"millrace/internal/flightref"
)

// answers is what must come out, calculated straight from the files.
type answers struct {
	read      int // rows of the file
	hourly    []hourly
	routes    []routeDay
	alerts    []alert
	makers    []maker
	malformed int
}

const lateMinutes = 15

// calculate makes the answers for a file of flights and one of planes.
func calculate(flightsFile, planesFile string) (*answers, error) {
	flights, bad, err := flightref.LoadFlights(flightsFile)
	if err != nil {
		return nil, err
	}
	planes, err := flightref.LoadPlanes(planesFile)
	if err != nil {
		return nil, err
	}
	return answersOf(flights, len(bad), planes)
}

func answersOf(flights []flightref.Flight, bad int, planes map[string]flightref.Plane) (*answers, error) {
	a := &answers{read: len(flights) + bad, malformed: bad}
	departed := flightref.Departed(flights)
	running := flightref.RunningHourlyDelays(departed)
	windows := flightref.SlidingRouteCounts(departed, 24*time.Hour)
	for i := range departed {
		f := &departed[i]
		number, err := strconv.ParseInt(f.Number, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: flight number %q is no number", f.Line, f.Number)
		}
		a.hourly = append(a.hourly, hourly{f.Origin, f.TimeHour, running[i].Mean(), int64(running[i].Flights)})
		a.routes = append(a.routes, routeDay{f.Scheduled().UnixMilli(), f.Route(), f.Carrier, number, int64(windows[i].Flights)})
	}
	for _, w := range flightref.OverlappingAlerts(departed, lateMinutes) {
		e := w.Flights
		a.alerts = append(a.alerts, alert{
			w.Tailnum, e[0].Scheduled().UnixMilli(), e[1].Scheduled().UnixMilli(), e[2].Scheduled().UnixMilli(),
			int64(e[0].DelayMinutes), int64(e[1].DelayMinutes), int64(e[2].DelayMinutes),
		})
	}
	for _, c := range flightref.ManufacturerCounts(departed, planes) {
		for n := range c.Flights {
			a.makers = append(a.makers, maker{c.Key, int64(n + 1)})
		}
	}
	return a, nil
}

// verdict is how what came out compares with the answers.
type verdict struct {
	Compared    int      `json:"compared"`
	Equal       bool     `json:"equal"`
	Differences int      `json:"differences"`
	First       []string `json:"first,omitempty"` // the first of them
}

// firstDifferences is how many differences are worth showing.
const firstDifferences = 10

func (v *verdict) differ(format string, args ...any) {
	v.Differences++
	if len(v.First) < firstDifferences {
		v.First = append(v.First, fmt.Sprintf(format, args...))
	}
}

// verify compares every row of each output with the answers. Their order across
// parallel parts is free, so rows are found by their identity.
func verify(got *outputs, want *answers) verdict {
	var v verdict
	compare(&v, got.hourly, want.hourly)
	compare(&v, got.routes, want.routes)
	compare(&v, got.alerts, want.alerts)
	compare(&v, got.makers, want.makers)
	v.Equal = v.Differences == 0 && v.Compared > 0
	return v
}

func compare[K comparable, R row[K]](v *verdict, got *output[K, R], want []R) {
	for _, d := range got.disagree {
		v.differ("%s", d)
	}
	expected := make(map[K]bool, len(want))
	for _, w := range want {
		id := w.identity()
		if expected[id] {
			v.differ("%s: the calculation has two rows that cannot be told apart: %+v", got.name, w)
		}
		expected[id] = true
		v.Compared++
		switch g, ok := got.seen[id]; {
		case !ok:
			v.differ("%s: missing: %+v", got.name, w)
		case g != w:
			v.differ("%s: got %+v, want %+v", got.name, g, w)
		}
	}
	for _, g := range got.rows {
		if !expected[g.identity()] {
			v.differ("%s: not wanted: %+v", got.name, g)
		}
	}
}

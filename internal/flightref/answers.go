package flightref

import (
	"sort"
	"time"
)

// HourlyDelay is the mean departure delay of one origin's flights that were
// scheduled in one hour, over those that left.
type HourlyDelay struct {
	Origin       string
	Hour         time.Time // UTC
	Flights      int
	TotalMinutes int
}

// Mean is the mean delay in minutes.
func (h HourlyDelay) Mean() float64 { return float64(h.TotalMinutes) / float64(h.Flights) }

// HourlyDelays returns one row per hour and origin in which a flight left,
// ordered by hour, then origin. Cancelled flights count nowhere.
func HourlyDelays(flights []Flight) []HourlyDelay {
	var out []HourlyDelay
	last := make(map[hourKey]HourlyDelay)
	for _, h := range RunningHourlyDelays(flights) {
		last[hourKey{h.Origin, h.Hour}] = h
	}
	for _, h := range last {
		out = append(out, h)
	}
	sort.Slice(out, func(i, j int) bool {
		a, b := out[i], out[j]
		if !a.Hour.Equal(b.Hour) {
			return a.Hour.Before(b.Hour)
		}
		return a.Origin < b.Origin
	})
	return out
}

type hourKey struct {
	origin string
	hour   time.Time
}

// RunningHourlyDelays returns one row per flight that left, in file order:
// the figures of its origin and scheduled hour with this flight included.
func RunningHourlyDelays(flights []Flight) []HourlyDelay {
	var out []HourlyDelay
	sums := make(map[hourKey]*HourlyDelay)
	for i := range flights {
		f := &flights[i]
		if !f.Departed {
			continue
		}
		k := hourKey{f.Origin, f.Hour}
		h := sums[k]
		if h == nil {
			h = &HourlyDelay{Origin: f.Origin, Hour: f.Hour}
			sums[k] = h
		}
		h.Flights++
		h.TotalMinutes += f.DelayMinutes
		out = append(out, *h)
	}
	return out
}

// Count is how many flights carry a key.
type Count struct {
	Key     string
	Flights int
}

// CountBy counts flights by key, most first, equal counts by key. Pass
// Departed(flights) to leave out those that were cancelled.
func CountBy(flights []Flight, key func(*Flight) string) []Count {
	n := make(map[string]int)
	for i := range flights {
		n[key(&flights[i])]++
	}
	out := make([]Count, 0, len(n))
	for k, c := range n {
		out = append(out, Count{k, c})
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].Flights != out[j].Flights {
			return out[i].Flights > out[j].Flights
		}
		return out[i].Key < out[j].Key
	})
	return out
}

// RouteCounts counts flights per route, busiest first.
func RouteCounts(flights []Flight) []Count { return CountBy(flights, (*Flight).Route) }

// KnownPlanes returns the flights whose tail number is in planes: an inner
// join, in file order.
func KnownPlanes(flights []Flight, planes map[string]Plane) []Flight {
	var out []Flight
	for _, f := range flights {
		if _, ok := planes[f.Tailnum]; ok {
			out = append(out, f)
		}
	}
	return out
}

// ManufacturerCounts counts the flights of KnownPlanes by who built the plane.
func ManufacturerCounts(flights []Flight, planes map[string]Plane) []Count {
	return CountBy(KnownPlanes(flights, planes), func(f *Flight) string {
		return planes[f.Tailnum].Manufacturer
	})
}

// RouteManufacturerCounts counts the flights of KnownPlanes by route and
// manufacturer; the key is "EWR-IAH/BOEING".
func RouteManufacturerCounts(flights []Flight, planes map[string]Plane) []Count {
	return CountBy(KnownPlanes(flights, planes), func(f *Flight) string {
		return f.Route() + "/" + planes[f.Tailnum].Manufacturer
	})
}

// WindowCount is how many flights of a route are in its sliding window right
// after one of them arrived.
type WindowCount struct {
	Route     string
	Scheduled time.Time // of the flight that arrived
	Flights   int
}

// SlidingRouteCounts returns one row per flight, in file order: the size of a
// window over the last length of scheduled time, each route having its own.
// It follows Siddhi's externalTime: an arriving flight first removes, oldest
// arrival first, those scheduled at least length before it, and the removal
// stops at the first one that stays. So a late row may stand in front of rows
// that are due, and keep them.
func SlidingRouteCounts(flights []Flight, length time.Duration) []WindowCount {
	out := make([]WindowCount, 0, len(flights))
	windows := make(map[string][]time.Time)
	for i := range flights {
		route, at := flights[i].Route(), flights[i].Scheduled()
		w := windows[route]
		for len(w) > 0 && !w[0].Add(length).After(at) {
			w = w[1:]
		}
		w = append(w, at)
		windows[route] = w
		out = append(out, WindowCount{route, at, len(w)})
	}
	return out
}

package demo

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"time"
)

// row is an event of an output. Its identity tells it from all other events of
// the output; an event that comes again is a repeat if all of it is the same.
type row[K comparable] interface {
	comparable
	identity() K
}

// output is what has been read of an output file.
type output[K comparable, R row[K]] struct {
	name     string
	file     tail
	rows     []R // in the order of their first coming
	seen     map[K]R
	repeats  int      // events that came again, as at-least-once allows
	disagree []string // events that came again with other values
}

func newOutput[K comparable, R row[K]](dir, name string) *output[K, R] {
	return &output[K, R]{name: name, file: tail{path: filepath.Join(dir, name+".jsonl")}, seen: map[K]R{}}
}

// read takes in what has been added to the file, up to a limit in bytes.
func (o *output[K, R]) read(limit int64) error {
	return o.file.read(limit, func(line []byte) error {
		var event struct{ Event *R }
		if err := json.Unmarshal(line, &event); err != nil || event.Event == nil {
			return fmt.Errorf("the line is no event in JSON: %.200s", line)
		}
		o.add(*event.Event)
		return nil
	})
}

func (o *output[K, R]) add(r R) {
	before, again := o.seen[r.identity()]
	switch {
	case !again:
		o.seen[r.identity()] = r
		o.rows = append(o.rows, r)
	case before == r:
		o.repeats++
	default:
		o.disagree = append(o.disagree, fmt.Sprintf("%s: %+v came again as %+v", o.name, before, r))
	}
}

// hourly is the mean delay of an origin's flights of an hour, up to one of them.
type hourly struct {
	Origin  string
	Hour    string // as in the data: 2013-01-01T10:00:00Z
	Mean    float64
	Flights int64
}

type hourlyKey struct {
	origin, hour string
	flights      int64
}

func (h hourly) identity() hourlyKey { return hourlyKey{h.Origin, h.Hour, h.Flights} }

// routeDay is how many flights a route had in the 24 hours up to one of them.
type routeDay struct {
	TS      int64 // ms since 1970
	Route   string
	Carrier string
	Flight  int64
	LastDay int64
}

type routeKey struct {
	ts             int64
	route, carrier string
	flight         int64
}

func (r routeDay) identity() routeKey { return routeKey{r.TS, r.Route, r.Carrier, r.Flight} }

// alert is an aircraft that left late three times running; times in ms since 1970,
// delays in minutes.
type alert struct {
	Tailnum                string
	First, Second, Third   int64
	Delay1, Delay2, Delay3 int64
}

func (a alert) identity() alert { return a }

func (a alert) minutes() int64 { return a.Delay1 + a.Delay2 + a.Delay3 }

// maker is how many flights the aircraft of a manufacturer had, up to one of them.
type maker struct {
	Manufacturer string
	Flights      int64
}

func (m maker) identity() maker { return m }

// outputs is what the app writes.
type outputs struct {
	hourly *output[hourlyKey, hourly]
	routes *output[routeKey, routeDay]
	alerts *output[alert, alert]
	makers *output[maker, maker]
}

func newOutputs(dir string) *outputs {
	return &outputs{
		hourly: newOutput[hourlyKey, hourly](dir, "hourly"),
		routes: newOutput[routeKey, routeDay](dir, "routes"),
		alerts: newOutput[alert, alert](dir, "alerts"),
		makers: newOutput[maker, maker](dir, "makers"),
	}
}

// read takes in what has been added to the files, of each up to a limit in bytes.
func (o *outputs) read(limit int64) error {
	for _, read := range []func(int64) error{o.hourly.read, o.routes.read, o.alerts.read, o.makers.read} {
		if err := read(limit); err != nil {
			return err
		}
	}
	return nil
}

// utc shows a time in ms since 1970.
func utc(millis int64) string { return time.UnixMilli(millis).UTC().Format("Jan _2 15:04") }

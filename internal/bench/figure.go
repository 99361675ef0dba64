package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// Spread is the least, the middle and the greatest of some rates.
type Spread struct {
	Min    float64 `json:"min"`
	Median float64 `json:"median"`
	Max    float64 `json:"max"`
}

// spreadOf returns the spread of the rates, in whole events per second.
func spreadOf(rates []float64) Spread {
	s := slices.Sorted(slices.Values(rates))
	return Spread{math.Round(s[0]), math.Round(s[len(s)/2]), math.Round(s[len(s)-1])}
}

// Figure is what the engine reached in one workload and mode.
type Figure struct {
	Workload        string  `json:"workload"`
	Mode            string  `json:"mode"`
	Batch           int     `json:"batch"` // events sent together
	Events          int     `json:"events"`
	EventsPerSecond Spread  `json:"events_per_s"`
	Outputs         int64   `json:"outputs"`
	Checksum        string  `json:"checksum"`
	AllocsPerEvent  float64 `json:"allocs_per_event"`
	// The times of one send: of an event in mode single, of a batch in batch.
	P50Nanos int64 `json:"p50_ns"`
	P99Nanos int64 `json:"p99_ns"`
	// Peer is the other engine's figure, where one was asked for; Ratio is the
	// engine's median rate over the peer's.
	Peer  *PeerFigure `json:"peer,omitempty"`
	Ratio float64     `json:"ratio,omitempty"`
}

// compare adds the other engine's figure.
func (f *Figure) compare(p PeerFigure) {
	f.Peer = &p
	f.Ratio = math.Round(100*f.EventsPerSecond.Median/p.EventsPerSecond.Median) / 100
}

// printer writes figures as they come, as a table or as lines of JSON.
type printer struct {
	w      io.Writer
	json   bool
	peer   bool // the table has columns for the peer
	titled bool
}

func (p *printer) print(f *Figure) error {
	if p.json {
		return json.NewEncoder(p.w).Encode(f)
	}
	if !p.titled {
		p.titled = true
		if err := p.title(); err != nil {
			return err
		}
	}
	s := f.EventsPerSecond
	if _, err := fmt.Fprintf(p.w, "%-6s %-6s %9s %9s %9s %9d  %s %8.4f %8d %8d", f.Workload, f.Mode,
		rate(s.Min), rate(s.Median), rate(s.Max), f.Outputs, f.Checksum, f.AllocsPerEvent, f.P50Nanos, f.P99Nanos); err != nil {
		return err
	}
	if f.Peer != nil {
		if _, err := fmt.Fprintf(p.w, " %9s %6.1fx", rate(f.Peer.EventsPerSecond.Median), f.Ratio); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(p.w)
	return err
}

func (p *printer) title() error {
	head := fmt.Sprintf("%-6s %-6s %9s %9s %9s %9s  %-16s %8s %8s %8s", "", "mode",
		"min ev/s", "median", "max", "rows", "checksum", "allocs/e", "p50 ns", "p99 ns")
	if p.peer {
		head += fmt.Sprintf(" %9s %7s", "peer", "ratio")
	}
	_, err := fmt.Fprintln(p.w, head)
	return err
}

// rate prints events per second to four digits, with k or M.
func rate(perSecond float64) string {
	switch {
	case perSecond >= 100e6:
		return fmt.Sprintf("%.1f M", perSecond/1e6)
	case perSecond >= 1e6:
		return fmt.Sprintf("%.2f M", perSecond/1e6)
	case perSecond >= 1e3:
		return fmt.Sprintf("%.1f k", perSecond/1e3)
	}
	return fmt.Sprintf("%.0f", perSecond)
}

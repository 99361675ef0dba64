package connect

import (
	"sync"
	"sync/atomic"
	"time"

	"millrace/pkg/siddhi/stream"
)

// State is how an app, a source or a sink is.
type State string

// The states. A source or sink is Waiting between two tries to connect.
const (
	Starting State = "starting"
	Running  State = "running"
	Waiting  State = "waiting"
	Finished State = "finished"
	Stopping State = "stopping"
	Stopped  State = "stopped"
)

// Status is what an app's outside has done since Run began.
type Status struct {
	State    State
	Sources  []EdgeStatus
	Sinks    []EdgeStatus
	Snapshot SnapshotStatus
}

// RowsIn returns the rows of all sources.
func (s Status) RowsIn() int64 { return rows(s.Sources) }

// RowsOut returns the rows of all sinks.
func (s Status) RowsOut() int64 { return rows(s.Sinks) }

func rows(edges []EdgeStatus) (n int64) {
	for i := range edges {
		n += edges[i].Rows
	}
	return n
}

// EdgeStatus is what a source or a sink has done.
type EdgeStatus struct {
	Stream, Type string
	State        State
	Records      int64
	Rows         int64
	Bytes        int64
	// Bad counts what was left out because it could not be decoded, encoded or
	// was refused by the transport: records of a source, rows of a sink.
	Bad       int64
	Dropped   int64 // sink with on.error='log': rows given up while it was not connected
	Repeated  int64 // source: rows left out because they had been seen
	Missing   int64 // source: rows that a producer sent and that never came
	Waiting   int   // sink: rows in its buffer
	Writing   int   // sink: rows that have left it and are on their way
	EventTime int64 // source: of the latest row, ms since the Unix epoch; 0 before the first
	// Done and Total are bytes of a source that knows its end; 0 otherwise.
	Done, Total int64
	Positions   []stream.Position // source: read up to here
	LastError   string
}

// SnapshotStatus is about snapshots; zero before the first.
type SnapshotStatus struct {
	Revision  string
	At        time.Time
	Count     int64
	SizeBytes int64
	LastError string // of the latest try, empty when it succeeded
}

// counters is what a source or sink counts; read by Status at any time.
type counters struct {
	records, rows, bytes, bad, dropped, repeated, missing, eventTime atomic.Int64

	mu        sync.Mutex
	state     State
	lastError string
}

func (c *counters) set(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = s
}

// failed notes an error after which it goes on.
func (c *counters) failed(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastError = err.Error()
}

func (c *counters) status(stream, kind string) EdgeStatus {
	c.mu.Lock()
	defer c.mu.Unlock()
	return EdgeStatus{
		Stream: stream, Type: kind, State: c.state, LastError: c.lastError,
		Records: c.records.Load(), Rows: c.rows.Load(), Bytes: c.bytes.Load(), Bad: c.bad.Load(), Dropped: c.dropped.Load(),
		Repeated: c.repeated.Load(), Missing: c.missing.Load(), EventTime: c.eventTime.Load(),
	}
}

// Status returns what the app's outside has done. It never waits for the app.
func (r *Runner) Status() Status {
	r.mu.Lock()
	s := Status{State: r.state, Snapshot: r.snapshot}
	r.mu.Unlock()
	for _, src := range r.sources {
		s.Sources = append(s.Sources, src.status())
	}
	for _, snk := range r.sinks {
		st := snk.count.status(snk.stream, snk.kind)
		st.Waiting, st.Writing = snk.buffer.unwritten()
		s.Sinks = append(s.Sinks, st)
	}
	return s
}

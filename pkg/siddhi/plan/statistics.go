package plan

import (
	"sync/atomic"
	"time"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
)

// Statistics is what an app with @app:statistics has done since it was made.
type Statistics struct {
	Streams []StreamStatistics // as in check.App.Streams
	Queries []QueryStatistics  // as in Plan.Queries
	Tables  []TableStatistics  // those in memory; empty while the app is at work
}

// StreamStatistics counts the rows of a stream.
type StreamStatistics struct {
	Stream string
	Rows   uint64
}

// QueryStatistics counts the rows that a query was given. Busy is the time that
// it took for them, with everything downstream of it, which runs at once.
type QueryStatistics struct {
	Query string
	Rows  uint64
	Busy  time.Duration
}

// TableStatistics has the size of a table in memory.
type TableStatistics struct {
	Table string
	Rows  int
}

// meters are the counters behind Statistics. They are read while the app runs.
type meters struct {
	streams []*streamMeter // as in check.App.Streams
	queries []*queryMeter  // as in Plan.Queries
}

type streamMeter struct{ rows atomic.Uint64 }

type queryMeter struct {
	rows  atomic.Uint64
	nanos atomic.Int64
}

// measure puts a counter in front of every stream and query. nanos is a clock
// that only goes forward.
func (p *Plan) measure(nanos func() int64) {
	p.meters = &meters{}
	byDef := map[*check.Query]*queryMeter{}
	for _, q := range p.Queries {
		m := &queryMeter{}
		byDef[q.Def] = m
		p.meters.queries = append(p.meters.queries, m)
	}
	for _, j := range newGraph(p).junctions {
		for i := range j.receivers {
			if r := &j.receivers[i]; r.entry == nil {
				r.push = byDef[r.query].measured(r.push, nanos)
			}
		}
	}
	for _, def := range p.App.Streams {
		m, j := &streamMeter{}, p.Streams[def]
		p.meters.streams = append(p.meters.streams, m)
		j.receivers = append([]receiver{{push: m.count}}, j.receivers...)
	}
}

func (m *streamMeter) count(b *column.Batch) error {
	m.rows.Add(uint64(b.N))
	return nil
}

func (m *queryMeter) measured(push flow.Emit, nanos func() int64) flow.Emit {
	return func(b *column.Batch) error {
		start := nanos()
		err := push(b)
		m.nanos.Add(nanos() - start)
		m.rows.Add(uint64(b.N))
		return err
	}
}

// Statistics returns the counters of streams and queries, or nil for an app
// without @app:statistics. Any goroutine may call it.
func (p *Plan) Statistics() *Statistics {
	if p.meters == nil {
		return nil
	}
	var s Statistics
	for i, m := range p.meters.streams {
		s.Streams = append(s.Streams, StreamStatistics{p.App.Streams[i].Name, m.rows.Load()})
	}
	for i, m := range p.meters.queries {
		s.Queries = append(s.Queries, QueryStatistics{p.Queries[i].Def.Name, m.rows.Load(), time.Duration(m.nanos.Load())})
	}
	return &s
}

// TableSizes returns the sizes of the tables in memory, for the owner of the app.
func (p *Plan) TableSizes() []TableStatistics {
	var all []TableStatistics
	for _, def := range p.App.Tables {
		if t, ok := p.Tables[def].(interface{ Len() int }); ok { // not one in a database
			all = append(all, TableStatistics{def.Name, t.Len()})
		}
	}
	return all
}

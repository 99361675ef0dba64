package aggregation_test

import (
	"fmt"
	"testing"

	"millrace/pkg/siddhi"
)

const stream = "define stream S (id long, v double, ts long); define stream Q (s long, e long); "

// apps have the same aggregation by the time of the clock, and by that of the events.
var apps = []struct{ name, by string }{{"arrival", ""}, {"event", "by ts "}}

// send sends rows of ids that run through groups, perSecond a second of the clock, and
// moves the clock behind each second.
func (s *started) send(t testing.TB, first, rows, groups, perSecond int) {
	for sent := 0; sent < rows; {
		n := min(perSecond, rows-sent)
		now := int64(begin + 1000*(first+sent)/perSecond)
		s.rows.Reset()
		s.rows.N = n
		for i := range n {
			at := now + int64(i*1000/perSecond)
			s.rows.Time = append(s.rows.Time, at)
			s.rows.Cols[0].AppendLong(int64((first + sent + i) % groups))
			s.rows.Cols[1].AppendDouble(float64(i))
			s.rows.Cols[2].AppendLong(at)
		}
		if err := s.in.SendBatch(s.rows); err != nil {
			t.Fatal(err)
		}
		s.advance(t, now+1000)
		sent += n
	}
}

// BenchmarkEvent measures an event where a table keeps 1,000 and 1,000,000 rows of closed
// buckets, of which a purge takes as many as come, and where so many groups are in an open bucket.
func BenchmarkEvent(b *testing.B) {
	const perSecond = 8 // each event is a row of a second
	for _, app := range apps {
		for _, n := range []int{1_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/closed=%d", app.name, n), func(b *testing.B) {
				keep := max(120, n/perSecond) // seconds
				s := start(b, stream+fmt.Sprintf("@purge(enable='true', interval='1 min', @retentionPeriod(sec='%d sec', min='%d sec')) ", keep, keep+2*hour)+
					"define aggregation A from S select id, sum(v) as t, max(v) as m, count() as c group by id aggregate "+app.by+"every sec...min;")
				first := (keep + 3*hour) * perSecond
				s.send(b, 0, first, perSecond, perSecond)
				pass(b, s, first, perSecond, perSecond)
			})
			b.Run(fmt.Sprintf("%s/open=%d", app.name, n), func(b *testing.B) {
				s := start(b, stream+"define aggregation A from S select id, sum(v) as t, max(v) as m, count() as c group by id aggregate "+app.by+"every year;")
				s.send(b, 0, n, n, 1000)
				pass(b, s, n, n, 1000)
			})
		}
	}
}

// pass measures events behind the first ones.
func pass(b *testing.B, s *started, first, groups, perSecond int) {
	const events = 8000
	b.ReportAllocs()
	for b.Loop() {
		s.send(b, first, events, groups, perSecond)
		first += events
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/events, "ns/event")
}

// BenchmarkRead measures a join that reads ten rows of those that the table of the
// seconds has: what it costs must not depend on how many these are.
func BenchmarkRead(b *testing.B) {
	for _, app := range apps {
		for _, n := range []int{1_000, 1_000_000} {
			b.Run(fmt.Sprintf("%s/closed=%d", app.name, n), func(b *testing.B) { readTen(b, app.by, n) })
		}
	}
}

func readTen(b *testing.B, by string, n int) {
	s := start(b, stream+"@purge(enable='false') define aggregation A from S select id, sum(v) as t, count() as c group by id aggregate "+by+`every sec...min;
		from Q join A within Q.s, Q.e per 'sec' select A.AGG_TIMESTAMP as at, A.t as t insert into Out;`)
	s.send(b, 0, n, 10, 10)
	found := 0
	if err := s.OnStream("Out", func(rows *siddhi.Batch) { found += rows.N }); err != nil {
		b.Fatal(err)
	}
	q, err := s.Input("Q")
	if err != nil {
		b.Fatal(err)
	}
	asked, seconds := 0, n/10
	b.ReportAllocs()
	for b.Loop() {
		at := int64(begin + asked*7919%seconds*1000)
		if err := q.Send(at, siddhi.Long(at), siddhi.Long(at+1000)); err != nil {
			b.Fatal(err)
		}
		asked++
	}
	if found != 10*asked {
		b.Fatalf("%d reads found %d rows", asked, found)
	}
}

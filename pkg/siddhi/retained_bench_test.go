package siddhi_test

import (
	"fmt"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
)

// retainedBy are windows that keep about $n rows, of which one comes each millisecond.
// A batch is the chunk that it came in, however many have come.
var retainedBy = []struct{ name, window string }{
	{"length", "length($n)"}, {"lengthBatch", "lengthBatch($n)"}, {"time", "time($n)"}, {"timeBatch", "timeBatch($n)"},
	{"externalTime", "externalTime(ts, $n)"}, {"externalTimeBatch", "externalTimeBatch(ts, $n)"},
	{"timeLength", "timeLength(1 hour, $n)"}, {"delay", "delay($n)"}, {"cron", "cron('$cron')"}, {"batch", "batch()"}, {"sort", "sort($n, v)"},
}

// crons are expressions that fire once in about so many milliseconds.
var crons = map[int]string{1_000: "* * * * * ?", 1_000_000: "0 0/16 * * * ?"}

// retained are apps that keep $n rows without a window. id runs through $n values
// and back again.
var retained = []struct{ name, app string }{
	{"partitions", `partition with (id of S) begin from S#window.length(2) select id, sum(v) as s insert into Out; end;`},
	{"tableJoin", `from S join T on S.id == T.id select S.id as id, T.v * S.v as p insert into Out;`},
	{"tableIn", `from S[T.id == id in T] select id insert into Out;`},
	{"tableUpdate", `from S select id, v update or insert into T set T.v = v on T.id == id;`},
}

// keep starts an app that keeps n rows, and has kept them for a while. It
// returns what sends the next 1,000 rows.
func keep(b *testing.B, app string, n int) (send func()) {
	b.Helper()
	text := "@app:playback define stream S (id long, g int, v double, ts long); @primaryKey('id') define table T (id long, v double);" +
		strings.NewReplacer("$n", fmt.Sprint(n), "$cron", crons[n]).Replace(app)
	a, err := siddhi.Compile(text, siddhi.Options{OnError: func(e *siddhi.ProcessingError) { b.Error(e) }})
	if err != nil {
		b.Fatal(err)
	}
	if err := a.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(a.Close)
	in, err := a.Input("S")
	if err != nil {
		b.Fatal(err)
	}
	batch, next := in.NewBatch(), 0
	send = func() {
		batch.Reset()
		for range batchRows {
			at := startTime + int64(next)
			batch.Time = append(batch.Time, at)
			batch.Cols[0].AppendLong(int64(next % n))
			batch.Cols[1].AppendInt(int32(next % 97))
			batch.Cols[2].AppendDouble(float64(next * 7919 % 10_007))
			batch.Cols[3].AppendLong(at)
			next++
		}
		batch.N = batchRows
		if err := in.SendBatch(batch); err != nil {
			b.Fatal(err)
		}
	}
	for next < 2*n {
		send()
	}
	return send
}

// BenchmarkRetained measures what an event costs where 1,000 and 1,000,000 rows
// are kept: docs/performance.md says which grow, and why. An operation is as
// many events as the greater number, so that each tumbling window ends once.
func BenchmarkRetained(b *testing.B) {
	for _, r := range retainedBy {
		retainedRows(b, r.name, "from S#window."+r.window+" select g, sum(v) as s, max(v) as m group by g insert into Out;")
	}
	for _, r := range retained {
		app := r.app
		if strings.HasPrefix(r.name, "table") { // filled by a query in front of the others
			app = `from S select id, v update or insert into T set T.v = v on T.id == id; ` + app
		}
		retainedRows(b, r.name, app)
	}
}

func retainedRows(b *testing.B, name, app string) {
	for _, n := range []int{1_000, 1_000_000} {
		b.Run(fmt.Sprint(name, "/", n), func(b *testing.B) {
			send := keep(b, app, n)
			for b.Loop() {
				for range 1_000_000 / batchRows {
					send()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1_000_000, "ns/event")
		})
	}
}

package siddhi_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi"
)

// load is an app and the events that it is measured with.
type load struct {
	name    string
	app     string
	symbols int
	events  func(*load) *events
	prefill bool // table T is filled first, by stream Fill
}

const trades = "define stream S (symbol string, price float, volume int, ts long);\n"

var loads = []load{
	{name: "filter", symbols: 100, events: tradeEvents, app: trades + `
		from S[700 > price] select symbol, price, volume insert into Out;`},
	{name: "functions", symbols: 100, events: tradeEvents, app: trades + `
		from S select symbol, price * 1.1 + volume as v, (volume % 7) * 3 + 1 as m,
			ifThenElse(price > 500.0, 'high', 'low') as band, maximum(price, 250.0f) as mx,
			convert(ts / 1000, 'long') as sec insert into Out;`},
	{name: "slidingGroups", symbols: 100, events: tradeEvents, app: trades + `
		from S#window.length(1000) select symbol, avg(price) as ap, sum(volume) as sv, max(price) as mp
		group by symbol insert into Out;`},
	{name: "slidingTime", symbols: 100, events: tradeEvents, app: trades + `
		from S#window.externalTime(ts, 100) select symbol, count() as c, stdDev(price) as d, min(volume * 2) as low
		group by symbol having c > 1 insert into Out;`},
	{name: "tumblingGroups", symbols: 1000, events: tradeEvents, app: trades + `
		from S#window.externalTimeBatch(ts, 1 sec) select symbol, sum(price) as sp, count() as c
		group by symbol insert into Out;`},
	{name: "partition", symbols: 1000, events: tradeEvents, app: trades + `
		partition with (symbol of S) begin
			from S#window.length(10) select symbol, avg(price) as ap, sum(volume) as sv insert into Out;
		end;`},
	{name: "pattern", symbols: 1000, events: tradeEvents, app: "@app:playback\n" + trades + `
		partition with (symbol of S) begin
			from every e1=S[price > 900.0] -> e2=S[price > e1.price] within 5 sec
			select e1.symbol as symbol, e1.price as p1, e2.price as p2 insert into Out;
		end;`},
	{name: "tableJoin", symbols: tableRows, events: orderEvents, prefill: true, app: `
		define stream Fill (id long, name string, v double);
		define stream S (id long, qty int, ts long);
		@primaryKey('id') define table T (id long, name string, v double);
		from Fill insert into T;
		from S join T on S.id == T.id select S.id as id, T.name as name, T.v * S.qty as total insert into Out;`},
}

const (
	passEvents  = 20_000 // events of one pass over the input, two seconds of them
	batchRows   = 1000
	eventsPerMs = 10
	startTime   = 1_700_000_000_000
	tableRows   = 10_000
)

// events are what a pass sends. Their time goes on from pass to pass.
type events struct {
	width   int
	ts      int // the attribute with the time
	raw     []any
	values  []siddhi.Value // raw, for single sends
	batches []*siddhi.Batch
	passes  int64
}

func tradeEvents(l *load) *events {
	rng := rand.New(rand.NewPCG(1, 2))
	e := &events{width: 4, ts: 3}
	for range passEvents {
		e.raw = append(e.raw, fmt.Sprint("S", rng.IntN(l.symbols)), float32(rng.IntN(100_000))/100, rng.Int32N(1000), int64(0))
	}
	return e
}

// orderEvents have ids of which one in eleven is not in the table.
func orderEvents(l *load) *events {
	rng := rand.New(rand.NewPCG(3, 4))
	e := &events{width: 3, ts: 2}
	for range passEvents {
		e.raw = append(e.raw, rng.Int64N(int64(l.symbols)*11/10), rng.Int32N(1000), int64(0))
	}
	return e
}

// fill makes of the raw values what is sent.
func (e *events) fill(in *siddhi.Input) {
	for _, v := range e.raw {
		e.values = append(e.values, siddhi.Of(v))
	}
	for row := 0; row < passEvents; row += batchRows {
		b := in.NewBatch()
		for i := range batchRows {
			b.Time = append(b.Time, timeOf(row+i, 0))
			for c := range e.width {
				b.Cols[c].AppendAny(e.raw[(row+i)*e.width+c])
			}
		}
		b.N = batchRows
		copy(b.Cols[e.ts].I64, b.Time)
		e.batches = append(e.batches, b)
	}
}

func timeOf(event int, pass int64) int64 {
	return startTime + pass*(passEvents/eventsPerMs) + int64(event/eventsPerMs)
}

// single sends a pass event by event.
func (e *events) single(tb testing.TB, in *siddhi.Input) {
	rest := e.values
	for row := range passEvents {
		t := timeOf(row, e.passes)
		rest[e.ts] = siddhi.Long(t)
		if err := in.Send(t, rest[:e.width]...); err != nil {
			tb.Fatal(err)
		}
		rest = rest[e.width:]
	}
	e.passes++
}

// batched sends a pass in batches.
func (e *events) batched(tb testing.TB, in *siddhi.Input) {
	for i, b := range e.batches {
		for row := range b.Time {
			b.Time[row] = timeOf(i*batchRows+row, e.passes)
		}
		copy(b.Cols[e.ts].I64, b.Time)
		if err := in.SendBatch(b); err != nil {
			tb.Fatal(err)
		}
	}
	e.passes++
}

// start runs l's app until its buffers have their size, and returns what sends
// one more pass and how many rows it has put out.
func (l *load) start(tb testing.TB, send func(*events, testing.TB, *siddhi.Input)) (pass func(), rows *int) {
	tb.Helper()
	app, err := siddhi.Compile(l.app, siddhi.Options{OnError: func(e *siddhi.ProcessingError) { tb.Error(e) }})
	if err != nil {
		tb.Fatal(err)
	}
	rows = new(int)
	if err := app.OnStream("Out", func(b *siddhi.Batch) { *rows += b.N }); err != nil {
		tb.Fatal(err)
	}
	if err := app.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(app.Close)
	in, err := app.Input("S")
	if err != nil {
		tb.Fatal(err)
	}
	if l.prefill {
		fillTable(tb, app)
	}
	e := l.events(l)
	e.fill(in)
	for range 5 {
		send(e, tb, in)
	}
	return func() { send(e, tb, in) }, rows
}

func fillTable(tb testing.TB, app *siddhi.App) {
	in, err := app.Input("Fill")
	if err != nil {
		tb.Fatal(err)
	}
	for id := range int64(tableRows) {
		err := in.Send(startTime, siddhi.Long(id), siddhi.String(fmt.Sprint("N", id%1000)), siddhi.Double(float64(id)/2))
		if err != nil {
			tb.Fatal(err)
		}
	}
}

var modes = []struct {
	name string
	send func(*events, testing.TB, *siddhi.Input)
}{
	{"single", (*events).single},
	{"batch", (*events).batched},
}

// BenchmarkEngine measures whole apps through the public API. An operation is
// a pass; ns/event is the figure to look at.
func BenchmarkEngine(b *testing.B) {
	for i := range loads {
		for _, m := range modes {
			b.Run(loads[i].name+"/"+m.name, func(b *testing.B) {
				pass, _ := loads[i].start(b, m.send)
				b.ReportAllocs()
				for b.Loop() {
					pass()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/passEvents, "ns/event")
			})
		}
	}
}

// TestNoAllocations: on the steady path no event costs an allocation.
func TestNoAllocations(t *testing.T) {
	for i := range loads {
		for _, m := range modes {
			t.Run(loads[i].name+"/"+m.name, func(t *testing.T) {
				pass, rows := loads[i].start(t, m.send)
				before := *rows
				if n := testing.AllocsPerRun(3, pass); n > 0 {
					t.Errorf("%v allocations in a pass of %d events", n, passEvents)
				}
				if *rows == before {
					t.Error("the app put out nothing")
				}
			})
		}
	}
}

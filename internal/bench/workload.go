package bench

import (
	"fmt"
	"strings"
)

// Workload is an app with the events it is fed and the rows it must give.
type Workload struct {
	Name string
	What string // what it measures, in a few words
	App  string // SiddhiQL
	// Output is the stream whose rows are the result. Where it is empty, the
	// rows of EndQuery, an on-demand query run after the last event, are.
	Output   string
	EndQuery string
	// Round says that doubles are rounded before they are hashed.
	Round bool
	// Events is the number of events of a pass.
	Events int
	Want   Want

	generate func(n int) *Input
}

// Input makes the workload's events: the same ones on each call.
func (w *Workload) Input() *Input { return w.generate(w.Events) }

// Find returns the workload with the name.
func Find(name string) (*Workload, error) {
	all := Workloads()
	names := make([]string, len(all))
	for i := range all {
		if all[i].Name == name {
			return &all[i], nil
		}
		names[i] = all[i].Name
	}
	return nil, fmt.Errorf("workload %q: there is no such workload, choose of %s", name, strings.Join(names, " "))
}

const (
	million = 1_000_000

	tradeStream = "define stream S (symbol string, price float, volume int, ts long);\n"
	orderStream = "define stream S (id long, qty int, ts long);\n" +
		"define stream L (id long, name string, v double);\n" +
		"@PrimaryKey('id') define table T (id long, name string, v double);\n" +
		"from L insert into T;\n"
	sideStreams = "define stream A (k int, v int, ts long);\ndefine stream B (k int, v int, ts long);\n"
)

// Workloads returns all workloads in the order of their names.
func Workloads() []Workload {
	all := append(statelessWorkloads(), windowWorkloads()...)
	all = append(all, matchWorkloads()...)
	all = append(all, storeWorkloads()...)
	all = append(all, nexmarkWorkloads()...)
	for i := range all {
		w := &all[i]
		w.Want = wants(w.Name)
		if w.Output == "" && w.EndQuery == "" {
			w.Output = "Out"
		}
		if w.Events == 0 {
			w.Events = million
		}
	}
	return all
}

func statelessWorkloads() []Workload {
	var ten strings.Builder
	ten.WriteString(tradeStream)
	for q := 1; q <= 10; q++ {
		fmt.Fprintf(&ten, "from S[price > %d.0] select symbol, price, volume insert into Out;\n", q*90)
	}
	return []Workload{
		{
			Name: "W1", What: "filter", generate: tradesInput(100, 100),
			App: tradeStream + "from S[700 > price] select symbol, price, volume insert into Out;",
		},
		{Name: "W1x10", What: "10 filters on one stream", generate: tradesInput(100, 100), App: ten.String()},
		{
			Name: "W2", What: "functions", generate: notesInput,
			App: "define stream S (symbol string, price float, volume int, ts long, note string);\n" +
				"from S select symbol, price * 1.1 + volume as v, (volume % 7) * 3 + 1 as m," +
				" ifThenElse(price > 500.0, 'high', 'low') as band, coalesce(note, symbol) as n," +
				" maximum(price, 250.0f) as mx, convert(ts / 1000, 'long') as sec insert into Out;",
		},
	}
}

func windowWorkloads() []Workload {
	return []Workload{
		{
			Name: "W3", What: "length window, avg, sum, max by symbol", generate: tradesInput(100, 100),
			App: tradeStream + "from S#window.length(1000) select symbol, avg(price) as ap, sum(volume) as sv, max(price) as mp" +
				" group by symbol insert into Out;",
		},
		{
			Name: "W4", What: "event-time window of 100,000 events", generate: tradesInput(10_000, 100),
			App: tradeStream + "from S#window.externalTime(ts, 1 sec) select symbol, avg(price) as ap group by symbol insert into Out;",
		},
		{
			Name: "W5", What: "tumbling window in event time", generate: tradesInput(1_000, 10),
			App: tradeStream + "from S#window.externalTimeBatch(ts, 1 sec) select symbol, sum(price) as sp, count() as c" +
				" group by symbol insert into Out;",
		},
		{
			Name: "W6", What: "partition, a length window a key", generate: tradesInput(1_000, 100),
			App: tradeStream + "partition with (symbol of S) begin\n" +
				"from S#window.length(10) select symbol, avg(price) as ap, sum(volume) as sv insert into Out;\nend;",
		},
		{
			Name: "W11", What: "distinctCount and stdDev, no group", Round: true, generate: tradesInput(1_000, 100),
			App: tradeStream + "from S#window.length(1000) select distinctCount(symbol) as dc, stdDev(price) as sd insert into Out;",
		},
	}
}

func matchWorkloads() []Workload {
	join := func(window string) string {
		return sideStreams + "from A#window." + window + " as a join B#window." + window + " as b on a.k == b.k" +
			" select a.k as k, a.v as av, b.v as bv insert into Out;"
	}
	return []Workload{
		{
			Name: "W7", What: "pattern, partitioned", generate: tradesInput(1_000, 10),
			App: "@app:playback\n" + tradeStream + "partition with (symbol of S) begin\n" +
				"from every e1=S[price > 900.0] -> e2=S[price > e1.price] within 5 sec" +
				" select e1.symbol as symbol, e1.price as p1, e2.price as p2 insert into Out;\nend;",
		},
		{
			Name: "W7b", What: "the same pattern, not partitioned", Events: 50_000, generate: tradesInput(1_000, 10),
			App: "@app:playback\n" + tradeStream +
				"from every e1=S[price > 900.0] -> e2=S[symbol == e1.symbol and price > e1.price] within 5 sec" +
				" select e1.symbol as symbol, e1.price as p1, e2.price as p2 insert into Out;",
		},
		{
			Name: "W8", What: "sequence with a count", generate: tradesInput(100, 100),
			App: tradeStream + "from every e1=S[price > 500.0], e2=S[price >= e1.price]+, e3=S[price < e2[last].price]" +
				" select e1.price as p1, e2[0].price as p2, e2[last].price as p3, e3.price as p4 insert into Out;",
		},
		{
			Name: "W9", What: "join of length windows", Events: 100_000, generate: sidesInput(1_000),
			App: join("length(1000)"),
		},
		{
			Name: "W9b", What: "join of event-time windows", Events: 30_000, generate: sidesInput(10_000),
			App: join("externalTime(ts, 1 sec)"),
		},
	}
}

func storeWorkloads() []Workload {
	return []Workload{
		{
			Name: "W10a", What: "table look-up by primary key", generate: ordersInput,
			App: orderStream + "from S join T on S.id == T.id" +
				" select S.id as id, T.name as name, T.v * S.qty as total insert into Out;",
		},
		{
			Name: "W10b", What: "update or insert by primary key", EndQuery: "from T select id, v", generate: ordersInput,
			App: orderStream + "from S select id, 'u' as name, qty * 1.0 as v update or insert into T set T.v = v on T.id == id;",
		},
		{
			Name: "W12", What: "incremental aggregation", generate: tradesInput(1_000, 10),
			EndQuery: "from Agg within 1699999000000L, 1700009000000L per 'seconds' select AGG_TIMESTAMP, symbol, ap, total, c",
			App: tradeStream + "define aggregation Agg from S select symbol, avg(price) as ap, sum(price) as total, count() as c" +
				" group by symbol aggregate by ts every sec...hour;",
		},
	}
}

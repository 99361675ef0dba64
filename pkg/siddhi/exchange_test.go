package siddhi_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/plan"
	"millrace/pkg/siddhi/schema"
)

const exchangeStream = "define stream S (k string, l string, p float, q double, v int, w long, ok bool, ts long);\n"

var exchangeTypes = []schema.Type{schema.String, schema.String, schema.Float, schema.Double, schema.Int, schema.Long, schema.Bool, schema.Long}

var (
	exchangedWindows = []string{
		"length(1)", "length(3)", "length(8)", "length(1500)", "time(300)", "time(2 sec)", "externalTime(ts, 400)", "externalTime(ts, 3 sec)",
		"timeLength(700, 4)", "timeLength(5 sec, 20)", "timeLength(100, 1000)",
	}
	exchangedItems = []string{
		"sum(p) as a", "sum(v) as a, avg(w) as b", "avg(p) as a, sum(v) as b, max(p) as c", "count() as a, min(w) as b", "max(v) as a, min(q) as b",
		"stdDev(q) as a, stdDev(v) as b", "distinctCount(l) as a, count(v) as b", "and(ok) as a, or(ok) as b", "minForever(v) as a, maxForever(p) as b",
		"sum(v * 2 + w) as a, avg(p / 3) as b, ts", "max(p) - min(p) as a, k as kk, v", "sum(ifThenElse(ok, v, 0)) as a, sum(q) + p as b",
	}
	exchangedTails = []string{
		"", "", "group by k", "group by k", "group by k, ok", "group by l", "having a is null or v > 4", "group by k having a is null or v > 4",
		"group by k order by k desc", "group by k order by k limit 2", "group by l limit 1 offset 1",
	}
)

// exchangedQuery returns a random app whose window and selector run as one step, and
// the same app in which a filter that all rows pass keeps them apart.
func exchangedQuery(r *rand.Rand) (exchanged, ordinary string) {
	window, items, tail := pick(r, exchangedWindows), pick(r, exchangedItems), pick(r, exchangedTails)
	rate := pick(r, []string{"", "", "", "", " output last every 3 events", " output first every 700 milliseconds"})
	if strings.Contains(tail, "having") {
		items += ", v"
		items = strings.Replace(items, ", v, v", ", v", 1)
	}
	app := func(filter string) string {
		text := fmt.Sprintf("@info(name='q') from S#window.%s%s select k as key, l, %s %s%s insert into Out;", window, filter, items, strings.Replace(tail, "order by k", "order by key", 1), rate)
		if r := len(window+items+tail) % 3; r == 0 {
			text = "partition with (k of S) begin " + text + " end;"
		}
		return exchangeStream + text
	}
	return app(""), app("[true]")
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// exchangeRun is an app at work, with what it has put out.
type exchangeRun struct {
	text string
	app  *siddhi.App
	out  []string
	bad  uint64
}

func startExchange(t *testing.T, text string, from []byte) *exchangeRun {
	t.Helper()
	app, err := siddhi.Compile(text, siddhi.Options{Time: siddhi.Virtual, Start: 1000})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	run := &exchangeRun{text: text, app: app}
	if err := app.OnStream("Out", run.receive); err != nil {
		t.Fatal(err)
	}
	if from != nil {
		if _, err := app.Restore(from); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	}
	if err := app.Start(); err != nil {
		t.Fatal(err)
	}
	return run
}

// receive notes rows with their times and what chunk they are of.
func (x *exchangeRun) receive(b *siddhi.Batch) {
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		for row := lo; row < hi; row++ {
			line := fmt.Sprint(row-lo, " of ", hi-lo, " @", b.Time[row])
			for _, col := range b.Cols {
				line += fmt.Sprintf(" %v", col.Any(row))
			}
			x.out = append(x.out, line)
		}
	}
}

func (x *exchangeRun) restart(t *testing.T) *exchangeRun {
	t.Helper()
	snapshot, err := x.app.Snapshot(nil)
	if err != nil {
		t.Fatal(err)
	}
	x.close()
	next := startExchange(t, x.text, snapshot)
	next.out, next.bad = x.out, x.bad
	return next
}

func (x *exchangeRun) close() {
	x.bad += x.app.Errors()
	x.app.Close()
}

func (x *exchangeRun) send(t *testing.T, b *siddhi.Batch) {
	t.Helper()
	in, err := x.app.Input("S")
	if err != nil {
		t.Fatal(err)
	}
	if err := in.SendBatch(b); err != nil {
		t.Fatal(err)
	}
}

// randomRows makes a batch that means single sends, or arrays. Its timestamps and
// attribute ts are about now; few of the latter are null, which windows refuse.
func randomRows(r *rand.Rand, now int64) *siddhi.Batch {
	b := &siddhi.Batch{N: pick(r, []int{1, 1, 2, 5, 40, 900})}
	for _, t := range exchangeTypes {
		b.Cols = append(b.Cols, &column.Column{Type: t})
	}
	nulls := r.IntN(2) == 0
	for range b.N {
		b.Time = append(b.Time, now-int64(r.IntN(900))*int64(r.IntN(2)))
		some := func() bool { return nulls && r.IntN(5) == 0 }
		for i, put := range []func(c *column.Column){
			func(c *column.Column) { c.AppendString(fmt.Sprint("k", r.IntN(4))) },
			func(c *column.Column) {
				c.AppendString(pick(r, []string{"a", "b", "a text that does not lie in its column"}))
			},
			func(c *column.Column) { c.AppendFloat(float32(r.IntN(1000)) / 8) },
			func(c *column.Column) { c.AppendDouble(r.NormFloat64()) },
			func(c *column.Column) { c.AppendInt(r.Int32N(10)) },
			func(c *column.Column) { c.AppendLong(r.Int64N(6)) },
			func(c *column.Column) { c.AppendBool(r.IntN(3) > 0) },
			func(c *column.Column) { c.AppendLong(now + int64(r.IntN(500)) - 200) },
		} {
			if some() && (i != 7 || r.IntN(4) == 0) {
				b.Cols[i].AppendNull()
			} else {
				put(b.Cols[i])
			}
		}
	}
	if r.IntN(2) == 0 {
		for end := 0; end < b.N; {
			end = min(b.N, end+1+r.IntN(6))
			b.Ends = append(b.Ends, int32(end))
		}
	}
	return b
}

// chunksOf cuts a batch into batches of one chunk.
func chunksOf(b *siddhi.Batch) []*siddhi.Batch {
	var all []*siddhi.Batch
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		view := &siddhi.Batch{}
		b.Slice(view, lo, hi)
		all = append(all, view)
	}
	return all
}

// A window and a selector that run as one step put out what they do apart, whatever
// the window, the aggregates and groups; whole batches what single sends do; and the
// same after a restore.
func TestExchangedRowsAreTheOrdinaryOnes(t *testing.T) {
	apps := 150
	if testing.Short() {
		apps = 40
	}
	rows := 0
	for seed := range uint64(apps) {
		r := rand.New(rand.NewPCG(seed, 7))
		exchanged, ordinary := exchangedQuery(r)
		a, b := startExchange(t, exchanged, nil), startExchange(t, ordinary, nil)
		if text := plan.Explain(a.app.Plan()); !strings.Contains(text, "uncopied") {
			t.Fatalf("not one step:\n%s%s", exchanged, text)
		}
		if text := plan.Explain(b.app.Plan()); strings.Contains(text, "uncopied") {
			t.Fatalf("one step:\n%s%s", ordinary, text)
		}
		now := int64(1000)
		for range 12 {
			if r.IntN(3) > 0 {
				now += int64(pick(r, []int{1, 50, 400, 2500}))
				for _, x := range []*exchangeRun{a, b} {
					if err := x.app.AdvanceTo(now); err != nil {
						t.Fatal(err)
					}
				}
			}
			if r.IntN(3) == 0 {
				a = a.restart(t)
			}
			if r.IntN(3) == 0 {
				b = b.restart(t)
			}
			batch := randomRows(r, now)
			a.send(t, batch)
			for _, chunk := range chunksOf(batch) {
				b.send(t, chunk)
			}
		}
		a.close()
		b.close()
		if i := firstDifference(a.out, b.out); i >= 0 {
			t.Fatalf("seed %d: row %d is\n%s, apart it is\n%s\n%s", seed, i, at(a.out, i), at(b.out, i), exchanged)
		}
		if (a.bad > 0) != (b.bad > 0) {
			t.Fatalf("seed %d: %d errors, apart %d\n%s", seed, a.bad, b.bad, exchanged)
		}
		rows += len(a.out)
	}
	if rows < 100*apps {
		t.Errorf("only %d rows were compared", rows)
	}
}

func firstDifference(a, b []string) int {
	for i := range max(len(a), len(b)) {
		if at(a, i) != at(b, i) {
			return i
		}
	}
	return -1
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "nothing"
}

package scenario_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"millrace/pkg/siddhi"
	"millrace/pkg/siddhi/scenario"
)

// generator writes random apps with random input. All streams have the same
// attributes, so that every query can read what any other puts out.
type generator struct {
	*rand.Rand
	app     strings.Builder
	streams []string // that can be read
	queries int
	tables  []string // names; their attributes are k, v, l
	keyed   map[string]bool
	read    map[string]bool // streams that no later query may insert into: there are no loops
	// tame leaves out what Siddhi does wrong (docs/differences.md), for
	// comparisons with it.
	tame bool
	// clocks allows windows that a restore moves.
	clocks bool
}

const attrs = "k string, g int, v int, l long, d double, ts long"

func generate(seed uint64, tame, clocks bool) *scenario.Scenario {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 17)), tame: tame, clocks: clocks, keyed: map[string]bool{}, read: map[string]bool{}}
	g.streams = []string{"A", "B"}
	fmt.Fprintf(&g.app, "define stream A (%s);\ndefine stream B (%s);\n", attrs, attrs)
	for i := range g.IntN(3) {
		name := fmt.Sprint("T", i)
		if keys := g.pick("", "", "@primaryKey('k') ", "@primaryKey('k','v') ", "@index('k') "); keys != "" {
			g.keyed[name] = true
			g.app.WriteString(keys)
		}
		fmt.Fprintf(&g.app, "define table %s (k string, v int, l long);\n", name)
		g.tables = append(g.tables, name)
	}
	for range 2 + g.IntN(5) {
		if g.IntN(5) == 0 {
			g.partition()
		} else {
			g.query("")
		}
	}
	s := &scenario.Scenario{Name: fmt.Sprint("random", seed), App: g.app.String(), Types: map[string][][2]string{}}
	s.Steps = g.input(25)
	return s
}

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g *generator) partition() {
	g.app.WriteString("partition with (" + g.pick("k of A", "g of A", "v % 2 of A", "k of A, k of B") + ")\nbegin\n")
	outer := g.streams
	g.streams = []string{"A", "A", "B"}
	n := 1 + g.IntN(3)
	var made []string
	for i := range n {
		inner := ""
		if i < n-1 && g.IntN(2) == 0 {
			inner = fmt.Sprintf("#I%d", g.queries)
		}
		before := len(g.streams)
		g.query(inner)
		for _, s := range g.streams[before:] {
			if s[0] != '#' {
				made = append(made, s)
			}
		}
	}
	g.app.WriteString("end;\n")
	g.streams = append(outer, made...)
}

// query writes a query. to is the inner stream to insert into, if any.
func (g *generator) query(to string) {
	g.queries++
	fmt.Fprintf(&g.app, "@info(name='q%d') ", g.queries)
	from := g.pick(g.streams...)
	g.read[from] = true
	switch {
	case len(g.tables) > 0 && to == "" && g.IntN(4) == 0:
		g.write(from)
		return
	case len(g.tables) > 0 && g.IntN(4) == 0:
		g.join(from)
	case to == "" && g.IntN(6) == 0 && from[0] != '#':
		g.pattern(from)
	default:
		fmt.Fprintf(&g.app, "from %s%s%s ", from, g.filters(), g.window())
		g.selection("", "")
	}
	kind := g.pick("", "", "", "current events ", "all events ", "expired events ")
	if to == "" {
		to = fmt.Sprint("O", g.queries)
		if g.IntN(4) == 0 {
			for _, s := range g.streams { // two writers, or a diamond
				if s[0] == 'O' && !g.read[s] {
					to = s
				}
			}
		}
	}
	fmt.Fprintf(&g.app, "insert %sinto %s;\n", kind, to)
	g.streams = append(g.streams, to)
}

func (g *generator) filters() string {
	if g.IntN(3) > 0 {
		return ""
	}
	f := g.pick("v > 3", "k == 'a'", "not (k is null)", "v % 2 == 0 or g == 1", "d * 2 < v + 10", "l >= v and g != 2")
	if len(g.tables) > 0 && g.IntN(3) == 0 && !g.tame {
		t := g.pick(g.tables...)
		f = g.pick(t+".k == k in "+t, "not ("+t+".k == k in "+t+")")
	}
	return "[" + f + "]"
}

func (g *generator) window() string {
	if g.IntN(2) == 0 {
		return ""
	}
	all := []string{"length(0)", "length(1)", "length(3)", "lengthBatch(1)", "lengthBatch(3)", "lengthBatch(2, true)", "externalTime(ts, 30)", "externalTimeBatch(ts, 40)", "externalTimeBatch(ts, 25, 0)"}
	if g.clocks {
		all = append(all, "time(30)", "timeBatch(40)")
	}
	return "#window." + g.pick(all...)
}

// selection writes select to limit; the attributes are those of s, the stream's
// name in a join, and t has the table's.
func (g *generator) selection(s, t string) {
	a := func(name string) string { return s + name }
	v, l, d := a("v"), a("l"), a("d")
	if t != "" {
		v, l = g.pick(v, t+"v"), g.pick(l, t+"l")
	}
	aggregated := g.IntN(2) == 0
	if aggregated {
		l = g.pick("sum("+v+")", "count()", "sum("+l+")", "distinctCount("+a("k")+")")
		d = g.pick(d, "avg("+v+")", "sum("+d+")")
		if !g.tame {
			v = g.pick(v, "min("+v+")", "max("+v+")")
			d = g.pick(d, "stdDev("+a("d")+")")
		}
	} else {
		v = g.pick(v, v, v+" + "+a("g"), v+" * 2 - 1", "ifThenElse("+v+" > 3, "+v+", 0)")
		d = g.pick(d, d, d+" / 2", "convert("+v+", 'double')")
	}
	fmt.Fprintf(&g.app, "select %s as k, %s as g, %s as v, %s as l, %s as d, %s as ts ", a("k"), a("g"), v, l, d, a("ts"))
	if g.IntN(3) == 0 {
		g.app.WriteString("group by " + g.pick(a("k"), a("g"), a("k")+", "+a("g")) + " ")
	}
	if g.IntN(5) == 0 {
		g.app.WriteString("having " + g.pick("l > 4", "v is null or v > 2", "k != 'b'") + " ")
	}
	if g.IntN(5) == 0 {
		g.app.WriteString("order by " + g.pick("v", "k desc, v", "d desc", "l, g desc") + " ")
	}
	if g.IntN(6) == 0 && (t == "" || !g.tame) {
		g.app.WriteString(g.pick("limit 1 ", "limit 2 ", "limit 2 offset 1 "))
	}
}

func (g *generator) join(from string) {
	t := g.pick(g.tables...)
	outer := g.pick("join", "join", "left outer join")
	on := g.pick("T.k == S.k", "T.k == S.k", "T.k == S.k and T.v == S.v", "T.v > S.v", "T.k == S.k and T.l > S.v", "T.v == S.g or T.k == S.k")
	if g.tame && g.keyed[t] {
		on = g.pick("T.k == S.k and T.v == S.v", "T.k == S.k and T.v == S.v and T.l > 3") // one row at most: order is accidental
	}
	fmt.Fprintf(&g.app, "from %s%s%s as S %s %s as T on %s ", from, g.filters(), g.window(), outer, t, on)
	g.selection("S.", "T.")
}

func (g *generator) write(from string) {
	t := g.pick(g.tables...)
	set := ""
	if !g.tame || !g.keyed[t] {
		set = g.pick("", "set T.v = v ", "set T.l = T.l + l ", "set T.l = l, T.v = T.v + 1 ")
		set = strings.ReplaceAll(set, "T.", t+".")
	}
	filter := "[not (k is null) and not (v is null)]" // null keys are among the differences
	if !g.tame {
		filter = g.filters()
	}
	on := strings.ReplaceAll(g.pick("T.k == k", "T.k == k", "T.k == k and T.v == v", "T.v > v"), "T.", t+".")
	if g.tame && g.keyed[t] {
		on = t + ".k == k and " + t + ".v == v"
	}
	fmt.Fprintf(&g.app, "from %s%s select k, v, l ", from, filter)
	switch kind := g.IntN(5); {
	case kind < 2:
		fmt.Fprintf(&g.app, "insert into %s;\n", t)
	case kind == 2 && (!g.tame || g.keyed[t]):
		fmt.Fprintf(&g.app, "delete %s on %s;\n", t, on)
	case kind == 3:
		fmt.Fprintf(&g.app, "update %s %son %s;\n", t, set, on)
	default:
		fmt.Fprintf(&g.app, "update or insert into %s %son %s;\n", t, set, on)
	}
}

func (g *generator) pattern(from string) {
	second := from
	for second[0] == '#' || g.IntN(3) > 0 {
		second = g.pick(g.streams...)
		if second[0] != '#' {
			break
		}
	}
	g.read[second] = true
	sep := g.pick(" -> ", " -> ", ", ")
	condition := g.pick("", "[v > e1.v]", "[k == e1.k]")
	within := g.pick("", "", " within 20 milliseconds")
	fmt.Fprintf(&g.app, "from every e1=%s%s%se2=%s%s%s select e1.k as k, e2.g as g, e1.v as v, e2.l as l, e2.d as d, e2.ts as ts ",
		from, g.pick("", "[v > 2]"), sep, second, condition, within)
}

// input makes sends: singles and arrays, equal times, nulls.
func (g *generator) input(n int) []scenario.Step {
	var steps []scenario.Step
	at, ts := int64(1000), int64(0)
	for range n {
		at += int64(g.pick("\x00", "\x00", "\x01", "\x07", "\x32")[0])
		st := scenario.Step{At: at, Send: g.pick("A", "A", "B")}
		rows := 1
		if g.IntN(3) == 0 {
			rows = 1 + g.IntN(5)
		}
		for range rows {
			ts += int64(g.IntN(12))
			row := []any{g.pick("a", "b", "c", "a key that is too long to lie inline"), g.IntN(3), g.IntN(9), g.IntN(20), float64(g.IntN(40)) / 2, ts}
			for i := range row[:5] {
				if g.IntN(12) == 0 {
					row[i] = nil
				}
			}
			st.Rows = append(st.Rows, encode(row))
		}
		steps = append(steps, st)
	}
	return append(steps, scenario.Step{At: at + 500})
}

func encode(row []any) []json.RawMessage {
	var all []json.RawMessage
	for _, v := range row {
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		all = append(all, text)
	}
	return all
}

// watchAll has every stream and query outside of partitions recorded. It
// reports whether the app is accepted.
func watchAll(t *testing.T, s *scenario.Scenario) bool {
	t.Helper()
	app, err := siddhi.Check(s.App)
	if err != nil {
		return false
	}
	for _, st := range app.Streams {
		if st.Partition == nil {
			s.Types["stream:"+st.Name] = nil
		}
	}
	for _, q := range app.Queries {
		if q.Partition == nil {
			s.Types["query:"+q.Name] = nil
		}
	}
	return true
}

// What comes out depends neither on physical batches nor on restores.
func TestRandomApps(t *testing.T) {
	n := uint64(400)
	if testing.Short() {
		n = 60
	}
	accepted := 0
	for seed := range n {
		clocks := seed%3 == 0
		s := generate(seed, false, clocks)
		if !watchAll(t, s) {
			continue
		}
		accepted++
		plain, err := s.Run(scenario.Options{})
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, s.App)
		}
		for _, opts := range []scenario.Options{{Batch: 2}, {Batch: 5}, {Batch: 1024}, {RestoreEach: true}} {
			got, err := s.Run(opts)
			if errors.Is(err, scenario.ErrUnsupported) {
				continue
			}
			if err != nil {
				t.Fatalf("seed %d, %+v: %v\n%s", seed, opts, err, s.App)
			}
			for _, d := range scenario.Same(plain, got) {
				t.Errorf("seed %d, %+v: %s\n%s", seed, opts, d, s.App)
				break
			}
		}
	}
	if accepted < int(n)*3/4 {
		t.Errorf("only %d of %d apps were accepted", accepted, n)
	}
	t.Logf("%d apps", accepted)
}

// With RANDOM_APPS=DIR it writes apps for the oracle to record; what it records
// is compared by SCENARIOS=DIR go test -run TestScenarios.
func TestWriteRandomApps(t *testing.T) {
	dir := os.Getenv("RANDOM_APPS")
	if dir == "" {
		t.Skip("RANDOM_APPS names no folder")
	}
	for seed := range uint64(500) {
		s := generate(1_000_000+seed, true, seed%3 == 0)
		if !watchAll(t, s) {
			continue
		}
		var steps []map[string]any
		for _, st := range s.Steps {
			m := map[string]any{"at": st.At}
			if st.Send != "" {
				m["send"], m["rows"] = st.Send, st.Rows
			}
			steps = append(steps, m)
		}
		text, err := json.MarshalIndent(map[string]any{"name": s.Name, "app": s.App, "steps": steps}, "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, s.Name+".json"), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

package randomapp

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Options say what is made.
type Options struct {
	// Tame leaves out what Siddhi does wrong (docs/differences.md), for
	// comparisons with it.
	Tame bool
	// Valid says whether an app can be created; queries that it does not
	// accept are left out.
	Valid func(text string) bool
	// NoClock leaves out what depends on time.
	NoClock bool
	// Plain leaves out steps that ask or restore.
	Plain bool
}

// generator writes an app. All streams have the same attributes, so that every
// query can read what any other puts out.
type generator struct {
	*rand.Rand
	opts     Options
	text     string          // the app so far
	out      strings.Builder // the element that is being written
	streams  []string        // that can be read
	queries  int
	tables   []string          // their attributes are k, v, l
	keys     map[string]string // of tables: their annotation
	windows  []string          // at most one that is named; its attributes are a stream's
	read     map[string]bool   // streams that no later query may insert into: there are no loops
	inside   bool              // a partition
	restore  bool              // the app is restored now and then
	trigger  bool              // there is one
	playback bool
	faults   bool // stream A has a fault stream
	// Of the query that is being written:
	windowed bool // it has a window
	joining  bool // its window is searched by a join
	skips    bool // it has an offset
	takes    bool // rows that leave may take back what was not counted
}

const attrs = "k string, g int, v int, l long, d double, ts long"

const (
	composite = "@primaryKey('k','v') "
	byNumber  = "@primaryKey('v') "
)

// tries is how often a query is made anew when it is not valid.
const tries = 6

// Generate makes the app of a seed.
func Generate(seed uint64, opts Options) *App {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 17)), opts: opts, keys: map[string]string{}, read: map[string]bool{}}
	g.streams = []string{"A", "B"}
	g.restore = !opts.Plain && g.one(4)
	g.definitions()
	for range 2 + g.IntN(4) {
		g.element()
	}
	a := &App{Name: fmt.Sprint("random", seed), Text: g.text}
	a.Steps = g.steps(14 + g.IntN(12))
	return a
}

// definitions writes what stands before the queries.
func (g *generator) definitions() {
	if !g.opts.NoClock && g.one(8) && !(g.restore && g.opts.Tame) { // whose clock a restore sets to 0
		g.text, g.playback = "@app:playback\n", true
	}
	if g.faults = g.one(5); g.faults {
		g.text += "@OnError(action='stream')\n"
	}
	g.text += fmt.Sprintf("define stream A (%s);\ndefine stream B (%s);\n", attrs, attrs)
	for i := range g.IntN(3) {
		name := fmt.Sprint("T", i)
		keys := g.pick("", "", "@primaryKey('k') ", composite, "@index('k') ", byNumber)
		if g.opts.Tame && strings.HasPrefix(keys, "@index") {
			keys = "" // order by identity, and rows that get lost
		}
		if g.opts.Tame && g.restore && keys != byNumber {
			keys = "" // a restore changes the order
		}
		g.keys[name] = keys
		if g.define(fmt.Sprintf("%sdefine table %s (k string, v int, l long);\n", keys, name)) {
			g.tables = append(g.tables, name)
		}
	}
	if g.one(3) {
		name := "W"
		kinds := g.pick("", "", "output all events", "output current events", "output expired events")
		if g.define(fmt.Sprintf("define window %s (%s) %s %s;\n", name, attrs, strings.TrimPrefix(g.named(), "#window."), kinds)) {
			g.windows = append(g.windows, name)
		}
	}
	if !g.opts.NoClock && g.one(6) {
		g.trigger = g.define(fmt.Sprintf("define trigger Tr at %s;\n", g.pick("every 50 milliseconds", "'start'", "'* * * * * ?'")))
	}
}

// define adds a definition if the app can then be created.
func (g *generator) define(text string) bool {
	if text == "" || !g.opts.Valid(g.text+text+"from A select k insert into Unused;") {
		return false
	}
	g.text += text
	return true
}

// element adds a query or partition.
func (g *generator) element() {
	for range tries {
		streams, read, queries := g.streams, cloned(g.read), g.queries
		g.out.Reset()
		if g.one(5) {
			g.partition()
		} else {
			g.query("")
		}
		if text := g.text + g.out.String(); g.opts.Valid(text) {
			g.text = text
			return
		}
		g.streams, g.read, g.queries, g.inside = streams, read, queries, false
	}
}

func cloned(m map[string]bool) map[string]bool {
	c := make(map[string]bool, len(m))
	for k, v := range m {
		c[k] = v
	}
	return c
}

func (g *generator) pick(of ...string) string { return of[g.IntN(len(of))] }

// one in n times it is true.
func (g *generator) one(n int) bool { return g.IntN(n) == 0 }

func (g *generator) printf(format string, args ...any) { fmt.Fprintf(&g.out, format, args...) }

func (g *generator) partition() {
	g.printf("partition with (%s)\nbegin\n", g.pick("k of A", "g of A", "k of A, k of B", "v % 2 of A",
		"v < 3 as 'low' or v >= 3 as 'high' of A", "v < 5 as 'low' or v > 2 as 'high' of A", "d of A", "l of A, l of B"))
	outer := g.streams
	g.streams = []string{"A", "A", "B"}
	g.inside = true
	n := 1 + g.IntN(3)
	var made []string
	for i := range n {
		inner := ""
		if i < n-1 && g.one(2) {
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
	g.inside = false
	g.printf("end;\n")
	g.streams = append(append([]string(nil), outer...), made...)
}

// query writes a query. to is the inner stream to insert into, if any.
func (g *generator) query(to string) {
	g.queries++
	g.printf("@info(name='q%d') ", g.queries)
	from := g.pick(g.streams...)
	g.read[from] = true
	g.windowed, g.joining, g.takes, g.skips = false, false, false, false
	switch {
	case len(g.tables) > 0 && to == "" && g.one(5):
		g.write(from)
		return
	case len(g.tables) > 0 && g.one(6):
		g.tableJoin(from)
	case g.one(6):
		g.join(from)
	case to == "" && g.one(5) && from[0] != '#':
		g.pattern(from)
	case len(g.windows) > 0 && g.one(3) && !g.inside:
		g.read[g.windows[0]] = true
		g.windowed, g.takes = true, true // a row of a chunk that is too long leaves before it comes
		g.printf("from %s%s ", g.windows[0], g.filters())
		g.selection("", "")
	case g.trigger && !g.inside && g.one(4):
		g.ticks()
	case g.faults && !g.inside && g.one(5):
		g.printf("from !A%s%s ", g.filters(), g.window())
		g.selection("", "")
	default:
		g.printf("from %s%s%s%s ", from, g.filters(), g.streamFunction(), g.window())
		g.selection("", "")
	}
	if g.one(6) {
		g.printf("%s ", g.rate())
	}
	g.target(to)
}

// ticks reads the trigger, alone or joined with a table or the named window.
func (g *generator) ticks() {
	from := append(append([]string(nil), g.tables...), g.windows...)
	if len(from) == 0 || g.one(3) {
		g.printf("from Tr select 'tick' as k, 1 as g, 2 as v, 3L as l, 0.5 as d, 4L as ts ")
		return
	}
	t := g.pick(from...)
	g.read[t] = true
	g.printf("from Tr as s %s %s as t on %s select t.k as k, 1 as g, t.v as v, t.l as l, 0.5 as d, 4L as ts ",
		g.pick("join", "left outer join"), t, g.pick("t.v > 2", "t.k == 'a'", "t.l >= 4L"))
}

// streamFunction writes one, or nothing: those that keep the attributes as they are.
func (g *generator) streamFunction() string {
	switch g.IntN(14) {
	case 0:
		return "#log('seen')"
	case 1:
		if !g.opts.Tame { // it sends the rows of a chunk again with each token
			return "#str:tokenize(coalesce(k, 'a b'), ' ')"
		}
	case 2:
		if !g.opts.Tame || !g.inside { // where the queries behind it fail
			return "#pol2Cart(default(d, 1.0), 2.0)"
		}
	}
	return ""
}

// target writes where a query's rows go.
func (g *generator) target(to string) {
	kind := g.pick("", "", "", "current events ", "all events ", "expired events ")
	if to == "" {
		to = fmt.Sprint("O", g.queries)
		if g.one(5) {
			for _, s := range g.streams { // two writers, or a diamond
				if s[0] == 'O' && !g.read[s] {
					to = s
				}
			}
		}
		alone := !g.opts.Tame || !g.inside // else later queries have the state of no key
		if len(g.windows) > 0 && g.one(3) && !g.read[g.windows[0]] && alone {
			g.printf("insert %sinto %s;\n", kind, g.windows[0])
			return
		}
	}
	g.printf("insert %sinto %s;\n", kind, to)
	g.streams = append(g.streams, to)
}

func (g *generator) rate() string {
	of := g.pick("", "", "all ", "first ", "last ")
	events := fmt.Sprintf("output %severy %d events", of, 2+g.IntN(3))
	if g.opts.NoClock || g.one(2) || g.opts.Tame && g.skips && of == "first " { // which fails where nothing is left
		return events
	}
	if g.opts.Tame && g.playback && g.trigger { // which fires before there is a time
		return events
	}
	every := fmt.Sprintf("output %severy 30 milliseconds", of)
	if g.opts.Tame && (g.windowed || g.takes || g.restore) { // where a null that leaves makes a snapshot fail, or a restore loses it
		return every
	}
	return g.pick(every, "output snapshot every 25 milliseconds")
}

func (g *generator) filters() string {
	switch g.IntN(4) {
	case 0:
		return "[" + g.condition() + "]"
	case 1:
		if len(g.tables) > 0 && g.one(3) && !g.opts.Tame {
			t := g.pick(g.tables...)
			return "[" + g.pick("", "not ") + "(" + t + ".k == k in " + t + ")]"
		}
	}
	return ""
}

// tableJoin joins a stream with a table.
func (g *generator) tableJoin(from string) {
	t := g.pick(g.tables...)
	g.takes = true // the table may have changed
	window := ""
	if g.one(3) {
		window = g.window()
	}
	if g.opts.Tame && g.keys[t] == byNumber { // a null compared with such a key is an exception
		window = "[not (v is null)]" + window
	}
	more := "s.k == t.k and s.v >= t.v"
	if g.opts.Tame && g.keys[t] == byNumber { // what is found comes in no order
		more = "s.v >= t.v"
	}
	g.printf("from %s%s as s %s %s as t on %s ", from, window, g.pick("join", "left outer join"), t,
		g.pick("s.k == t.k", more, "t.v < s.v", "s.k == t.k and s.v == t.v", "t.k == 'a' or t.k == s.k", "not (t.k == s.k)", "t.l > 4L"))
	g.selection("s.", "t.")
}

// join joins two streams, or a stream with a named window.
func (g *generator) join(left string) {
	g.joining, g.windowed, g.takes = true, true, true
	right := g.pick(g.streams...)
	if len(g.windows) > 0 && g.one(3) && !g.inside {
		right = g.windows[0]
	}
	g.read[right] = true
	side := func(name, alias string) string {
		if name == "W" {
			return name + " as " + alias
		}
		return name + g.filters() + g.searched() + " as " + alias
	}
	first, second := "", ""
	if g.one(4) {
		first, second = g.pick("unidirectional ", ""), "unidirectional "
		if first != "" {
			second = ""
		}
	}
	g.printf("from %s %s%s %s %s%s ", side(left, "s"), first,
		g.pick("join", "join", "left outer join", "right outer join", "full outer join"), side(right, "t"), second,
		g.pick("on s.k == t.k", "on s.k == t.k", "on s.k == t.k and s.v >= t.v", "on s.v < t.v", "on s.g == t.g", ""))
	g.selection("s.", "t.")
}

// write changes a table.
func (g *generator) write(from string) {
	t := g.pick(g.tables...)
	keys := g.keys[t]
	kind := g.IntN(5)
	l := g.pick("l", "ts", "convert(v, 'long')")
	filters := g.filters()
	if g.opts.Tame && keys != "" {
		filters = "[not (v is null)]" // null in a part of a key
	}
	g.printf("from %s%s select k, v, %s as l ", from, filters, l)
	switch {
	case kind < 2:
		g.printf("insert into %s;\n", t)
	case kind == 2 && (!g.opts.Tame || keys != ""):
		g.printf("delete %s on %s;\n", t, g.change(t, true))
	case kind == 3:
		set := g.assignments(t)
		g.printf("update %s %son %s;\n", t, set, g.update(t, set == ""))
	default:
		set := g.assignments(t)
		if g.opts.Tame && g.keys[t] != "" && set != "" {
			set = "set " + t + ".l = l " // what else is set on a whole key is not looked at
		}
		g.printf("update or insert into %s %son %s;\n", t, set, g.update(t, set == ""))
	}
}

// assignments writes a set clause, or nothing.
func (g *generator) assignments(t string) string {
	set := g.pick("", "", "set "+t+".l = l ", "set "+t+".l = l + 1L ")
	if g.opts.Tame && g.keys[t] == composite {
		set = g.pick("set "+t+".l = l ", "set "+t+".l = l + 1L ") // a part of the key that changes
	}
	if !g.opts.Tame || g.keys[t] == "" {
		set = g.pick(set, set, "set "+t+".l = "+t+".l + l ", "set "+t+".v = "+t+".v + 1, "+t+".l = l ")
	}
	return set
}

// update writes the condition of an update; moves says that it gives rows a key.
// Where it would give two rows one, Siddhi refuses, and has them hang together.
func (g *generator) update(t string, moves bool) string {
	switch keys := g.keys[t]; {
	case !g.opts.Tame || !moves || keys == "" || keys == composite:
		return g.change(t, moves)
	case keys == byNumber:
		return t + ".v == v"
	}
	return g.pick(t+".k == k", "k == "+t+".k")
}

// change writes the condition of a write; moves says that it may take rows away
// or move them: then Siddhi does nothing where there is more than a key.
func (g *generator) change(t string, moves bool) string {
	key, both := t+".k == k", t+".k == k and "+t+".v == v"
	switch {
	case g.keys[t] == composite:
		return g.pick(both, both, key, t+".v > v", t+".k == 'a'")
	case g.keys[t] != "" && g.opts.Tame && moves:
		return g.pick(key, key, "k == "+t+".k", t+".v > v", t+".k == k or "+t+".k == 'a'", "not ("+t+".k == k)")
	}
	return g.pick(key, key, t+".v > v", both, t+".v < v and "+t+".l > 2L")
}

package randomapp

import (
	"fmt"
	"slices"
	"strings"
)

// window writes a window, or nothing.
func (g *generator) window() string {
	if g.one(2) {
		return ""
	}
	return g.searched()
}

// byKey is a window with a session for each key.
const byKey = "session(20 milliseconds, k)"

// searched writes a window; not all can be searched by a join.
func (g *generator) searched() string {
	g.windowed = true
	all := []string{"length(0)", "length(1)", "length(3)", "length(4)", "lengthBatch(1)", "lengthBatch(3)", "lengthBatch(2, true)",
		"externalTime(ts, 30)", "externalTimeBatch(ts, 40)", "externalTimeBatch(ts, 25, 0)", "batch()", "batch(2)",
		"sort(3, ts)", "sort(2, ts, 'desc')", "frequent(2, g)", "frequent(2)", "lossyFrequent(0.3, 0.1, g)",
		"expression('count() <= 3')", "expression('last.ts - first.ts < 40')", "expressionBatch('count() <= 2')",
	}
	if !g.opts.NoClock {
		all = append(all, "time(30)", "time(30)", "timeLength(40, 2)", "delay(20)", "session(30 milliseconds)", byKey,
			"externalTimeBatch(ts, 30, 0, 45)", "cron('* * * * * ?')", "timeBatch(40, true)", "timeBatch(40)", "timeBatch(30, 0)")
	}
	if g.opts.Tame {
		all = slices.DeleteFunc(all, g.wild)
	}
	w := g.pick(all...)
	if w == "batch(2)" || strings.HasPrefix(w, "expression(") { // a row may leave before it comes
		g.takes = true
	}
	filter := ""
	if g.opts.Tame && w == byKey { // a null leaves more out in Siddhi
		filter = "[not (k is null)]"
	}
	return filter + "#window." + w
}

// named writes the window of a definition.
func (g *generator) named() string {
	for {
		if w := g.searched(); !g.opts.Tame || !strings.Contains(w, "session") { // which Siddhi cannot name
			return w
		}
	}
}

// wild says whether Siddhi does something wrong with a window.
func (g *generator) wild(window string) bool {
	switch {
	case strings.HasPrefix(window, "delay"): // several rows at once hang
		return true
	case g.restore && strings.HasPrefix(window, "session"): // events that join a restored one never expire
		return true
	case g.joining && strings.HasPrefix(window, "expressionBatch"):
		return true // a search changes the batch
	case g.joining && window == "frequent(2)":
		return true // it fails where nothing of its side is selected
	case strings.HasPrefix(window, "frequent"), strings.HasPrefix(window, "lossyFrequent"), strings.HasPrefix(window, "timeLength"):
		return g.restore // their state is lost, in part
	case strings.HasPrefix(window, "expression"), strings.HasPrefix(window, "batch"):
		return g.inside // keys share what they should not
	case strings.HasPrefix(window, "timeBatch"):
		return g.inside // its key alone has a timer
	}
	return false
}

// selection writes select to limit; the attributes are those of s, the stream's
// name in a join, and t has those of the other side.
func (g *generator) selection(s, t string) {
	a := func(name string) string { return s + name }
	v, l, d := a("v"), a("l"), a("d")
	if t != "" {
		v, l = g.pick(v, t+"v"), g.pick(l, t+"l")
	}
	aggregated := g.one(2)
	if aggregated {
		side := s
		if t != "" && g.one(2) {
			side = t
		}
		l = g.aggregate(longType, side)
		d = g.pick(d, g.aggregate(doubleType, side))
		v = g.pick(v, v, g.aggregate(intType, side))
	} else if t == "" {
		v = g.pick(v, v, g.expression(intType, 2))
		l = g.pick(l, l, g.expression(longType, 2))
		d = g.pick(d, d, g.expression(doubleType, 2))
	}
	k := a("k")
	if t == "" && g.one(6) {
		k = g.expression(stringType, 2)
	}
	ts := a("ts")
	if t != "" && g.opts.Tame { // a null ends sorts, and takes batches of external time with it
		ts = fmt.Sprintf("default(%s, 5L)", ts)
	}
	if t == "" && !aggregated && g.one(10) {
		g.printf("select * ")
	} else {
		g.printf("select %s as k, %s as g, %s as v, %s as l, %s as d, %s as ts ", k, a("g"), v, l, d, ts)
	}
	if g.one(3) {
		g.printf("group by %s ", g.pick(a("k"), a("g"), a("k")+", "+a("g")))
	}
	if g.one(5) {
		g.printf("having %s ", g.pick("l > 4", "count() > 1", "sum("+a("v")+") < 20", "v is null or v > 2", "k != 'b'", "l >= 2 and d < 20.0", "not (g is null)", "d > 1.5 or l == 1"))
	}
	if g.one(5) {
		g.printf("order by %s ", g.pick("v", "k desc, v", "d desc", "l, g desc", "g, d", "ts desc"))
	}
	if g.one(6) && (t == "" || !g.opts.Tame) {
		limit := g.pick("limit 1 ", "limit 2 ", "limit 2 offset 1 ")
		g.skips = strings.Contains(limit, "offset")
		g.printf("%s", limit)
	}
}

// pattern writes a pattern or sequence and its select.
func (g *generator) pattern(from string) {
	other := func() string {
		s := from
		for s[0] == '#' || g.IntN(3) > 0 {
			if s = g.pick(g.streams...); s[0] != '#' {
				break
			}
		}
		g.read[s] = true
		return s
	}
	condition := func() string {
		return g.pick("", "", "[v > e1.v]", "[k == e1.k]", "[g == e1.g and v >= e1.v]", "[v > 2]")
	}
	every := g.pick("every ", "every ", "every ", "")
	first := fmt.Sprintf("%se1=%s%s", every, from, g.pick("", "", "[v > 2]"))
	sequence := g.one(3)
	arrow, last := " -> ", 2+g.IntN(2)
	if sequence {
		arrow = ", "
	}
	states := []string{first}
	names := []string{"e1"}
	for i := 2; i <= last; i++ {
		name := fmt.Sprint("e", i)
		state := fmt.Sprintf("%s=%s%s", name, other(), condition())
		switch kind := g.IntN(9); {
		case kind == 0 && !sequence:
			state += g.pick("<2>", "<1:2>", "<1:>", "<0:2>")
		case kind == 0:
			state += g.pick("+", "*", "?")
		case kind == 1 && !sequence && !g.opts.NoClock:
			state = fmt.Sprintf("not %s%s for 20 milliseconds", other(), condition())
			name = ""
		case kind == 2 && !sequence:
			state = fmt.Sprintf("%s and f%d=%s", state, i, other())
		case kind == 3 && !sequence:
			state = fmt.Sprintf("%s or f%d=%s", state, i, other())
		case kind == 4 && !sequence:
			state = fmt.Sprintf("not %s and %s", other(), state)
		case kind == 5 && !sequence && i == 2:
			states[0] = strings.Replace(first, "every e1", "every (e1", 1)
			if states[0] != first {
				state += ")"
			}
		}
		if name != "" {
			names = append(names, name)
		}
		states = append(states, state)
	}
	second := names[len(names)-1]
	last0 := g.pick("", "[0]", "[last]")
	if second == "e1" {
		last0 = ""
	}
	l := second + last0 + ".l"
	if g.one(3) {
		l = g.pick("sum(e1.v)", "count()", "sum("+l+")")
	}
	g.printf("from %s%s select e1.k as k, %s.g as g, e1.v as v, %s as l, %s.d as d, e1.ts as ts ",
		strings.Join(states, arrow), g.pick("", "", " within 20 milliseconds"), second+last0, l, second+last0)
	if g.one(6) {
		g.printf("group by %s ", g.pick("e1.k", "e1.g"))
	}
	if g.one(6) {
		g.printf("having %s ", g.pick("v > 2", "l > 4", "not (g is null)"))
	}
}

package randomapp

import (
	"encoding/json"
	"fmt"
)

// steps makes n sends: singles and arrays, equal times, nulls, long silences; and
// between them questions to tables and restores.
func (g *generator) steps(n int) []Step {
	var steps []Step
	at, ts := int64(1000), int64(0)
	persisted := false
	for i := range n {
		at += []int64{0, 0, 1, 7, 13, 50, 300}[g.IntN(7)*g.IntN(7)/6]
		st := Step{At: at, Send: g.pick("A", "A", "B")}
		rows := 1
		if g.one(3) {
			rows = 1 + g.IntN(5)
		}
		for range rows {
			ts += int64(g.IntN(12))
			st.Rows = append(st.Rows, g.row(ts))
		}
		steps = append(steps, st)
		if g.opts.Plain {
			continue
		}
		if len(g.tables) > 0 && g.one(12) {
			steps = append(steps, Step{At: at, Query: g.order(g.pick(g.tables...)), Label: fmt.Sprint("w", i)})
		}
		if from := append(g.tables, g.windows...); len(from) > 0 && g.one(6) {
			steps = append(steps, Step{At: at, Query: g.question(g.pick(from...)), Label: fmt.Sprint("q", i)})
		}
		switch {
		case g.restore && g.one(5):
			steps = append(steps, Step{At: at, Persist: true})
			persisted = true
		case g.restore && persisted && g.one(4):
			at += int64(g.IntN(60))
			steps = append(steps, Step{At: at, Restore: "last", BeforeStart: !g.opts.Tame && g.one(3)})
		}
	}
	return append(steps, Step{At: at + 500})
}

// order writes an on-demand query that changes a table.
func (g *generator) order(t string) string {
	k, v := g.pick("'a'", "'b'", "'new'"), g.IntN(9)
	row := fmt.Sprintf("select %s as k, %d as v, %dL as l", k, v, g.IntN(20))
	all := []string{
		row + " insert into " + t,
		fmt.Sprintf("%s update or insert into %s set %s.l = l on %s.k == k and %s.v == v", row, t, t, t, t),
		fmt.Sprintf("update %s set %s.l = %dL on %s.v > %d", t, t, g.IntN(20), t, v),
	}
	if !g.opts.Tame || g.keys[t] != "" {
		all = append(all, fmt.Sprintf("delete %s on %s.k == %s", t, t, k), fmt.Sprintf("delete %s on %s.v > %d", t, t, v))
	}
	return g.pick(all...)
}

func (g *generator) question(from string) string {
	order := ""
	if g.opts.Tame && g.restore && g.keys[from] != "" {
		order = " order by k, v, l" // that of a hash map changes with a restore
	}
	sorted := ""
	if g.keys[from] != "" { // a restore changes which rows are the first
		sorted = "order by k, v, l "
	}
	return g.pick(
		fmt.Sprintf("from %s select k, v, l%s", from, order),
		fmt.Sprintf("from %s select k, v, l%s", from, order),
		fmt.Sprintf("from %s on v > 3 select k, v, l%s", from, order),
		fmt.Sprintf("from %s on k == 'a' select k, l order by l", from),
		fmt.Sprintf("from %s select k, count() as n, sum(v) as s group by k order by k", from),
		fmt.Sprintf("from %s select k, max(v) as m group by k having m > 3 order by k limit 2", from),
		fmt.Sprintf("from %s on v > 1 select * %slimit 3", from, sorted),
		fmt.Sprintf("from %s select k, v order by v desc, k, l limit 2 offset 1", from),
		fmt.Sprintf("from %s select count() as n, avg(v) as m", from))
}

func (g *generator) row(ts int64) []json.RawMessage {
	values := []any{g.pick("a", "b", "c", "a key that is too long to lie inline"), g.IntN(3), g.IntN(9), g.IntN(20), float64(g.IntN(40)) / 2, ts}
	for i := range values[:5] {
		if g.one(12) {
			values[i] = nil
		}
	}
	var row []json.RawMessage
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			panic("BUG: " + err.Error())
		}
		row = append(row, text)
	}
	return row
}

package window

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// The scenarios are recordings of Siddhi itself. Each query in them is a window
// with a selection that this test does by hand, so that nothing but the window
// is under test.
const scenarioDir = "../../../test/scenarios/window"

type scenario struct {
	App   string
	Steps []struct {
		At         int64
		Send       string
		Rows       [][]any
		Timestamp  *int64
		Timestamps []int64
		Persist    bool
		Restore    string
	}
	Expect []expectation
}

type expectation struct {
	At               int64
	From             string
	Timestamp        int64
	Current, Expired [][]any
	Events           []struct {
		Timestamp int64
		Data      []any
	}
}

// query is one query of a scenario.
type query struct {
	name    string // "" inside partitions
	window  string
	selects string
	events  string // all, current
	out     string
}

var (
	definition = regexp.MustCompile(`define stream S \((.*?)\);`)
	fromWindow = regexp.MustCompile(`(?:@info\(name='(\w+)'\) )?from S#window\.(\w+\([^)]*\)) select (.*?) insert (\w+) events into (\w+);`)
)

func TestRecorded(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(scenarioDir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no scenarios in %s (%v)", scenarioDir, err)
	}
	queries := 0
	for _, file := range files {
		if strings.Contains(filepath.Base(file), "_") {
			continue // selections beyond this test: package scenario has them
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var sc scenario
		if err := json.Unmarshal(text, &sc); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for _, m := range fromWindow.FindAllStringSubmatch(sc.App, -1) {
			q := query{m[1], m[2], m[3], m[4], m[5]}
			queries++
			t.Run(strings.TrimSuffix(filepath.Base(file), ".json")+"/"+q.out, func(t *testing.T) { sc.run(t, q) })
		}
	}
	if queries < 100 {
		t.Errorf("only %d queries were understood", queries)
	}
}

func (sc *scenario) attributes(t *testing.T) schema.Attributes {
	var in schema.Attributes
	for _, a := range strings.Split(definition.FindStringSubmatch(sc.App)[1], ", ") {
		name, word, _ := strings.Cut(a, " ")
		typ, ok := schema.ParseType(word)
		if !ok {
			t.Fatalf("attribute %q", a)
		}
		in = append(in, schema.Attribute{Name: name, Type: typ})
	}
	return in
}

func (sc *scenario) run(t *testing.T, q query) {
	in := sc.attributes(t)
	w := call(t, q.window, in)
	sums := strings.HasPrefix(q.selects, "sum")
	expired := q.events == "all" || sums && Sliding(w.Fn)
	names := strings.Split(q.selects, ", ")
	if sums {
		names = []string{"v"}
	}
	var need []int
	for _, n := range names {
		need = append(need, in.Index(n))
	}
	s := start(t, w, in, need, expired, sc.Steps[0].At)
	keys := map[string]int32{}
	var saved []byte
	for _, step := range sc.Steps {
		s.advance(t, step.At)
		switch {
		case step.Send != "":
			b := batchOf(t, in, step.Rows, step.At, step.Timestamp, step.Timestamps)
			if q.name == "" { // inside of partition with (sym of S)
				for _, row := range step.Rows {
					sym := row[in.Index("sym")].(string)
					if _, ok := keys[sym]; !ok {
						keys[sym] = int32(len(keys))
					}
					b.Key = append(b.Key, keys[sym])
				}
			}
			s.send(t, b)
		case step.Persist:
			saved = s.snapshot()
			s.out = append(s.out, chunk{mark: "persist"})
		case step.Restore != "":
			s.out = append(s.out, chunk{mark: "restore"})
			s.restart(t, saved, w, in, need, expired)
		}
	}
	if sums {
		compare(t, sc.wantCallbacks(q), sumsOf(s.out, q.events == "all"))
		return
	}
	compare(t, sc.wantStream(q), streamOf(s.out))
	if q.name != "" {
		compare(t, sc.wantCallbacks(q), callbacksOf(s.out))
	}
}

func batchOf(t *testing.T, in schema.Attributes, rows [][]any, at int64, one *int64, times []int64) *column.Batch {
	b := column.NewBatch(in)
	b.N = len(rows)
	b.Ends = []int32{int32(len(rows))}
	for r, row := range rows {
		ts := at
		if one != nil {
			ts = *one
		}
		if times != nil {
			ts = times[r]
		}
		b.Time = append(b.Time, ts)
		for i, v := range row {
			c := b.Cols[i]
			switch in[i].Type {
			case schema.String:
				c.AppendString(v.(string))
			case schema.Int:
				c.AppendInt(int32(v.(float64)))
			case schema.Long:
				c.AppendLong(int64(v.(float64)))
			default:
				t.Fatalf("no values of type %s here", in[i].Type)
			}
		}
	}
	return b
}

func compare(t *testing.T, want, got []string) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		w, g := "nothing", "nothing"
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			t.Fatalf("output %d:\ngot  %s\nwant %s", i, g, w)
		}
	}
}

// wantCallbacks and callbacksOf render what the query's callback gets: the
// chunk's last timestamp and its rows by kind.
func (sc *scenario) wantCallbacks(q query) []string {
	var list []string
	for _, e := range sc.Expect {
		if e.From == "query:"+q.name && len(e.Current)+len(e.Expired) > 0 {
			list = append(list, fmt.Sprintf("@%d %d +%s -%s", e.At, e.Timestamp, rowsText(e.Current), rowsText(e.Expired)))
		}
	}
	return list
}

func callbacksOf(out []chunk) []string {
	var list []string
	for _, c := range out {
		var byKind [3][]string
		for _, r := range c.rows {
			byKind[r.kind] = append(byKind[r.kind], r.values)
		}
		if len(byKind[column.Current])+len(byKind[column.Expired]) > 0 {
			list = append(list, fmt.Sprintf("@%d %d +%v -%v", c.at, c.rows[len(c.rows)-1].time, byKind[column.Current], byKind[column.Expired]))
		}
	}
	return list
}

func rowsText(rows [][]any) string {
	list := []string{}
	for _, r := range rows {
		list = append(list, rowText(r))
	}
	return fmt.Sprint(list)
}

func rowText(row []any) string {
	list := make([]string, len(row))
	for i, v := range row {
		list[i] = fmt.Sprint(v)
		if f, ok := v.(float64); ok {
			list[i] = fmt.Sprint(int64(f))
		}
	}
	return "(" + strings.Join(list, " ") + ")"
}

// wantStream and streamOf render what the query's output stream gets: the rows
// of a chunk in order, with their timestamps.
func (sc *scenario) wantStream(q query) []string {
	var list []string
	for _, e := range sc.Expect {
		if e.From != "stream:"+q.out {
			continue
		}
		line := fmt.Sprintf("@%d", e.At)
		for _, ev := range e.Events {
			line += fmt.Sprintf(" %s@%d", rowText(ev.Data), ev.Timestamp)
		}
		list = append(list, line)
	}
	return list
}

func streamOf(out []chunk) []string {
	var list []string
	for _, c := range out {
		line, rows := fmt.Sprintf("@%d", c.at), 0
		for _, r := range c.rows {
			if r.kind != column.Reset {
				rows++
				line += fmt.Sprintf(" %s@%d", r.values, r.time)
			}
		}
		if rows > 0 {
			list = append(list, line)
		}
	}
	return list
}

// sumsOf does "select sum(v), count()": one row for each chunk, its last.
func sumsOf(out []chunk, expired bool) []string {
	var list []string
	var sum, n, savedSum, savedN int64
	for _, c := range out {
		switch c.mark {
		case "persist":
			savedSum, savedN = sum, n
		case "restore":
			sum, n = savedSum, savedN
		}
		var last *outRow
		var text string
		for i, r := range c.rows {
			var v int64
			if _, err := fmt.Sscanf(r.values, "(%d)", &v); err != nil {
				panic(err)
			}
			switch r.kind {
			case column.Current:
				sum, n = sum+v, n+1
			case column.Expired:
				sum, n = sum-v, n-1
			case column.Reset:
				sum, n = 0, 0
				continue
			}
			if r.kind == column.Expired && !expired {
				continue
			}
			last = &c.rows[i]
			text = fmt.Sprintf("(%d %d)", sum, n)
			if n == 0 {
				text = "(<nil> 0)"
			}
		}
		if last == nil {
			continue
		}
		current, gone := text, ""
		if last.kind == column.Expired {
			current, gone = "", text
		}
		list = append(list, fmt.Sprintf("@%d %d +[%s] -[%s]", c.at, last.time, current, gone))
	}
	return list
}

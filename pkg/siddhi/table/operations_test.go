package table_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
)

// line is a row of the model: what T has in k, v, p, l and b. An empty k is null.
type line struct {
	k    string
	v    int
	p    float64
	l    int
	b    bool
	time int64
}

func (r line) row() []any {
	if r.k == "" {
		return []any{nil, r.v, r.p, r.l, r.b}
	}
	return []any{r.k, r.v, r.p, r.l, r.b}
}

func (r line) String() string {
	return strings.Trim(fmt.Sprint(r.row()), "[]")
}

// asked is an event of S.
type asked struct {
	k string
	n int
	x float64
	m int
}

func (e asked) row() []any { return []any{e.k, e.n, e.x, e.m} }

// searches are conditions, and what they say of a row.
var searches = []struct {
	on   string
	fits func(asked, line) bool
}{
	{"T.v == S.n", func(e asked, r line) bool { return r.v == e.n }},
	{"T.k == S.k", func(e asked, r line) bool { return r.k == e.k }},
	{"T.p < S.x", func(e asked, r line) bool { return r.p < e.x }},
	{"T.v >= S.n and T.k == S.k", func(e asked, r line) bool { return r.v >= e.n && r.k == e.k }},
	{"T.l == S.m", func(e asked, r line) bool { return r.l == e.m }},
	{"T.v == S.n or T.v > S.m", func(e asked, r line) bool { return r.v == e.n || r.v > e.m }},
	{"S.n > 10 or T.v == S.n", func(e asked, r line) bool { return e.n > 10 || r.v == e.n }},
	{"T.v < S.m or S.n > 10", func(e asked, r line) bool { return r.v < e.m || e.n > 10 }},
	{"T.k == S.k and T.v == S.n", func(e asked, r line) bool { return r.v == e.n && r.k == e.k }},
	{"eventTimestamp(T) == 7L and T.v > S.n", func(e asked, r line) bool { return r.time == 7 && r.v > e.n }},
	{"T.v < S.m and eventTimestamp(T) > eventTimestamp(S) + 4L", func(e asked, r line) bool { return r.v < e.m && r.time > 5 }},
}

// operations are changes. To makes of a row that fits what it is to be, and
// deletes it if to is nil. An update that would give a row a key that is taken, be it by a
// row that changes too, changes nothing.
var operations = []struct {
	text string
	fits func(asked, line) bool
	to   func(asked, *line)
}{
	{"select n delete T on T.v == n", func(e asked, r line) bool { return r.v == e.n }, nil},
	{"select n, k delete T on T.v > n and T.v < n + 3 and T.k == k", func(e asked, r line) bool { return r.v > e.n && r.v < e.n+3 && r.k == e.k }, nil},
	{"select x delete T on T.p > x + 15.0", func(e asked, r line) bool { return r.p > e.x+15 }, nil},
	{"select n, x update T set T.p = x on T.v == n", func(e asked, r line) bool { return r.v == e.n }, func(e asked, r *line) { r.p = e.x }},
	{"select n, k update T set T.k = k on T.v > n", func(e asked, r line) bool { return r.v > e.n }, func(e asked, r *line) { r.k = e.k }},
	{"select n, m update T set T.v = T.v + 3 on T.v == n or T.l == m", func(e asked, r line) bool { return r.v == e.n || r.l == e.m }, func(_ asked, r *line) { r.v += 3 }},
	{"select n, m update T set T.l = m, T.b = not T.b on T.v == n", func(e asked, r line) bool { return r.v == e.n }, func(e asked, r *line) { r.l = e.m; r.b = !r.b }},
	{"select k update T set T.v = T.v + 50 on T.k == k", func(e asked, r line) bool { return r.k == e.k }, func(_ asked, r *line) { r.v += 50 }},
}

// model is a table as a list of rows.
type model struct {
	rows []line
	key  func(line) string // nil: rows have none
}

func (m *model) taken(rows []line) bool {
	if m.key == nil {
		return false
	}
	seen := map[string]bool{}
	for _, r := range rows {
		if seen[m.key(r)] {
			return true
		}
		seen[m.key(r)] = true
	}
	return false
}

func (m *model) add(r line) {
	if rows := append(slices.Clone(m.rows), r); !m.taken(rows) {
		m.rows = rows
	}
}

func (m *model) change(e asked, fits func(asked, line) bool, to func(asked, *line)) {
	var rows, moved []line
	for _, r := range m.rows {
		was := r
		switch {
		case !fits(e, r):
		case to == nil:
			continue
		default:
			to(e, &r)
		}
		rows = append(rows, r)
		if m.key != nil && m.key(r) != m.key(was) {
			moved = append(moved, r)
		}
	}
	if !m.taken(append(moved, m.rows...)) {
		m.rows = rows
	}
}

// found has what a search should find, as found has it.
func (m *model) found(e asked, fits func(asked, line) bool) []string {
	var all []string
	for _, r := range m.rows {
		if fits(e, r) {
			all = append(all, "0 "+r.String())
		}
	}
	slices.Sort(all)
	return all
}

var keyed = map[string]func(line) string{
	"": nil, "@index('k') @index('p')": nil, "@index('v')": nil,
	"@primaryKey('v')":                         func(r line) string { return fmt.Sprint(r.v) },
	"@primaryKey('v') @index('k') @index('l')": func(r line) string { return fmt.Sprint(r.v) },
	"@primaryKey('k', 'v')":                    func(r line) string { return fmt.Sprint(r.k, ":", r.v) },
	"@primaryKey('l', 'v') @index('p')":        func(r line) string { return fmt.Sprint(r.l, ":", r.v) },
	"@primaryKey('v', 'b') @index('v')":        func(r line) string { return fmt.Sprint(r.v, ":", r.b) },
	"@primaryKey('l') @index('v') @index('b')": func(r line) string { return fmt.Sprint(r.l) },
	"@primaryKey('p') @index('l') @index('v')": func(r line) string { return fmt.Sprint(r.p) },
	"@primaryKey('k', 'v', 'b') @index('k')":   func(r line) string { return fmt.Sprint(r.k, ":", r.v, ":", r.b) },
}

// TestOperationsAgainstAList makes the same random changes to a table and to a list of
// rows, restores the table now and then, and compares what searches find, which
// have been prepared before.
func TestOperationsAgainstAList(t *testing.T) {
	for keying, key := range keyed {
		for seed := range uint64(3) {
			compareOperations(t, keying, &model{key: key}, rand.New(rand.NewPCG(seed, 5)))
		}
	}
}

func compareOperations(t *testing.T, keying string, want *model, r *rand.Rand) {
	t.Helper()
	var text strings.Builder
	for _, s := range searches {
		fmt.Fprintf(&text, "from S join T on %s select S.k as k insert into Out; ", s.on)
	}
	for _, o := range operations {
		fmt.Fprintf(&text, "from S %s; ", o.text)
	}
	app := checked(t, keying, text.String())
	m := table.NewMemory(app.Tables[0])
	stream := app.Streams[0].Attrs
	var finders []table.Finder
	for i := range searches {
		finders = append(finders, prepare(t, m, app.Queries[i].Input.(*check.JoinInput).On, stream))
	}
	var changes []table.Change
	ignore := func(error) {} // a row or an update that is refused
	for _, q := range app.Queries[len(searches):] {
		c, err := m.Change(q.Output.(*check.TableWrite), q.Select.Out, expr.Env{}, ignore)
		if err != nil {
			t.Fatal(err)
		}
		changes = append(changes, c)
	}
	for step := range 100 {
		e := asked{[]string{"a", "b", "c"}[r.IntN(3)], r.IntN(30), float64(r.IntN(60)) / 2, r.IntN(30)}
		what := "add"
		switch n := r.IntN(20); {
		case n < 9:
			row := line{[]string{"a", "b", "c", ""}[r.IntN(4)], r.IntN(30), float64(r.IntN(60)) / 2, r.IntN(30), r.IntN(2) == 0, int64(r.IntN(10))}
			b := batch(m.Attrs(), row.row())
			b.Time[0] = row.time
			if err := m.Add(b, ignore); err != nil {
				t.Fatal(err)
			}
			want.add(row)
		case n < 18:
			o := r.IntN(len(operations))
			what = operations[o].text
			if err := changes[o].Apply(batch(app.Queries[len(searches)+o].Select.Out, selected(what, e)...)); err != nil {
				t.Fatal(err)
			}
			want.change(e, operations[o].fits, operations[o].to)
		default:
			what = "restore"
			var s state.Encoder
			m.Snapshot(&s)
			if err := m.Restore(state.NewDecoder(s.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
		if m.Len() != len(want.rows) {
			t.Fatalf("%s: step %d, %s with %v: %d rows, want %d", keying, step, what, e, m.Len(), len(want.rows))
		}
		for i, s := range searches {
			got := found(t, finders[i], batch(stream, e.row()))
			slices.Sort(got)
			if all := want.found(e, s.fits); !slices.Equal(got, all) {
				t.Fatalf("%s: step %d, %s, then on %s with %v, %s:\n got  %v\n want %v", keying, step, what, s.on, e, finders[i].Explain(), got, all)
			}
		}
	}
}

// selected has the values of what an operation selects.
func selected(text string, e asked) [][]any {
	names, _, _ := strings.Cut(strings.TrimPrefix(text, "select "), " delete")
	names, _, _ = strings.Cut(names, " update")
	var row []any
	for name := range strings.SplitSeq(names, ", ") {
		row = append(row, e.row()[strings.Index("knxm", name)])
	}
	return [][]any{row}
}

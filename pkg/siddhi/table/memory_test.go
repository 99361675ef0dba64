package table_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/table"
)

// keyings are the ways to index the table. v and m are distinct in the rows of randomRow.
var keyings = []string{
	"", "@primaryKey('v')", "@primaryKey('l')", "@primaryKey('p')", "@primaryKey('k','v')", "@primaryKey('v','b')", "@index('k')", "@index('v')",
	"@index('p') @index('k')", "@primaryKey('v') @index('p')", "@primaryKey('k','v') @index('l') @index('b')",
}

// conditions have every form that an index can answer, wholly or in part, and others.
var conditions = []string{
	"T.k == S.k", "T.v == S.n", "S.n == T.v", "T.v == S.m", "T.p == S.n", "T.p == S.x", "T.p == S.m", "T.l == S.n", "T.v == S.x", "T.b == true",
	"T.v > S.n", "S.n > T.v", "T.v >= S.n", "T.v <= S.n", "T.v < S.m", "T.v < S.x", "T.p < S.n", "T.p >= S.x", "T.l > S.n", "T.l <= S.x", "T.p > S.m",
	"T.v > S.n and T.v < S.n + 5", "T.v >= 3 and T.v <= 9 and T.p != S.x", "T.v > 2 and T.v > S.n", "T.p > 1.5 and T.p <= 4",
	"T.k == S.k and T.v == S.n", "T.v == S.n and T.k == S.k and T.p > 2.0", "T.v == S.n and T.b == true", "T.v == S.n and T.v == 4",
	"T.k == S.k or T.v == S.n", "T.v == S.n or T.v == 4", "T.v > S.n or T.v < 3", "T.v == S.n or T.v >= 9 or T.v == S.m", "T.k == S.k and T.v == S.n or T.k == 'a' and T.v == 3", "not (T.k == S.k)", "T.k != S.k", "T.v != S.n", "not (T.v > S.n) and T.p > S.x", "T.v + 1 > S.n * 2", "T.k is null", "not (T.k is null) and T.v > S.n",
	"T.v == 5", "T.p > 3", "T.k == 'c' and T.b", "true", "false", "S.n > 3", "T.v > 2147483647", "T.v >= -2147483648L", "T.v == 4294967301L", "T.l > 9223372036854775806L", "T.v < T.l",
}

func randomRow(r *rand.Rand, unique int) []any {
	row := []any{string(rune('a' + r.IntN(5))), unique, float64(unique) / 2, unique, r.IntN(2) == 0}
	if r.IntN(8) == 0 {
		row[0] = nil
	}
	return row
}

func randomEvent(r *rand.Rand) []any {
	e := []any{string(rune('a' + r.IntN(6))), r.IntN(40) - 2, float64(r.IntN(80)) / 4, r.IntN(40)}
	if i := r.IntN(12); i < len(e) {
		e[i] = nil
	}
	return e
}

// TestIndexesFindWhatAScanFinds asks tables with the same rows, kept in every
// way, each condition: they find the same rows.
func TestIndexesFindWhatAScanFinds(t *testing.T) {
	for _, on := range conditions {
		plain, scan := searching(t, "", on)
		for _, keying := range keyings[1:] {
			r := rand.New(rand.NewPCG(7, 8))
			keyed, find := searching(t, keying, on)
			for round := range 3 {
				for i := range 15 {
					row := batch(keyed.Attrs(), randomRow(r, round*15+i))
					for _, m := range []*table.Memory{plain, keyed} {
						if err := m.Add(row, mustNotReport(t)); err != nil {
							t.Fatal(err)
						}
					}
				}
				events := batch(streamAttrs(t), randomEvent(r), randomEvent(r), randomEvent(r), randomEvent(r))
				want, got := found(t, scan, events), found(t, find, events)
				slices.Sort(want)
				slices.Sort(got)
				if !slices.Equal(want, got) {
					t.Errorf("%s on %s, %s:\n got  %v\n want %v", keying, on, find.Explain(), got, want)
				}
			}
			plain, scan = searching(t, "", on)
		}
	}
}

// changes are deletes and updates that give no row a key that another has.
var changes = []string{
	"select k, n delete T on T.k == k and T.v > n", "select n delete T on T.v == n", "select n delete T on T.v >= n and T.v < n + 3", "delete T on T.k == k or T.v == n",
	"update T set T.b = true on T.v == n", "update T set T.k = k on T.v > n and T.v < n + 4", "update T set T.p = T.p + 1000.0, T.k = 'z' on T.k == k",
	"update T set T.v = T.v + 1000, T.l = T.l + 1000 on T.v == n", "update T set T.k = T.k on true", "select n as v, x as p update T set T.b = false on T.v == v",
	"select k, n + 5000 as v, n + 5000.5 as p, m + 5000L as l, true as b update or insert into T on T.v == v",
	upsertSome,
}

// upsertSome replaces the whole row where v is the primary key: then it is upsertAll.
const (
	upsertSome = "select k, n + 5000 as v, n + 5000.5 as p, m + 5000L as l, true as b update or insert into T set T.b = b, T.p = T.p + p on T.v == v"
	upsertAll  = "select k, n + 5000 as v, n + 5000.5 as p, m + 5000L as l, true as b update or insert into T on T.v == v"
)

// TestIndexesFollowChanges makes the same changes to tables kept in every way,
// and looks that they have the same rows, also when they are restored.
func TestIndexesFollowChanges(t *testing.T) {
	for _, text := range changes {
		for _, keying := range keyings[1:] {
			r := rand.New(rand.NewPCG(3, 4))
			ignore := func(error) {} // an event that comes twice inserts a row whose key is taken
			same := text
			if text == upsertSome && strings.HasPrefix(keying, "@primaryKey('v')") {
				same = upsertAll
			}
			plain, scanned, _ := changing(t, "", same, ignore)
			keyed, change, out := changing(t, keying, text, ignore)
			for i := range 30 {
				row := batch(keyed.Attrs(), randomRow(r, i))
				for _, m := range []*table.Memory{plain, keyed} {
					if err := m.Add(row, mustNotReport(t)); err != nil {
						t.Fatal(err)
					}
				}
			}
			for i := range 10 {
				event := batch(out, eventFor(out.String(), r, i))
				if err := errors.Join(scanned.Apply(event), change.Apply(event)); err != nil {
					t.Fatal(err)
				}
			}
			want, got := everything(t, plain), everything(t, keyed)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %s\n got  %v\n want %v", keying, text, got, want)
			}
			mustRestore(t, keyed)
		}
	}
}

// eventFor makes an event of a change's output; i tells those apart that insert.
func eventFor(attrs string, r *rand.Rand, i int) []any {
	var row []any
	for a := range strings.SplitSeq(attrs, ", ") {
		switch name, kind, _ := strings.Cut(a, " "); {
		case kind == "string":
			row = append(row, string(rune('a'+r.IntN(5))))
		case kind == "double":
			row = append(row, float64(5000+i))
		case kind == "bool":
			row = append(row, true)
		case name == "l":
			row = append(row, 5000+i)
		default:
			row = append(row, r.IntN(30))
		}
	}
	return row
}

// mustRestore restores a table from its own snapshot, and looks that it has the same rows.
func mustRestore(t *testing.T, m *table.Memory) {
	t.Helper()
	all := everything(t, m)
	if m.Len() != len(all) {
		t.Errorf("the table counts %d rows, has %d", m.Len(), len(all))
	}
	var e state.Encoder
	m.Snapshot(&e)
	if err := m.Restore(state.NewDecoder(e.Bytes())); err != nil {
		t.Fatal(err)
	}
	if again := everything(t, m); !slices.Equal(all, again) {
		t.Errorf("restored:\n got  %v\n want %v", again, all)
	}
}

func TestDuplicateKeysAreRefused(t *testing.T) {
	m, _ := searching(t, "@primaryKey('k') @index('v')", "T.v == S.n")
	var refused []error
	rows := batch(m.Attrs(), []any{"a", 1, 1.0, 1, true}, []any{"a", 2, 2.0, 2, true}, []any{"b", 2, 2.0, 2, true})
	if err := m.Add(rows, func(err error) { refused = append(refused, err) }); err != nil {
		t.Fatal(err)
	}
	var duplicate *table.DuplicateKeyError
	if len(refused) != 1 || !errors.As(refused[0], &duplicate) || duplicate.Key != "a" {
		t.Errorf("refused %v, want the second row", refused)
	}
	want := []string{"0 a 1 1 1 true", "0 b 2 2 2 true"}
	if got := everything(t, m); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestANumberThatIsAKeyIsNotNull(t *testing.T) {
	m, _ := searching(t, "@primaryKey('v')", "T.v == S.n")
	var refused []error
	rows := batch(m.Attrs(), []any{"a", nil, 1.0, 1, true}, []any{"b", 2, 2.0, 2, true})
	if err := m.Add(rows, func(err error) { refused = append(refused, err) }); err != nil {
		t.Fatal(err)
	}
	var null *table.NullKeyError
	if len(refused) != 1 || !errors.As(refused[0], &null) || m.Len() != 1 {
		t.Errorf("refused %v, the table has %d rows", refused, m.Len())
	}
}

// TestRefusedUpdateChangesNothing gives two rows one key: neither they nor their
// other attributes change, and both are found as before.
func TestRefusedUpdateChangesNothing(t *testing.T) {
	for _, update := range []string{
		"update T set T.b = false, T.v = 2, T.p = 9.0 on T.v == n", // a row that is there
		"update T set T.b = false, T.v = 7 on true",                // one row after the other
		"update T set T.v = 7, T.v = n + 1 on T.v == n",            // the last assignment counts
	} {
		var refused []error
		m, change, out := changing(t, "@primaryKey('v') @index('p')", update, func(err error) { refused = append(refused, err) })
		if err := m.Add(batch(m.Attrs(), []any{"a", 1, 1.0, 1, true}, []any{"b", 2, 2.0, 2, true}), mustNotReport(t)); err != nil {
			t.Fatal(err)
		}
		before := everything(t, m)
		if err := change.Apply(batch(out, []any{"x", 1, 0.5, 1})); err != nil {
			t.Fatal(err)
		}
		if len(refused) != 1 || !strings.Contains(refused[0].Error(), "update refused") {
			t.Errorf("%s: refused %v", update, refused)
		}
		if after := everything(t, m); !slices.Equal(before, after) {
			t.Errorf("%s:\n got  %v\n want %v", update, after, before)
		}
	}
}

// TestOrderOfRows has, for each way to keep a table, the order in which the
// real Siddhi gave these rows. By v alone the second 3 is refused.
func TestOrderOfRows(t *testing.T) {
	names := []string{"ibm", "wso2", "goog", "msft", "aapl", "orcl", "a", "b", "Aa", "BB", "zz", "q", "r", "s"}
	numbers := []int{5, 3, 9, 1, 7, 3, 4, 2, 6, 8, 10, 11, 12, 13}
	for keying, want := range map[string]string{
		"":                     "ibm wso2 goog msft aapl orcl a b Aa BB zz q r s",
		"@index('k')":          "ibm wso2 goog msft aapl orcl a b Aa BB zz q r s", // in Siddhi by address
		"@primaryKey('k')":     "Aa BB zz a b msft wso2 goog aapl q r s ibm orcl",
		"@primaryKey('v')":     "msft b wso2 a ibm Aa aapl BB goog zz q r s",
		"@primaryKey('k','v')": "q BB Aa r ibm wso2 msft s aapl goog b a zz orcl",
	} {
		m, _ := searching(t, keying, "true")
		for i, name := range names {
			if err := m.Add(batch(m.Attrs(), []any{name, numbers[i], 1.0, 1, true}), func(error) {}); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, row := range everything(t, m) {
			got = append(got, strings.Fields(row)[1])
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s:\n got  %s\n want %s", keying, text, want)
		}
	}
}

// TestExplain holds conditions to use the index that they should.
func TestExplain(t *testing.T) {
	const keying = "@primaryKey('k','v') @index('v') @index('p')"
	for on, want := range map[string]string{
		"T.k == S.k and T.v == S.n":               "by primary key",
		"T.p > 1.0 and T.v == S.n and S.k == T.k": "by primary key",
		"T.v == S.n":               "by index on v",
		"T.v > S.n and T.p == S.x": "by index on p",
		"T.v > S.n":                "by range of v",
		"T.p < S.n and T.p > 0.5":  "by range of p",
		"T.k == S.k":               "by scan",
		"T.v > S.x":                "by scan", // compared as doubles
		"T.v == S.n or T.p == S.x": "by scan",
		"T.v == T.l":               "by scan",
	} {
		if _, f := searching(t, keying, on); f.Explain() != want {
			t.Errorf("%s: %s, want %s", on, f.Explain(), want)
		}
	}
}

// TestDamagedSnapshots holds every cut and many flips of a snapshot to be an error, or harmless.
func TestDamagedSnapshots(t *testing.T) {
	m, _ := searching(t, "@primaryKey('k') @index('v')", "T.v == S.n")
	for i, k := range []string{"a", "b", "a text longer than twelve bytes"} {
		if err := m.Add(batch(m.Attrs(), []any{k, i, 1.0, nil, true}), mustNotReport(t)); err != nil {
			t.Fatal(err)
		}
	}
	var e state.Encoder
	m.Snapshot(&e)
	whole := slices.Clone(e.Bytes())
	for cut := range whole {
		fresh, _ := searching(t, "@primaryKey('k') @index('v')", "T.v == S.n")
		if err := fresh.Restore(state.NewDecoder(whole[:cut])); err == nil {
			t.Errorf("cut at %d of %d: no error", cut, len(whole))
		}
		flipped := slices.Clone(whole)
		flipped[cut] ^= 0x55
		fresh, _ = searching(t, "@primaryKey('k') @index('v')", "T.v == S.n")
		if fresh.Restore(state.NewDecoder(flipped)) == nil {
			everything(t, fresh)
		}
	}
}

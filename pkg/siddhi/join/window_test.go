package join

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
	"millrace/pkg/siddhi/window"
)

// Both sides have these attributes; the searched one stands behind.
var side = schema.Attributes{{Name: "k", Type: schema.String}, {Name: "i", Type: schema.Int}, {Name: "l", Type: schema.Long}, {Name: "f", Type: schema.Float}, {Name: "d", Type: schema.Double}, {Name: "b", Type: schema.Bool}}

func layout() Layout {
	return Layout{Attrs: slices.Concat(side, side), Other: len(side), Width: len(side)}
}

func own(name string) check.Expr   { return attr(name, 0) }
func other(name string) check.Expr { return attr(name, len(side)) }

func attr(name string, from int) check.Expr {
	i := side.Index(name)
	return &check.Column{Index: from + i, Name: name, T: side[i].Type}
}

func op(l check.Expr, o ast.Op, r check.Expr) check.Expr {
	t := schema.Bool
	if o == ast.Add {
		t = schema.Int
	}
	return &check.Binary{Op: o, L: l, R: r, T: t}
}

func number(n int64) check.Expr {
	return &check.Const{Const: &ast.Const{Type: schema.Int, Int: n}}
}

// conditions are by name; the bool says whether an index can answer a part.
var conditions = []struct {
	name    string
	on      check.Expr
	indexed bool
}{
	{"none", nil, false},
	{"string", op(own("k"), ast.EQ, other("k")), true},
	{"turned", op(other("k"), ast.EQ, own("k")), true},
	{"string and int", op(op(own("k"), ast.EQ, other("k")), ast.And, op(own("i"), ast.EQ, other("i"))), true},
	{"string and more", op(op(own("i"), ast.LT, other("i")), ast.And, op(own("k"), ast.EQ, other("k"))), true},
	{"int and long", op(own("i"), ast.EQ, other("l")), true},
	{"long and int", op(own("l"), ast.EQ, other("i")), true},
	{"float", op(own("f"), ast.EQ, other("f")), true},
	{"float and double", op(own("f"), ast.EQ, other("d")), true},
	{"double", op(own("d"), ast.EQ, other("d")), true},
	{"bool", op(own("b"), ast.EQ, other("b")), true},
	{"sum", op(op(own("i"), ast.Add, number(1)), ast.EQ, op(other("i"), ast.Add, number(2))), true},
	{"constant", op(other("i"), ast.EQ, number(3)), true},
	{"int and double", op(own("i"), ast.EQ, other("d")), false},
	{"range", op(own("i"), ast.LT, other("i")), false},
	{"both on one side", op(op(own("i"), ast.Add, other("i")), ast.EQ, number(4)), false},
	{"or", op(op(own("k"), ast.EQ, other("k")), ast.Or, op(own("i"), ast.EQ, other("i"))), false},
	{"not equal", op(own("k"), ast.NE, other("k")), false},
}

// rows makes n random rows, some values null, floats among them that are equal
// though their bits differ, and equal to nothing.
func rows(r *rand.Rand, n int, keyed bool) *column.Batch {
	b := column.NewBatch(side)
	floats := []float64{0, math.Copysign(0, -1), 0.5, 1, math.NaN()}
	for range n {
		b.N++
		b.Time = append(b.Time, 1000)
		if keyed {
			b.Key = append(b.Key, int32(r.IntN(3)))
		}
		null := func() bool { return r.IntN(10) == 0 }
		for c := range b.Cols {
			col := b.Cols[c]
			switch {
			case null():
				col.AppendNull()
			case col.Type == schema.String:
				col.AppendString([]string{"a", "b", "null", "a key that does not lie in its slot"}[r.IntN(4)])
			case col.Type == schema.Int:
				col.AppendInt(int32(r.IntN(4)))
			case col.Type == schema.Long:
				col.AppendLong(int64(r.IntN(4)))
			case col.Type == schema.Float:
				col.AppendFloat(float32(floats[r.IntN(len(floats))]))
			case col.Type == schema.Double:
				col.AppendDouble(floats[r.IntN(len(floats))])
			case col.Type == schema.Bool:
				col.AppendBool(r.IntN(2) == 0)
			}
		}
	}
	return b
}

type still struct{}

func (still) Now() int64      { return 1000 }
func (still) Played() bool    { return false }
func (still) At(int64, int32) {}

func lengthWindow(t testing.TB, n int64) window.Searchable {
	t.Helper()
	w := &check.Window{Args: []check.Expr{number(n)}}
	for _, d := range window.Declarations() {
		if d.Name == "length" && d.Namespace == "" {
			w.Fn = d
		}
	}
	o, err := window.New(w, side, window.Options{Search: true, Clock: still{}, Scheduler: still{}})
	if err != nil {
		t.Fatal(err)
	}
	return o.(window.Searchable)
}

// unfollowed is a window whose order an index cannot know.
type unfollowed struct{ window.Searchable }

func (unfollowed) Follow(window.Follower) bool { return false }

func finder(t testing.TB, w window.Searchable, on check.Expr, keyed bool) *Window {
	t.Helper()
	f, err := NewWindow(w, layout(), on, keyed, expr.Env{Clock: still{}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func drop(*column.Batch) error { return nil }

func matches(t *testing.T, f *Window, b *column.Batch) string {
	t.Helper()
	rows, slots, err := f.Match(b)
	if err != nil {
		t.Fatal(err)
	}
	text := ""
	for i, r := range rows {
		text += fmt.Sprint(r, ":", f.Column(1).Any(int(slots[i])), f.Column(0).Any(int(slots[i])), slots[i], " ")
	}
	return text
}

// What an index finds is what a scan with the same condition finds, in the same
// order, while rows come and go, in partitions too, and after a restore.
func TestIndexFindsWhatAScanFinds(t *testing.T) {
	for _, c := range conditions {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(8) {
				r := rand.New(rand.NewPCG(seed, 5))
				keyed := seed%2 == 1
				length := int64(1 + r.IntN(40))
				w := lengthWindow(t, length)
				indexed, scan := finder(t, w, c.on, keyed), finder(t, unfollowed{w}, c.on, keyed)
				if (indexed.index != nil) != c.indexed || scan.index != nil {
					t.Fatalf("index %v, want %v; scan %v", indexed.index != nil, c.indexed, scan.index != nil)
				}
				found := 0
				for step := range 60 {
					if err := w.Process(rows(r, 1+r.IntN(6), keyed), drop); err != nil {
						t.Fatal(err)
					}
					if step == 30 {
						var e state.Encoder
						w.(flow.Stateful).Snapshot(&e)
						fresh := lengthWindow(t, length)
						indexed, scan = finder(t, fresh, c.on, keyed), finder(t, unfollowed{fresh}, c.on, keyed)
						if err := fresh.(flow.Stateful).Restore(state.NewDecoder(e.Bytes())); err != nil {
							t.Fatal(err)
						}
						w = fresh
					}
					asks := rows(r, 1+r.IntN(6), keyed)
					if r.IntN(3) == 0 {
						asks.Kind = make([]column.Kind, asks.N)
						for i := range asks.Kind {
							asks.Kind[i] = column.Kind(r.IntN(3))
						}
					}
					want, got := matches(t, scan, asks), matches(t, indexed, asks)
					if want != got {
						t.Fatalf("seed %d, step %d:\nindex %s\nscan  %s", seed, step, got, want)
					}
					found += len(want)
				}
				if found == 0 {
					t.Error("nothing was ever found")
				}
			}
		})
	}
}

// An index forgets what left: it does not grow with what has passed.
func TestIndexForgets(t *testing.T) {
	w := lengthWindow(t, 10)
	f := finder(t, w, op(own("l"), ast.EQ, other("l")), false)
	r := rand.New(rand.NewPCG(1, 1))
	for n := range int64(10_000) {
		b := rows(r, 1, false)
		b.Cols[2].Resize(1)
		b.Cols[2].I64[0] = n
		if err := w.Process(b, drop); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.index.keys.Len(); n != 10 {
		t.Errorf("%d keys, want 10", n)
	}
	if n := f.index.seen.Cap(); n > 64 {
		t.Errorf("%d slots for 10 rows", n)
	}
}

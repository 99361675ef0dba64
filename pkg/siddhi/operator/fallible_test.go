package operator

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

var errFour = errors.New("it is a four")

// notFour is a function of an int, which it gives back unless it is 4: then it fails.
func notFour() *check.Call {
	fn := &function.Function{
		Declaration: extension.Declaration{Name: "notFour", Namespace: "test", Fails: extension.Always},
		Nulls:       []function.Nulls{function.Seen},
		New: func(*function.Call) (function.Kernel, error) {
			return func(args []*column.Column, out *column.Column) error {
				copy(out.I32, args[0].I32)
				if slices.Contains(args[0].I32[:len(out.I32)], 4) {
					return errFour
				}
				return nil
			}, nil
		},
	}
	function.Declarations([]*function.Function{fn})
	return &check.Call{Fn: &fn.Declaration, Args: []check.Expr{&check.Column{Index: 1, T: schema.Int}}, T: schema.Int}
}

// notFourth is a function of a long, which it gives back unless it is one less than a multiple of 5.
func notFourth(arg check.Expr) *check.Call {
	fn := &function.Function{
		Declaration: extension.Declaration{Name: "notFourth", Namespace: "test", Fails: extension.Always},
		Nulls:       []function.Nulls{function.Seen},
		New: func(*function.Call) (function.Kernel, error) {
			return func(args []*column.Column, out *column.Column) error {
				copy(out.I64, args[0].I64)
				if slices.ContainsFunc(args[0].I64[:len(out.I64)], func(v int64) bool { return v%5 == 4 }) {
					return errFour
				}
				return nil
			}, nil
		},
	}
	function.Declarations([]*function.Function{fn})
	return &check.Call{Fn: &fn.Declaration, Args: []check.Expr{arg}, T: schema.Long}
}

// failing is a select clause by the letters of its items: s is sum(v), c count(),
// S sum(notFour(v)), F notFour(v) and L notFourth(sum(v)).
type failing struct {
	items   string
	grouped bool
}

func (f *failing) clause(t *testing.T) *check.Select {
	t.Helper()
	sel := &check.Select{In: modelIn, Limit: -1}
	v := &check.Column{Index: 1, T: schema.Int}
	aggregate := func(name string, args ...check.Expr) check.Expr {
		sel.Aggregates = append(sel.Aggregates, &check.Aggregate{Fn: aggregator(t, name), Args: args, T: schema.Long})
		return &check.Column{Index: len(modelIn) + len(sel.Aggregates) - 1, T: schema.Long}
	}
	for i, letter := range f.items {
		var e check.Expr
		switch letter {
		case 's':
			e = aggregate("sum", v)
		case 'c':
			e = aggregate("count")
		case 'S':
			e = aggregate("sum", notFour())
		case 'F':
			e = notFour()
		case 'L':
			e = notFourth(aggregate("sum", v))
		}
		sel.Items = append(sel.Items, check.Item{Name: fmt.Sprint(string(letter), i), Expr: e})
	}
	if f.grouped {
		sel.GroupBy = []*check.Column{{Index: 0, T: schema.String}}
	}
	sel.Out = itemAttrs(sel)
	return sel
}

// model computes the rows of a batch one by one, from left to right, until one fails.
// told has the aggregates, by group and item.
func (f *failing) model(told map[string][]int64, chunks [][]*modelRow) (out []string, failed bool) {
	for _, rows := range chunks {
		var lines []string
		for _, r := range rows {
			group := ""
			if f.grouped {
				group = *r.k
			}
			if told[group] == nil {
				told[group] = make([]int64, len(f.items))
			}
			values := told[group]
			for i, letter := range f.items {
				switch {
				case *r.v == 4 && strings.ContainsRune("SF", letter):
					return out, true
				case letter == 'c':
					values[i]++
				case letter == 'F':
					values[i] = int64(*r.v)
				default:
					values[i] += int64(*r.v)
				}
				if letter == 'L' && values[i]%5 == 4 {
					return out, true
				}
			}
			lines = append(lines, fmt.Sprint(values))
		}
		out = append(out, strings.Join(lines, " "))
	}
	return out, false
}

// TestFailingRows compares what a selector emits, and what its aggregates have been
// told of, with rows that are computed one by one.
func TestFailingRows(t *testing.T) {
	texts := []string{"a", "b"}
	for seed := range uint64(2000) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		f := &failing{grouped: rnd.IntN(2) == 0}
		for range 1 + rnd.IntN(4) {
			f.items += string("scSFL"[rnd.IntN(5)])
		}
		s, err := NewSelect(f.clause(t), Options{Events: ast.CurrentEvents, EveryRow: true, Windowed: true})
		if err != nil {
			t.Fatal(err)
		}
		told := map[string][]int64{}
		for range 8 {
			chunks := make([][]*modelRow, 1+rnd.IntN(3))
			for i := range chunks {
				for range 1 + rnd.IntN(3) {
					v := rnd.Int32N(9)
					chunks[i] = append(chunks[i], &modelRow{k: &texts[rnd.IntN(2)], v: &v})
				}
			}
			want, fails := f.model(told, chunks)
			var got []string
			err := s.Process(batchOf(chunks, false), func(b *column.Batch) error {
				got = append(got, numbersOf(b)...)
				return nil
			})
			if !slices.Equal(got, want) || errors.Is(err, errFour) != fails || err != nil && !fails {
				t.Fatalf("seed %d, %+v: got %q and %v, want %q and failed %v", seed, *f, got, err, want, fails)
			}
		}
	}
}

// numbersOf has the chunks of a batch of numbers as text.
func numbersOf(b *column.Batch) []string {
	var chunks []string
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		var lines []string
		for row := lo; row < hi; row++ {
			values := make([]any, len(b.Cols))
			for c := range values {
				values[c] = b.Cols[c].Any(row)
			}
			lines = append(lines, fmt.Sprint(values))
		}
		chunks = append(chunks, strings.Join(lines, " "))
	}
	return chunks
}

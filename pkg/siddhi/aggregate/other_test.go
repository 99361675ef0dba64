package aggregate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// others are aggregators with what they should give of a list of held values.
var others = []struct {
	namespace, name string
	arg, out        schema.Type
	constants       []any
	value           func(r *rand.Rand) any
	want            func(held []any) any
}{
	{"math", "percentile", schema.Int, schema.Double, []any{37.5}, randomInt, wantPercentile},
	{"str", "groupConcat", schema.String, schema.String, nil, randomText, wantConcat(",", false, 0)},
	{"str", "groupConcat", schema.String, schema.String, []any{"--", true}, randomText, wantConcat("--", true, 0)},
	{"str", "groupConcat", schema.String, schema.String, []any{"", false, "Asc"}, randomText, wantConcat("", false, 1)},
	{"str", "groupConcat", schema.String, schema.String, []any{";", true, "desc"}, randomText, wantConcat(";", true, -1)},
}

// TestOthersAgainstList: over groups, with nulls, values taken back in any order,
// resets and a restart now and then.
func TestOthersAgainstList(t *testing.T) {
	reg, err := extension.NewRegistry(Declarations())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range others {
		r := rand.New(rand.NewPCG(11, 3))
		fn := reg.Find(extension.Aggregator, o.namespace, o.name)
		fresh := func() Function {
			f, err := New(fn, []schema.Type{o.arg}, AnyOrder)
			if err != nil {
				t.Fatal(err)
			}
			f.Grow(3)
			return f
		}
		f, held := fresh(), [3][]any{}
		for n := range 2000 {
			g := r.IntN(len(held))
			if r.IntN(60) == 0 {
				f.Reset(int32(g))
				held[g] = nil
			}
			kind, v := column.Current, o.value(r)
			if len(held[g]) > 0 && r.IntN(9) < 4 {
				i := r.IntN(len(held[g]))
				if o.arg == schema.String { // the last of equal texts: the first says where they stand
					for j := range held[g] {
						if held[g][j] == held[g][i] {
							i = max(i, j)
						}
					}
				}
				kind, v = column.Expired, held[g][i]
				held[g] = slices.Delete(held[g], i, i+1)
			} else {
				held[g] = append(held[g], v)
			}
			got, want := step(f, o.arg, o.out, o.constants, int32(g), kind, v), o.want(held[g])
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s %v, row %d: %v of %v, want %v", fn.FullName(), o.constants, n, got, held[g], want)
			}
			if len(held[g]) == 0 && !f.Empty(int32(g)) {
				t.Fatalf("%s: a group without values is not empty", fn.FullName())
			}
			if r.IntN(20) == 0 {
				var e state.Encoder
				f.Snapshot(&e)
				d := state.NewDecoder(e.Bytes())
				if f = fresh(); f.Restore(d) != nil || d.Rest() != 0 {
					t.Fatalf("restore %s: %v, %d bytes left", fn.FullName(), d.Err(), d.Rest())
				}
			}
		}
	}
}

func step(f Function, arg, typ schema.Type, constants []any, group int32, kind column.Kind, v any) any {
	in, out := &column.Column{Type: arg}, &column.Column{Type: typ}
	in.AppendAny(v)
	args := []*column.Column{in}
	for _, c := range constants {
		col := &column.Column{Type: map[string]schema.Type{"string": schema.String, "bool": schema.Bool, "float64": schema.Double}[fmt.Sprintf("%T", c)]}
		col.AppendAny(c)
		args = append(args, col)
	}
	out.Resize(1)
	f.Update(args, &Rows{Hi: 1, Kinds: []column.Kind{kind}, Groups: []int32{group}}, out)
	return out.Any(0)
}

func randomInt(r *rand.Rand) any {
	if n := r.IntN(20); n < 18 {
		return int32(n - 9)
	}
	return nil
}

// wantPercentile counts in eighths, which 37.5 percent are three of.
func wantPercentile(held []any) any {
	var values []int
	for _, v := range held {
		if v != nil {
			values = append(values, int(v.(int32)))
		}
	}
	if len(values) == 0 {
		return nil
	}
	slices.Sort(values)
	eighths := 3 * len(values)
	if eighths%8 == 0 {
		return float64(values[eighths/8-1]+values[eighths/8]) / 2
	}
	return float64(values[max((eighths+4)/8, 1)-1])
}

func randomText(r *rand.Rand) any {
	return []any{nil, "", "a", "ab", "\ue000", "\U0001f600", "a text that is rather long"}[r.IntN(7)]
}

// wantConcat joins equal texts where the first of them stands.
func wantConcat(separator string, distinct bool, direction int) func([]any) any {
	return func(held []any) any {
		var texts, first []string
		for _, v := range held {
			if v == nil {
				if separator == "," { // nothing but the text is given
					continue
				}
				v = "null"
			}
			texts = append(texts, v.(string))
			if !slices.Contains(first, v.(string)) {
				first = append(first, v.(string))
			}
		}
		if direction != 0 {
			slices.SortFunc(first, func(a, b string) int {
				return direction * slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
			})
		}
		var all []string
		for _, f := range first {
			for _, text := range texts {
				if text == f && (!distinct || len(all) == 0 || all[len(all)-1] != f) {
					all = append(all, f)
				}
			}
		}
		return strings.Join(all, separator)
	}
}

func randomNumber(r *rand.Rand) any { return []any{nil, 1.0, 2.0, 2.5, nan}[r.IntN(5)] }

func randomList(r *rand.Rand) any {
	l := []any{}
	for range r.IntN(4) {
		l = append(l, []any{nil, "x", int32(1), []any{"y", int32(1)}, nan}[r.IntN(5)])
	}
	if r.IntN(8) == 0 {
		return nil
	}
	return l
}

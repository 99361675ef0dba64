package expr

import (
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
)

// What is evaluated row by row, for the sake of strays, is what the program gives
// where there are none.
func TestCarefulIsTheProgram(t *testing.T) {
	for seed := range uint64(1500) {
		g := generator{rand.New(rand.NewPCG(seed, 2))}
		e := g.expr(schema.Type(1+g.IntN(6)), 1+g.IntN(4))
		rows := g.rows(1+g.IntN(8), g.IntN(3) > 0)
		b := batchOf(randomAttrs, rows)
		s := slow{e: e}
		got, err := s.eval(b)
		if err != nil {
			t.Fatalf("seed %d: %s: %v", seed, show(e), err)
		}
		for i, row := range rows {
			want, err := naive(e, row, b.Time[i])
			if err != nil {
				t.Fatal(err)
			}
			if !equalNumbers(got.Any(i), want) {
				t.Fatalf("seed %d: %s of %v = %v (%T), want %v (%T)", seed, show(e), row, got.Any(i), got.Any(i), want, want)
			}
		}
		if got.HasStrays() {
			t.Fatalf("seed %d: %s: a value is not of type %s", seed, show(e), e.Type())
		}
	}
}

// What hands a value on hands a stray on, what computes with it fails, and what is
// not evaluated does not.
func TestStraysInExpressions(t *testing.T) {
	attrs := schema.Attributes{{Name: "s", Type: schema.String}, {Name: "i", Type: schema.Int}, {Name: "l", Type: schema.Long},
		{Name: "d", Type: schema.Double}, {Name: "b", Type: schema.Bool}}
	failure := error(&StrayError{})
	b := column.NewBatch(attrs)
	b.N, b.Time = 1, []int64{1}
	for i, v := range []any{"a", "7", int64(2), 1.5, true} {
		b.Cols[i].AppendAny(v)
	}
	for text, want := range map[string]any{
		"i":                                   "7",
		"i + 1":                               failure,
		"l + i":                               failure,
		"i == 7":                              failure,
		"7 != i":                              failure,
		"i < l":                               failure,
		"l < 3L":                              true,
		"i is null":                           false,
		"not (i is null)":                     true,
		"not b and i > 1":                     false,
		"b or i > 1":                          true,
		"b and i > 1":                         failure,
		"i > 1 or b":                          failure,
		"ifThenElse(b, l, 1L)":                int64(2),
		"ifThenElse(b, i, 1)":                 "7",
		"ifThenElse(b, 1, i + 1)":             int32(1),
		"ifThenElse(i > 1, 1, 2)":             failure,
		"coalesce(i, 1)":                      "7",
		"default(i, 1)":                       "7",
		"instanceOfInteger(i)":                false,
		"instanceOfString(i)":                 true,
		"convert(i, 'int')":                   "7",
		"convert(i, 'string')":                "7",
		"convert(i, 'long')":                  failure,
		"convert(convert(i,'string'), 'int')": int32(7),
		"cast(i, 'int')":                      "7",
		"maximum(i, 5)":                       int32(5),
		"minimum(1, i, 5)":                    int32(1),
	} {
		p := mustCompile(t, parse(t, text, attrs))
		got, err := p.Eval(b)
		switch {
		case want == failure:
			if stray, ok := err.(*StrayError); !ok || stray.Value != "7" {
				t.Errorf("%s: %v, want an error about the value", text, err)
			}
		case err != nil:
			t.Errorf("%s: %v", text, err)
		case got.Any(0) != want:
			t.Errorf("%s = %#v, want %#v", text, got.Any(0), want)
		}
	}
}

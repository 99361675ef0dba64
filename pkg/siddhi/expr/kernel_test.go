package expr

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/function"
	"millrace/pkg/siddhi/schema"
)

// difference is a function of two numbers that notes what its kernel sees.
func difference(nulls []function.Nulls, seen *[]int) *function.Function {
	return &function.Function{
		Declaration: extension.Declaration{Name: "difference", Namespace: "test"},
		Nulls:       nulls, Widen: schema.Double,
		New: func(*function.Call) (function.Kernel, error) {
			return func(args []*column.Column, out *column.Column) error {
				*seen = append(*seen, out.Len())
				for i := range out.F64 {
					if args[0].F64[i] == 99 {
						return errors.New("99 is not liked")
					}
					if out.F64[i] = args[0].F64[i] - args[1].F64[i]; args[0].IsNull(i) {
						out.F64[i] = -1
					}
					if out.F64[i] == 0 {
						out.SetNull(i)
					}
				}
				return nil
			}, nil
		},
	}
}

func differenceOf(fn *function.Function) check.Expr {
	function.Declarations([]*function.Function{fn})
	a, b := &check.Column{Index: 0, T: schema.Int}, &check.Column{Index: 1, T: schema.Float}
	return &check.Call{Fn: &fn.Declaration, Args: []check.Expr{a, b}, T: schema.Double}
}

// numbersBatch has an int and a float column; nil is null.
func numbersBatch(a, b []any) *column.Batch {
	batch := column.NewBatch(schema.Attributes{{Name: "a", Type: schema.Int}, {Name: "b", Type: schema.Float}})
	for i := range a {
		if v, ok := a[i].(int); ok {
			batch.Cols[0].AppendInt(int32(v))
		} else {
			batch.Cols[0].AppendNull()
		}
		if v, ok := b[i].(float64); ok {
			batch.Cols[1].AppendFloat(float32(v))
		} else {
			batch.Cols[1].AppendNull()
		}
		batch.Time = append(batch.Time, int64(i))
	}
	batch.N = len(a)
	return batch
}

func TestNullRules(t *testing.T) {
	full := numbersBatch([]any{3, 5}, []any{1.0, 5.0})
	holes := numbersBatch([]any{3, nil, 7, 8}, []any{1.0, 1.0, nil, 8.0})
	for _, c := range []struct {
		name  string
		nulls []function.Nulls
		batch *column.Batch
		want  []any // nil: the batch fails
		seen  []int
	}{
		{"no nulls", []function.Nulls{function.Refuse}, full, []any{2.0, nil}, []int{2}},
		{"seen", nil, holes, []any{2.0, -1.0, 7.0, nil}, []int{4}},
		{"absorbed", []function.Nulls{function.Absorb}, holes, []any{2.0, nil, nil, nil}, []int{2}},
		{"first seen", []function.Nulls{function.Seen, function.Absorb}, holes, []any{2.0, -1.0, nil, nil}, []int{3}},
		{"refused", []function.Nulls{function.Refuse}, holes, nil, nil},
	} {
		var seen []int
		p, err := Compile(differenceOf(difference(c.nulls, &seen)), Env{})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // buffers are used again
			seen = nil
			got, err := p.Eval(c.batch)
			if c.want == nil {
				if err == nil || !strings.Contains(err.Error(), "test:difference(): argument 1 is null") {
					t.Errorf("%s: %v", c.name, err)
				}
				continue
			}
			if err != nil {
				t.Fatalf("%s: %v", c.name, err)
			}
			var values []any
			for i := range c.batch.N {
				values = append(values, got.Any(i))
			}
			if !slices.Equal(values, c.want) || !slices.Equal(seen, c.seen) {
				t.Errorf("%s: %v of rows %v, want %v of %v", c.name, values, seen, c.want, c.seen)
			}
		}
	}
}

// TestRefusedNullOfReset holds that a Reset row, which is no event, fails nothing.
func TestRefusedNullOfReset(t *testing.T) {
	var seen []int
	p, err := Compile(differenceOf(difference([]function.Nulls{function.Refuse}, &seen)), Env{})
	if err != nil {
		t.Fatal(err)
	}
	b := numbersBatch([]any{nil, 4}, []any{1.0, 1.0})
	b.Kind = []column.Kind{column.Reset, column.Current}
	got, err := p.Eval(b)
	if err != nil || got.Any(0) != nil || got.Any(1) != 3.0 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestKernelErrors(t *testing.T) {
	var seen []int
	fn := difference(nil, &seen)
	p, err := Compile(differenceOf(fn), Env{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Eval(numbersBatch([]any{99}, []any{1.0})); err == nil || !strings.Contains(err.Error(), "99 is not liked") {
		t.Errorf("an error of a kernel: %v", err)
	}
	fn.New = func(*function.Call) (function.Kernel, error) { return nil, errors.New("no such pattern") }
	if _, err := Compile(differenceOf(fn), Env{}); err == nil || !strings.Contains(err.Error(), "test:difference(): no such pattern") {
		t.Errorf("an error of New: %v", err)
	}
}

// TestKernelAllocations holds that a call costs no memory, nulls or not.
func TestKernelAllocations(t *testing.T) {
	fn := &function.Function{
		Declaration: extension.Declaration{Name: "sum"}, Nulls: []function.Nulls{function.Absorb}, Widen: schema.Double,
		New: func(*function.Call) (function.Kernel, error) {
			return func(args []*column.Column, out *column.Column) error {
				for i := range out.F64 {
					out.F64[i] = args[0].F64[i] + args[1].F64[i]
				}
				return nil
			}, nil
		},
	}
	p, err := Compile(differenceOf(fn), Env{})
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range []*column.Batch{numbersBatch([]any{1}, []any{2.0}), numbersBatch([]any{3, nil, 7}, []any{1.0, 1.0, nil})} {
		if n := testing.AllocsPerRun(100, func() {
			if _, err := p.Eval(b); err != nil {
				t.Fatal(err)
			}
		}); n > 0 {
			t.Errorf("%d rows take %v allocations", b.N, n)
		}
	}
}

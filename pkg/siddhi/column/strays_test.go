package column

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// valuesOf returns the values of the first n rows.
func valuesOf(c *Column, n int) []any {
	all := make([]any, n)
	for i := range all {
		all[i] = c.Any(i)
	}
	return all
}

// straying makes a value for an int column: most are ints, some null, some strays.
func straying(r *rand.Rand) any {
	switch r.IntN(6) {
	case 0:
		return nil
	case 1:
		return fmt.Sprint("text ", r.IntN(5))
	case 2:
		return r.IntN(2) == 0
	}
	return int32(r.IntN(5))
}

func columnOf(values []any) *Column {
	c := &Column{Type: schema.Int}
	for _, v := range values {
		c.AppendAny(v)
	}
	return c
}

// A column with strays is a list of values, whatever is done with it.
func TestStraysAgainstList(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 3))
		model := make([]any, 1+r.IntN(12))
		for i := range model {
			model[i] = straying(r)
		}
		c := columnOf(model)
		for step := range 20 {
			n := len(model)
			other := make([]any, n+r.IntN(3))
			for i := range other {
				other[i] = straying(r)
			}
			src, row := columnOf(other), r.IntN(n)
			rows := make([]int32, 1+r.IntN(n))
			for i := range rows {
				rows[i] = int32(r.IntN(n))
			}
			switch what := r.IntN(8); what {
			case 0:
				c.SetFrom(row, src, row)
				model[row] = other[row]
			case 1:
				c.SetNull(row)
				model[row] = nil
			case 2:
				c.AppendFrom(src, row)
				model = append(model, other[row])
			case 3:
				c.AppendColumn(src, n)
				model = append(model, other[:n]...)
			case 4:
				c.Gather(src, rows)
				model = model[:0]
				for _, at := range rows {
					model = append(model, other[at])
				}
			case 5:
				part := c.Slice(row, n)
				c = &Column{Type: schema.Int}
				c.AppendColumn(&part, n-row)
				model = model[row:]
			case 6:
				view := &Column{Type: schema.Int}
				view.View(src, 0, n) // another view before
				view.View(c, row, n)
				if got, want := valuesOf(view, n-row), model[row:]; fmt.Sprint(got) != fmt.Sprint(want) {
					t.Fatalf("seed %d, step %d: the view has %v, want %v", seed, step, got, want)
				}
			case 7:
				var e state.Encoder
				c.Encode(&e)
				c.Decode(state.NewDecoder(e.Bytes()))
			}
			if c.Len() != len(model) {
				t.Fatalf("seed %d, step %d: %d values, want %d", seed, step, c.Len(), len(model))
			}
			if got := valuesOf(c, len(model)); fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", model) {
				t.Fatalf("seed %d, step %d: %#v, want %#v", seed, step, got, model)
			}
			for i, v := range model {
				_, typed := v.(int32)
				if c.IsNull(i) == typed || c.IsMissing(i) != (v == nil) {
					t.Fatalf("seed %d, step %d: value %d, %v: null %v, missing %v", seed, step, i, v, c.IsNull(i), c.IsMissing(i))
				}
			}
		}
		c.Reset()
		if c.HasStrays() {
			t.Fatal("an empty column has strays")
		}
	}
}

// A slot of a slab that is used again has nothing of what it had.
func TestStraysInSlab(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 4))
	s := NewSlab(schema.Attributes{{Name: "v", Type: schema.Int}}, nil)
	held := map[int32]any{}
	for range 2000 {
		for slot := range held {
			if r.IntN(3) == 0 {
				s.Free(slot)
				delete(held, slot)
			}
		}
		values := make([]any, 1+r.IntN(4))
		for i := range values {
			values[i] = straying(r)
		}
		b := &Batch{N: len(values), Time: make([]int64, len(values)), Cols: []*Column{columnOf(values)}}
		for i, slot := range s.Add(b, nil, nil) {
			held[slot] = values[i]
		}
		for slot, v := range held {
			if got := s.Cols[0].Any(int(slot)); got != v {
				t.Fatalf("slot %d has %#v, want %#v", slot, got, v)
			}
		}
	}
}

// Strays are keys of their own, and not that of null.
func TestStraysAsKeys(t *testing.T) {
	k := NewKeyIndex(schema.Int)
	keys := []any{int32(7), nil, "7", "x", "7", nil, "x", int32(7), true}
	want := []int32{0, 1, 2, 3, 2, 1, 3, 0, 4}
	for range 2 {
		if got := k.Insert([]*Column{columnOf(keys)}, len(keys), nil); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("ids are %v, want %v", got, want)
		}
		var e state.Encoder
		k.Encode(&e)
		k = NewKeyIndex(schema.Int)
		k.Decode(state.NewDecoder(e.Bytes()))
	}
}

// A snapshot with a stray where no null is is refused.
func TestDamagedStrays(t *testing.T) {
	var e state.Encoder
	c := columnOf([]any{int32(1), "x"})
	c.Nulls[1] = false
	c.Encode(&e)
	d := state.NewDecoder(e.Bytes())
	(&Column{Type: schema.Int}).Decode(d)
	if d.Err() == nil {
		t.Error("a stray at a row with a value was taken")
	}
}

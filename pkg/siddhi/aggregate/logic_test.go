package aggregate

import (
	"math/rand/v2"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// and and or agree with a list of the values that are held, with nulls, values
// taken back, resets and a restore at every row.
func TestLogicAgainstList(t *testing.T) {
	for _, all := range []bool{true, false} {
		r := rand.New(rand.NewPCG(7, 7))
		f := &logic{all: all}
		f.Grow(2)
		held := [2][]any{}
		for n := range 400 {
			g := int32(r.IntN(2))
			in, out := &column.Column{Type: schema.Bool}, &column.Column{Type: schema.Bool}
			out.Resize(1)
			rows := &Rows{Hi: 1, Groups: []int32{g}, Kinds: []column.Kind{column.Current}}
			var v any
			switch x := r.IntN(10); {
			case x == 0:
				f.Reset(g)
				held[g] = nil
				continue
			case x < 4 && len(held[g]) > 0:
				v, held[g] = held[g][0], held[g][1:]
				rows.Kinds[0] = column.Expired
			case x == 4:
				held[g] = append(held[g], nil)
			default:
				v = r.IntN(2) == 0
				held[g] = append(held[g], v)
			}
			if b, ok := v.(bool); ok {
				in.AppendBool(b)
			} else {
				in.AppendNull()
			}
			f.Update([]*column.Column{in}, rows, out)
			trues, falses := 0, 0
			for _, x := range held[g] {
				if b, ok := x.(bool); ok && b {
					trues++
				} else if ok {
					falses++
				}
			}
			if want := trues > 0 && (!all || falses == 0); out.Bool[0] != want {
				t.Fatalf("row %d, and %v: %v of %v", n, all, out.Bool[0], held[g])
			}
			if f.Empty(g) != (trues+falses == 0) {
				t.Fatalf("row %d: empty %v with %v", n, f.Empty(g), held[g])
			}
			var e state.Encoder
			f.Snapshot(&e)
			f = &logic{all: all}
			f.Grow(2)
			if err := f.Restore(state.NewDecoder(e.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
	}
}

package aggregate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// collector is the plainest way to collect a group's values: it is given each
// that comes or leaves and returns what there is.
type collector func(v any, gone bool) any

// collecting are aggregators whose result depends on what has come and left, not
// only on what is held.
var collecting = []struct {
	namespace, name string
	arg             schema.Type
	constants       []any
	value           func(r *rand.Rand) any
	fresh           func() collector
}{
	{"", "unionSet", schema.Object, nil, randomSet, plainUnion},
	{"list", "collect", schema.Double, nil, randomNumber, plainList(false, false)},
	{"list", "collect", schema.Double, []any{true}, randomNumber, plainList(false, true)},
	{"list", "merge", schema.Object, []any{false}, randomList, plainList(true, false)},
	{"list", "merge", schema.Object, []any{true}, randomList, plainList(true, true)},
}

// TestCollecting: over groups, with nulls, values taken back in any order, resets
// and a restart now and then.
func TestCollecting(t *testing.T) {
	reg, err := extension.NewRegistry(Declarations())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range collecting {
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
		plain := [3]collector{o.fresh(), o.fresh(), o.fresh()}
		for n := range 2000 {
			g := r.IntN(len(held))
			if r.IntN(60) == 0 {
				f.Reset(int32(g))
				held[g], plain[g] = nil, o.fresh()
			}
			kind, v := column.Current, o.value(r)
			if i := len(held[g]); i > 0 && r.IntN(9) < 4 {
				i = r.IntN(i)
				kind, v = column.Expired, held[g][i]
				held[g] = slices.Delete(held[g], i, i+1)
			} else {
				held[g] = append(held[g], v)
			}
			got, want := step(f, o.arg, schema.Object, o.constants, int32(g), kind, v), plain[g](v, kind == column.Expired)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%s %v, row %d: %v of %v, want %v", fn.FullName(), o.constants, n, got, held[g], want)
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

func randomSet(r *rand.Rand) any {
	set := state.Set{}
	for range r.IntN(3) {
		set[[]any{nil, "x", int32(1), 1.0, nan, true}[r.IntN(6)]] = struct{}{}
	}
	if r.IntN(8) == 0 {
		return nil
	}
	return set
}

// plainUnion counts members as Siddhi does: one that is counted once leaves the
// set, but keeps its count.
func plainUnion() collector {
	members, counts, nans := state.Set{}, map[any]int{}, 0
	return func(v any, gone bool) any {
		set, _ := v.(state.Set)
		for m := range set {
			switch {
			case m != m && gone:
				nans--
			case m != m:
				nans++
			case !gone:
				members[m] = struct{}{}
				counts[m]++
			case counts[m] == 1:
				delete(members, m)
			default:
				counts[m]--
			}
		}
		all := state.Set{}
		for m := range members {
			all[m] = struct{}{}
		}
		if nans > 0 {
			all[nan] = struct{}{}
		}
		return all
	}
}

func plainList(merge, distinct bool) func() collector {
	return func() collector {
		all := []any{}
		return func(v any, gone bool) any {
			values, _ := v.([]any)
			if !merge {
				values = []any{v}
			}
			for _, v := range values {
				same := func(w any) bool { return fmt.Sprintf("%T%v", v, v) == fmt.Sprintf("%T%v", w, w) }
				i := slices.IndexFunc(all, same)
				switch {
				case !gone && (!distinct || i < 0):
					all = append(all, v)
				case gone && merge:
					all = slices.DeleteFunc(all, same)
				case gone && i >= 0:
					all = slices.Delete(all, i, i+1)
				}
			}
			return slices.Clone(all)
		}
	}
}

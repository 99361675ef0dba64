package column

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

var words = []string{"", "a", "null", "twelve bytes", "thirteen byte", "a rather long text, which lies in the arena", "b"}

// A KeyIndex does what a map would, also after it was written and read.
func TestKeyIndexAgainstMap(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 1))
		k := NewKeyIndex(schema.String, schema.Int)
		model := map[string]int32{}
		for range 60 {
			s, n := &Column{Type: schema.String}, &Column{Type: schema.Int}
			rows := 1 + r.IntN(8)
			var texts []string
			for range rows {
				word, number := words[r.IntN(len(words))], r.IntN(4)
				key := fmt.Sprint(word, "|", number)
				if r.IntN(8) == 0 { // a null string is the text null
					s.AppendNull()
					key = fmt.Sprint("null|", number)
				} else {
					s.AppendString(word)
				}
				if number == 3 {
					n.AppendNull()
				} else {
					n.AppendInt(int32(number))
				}
				texts = append(texts, key)
			}
			cols := []*Column{s, n}
			for i, id := range k.Lookup(cols, rows, nil) {
				if want, ok := model[texts[i]]; ok != (id != None) || ok && id != want {
					t.Fatalf("seed %d: lookup of %q gives %d, want %d (%v)", seed, texts[i], id, want, ok)
				}
			}
			for i, id := range k.Insert(cols, rows, nil) {
				if want, ok := model[texts[i]]; ok && id != want {
					t.Fatalf("seed %d: %q has id %d, want %d", seed, texts[i], id, want)
				}
				model[texts[i]] = id
			}
			for key, id := range model {
				if r.IntN(6) == 0 {
					k.Remove(id)
					delete(model, key)
				}
			}
			if r.IntN(10) == 0 {
				var e state.Encoder
				k.Encode(&e)
				k = NewKeyIndex(schema.String, schema.Int)
				if k.Decode(state.NewDecoder(e.Bytes())); k.Len() != len(model) {
					t.Fatalf("seed %d: %d keys were read, want %d", seed, k.Len(), len(model))
				}
			}
			seen := map[int32]string{}
			for key, id := range model {
				if other, twice := seen[id]; twice || !k.Used(id) {
					t.Fatalf("seed %d: id %d of %q is also that of %q, or free", seed, id, key, other)
				}
				seen[id] = key
			}
			if k.Len() != len(model) {
				t.Fatalf("seed %d: %d keys, want %d", seed, k.Len(), len(model))
			}
		}
	}
}

// A Slab with a Queue does what a list of rows would, over restores and the
// compaction of its strings.
func TestSlabAgainstList(t *testing.T) {
	attrs := schema.Attributes{{Name: "s", Type: schema.String}, {Name: "n", Type: schema.Long}}
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 2))
		slab, q := NewSlab(attrs, nil), EmptyQueue
		var model []string
		live := map[int32]bool{}
		for step := range 400 {
			if r.IntN(2) == 0 || len(model) == 0 {
				b := NewBatch(attrs)
				for range 1 + r.IntN(4) {
					word := fmt.Sprint(words[r.IntN(len(words))], seed, step)
					if r.IntN(10) == 0 {
						b.Cols[0].AppendNull()
						word = "nothing"
					} else {
						b.Cols[0].AppendString(word)
					}
					b.Cols[1].AppendLong(int64(step))
					b.Time = append(b.Time, int64(step))
					b.N++
					model = append(model, fmt.Sprint(word, " ", step))
				}
				for _, slot := range slab.Add(b, nil, nil) {
					q.Push(slab, slot)
					live[slot] = true
				}
			} else {
				slot := q.Pop(slab)
				slab.Free(slot)
				delete(live, slot)
				model = model[1:]
				slab.deadBytes += 1 << 16 // has Compact work with little data
				slab.Compact(func(slot int32) bool { return live[slot] })
			}
			if r.IntN(40) == 0 {
				var e state.Encoder
				slab.Encode(&e)
				slab = NewSlab(attrs, nil)
				d := state.NewDecoder(e.Bytes())
				if slab.Decode(d); d.Err() != nil {
					t.Fatal(d.Err())
				}
			}
			slots := q.AppendTo(slab, nil)
			if len(slots) != len(model) || slab.Live() != len(model) {
				t.Fatalf("seed %d: %d rows in the queue, %d live, want %d", seed, len(slots), slab.Live(), len(model))
			}
			for i, slot := range slots {
				word := "nothing"
				if !slab.Cols[0].IsNull(int(slot)) {
					word = slab.Cols[0].String(int(slot))
				}
				if got := fmt.Sprint(word, " ", slab.Cols[1].I64[slot]); got != model[i] {
					t.Fatalf("seed %d: row %d is %q, want %q", seed, i, got, model[i])
				}
			}
		}
	}
}

// Views, gathered rows and appended columns have the values that Any shows.
func TestMovingValues(t *testing.T) {
	types := []schema.Type{schema.String, schema.Int, schema.Long, schema.Float, schema.Double, schema.Bool, schema.Object}
	r := rand.New(rand.NewPCG(5, 5))
	for _, typ := range types {
		for _, nulls := range []bool{false, true} {
			src := &Column{Type: typ}
			for i := range 50 {
				if nulls && r.IntN(3) == 0 {
					src.AppendNull()
					continue
				}
				switch typ {
				case schema.String:
					src.AppendString(words[r.IntN(len(words))])
				case schema.Int:
					src.AppendInt(int32(i))
				case schema.Long:
					src.AppendLong(int64(i) << 40)
				case schema.Float:
					src.AppendFloat(float32(i) / 2)
				case schema.Double:
					src.AppendDouble(float64(i) / 3)
				case schema.Bool:
					src.AppendBool(i%2 == 0)
				case schema.Object:
					src.AppendObject(fmt.Sprint(i))
				}
			}
			rows := []int32{49, 0, 7, 7, 31}
			gathered, one, whole, orNull := &Column{Type: typ}, &Column{Type: typ}, &Column{Type: typ}, &Column{Type: typ}
			gathered.Gather(src, rows)
			whole.AppendColumn(src, 50)
			whole.AppendColumn(src, 3)
			orNull.GatherOrNull(src, append([]int32{None}, rows...))
			part := src.Slice(7, 40)
			if !orNull.IsNull(0) {
				t.Errorf("%s: a negative row is not null", typ)
			}
			for i, row := range rows {
				one.Gather(src, rows[i:i+1])
				for what, got := range map[string]any{
					"Gather": gathered.Any(i), "Gather of one": one.Any(0), "GatherOrNull": orNull.Any(i + 1), "AppendColumn": whole.Any(int(row)),
				} {
					if want := src.Any(int(row)); got != want {
						t.Errorf("%s, nulls %v, %s: row %d is %v, want %v", typ, nulls, what, row, got, want)
					}
				}
			}
			for i := range 33 {
				if part.Any(i) != src.Any(i+7) {
					t.Errorf("%s: row %d of a view is %v, want %v", typ, i, part.Any(i), src.Any(i+7))
				}
			}
			if whole.Any(52) != src.Any(2) {
				t.Errorf("%s: appended after 50 rows: %v, want %v", typ, whole.Any(52), src.Any(2))
			}
		}
	}
}

// FuzzDecode: damaged bytes are refused, or give columns that can be read.
func FuzzDecode(f *testing.F) {
	var e state.Encoder
	c := &Column{Type: schema.String}
	c.AppendString("a rather long text, which lies in the arena")
	c.AppendNull()
	c.Encode(&e)
	k := NewKeyIndex(schema.String)
	k.Insert([]*Column{c}, 2, nil)
	k.Encode(&e)
	f.Add(e.Bytes())
	f.Fuzz(func(t *testing.T, b []byte) {
		d := state.NewDecoder(b)
		c := &Column{Type: schema.String}
		c.Decode(d)
		if d.Err() == nil {
			for i := range c.Len() {
				c.Any(i)
			}
		}
		k := NewKeyIndex(schema.String)
		k.Decode(d)
		if d.Err() == nil {
			k.Insert([]*Column{c}, c.Len(), nil)
		}
		s := NewSlab(schema.Attributes{{Name: "s", Type: schema.String}}, nil)
		s.Decode(state.NewDecoder(b))
	})
}

func TestKeyIndexTellsNullApart(t *testing.T) {
	c := Column{Type: schema.String}
	c.AppendNull()
	c.AppendString("null")
	c.AppendNull()
	row := []*Column{&c}
	together, apart := NewKeyIndex(schema.String), NewKeyIndex(schema.String)
	apart.TellNullApart()
	for _, try := range []struct {
		keys *KeyIndex
		want []int32
	}{{together, []int32{0, 0, 0}}, {apart, []int32{0, 1, 0}}, {apart.Like(), []int32{0, 1, 0}}} {
		if got := try.keys.Insert(row, 3, nil); !slices.Equal(got, try.want) {
			t.Errorf("ids %v, want %v", got, try.want)
		}
		if got := try.keys.Lookup(row, 3, nil); !slices.Equal(got, try.want) {
			t.Errorf("found %v, want %v", got, try.want)
		}
	}
}

package ratelimit_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/ratelimit"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// row is one row of the input: a value, its group, its partition key and kind.
type row struct {
	time  int64
	key   int32
	group string
	value int32
	kind  column.Kind
}

// step is a chunk of one key that comes at a time.
type step struct {
	at   int64
	rows []row
}

// randomSteps makes chunks in which no row expires that has not come.
func randomSteps(r *rand.Rand, keyed, expire bool) []step {
	var steps []step
	inside := map[int32][]row{}
	at := int64(1000)
	for range 40 {
		at += int64(r.IntN(4)) * 170
		key := int32(0)
		if keyed {
			key = int32(r.IntN(3))
		}
		s := step{at: at}
		for range 1 + r.IntN(4) {
			if expire && len(inside[key]) > 0 && r.IntN(3) == 0 {
				old := inside[key][0]
				inside[key] = inside[key][1:]
				old.kind, old.time = column.Expired, at
				s.rows = append(s.rows, old)
				continue
			}
			x := row{at, key, string(rune('a' + r.IntN(3))), int32(r.IntN(4)), column.Current}
			inside[key] = append(inside[key], x)
			s.rows = append(s.rows, x)
		}
		steps = append(steps, s)
	}
	return steps
}

// world runs a limiter in virtual time.
type world struct {
	rate    *check.Rate
	grouped bool
	keyed   bool
	windows bool
	now     int64
	due     []timer
	limiter ratelimit.Limiter
	out     []string
}

type timer struct {
	due int64
	key int32
}

func (w *world) Now() int64            { return w.now }
func (w *world) Played() bool          { return false }
func (w *world) At(due int64, k int32) { w.due = append(w.due, timer{due, k}) }

func (w *world) build() {
	opts := ratelimit.Options{
		Out: schema.Attributes{{Name: "g", Type: schema.String}, {Name: "v", Type: schema.Int}}, Keyed: w.keyed,
		Windowed: w.windows, Clock: w, Wall: w, Scheduler: w,
	}
	if w.grouped {
		opts.GroupBy, opts.Groups = []schema.Type{schema.String}, 2
	}
	w.limiter = ratelimit.New(w.rate, opts)
}

func (w *world) begin(keys int32) {
	if t, ok := w.limiter.(ratelimit.Ticking); ok {
		for k := range keys {
			t.Begin(k)
		}
	}
}

// emit notes each chunk that comes out.
func (w *world) emit(b *column.Batch) error {
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		var text []string
		for r := lo; r < hi; r++ {
			sign := "+"
			if b.KindOf(r) == column.Expired {
				sign = "-"
			}
			text = append(text, fmt.Sprintf("%s%d%s%d", sign, b.KeyOf(r), b.Cols[0].String(r), b.Cols[1].I32[r]))
		}
		w.out = append(w.out, fmt.Sprintf("%d: %s", w.now, strings.Join(text, " ")))
	}
	return nil
}

func (w *world) advance(t *testing.T, to int64) {
	for {
		slices.SortStableFunc(w.due, func(a, b timer) int { return int(a.due - b.due) })
		if len(w.due) == 0 || w.due[0].due > to {
			break
		}
		next := w.due[0]
		w.due = w.due[1:]
		w.now = max(w.now, next.due)
		if err := w.limiter.(ratelimit.Ticking).Timer(next.due, next.key, w.emit); err != nil {
			t.Fatal(err)
		}
	}
	w.now = max(w.now, to)
}

func batch(steps []step, keyed, grouped bool) *column.Batch {
	attrs := schema.Attributes{{Name: "g", Type: schema.String}, {Name: "v", Type: schema.Int}}
	if grouped {
		attrs = append(attrs, schema.Attribute{Name: "by", Type: schema.String})
	}
	b := column.NewBatch(attrs)
	for _, s := range steps {
		for _, x := range s.rows {
			b.Time = append(b.Time, x.time)
			b.Kind = append(b.Kind, x.kind)
			if keyed {
				b.Key = append(b.Key, x.key)
			}
			b.Cols[0].AppendString(x.group)
			b.Cols[1].AppendInt(x.value)
			if grouped {
				b.Cols[2].AppendString(x.group)
			}
			b.N++
		}
		b.Ends = append(b.Ends, int32(b.N))
	}
	return b
}

// run pushes chunks: several of one time in one batch, and a restored limiter
// in the place of the old one now and then, if r is not nil.
func (w *world) run(t *testing.T, steps []step, r *rand.Rand) []string {
	w.now = 1000
	w.build()
	w.begin(3)
	for len(steps) > 0 {
		w.advance(t, steps[0].at)
		n := 1
		for r != nil && n < len(steps) && steps[n].at == steps[0].at && r.IntN(4) > 0 {
			n++
		}
		if err := w.limiter.Process(batch(steps[:n], w.keyed, w.grouped), flow.Emit(w.emit)); err != nil {
			t.Fatal(err)
		}
		steps = steps[n:]
		if r != nil && r.IntN(5) == 0 {
			w.restore(t)
		}
	}
	w.advance(t, w.now+3000)
	return w.out
}

func (w *world) restore(t *testing.T) {
	var e state.Encoder
	w.limiter.Snapshot(&e)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}
	w.due = nil
	w.build()
	if err := w.limiter.Restore(state.NewDecoder(e.Bytes())); err != nil {
		t.Fatal(err)
	}
}

// What comes out is what a plain model says, however rows are batched, and
// wherever the limiter is replaced by one restored from its snapshot.
func TestAgainstModel(t *testing.T) {
	rates := []check.Rate{
		{Kind: ast.RateAll, Events: 3}, {Kind: ast.RateFirst, Events: 3}, {Kind: ast.RateLast, Events: 3},
		{Kind: ast.RateFirst, Events: 1}, {Kind: ast.RateLast, Events: 1}, {Kind: ast.RateAll, Events: 0},
		{Kind: ast.RateAll, Time: 500}, {Kind: ast.RateFirst, Time: 500}, {Kind: ast.RateLast, Time: 500},
		{Kind: ast.RateSnapshot, Time: 500},
	}
	for seed := range uint64(30) {
		for _, rate := range rates {
			for shape := range 8 {
				grouped, keyed, windows := shape&1 != 0, shape&2 != 0, shape&4 != 0
				r := rand.New(rand.NewPCG(seed, uint64(shape)))
				steps := randomSteps(r, keyed, windows)
				want := (&model{rate: &rate, grouped: grouped, windows: windows}).run(steps)
				for _, cuts := range []*rand.Rand{nil, r} {
					w := &world{rate: &rate, grouped: grouped, keyed: keyed, windows: windows}
					if got := w.run(t, steps, cuts); !slices.Equal(got, want) {
						t.Fatalf("seed %d, %+v, shape %d, cut %v:\ngot  %q\nwant %q", seed, rate, shape, cuts != nil, got, want)
					}
				}
			}
		}
	}
}

// Damaged snapshots are refused or do nothing worse than give other rows.
func TestDamagedSnapshots(t *testing.T) {
	for _, rate := range []check.Rate{{Kind: ast.RateAll, Events: 30}, {Kind: ast.RateLast, Events: 30}, {Kind: ast.RateSnapshot, Time: 500}} {
		r := rand.New(rand.NewPCG(1, 2))
		w := &world{rate: &rate, grouped: true, keyed: true, windows: true}
		steps := randomSteps(r, true, true)
		w.run(t, steps[:20], nil)
		var e state.Encoder
		w.limiter.Snapshot(&e)
		good := slices.Clone(e.Bytes())
		for i := range good {
			for _, bad := range [][]byte{good[:i], append(append(slices.Clone(good[:i]), good[i]^0x55), good[i+1:]...)} {
				w.due, w.now = nil, 1000
				w.build()
				if w.limiter.Restore(state.NewDecoder(bad)) != nil {
					continue
				}
				if err := w.limiter.Process(batch(steps[20:22], true, true), w.emit); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

package handler

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// newReorder makes #reorder:kslack(v, -1, most, discard).
func newReorder(t testing.TB, most int64, discard bool) flow.Operator {
	t.Helper()
	constant := func(c ast.Const) check.Expr { return &check.Const{Const: &c} }
	f := &check.StreamFunction{Fn: &reordering().Declaration, Width: 2, Args: []check.Expr{
		&check.Column{Index: 1, Name: "v", T: schema.Long},
		constant(ast.Const{Type: schema.Long, Int: -1}), constant(ast.Const{Type: schema.Long, Int: most}), constant(ast.Const{Type: schema.Bool, Bool: discard}),
	}}
	op, err := New(f, Options{In: readings, Need: []int{0, 1}})
	if err != nil {
		t.Fatal(err)
	}
	return op
}

// slackChunk is what is sent at once, to one partition key.
type slackChunk struct {
	key  int32
	rows []reading // n is the time they are sorted by
}

// naiveSlack sorts all that is held whenever a row is later than all before it.
func naiveSlack(chunks []slackChunk, most int64, discard bool) [][]string {
	type keyed struct {
		held, fresh       []reading
		greatest, k, sent int64
	}
	states := map[int32]*keyed{}
	var out [][]string
	for _, c := range chunks {
		s := states[c.key]
		if s == nil {
			s = &keyed{sent: -1}
			states[c.key] = s
		}
		var released []string
		for _, r := range c.rows {
			if discard && r.n < s.sent {
				continue
			}
			s.fresh = append(s.fresh, r)
			if r.n <= s.greatest {
				continue
			}
			s.greatest = r.n
			least := slices.MinFunc(s.fresh, func(a, b reading) int { return int(a.n - b.n) }).n
			s.k = max(s.k, min(r.n-least, most))
			s.held = append(s.held, s.fresh...)
			s.fresh = nil
			slices.SortStableFunc(s.held, func(a, b reading) int { return int(a.n - b.n) })
			for len(s.held) > 0 && s.held[0].n+s.k <= r.n {
				released, s.sent = append(released, s.held[0].sensor), s.held[0].n
				s.held = s.held[1:]
			}
		}
		if released != nil {
			out = append(out, released)
		}
	}
	return out
}

// However the chunks are cut into batches, and with restarts between them, rows
// leave as the naive model lets them.
func TestKSlack(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 2))
		keys, most, discard := 1+r.IntN(3), []int64{0, 50, 200, math.MaxInt64}[r.IntN(4)], r.IntN(2) == 0
		var chunks []slackChunk
		at, n := int64(0), 0
		for range 200 {
			c := slackChunk{key: int32(r.IntN(keys))}
			for range 1 + r.IntN(4) {
				at += int64(r.IntN(12)-4) * 10
				n++
				c.rows = append(c.rows, reading{sensor: string(rune('a'+n%26)) + " with a text that is long", key: c.key, at: int64(n), n: at})
			}
			chunks = append(chunks, c)
		}
		op := newReorder(t, most, discard)
		var got [][]string
		for rest := chunks; len(rest) > 0; {
			size := min(len(rest), 1+r.IntN(6))
			var rows []reading
			var ends []int32
			for _, c := range rest[:size] {
				rows = append(rows, c.rows...)
				ends = append(ends, int32(len(rows)))
			}
			rest = rest[size:]
			err := op.Process(readingBatch(rows, keys > 1, ends), func(b *column.Batch) error {
				for c := range b.Chunks() {
					lo, hi := b.Chunk(c)
					var texts []string
					for row := lo; row < hi; row++ {
						texts = append(texts, strings.Clone(b.Cols[0].String(row)))
					}
					got = append(got, texts)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if r.IntN(8) == 0 {
				op = reorderRestarted(t, op, most, discard)
			}
		}
		if want := naiveSlack(chunks, most, discard); !slices.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("seed %d, max.k %d: got %v\nwant %v", seed, most, got, want)
		}
	}
}

func reorderRestarted(t *testing.T, op flow.Operator, most int64, discard bool) flow.Operator {
	t.Helper()
	var e state.Encoder
	op.(state.Snapshotter).Snapshot(&e)
	for n := 0; n < len(e.Bytes()); n += 97 {
		if newReorder(t, most, discard).(state.Snapshotter).Restore(state.NewDecoder(e.Bytes()[:n])) == nil {
			t.Errorf("%d of %d bytes were accepted", n, len(e.Bytes()))
		}
	}
	fresh := newReorder(t, most, discard)
	if err := fresh.(state.Snapshotter).Restore(state.NewDecoder(slices.Clone(e.Bytes()))); err != nil {
		t.Fatal(err)
	}
	return fresh
}

// Rows that have left leave room for others, and nothing is allocated for them.
func TestKSlackAllocates(t *testing.T) {
	op := newReorder(t, 50, true)
	rows := make([]reading, 64)
	for i := range rows {
		rows[i].sensor = "s"
	}
	b := readingBatch(rows, false, nil)
	at := int64(1000)
	step := func() {
		for i := range rows {
			at += int64(i%7)*5 - 10
			b.Cols[1].I64[i] = at
		}
		at += 100
		if err := op.Process(b, func(*column.Batch) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		step()
	}
	if n := testing.AllocsPerRun(200, step); n > 0 {
		t.Errorf("%v allocations for a batch", n)
	}
	if s := op.(*slack); s.kept.Cap() > 500 {
		t.Errorf("%d slots are kept", s.kept.Cap())
	}
}

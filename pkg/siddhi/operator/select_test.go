package operator

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/aggregate"
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// modelRow is a row of (k string, v int) with what the selector makes of it:
// sum(v), null if there is nothing to add, and count().
type modelRow struct {
	kind       column.Kind
	key        int32 // of the partition
	k          *string
	v          *int32
	sum, count int64
	values     int64 // that are in sum
}

func (r *modelRow) String() string {
	text := func(null bool, v func() any) string {
		if null {
			return "-"
		}
		return fmt.Sprintf("%#v", v())
	}
	return fmt.Sprint(r.kind, r.key, " ", text(r.k == nil, func() any { return *r.k }), " ", text(r.v == nil, func() any { return *r.v }), " ",
		text(r.values == 0, func() any { return r.sum }), " ", r.count)
}

// modelQuery is a select clause over such rows.
type modelQuery struct {
	aggregated, grouped, keyed bool
	events                     ast.EventKind
	having                     bool // v > 2
	counted                    bool // having v > 0 and count() != 2
	order                      []check.Order
	limit, offset              int64
}

var modelIn = schema.Attributes{{Name: "k", Type: schema.String}, {Name: "v", Type: schema.Int}}

// clause is the query as the checker would resolve it: k, v, sum(v), count().
func (q *modelQuery) clause(t *testing.T) *check.Select {
	t.Helper()
	k, v := &check.Column{Index: 0, T: schema.String}, &check.Column{Index: 1, T: schema.Int}
	sel := &check.Select{In: modelIn, Items: []check.Item{{Name: "k", Expr: k}, {Name: "v", Expr: v}}, OrderBy: q.order, Limit: q.limit, Offset: q.offset}
	if q.aggregated {
		sel.Aggregates = []*check.Aggregate{{Fn: aggregator(t, "sum"), Args: []check.Expr{v}, T: schema.Long}, {Fn: aggregator(t, "count"), T: schema.Long}}
		for i, a := range sel.Aggregates {
			sel.Items = append(sel.Items, check.Item{Name: a.Fn.Name, Expr: &check.Column{Index: len(modelIn) + i, T: a.T}})
		}
	}
	if q.grouped {
		sel.GroupBy = []*check.Column{k}
	}
	if q.having {
		sel.Having = &check.Binary{Op: ast.GT, L: v, R: &check.Const{Const: &ast.Const{Type: schema.Int, Int: 2}}, T: schema.Bool}
	}
	if q.counted {
		count := &check.Aggregate{Fn: aggregator(t, "count"), T: schema.Long}
		number := func(n int64, of schema.Type) check.Expr { return &check.Const{Const: &ast.Const{Type: of, Int: n}} }
		sel.HavingAggregates = []*check.Aggregate{count}
		sel.Having = &check.Binary{Op: ast.And, T: schema.Bool,
			L: &check.Binary{Op: ast.GT, L: v, R: number(0, schema.Int), T: schema.Bool},
			R: &check.Binary{Op: ast.NE, L: &check.Column{Index: sel.HavingResults(), T: schema.Long}, R: number(2, schema.Long), T: schema.Bool}}
	}
	sel.Out = itemAttrs(sel)
	return sel
}

func aggregator(t *testing.T, name string) *extension.Declaration {
	t.Helper()
	for _, d := range aggregate.Declarations() {
		if d.Name == name {
			return d
		}
	}
	t.Fatalf("no aggregator %s", name)
	return nil
}

// modelState has the rows that each group holds.
type modelState map[string][]*modelRow

func (q *modelQuery) group(r *modelRow) string {
	group := fmt.Sprint(r.key, ":")
	if q.grouped {
		if r.k == nil {
			return group + "null" // as the text
		}
		return group + *r.k
	}
	return group
}

// chunk says what a chunk leaves behind, one row after the other.
func (q *modelQuery) chunk(held modelState, rows []*modelRow) []*modelRow {
	var out []*modelRow
	place := map[string]int{}
	for _, r := range rows {
		if r.kind == column.Reset {
			for g := range held {
				if strings.HasPrefix(g, fmt.Sprint(r.key, ":")) {
					delete(held, g)
				}
			}
			continue
		}
		g := q.group(r)
		if r.kind == column.Current {
			held[g] = append(held[g], r)
		} else {
			held[g] = held[g][1:] // first in, first out
		}
		left := *r
		left.sum, left.count, left.values = 0, int64(len(held[g])), 0
		for _, h := range held[g] {
			if h.v != nil {
				left.sum, left.values = left.sum+int64(*h.v), left.values+1
			}
		}
		if !q.passes(held, r) || !wants(q.events, r.kind) {
			continue
		}
		at, again := place[g]
		switch {
		case !q.aggregated && !q.counted && !q.grouped:
			out = append(out, &left)
		case !q.grouped:
			out = []*modelRow{&left}
		case again:
			out[at] = &left
		default:
			place[g] = len(out)
			out = append(out, &left)
		}
	}
	return q.cut(out)
}

// passes is having. Its count is of the rows that come to it, in a partition for each
// group, else of all groups, and has no end.
func (q *modelQuery) passes(held modelState, r *modelRow) bool {
	if q.having {
		return r.v != nil && *r.v > 2
	}
	if !q.counted {
		return true
	}
	if r.v == nil || *r.v <= 0 {
		return false
	}
	counted := "having "
	if q.keyed {
		counted += q.group(r)
	}
	if r.kind == column.Current {
		held[counted] = append(held[counted], r)
	} else {
		held[counted] = held[counted][1:]
	}
	return len(held[counted]) != 2
}

// cut sorts runs of a kind, and applies offset and limit.
func (q *modelQuery) cut(rows []*modelRow) []*modelRow {
	one := (q.aggregated || q.counted) && !q.grouped
	for lo := 0; lo < len(rows) && !one; {
		hi := lo + 1
		for hi < len(rows) && rows[hi].kind == rows[lo].kind {
			hi++
		}
		slices.SortStableFunc(rows[lo:hi], q.compare)
		lo = hi
	}
	var kept []*modelRow
	used := int64(0)
	for i, r := range rows {
		if int64(i) < q.offset || q.limit >= 0 && used >= q.limit && (one || r.kind != column.Expired) {
			continue
		}
		used++
		kept = append(kept, r)
	}
	return kept
}

func (q *modelQuery) compare(a, b *modelRow) int {
	for _, o := range q.order {
		var c int
		switch o.Column {
		case 0:
			c = nullsLast(a.k, b.k, o.Desc)
		case 1:
			c = nullsLast(a.v, b.v, o.Desc)
		case 2:
			x, y := &a.sum, &b.sum
			if a.values == 0 {
				x = nil
			}
			if b.values == 0 {
				y = nil
			}
			c = nullsLast(x, y, o.Desc)
		case 3:
			c = nullsLast(&a.count, &b.count, o.Desc)
		}
		if c != 0 {
			return c
		}
	}
	return 0
}

func nullsLast[T cmp.Ordered](a, b *T, desc bool) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	case desc:
		return cmp.Compare(*b, *a)
	}
	return cmp.Compare(*a, *b)
}

func randomQuery(rnd *rand.Rand) *modelQuery {
	q := &modelQuery{
		aggregated: rnd.IntN(3) > 0, grouped: rnd.IntN(2) == 0, keyed: rnd.IntN(3) == 0, having: rnd.IntN(3) == 0,
		events: []ast.EventKind{ast.CurrentEvents, ast.ExpiredEvents, ast.AllEvents}[rnd.IntN(3)], limit: int64(rnd.IntN(5) - 2), offset: int64(max(0, rnd.IntN(5)-2)),
	}
	q.limit = max(q.limit, -1)
	q.counted = !q.having && rnd.IntN(3) == 0
	columns := 2
	if q.aggregated {
		columns = 4
	}
	for _, c := range rnd.Perm(columns)[:rnd.IntN(columns+1)] {
		q.order = append(q.order, check.Order{Column: c, Desc: rnd.IntN(2) == 0})
	}
	return q
}

// randomChunks makes what a window could release: rows expire in the order in
// which they came, and a Reset takes all of a key.
func randomChunks(rnd *rand.Rand, q *modelQuery) [][]*modelRow {
	texts := []string{"a", "b", "null", "a:-:b", ""}
	window := map[int32][]*modelRow{}
	chunks := make([][]*modelRow, 5+rnd.IntN(20))
	for i := range chunks {
		key := int32(0)
		if q.keyed {
			key = rnd.Int32N(3)
		}
		for range 1 + rnd.IntN(6) {
			r := &modelRow{key: key}
			switch held := window[key]; {
			case rnd.IntN(12) == 0:
				r.kind, window[key] = column.Reset, nil
			case len(held) > 0 && rnd.IntN(5) < 2:
				r.kind, r.k, r.v, window[key] = column.Expired, held[0].k, held[0].v, held[1:]
			default:
				if rnd.IntN(6) > 0 {
					r.k = &texts[rnd.IntN(len(texts))]
				}
				if v := rnd.Int32N(6); v < 5 {
					r.v = &v
				}
				window[key] = append(held, r)
			}
			chunks[i] = append(chunks[i], r)
		}
	}
	return chunks
}

// batchOf makes a batch of chunks, with as few marks as it needs.
func batchOf(chunks [][]*modelRow, keyed bool) *column.Batch {
	b := column.NewBatch(modelIn)
	var kinds []column.Kind
	var keys []int32
	plain := true
	for _, rows := range chunks {
		for _, r := range rows {
			if r.k == nil {
				b.Cols[0].AppendNull()
			} else {
				b.Cols[0].AppendString(*r.k)
			}
			if r.v == nil {
				b.Cols[1].AppendNull()
			} else {
				b.Cols[1].AppendInt(*r.v)
			}
			b.Time, kinds, keys, plain = append(b.Time, int64(b.N)), append(kinds, r.kind), append(keys, r.key), plain && r.kind == column.Current
			b.N++
		}
		b.Ends = append(b.Ends, int32(b.N))
	}
	if len(b.Ends) == b.N {
		b.Ends = nil
	}
	if !plain {
		b.Kind = kinds
	}
	if keyed {
		b.Key = keys
	}
	return b
}

// rowsOf reads what a selector has emitted.
func rowsOf(b *column.Batch, q *modelQuery) []string {
	var chunks []string
	for c := range b.Chunks() {
		lo, hi := b.Chunk(c)
		var text []string
		for row := lo; row < hi; row++ {
			r := modelRow{kind: b.KindOf(row), key: b.KeyOf(row)}
			if c := b.Cols[0]; !c.IsNull(row) {
				k := c.String(row)
				r.k = &k
			}
			if c := b.Cols[1]; !c.IsNull(row) {
				r.v = &c.I32[row]
			}
			if q.aggregated {
				r.count = b.Cols[3].I64[row]
				if c := b.Cols[2]; !c.IsNull(row) {
					r.sum, r.values = c.I64[row], 1
				}
			}
			text = append(text, q.line(&r))
		}
		chunks = append(chunks, strings.Join(text, ", "))
	}
	return chunks
}

// line is a row as text, without what the query does not show.
func (q *modelQuery) line(r *modelRow) string {
	shown := *r
	if !q.aggregated {
		shown.sum, shown.count, shown.values = 0, 0, 0
	}
	if q.events == ast.CurrentEvents {
		shown.kind = column.Current
	}
	return shown.String()
}

// A selector gives what the model gives row by row, however chunks are joined to
// batches, and also when it is restored between them.
func TestSelectAgainstModel(t *testing.T) {
	for seed := range uint64(3000) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		q := randomQuery(rnd)
		chunks := randomChunks(rnd, q)
		held, want := modelState{}, []string(nil)
		for _, rows := range chunks {
			var text []string
			for _, r := range q.chunk(held, rows) {
				text = append(text, q.line(r))
			}
			if len(text) > 0 {
				want = append(want, strings.Join(text, ", "))
			}
		}
		if got := emitted(t, rnd, q, chunks); !slices.Equal(got, want) {
			t.Fatalf("seed %d, %+v:\n got %s\nwant %s", seed, *q, strings.Join(got, "\n     "), strings.Join(want, "\n     "))
		}
	}
}

// emitted runs chunks through a selector, in batches of any size.
func emitted(t *testing.T, rnd *rand.Rand, q *modelQuery, chunks [][]*modelRow) []string {
	t.Helper()
	fresh := func() *Select {
		s, err := NewSelect(q.clause(t), Options{Events: q.events, Sliding: true, Disorder: rnd.IntN(2) == 0, Keyed: q.keyed})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := fresh()
	var got []string
	for len(chunks) > 0 {
		n := 1 + rnd.IntN(min(4, len(chunks)))
		err := s.Process(batchOf(chunks[:n], q.keyed), func(b *column.Batch) error {
			got = append(got, rowsOf(b, q)...)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		chunks = chunks[n:]
		if rnd.IntN(4) == 0 {
			e := &state.Encoder{}
			s.Snapshot(e)
			s = fresh()
			if err := s.Restore(state.NewDecoder(e.Bytes())); err != nil {
				t.Fatal(err)
			}
		}
	}
	return got
}

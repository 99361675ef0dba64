package pattern

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/column"
	"millrace/pkg/siddhi/expr"
	"millrace/pkg/siddhi/flow"
	"millrace/pkg/siddhi/parser"
	"millrace/pkg/siddhi/schema"
	"millrace/pkg/siddhi/state"
)

// testQuery is a pattern query resolved for a test.
type testQuery struct {
	name, out string
	keyed     bool
	in        *check.PatternInput
	selects   []ast.Expr
	columns   []int // of the match, where the select is attributes only
}

// resolve reads the pattern queries of an app.
func resolve(t testing.TB, text string) (map[string]*check.Stream, []*testQuery) {
	t.Helper()
	app, err := parser.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	streams := map[string]*check.Stream{}
	for _, d := range app.Streams() {
		st := &check.Stream{Name: d.DefinedName()}
		for _, a := range d.Attributes {
			st.Attrs = append(st.Attrs, schema.Attribute{Name: a.Name, Type: a.Type})
		}
		streams[st.Name] = st
	}
	var list []*testQuery
	for _, e := range app.Elements {
		if p, ok := e.(*ast.Partition); ok {
			for _, q := range p.Queries {
				list = append(list, resolveQuery(t, streams, q))
				list[len(list)-1].keyed = true
			}
			continue
		}
		list = append(list, resolveQuery(t, streams, e.(*ast.Query)))
	}
	return streams, list
}

func resolveQuery(t testing.TB, streams map[string]*check.Stream, q *ast.Query) *testQuery {
	t.Helper()
	from := q.From.(*ast.PatternInput)
	in := &check.PatternInput{Kind: from.Kind}
	if from.Within != nil {
		in.Within = from.Within.Int
	}
	chain := []ast.State{from.State}
	if n, ok := from.State.(*ast.Next); ok {
		chain = n.States
	}
	if e, ok := chain[0].(*ast.Every); ok {
		in.Every = true
		chain[0] = e.State
	}
	width := 0
	for _, s := range chain {
		st := s.(*ast.StreamState)
		slot := check.Slot{Name: st.Name(), Stream: streams[st.ID.Name], Offset: width}
		width += len(slot.Attrs())
		in.Slots = append(in.Slots, slot)
		for _, h := range st.Handlers {
			k := len(in.Slots) - 1
			in.Slots[k].Filter = resolveExpr(t, in, k, h.(*ast.Filter).Cond)
		}
	}
	tq := &testQuery{name: q.Name(), in: in, out: q.Output.(*ast.Insert).Target.Name}
	for _, o := range q.Select.Outputs {
		tq.selects = append(tq.selects, o.Expr)
		if a, ok := o.Expr.(*ast.Attr); ok {
			tq.columns = append(tq.columns, resolveExpr(t, in, -1, a).(*check.Column).Index)
		}
	}
	return tq
}

// resolveExpr resolves names against the slots; unqualified ones mean slot k.
func resolveExpr(t testing.TB, in *check.PatternInput, k int, e ast.Expr) check.Expr {
	t.Helper()
	switch e := e.(type) {
	case *ast.Const:
		return &check.Const{Const: e}
	case *ast.Attr:
		at := k
		for i := range in.Slots {
			if e.Stream != "" && in.Slots[i].Name == e.Stream {
				at = i
			}
		}
		s := in.Slots[at]
		i := s.Stream.Attrs.Index(e.Name)
		return &check.Column{Index: s.Offset + i, Name: e.Name, T: s.Stream.Attrs[i].Type}
	case *ast.Not:
		return &check.Not{X: resolveExpr(t, in, k, e.X)}
	case *ast.Binary:
		b := &check.Binary{Op: e.Op, L: resolveExpr(t, in, k, e.L), R: resolveExpr(t, in, k, e.R), T: schema.Bool}
		if e.Op.IsArithmetic() {
			b.T = max(b.L.Type(), b.R.Type())
		}
		return b
	}
	t.Fatalf("the test cannot resolve %T", e)
	return nil
}

// event is one row that is sent.
type event struct {
	time int64
	key  int32
	vals []any // int32, float32, string or nil
}

// send is one chunk.
type send struct {
	at     int64
	stream string
	events []event
}

// chunk is a chunk of matches that came out.
type chunk struct {
	key  int32
	rows []string // values of all columns, with the timestamp
}

func (c chunk) String() string { return fmt.Sprintf("key %d %s", c.key, strings.Join(c.rows, " ")) }

// world runs one query.
type world struct {
	t       testing.TB
	streams map[string]*check.Stream
	q       *testQuery
	need    []int
	o       *Operator
	out     []chunk
}

func newWorld(t testing.TB, streams map[string]*check.Stream, q *testQuery, need []int) *world {
	w := &world{t: t, streams: streams, q: q, need: need}
	w.make()
	return w
}

func (w *world) make() {
	o, err := New(w.q.in, Options{Need: w.need, Env: expr.Env{}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.o = o
}

// restart replaces the operator by one with the state of snapshot.
func (w *world) restart(snapshot []byte) {
	w.make()
	d := state.NewDecoder(snapshot)
	if err := w.o.Restore(d); err != nil {
		w.t.Fatal(err)
	}
	if d.Rest() != 0 {
		w.t.Fatalf("%d bytes of the snapshot were not read", d.Rest())
	}
}

func (w *world) snapshot() []byte {
	var e state.Encoder
	w.o.Snapshot(&e)
	return slices.Clone(e.Bytes())
}

// send puts chunks of one stream into one batch.
func (w *world) send(sends ...send) {
	w.t.Helper()
	st := w.streams[sends[0].stream]
	in := w.o.Input(st)
	if in == nil {
		return
	}
	b := column.NewBatch(st.Attrs)
	for _, s := range sends {
		for _, e := range s.events {
			b.N++
			b.Time = append(b.Time, e.time)
			if w.q.keyed {
				b.Key = append(b.Key, e.key)
			}
			for i, v := range e.vals {
				switch v := v.(type) {
				case nil:
					b.Cols[i].AppendNull()
				case int32:
					b.Cols[i].AppendInt(v)
				case float32:
					b.Cols[i].AppendFloat(v)
				case string:
					b.Cols[i].AppendString(v)
				default:
					w.t.Fatalf("no values of type %T here", v)
				}
			}
		}
		b.Ends = append(b.Ends, int32(b.N))
	}
	w.process(in, b)
}

func (w *world) process(in flow.Operator, b *column.Batch) {
	w.t.Helper()
	if err := in.Process(b, w.collect); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) collect(b *column.Batch) error {
	need := w.need
	if need == nil {
		for i := range b.Cols {
			need = append(need, i)
		}
	}
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		c := chunk{key: b.KeyOf(lo)}
		for row := lo; row < hi; row++ {
			var vals []string
			for _, n := range need {
				vals = append(vals, fmt.Sprint(b.Cols[n].Any(row)))
			}
			c.rows = append(c.rows, fmt.Sprintf("(%s)@%d", strings.Join(vals, " "), b.Time[row]))
		}
		w.out = append(w.out, c)
	}
	return nil
}

func sameLines(t *testing.T, want, got []string) {
	t.Helper()
	for i := range max(len(want), len(got)) {
		w, g := "nothing", "nothing"
		if i < len(want) {
			w = want[i]
		}
		if i < len(got) {
			g = got[i]
		}
		if w != g {
			t.Fatalf("chunk %d:\ngot  %s\nwant %s", i, g, w)
		}
	}
}

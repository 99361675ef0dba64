package window

import (
	"fmt"
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

// sim runs one window in virtual time: it is its clock and its scheduler.
type sim struct {
	now    int64
	timers []timer
	op     flow.Operator
	need   []int // attributes that are looked at
	out    []chunk
}

type timer struct {
	due int64
	key int32
}

// chunk is what a window emitted as one chunk, and when.
type chunk struct {
	at   int64
	key  int32
	rows []outRow
}

type outRow struct {
	kind   column.Kind
	time   int64
	values string
}

func (c chunk) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "@%d key %d:", c.at, c.key)
	for _, r := range c.rows {
		fmt.Fprintf(&b, " %c%s@%d", "+-R"[r.kind], r.values, r.time)
	}
	return b.String()
}

func (s *sim) Now() int64              { return s.now }
func (s *sim) Played() bool            { return false }
func (s *sim) At(due int64, key int32) { s.timers = append(s.timers, timer{due, key}) }

// advance moves the clock to t and fires what is due on the way, in order of
// due time, then of asking.
func (s *sim) advance(t *testing.T, to int64) {
	t.Helper()
	for {
		first := -1
		for i, x := range s.timers {
			if x.due <= to && (first < 0 || x.due < s.timers[first].due) {
				first = i
			}
		}
		if first < 0 {
			break
		}
		x := s.timers[first]
		s.timers = slices.Delete(s.timers, first, first+1)
		s.now = max(s.now, x.due)
		if err := s.op.(flow.Timed).Timer(x.due, x.key, s.collect); err != nil {
			t.Fatal(err)
		}
	}
	s.now = max(s.now, to)
}

func (s *sim) send(t *testing.T, b *column.Batch) {
	t.Helper()
	if err := s.op.Process(b, s.collect); err != nil {
		t.Fatal(err)
	}
	s.advance(t, s.now)
}

func (s *sim) collect(b *column.Batch) error {
	if len(b.Time) != b.N {
		return fmt.Errorf("batch of %d rows has %d timestamps", b.N, len(b.Time))
	}
	for i := range b.Chunks() {
		lo, hi := b.Chunk(i)
		c := chunk{at: s.now, key: b.KeyOf(lo)}
		for row := lo; row < hi; row++ {
			if b.KeyOf(row) != c.key {
				return fmt.Errorf("chunk %d has two keys", i)
			}
			c.rows = append(c.rows, outRow{b.KindOf(row), b.Time[row], s.valuesOf(b, row)})
		}
		s.out = append(s.out, c)
	}
	return nil
}

func (s *sim) valuesOf(b *column.Batch, row int) string {
	var list []string
	for _, i := range s.need {
		list = append(list, fmt.Sprint(b.Cols[i].Any(row)))
	}
	return "(" + strings.Join(list, " ") + ")"
}

// call makes a checked window call from text such as "timeBatch(1 sec, 0)".
func call(t testing.TB, text string, in schema.Attributes) *check.Window {
	t.Helper()
	name, rest, _ := strings.Cut(text, "(")
	if strings.ContainsAny(name, ":") || strings.HasPrefix(name, "expression") || strings.HasPrefix(name, "lossy") {
		return mustResolve(t, text, in)
	}
	w := &check.Window{}
	for _, d := range Declarations() {
		if d.FullName() == name {
			w.Fn = d
		}
	}
	if w.Fn == nil {
		t.Fatalf("no window %q", name)
	}
	rest = strings.TrimSuffix(rest, ")")
	if rest == "" {
		return w
	}
	for _, arg := range strings.Split(rest, ",") {
		w.Args = append(w.Args, argumentOf(t, strings.TrimSpace(arg), in))
	}
	return w
}

func argumentOf(t testing.TB, text string, in schema.Attributes) check.Expr {
	t.Helper()
	if i := in.Index(text); i >= 0 {
		return &check.Column{Index: i, Name: text, T: in[i].Type}
	}
	if strings.HasPrefix(text, "'") {
		return &check.Const{Const: &ast.Const{Type: schema.String, Text: strings.Trim(text, "'")}}
	}
	if text == "true" || text == "false" {
		return &check.Const{Const: &ast.Const{Type: schema.Bool, Bool: text == "true"}}
	}
	var n int64
	var unit string
	if k, err := fmt.Sscanf(text, "%d%s", &n, &unit); k == 0 {
		t.Fatalf("argument %q: %v", text, err)
	}
	if k, _ := fmt.Sscanf(text, "%d %s", &n, &unit); k == 2 {
		switch unit {
		case "sec":
			n *= 1000
		case "milliseconds", "L":
		default:
			t.Fatalf("argument %q", text)
		}
		return &check.Const{Const: &ast.Const{Type: schema.Long, Int: n}}
	}
	return &check.Const{Const: &ast.Const{Type: schema.Int, Int: n}}
}

func start(t testing.TB, w *check.Window, in schema.Attributes, need []int, expired bool, now int64) *sim {
	t.Helper()
	s := &sim{now: now, need: need}
	op, err := New(w, in, Options{Need: need, Expired: expired, Clock: s, Scheduler: s})
	if err != nil {
		t.Fatal(err)
	}
	s.op = op
	return s
}

// restart replaces the operator by one that restores the snapshot of the old one.
func (s *sim) restart(t *testing.T, snapshot []byte, w *check.Window, in schema.Attributes, need []int, expired bool) {
	t.Helper()
	s.timers = nil
	op, err := New(w, in, Options{Need: need, Expired: expired, Clock: s, Scheduler: s})
	if err != nil {
		t.Fatal(err)
	}
	s.op = op
	if st, ok := op.(flow.Stateful); ok {
		d := state.NewDecoder(snapshot)
		if err := st.Restore(d); err != nil {
			t.Fatal(err)
		}
		if d.Rest() != 0 {
			t.Fatalf("%d bytes of the snapshot were not read", d.Rest())
		}
	}
	s.advance(t, s.now)
}

func (s *sim) snapshot() []byte {
	st, ok := s.op.(flow.Stateful)
	if !ok {
		return nil
	}
	var e state.Encoder
	st.Snapshot(&e)
	return slices.Clone(e.Bytes())
}

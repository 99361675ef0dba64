package ast

import (
	"slices"
	"testing"

	"millrace/pkg/siddhi/schema"
)

func sample() *App {
	return &App{
		Annotations: Annotations{NewAnnotation("app:name", [2]string{"", "Sample"})},
		Definitions: []Definition{
			&StreamDef{Name: "S", Attributes: []*Attribute{{Name: "a", Type: schema.Int}}},
			&TableDef{Name: "T", Attributes: []*Attribute{{Name: "a", Type: schema.Int}}},
		},
		Elements: []Element{
			&Query{
				Annotations: Annotations{NewAnnotation("Info", [2]string{"Name", "q"})},
				From:        &StreamInput{ID: StreamID{Name: "S"}, Handlers: []Handler{&Filter{Cond: &Binary{Op: GT, L: Ref("", "a"), R: IntConst(5)}}}},
				Output:      &Insert{Target: StreamID{Name: "O"}},
			},
			&Partition{
				With: []*PartitionKey{{Value: Ref("", "a"), Stream: "S"}},
				Queries: []*Query{{
					From:   &PatternInput{State: &Next{States: []State{&StreamState{Ref: "e1", ID: StreamID{Name: "S"}}, &StreamState{ID: StreamID{Name: "S"}}}}},
					Select: &Select{Outputs: []*OutputAttr{{Expr: Ref("e1", "a")}}},
					Output: &Return{},
				}},
			},
		},
	}
}

func TestLookups(t *testing.T) {
	app := sample()
	if app.Name() != "Sample" || len(app.Streams()) != 1 || len(app.Tables()) != 1 || app.Windows() != nil {
		t.Errorf("name %q, streams %v, tables %v", app.Name(), app.Streams(), app.Tables())
	}
	if d := app.Definition("T"); d == nil || d.DefinitionKind() != "table" || app.Definition("t") != nil {
		t.Errorf("definition T is %v", d)
	}
	queries := app.Queries()
	if len(queries) != 2 || queries[0].Name() != "q" || queries[1].Name() != "" {
		t.Errorf("queries %v", queries)
	}
	states := StreamStates(queries[1].From.(*PatternInput).State)
	if len(states) != 2 || states[0].Name() != "e1" || states[1].Name() != "S" {
		t.Errorf("states %v", states)
	}
}

func TestAnnotations(t *testing.T) {
	as := Annotations{
		NewAnnotation("sink", [2]string{"type", "log"}), NewAnnotation("Sink", [2]string{"Type", "kafka"}, [2]string{"", "x"}),
		NewAnnotation("index", [2]string{"", "a"}, [2]string{"", "b"}),
	}
	if got := as.All("SINK"); len(got) != 2 || as.Find("SINK") != got[0] || as.Find("none") != nil {
		t.Errorf("sinks %v", got)
	}
	if got := as.Without("sink"); len(got) != 1 || len(as) != 3 {
		t.Errorf("without sinks %v", got)
	}
	if got := as[2].Positional(); !slices.Equal(got, []string{"a", "b"}) || as[2].First("name") != "a" {
		t.Errorf("positional %v", got)
	}
	as[1].Set("TYPE", "nats")
	as[1].Set("new", "1")
	if v, ok := as[1].Get("type"); !ok || v != "nats" || as[1].First("new") != "1" {
		t.Errorf("type %q, %v", v, ok)
	}
	if _, ok := as[0].Get(""); ok {
		t.Error("a positional value was found by an empty key")
	}
}

func TestCloneIsDeep(t *testing.T) {
	app := sample()
	copied := Clone(app)
	if !Equal(app, copied) {
		t.Fatal("the clone is another tree")
	}
	copied.Queries()[0].From.(*StreamInput).Handlers[0].(*Filter).Cond.(*Binary).R = IntConst(6)
	if Equal(app, copied) {
		t.Fatal("a change of the clone is not seen")
	}
	if !Equal(app, sample()) {
		t.Fatal("the original has changed with its clone")
	}
}

func TestEqual(t *testing.T) {
	a, b, c := &StreamState{Ref: "a"}, &StreamState{Ref: "b"}, &StreamState{Ref: "c"}
	minute := TimeConst(60_000)
	spelt := &Const{Type: schema.Long, Int: 60_000, Time: true, Parts: []TimePart{{Amount: 60, Unit: Second}}}
	for _, tt := range []struct {
		name string
		x, y Node
		want bool
	}{
		{"flat and nested chain", &Next{States: []State{a, b, c}}, &Next{States: []State{&Next{States: []State{a, b}}, c}}, true},
		{"order of a chain", &Next{States: []State{a, b}}, &Next{States: []State{b, a}}, false},
		{"positions", Ref("", "a"), &Attr{Name: "a", Span: Span{Start: Pos{Line: 3}}}, true},
		{"spelling of time", minute, spelt, true},
		{"time and long", minute, LongConst(60_000), false},
		{"no list and empty list", &Call{Name: "f"}, &Call{Name: "f", Args: []Expr{}}, true},
		{"no clause and clause", &Query{}, &Query{Select: &Select{}}, false},
		{"kinds of node", Ref("", "a"), StringConst("a"), false},
		{"no node", nil, nil, true},
		{"node and no node", nil, a, false},
	} {
		if got := Equal(tt.x, tt.y); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWalkStops(t *testing.T) {
	var attrs []string
	Walk(sample(), func(n Node) bool {
		if a, ok := n.(*Attr); ok {
			attrs = append(attrs, a.Stream+"."+a.Name)
		}
		_, partition := n.(*Partition)
		return !partition
	})
	if !slices.Equal(attrs, []string{".a"}) {
		t.Errorf("outside partitions there is %v", attrs)
	}
	count := 0
	Exprs(sample(), func(Expr) { count++ })
	if count != 5 {
		t.Errorf("%d expressions, want 5", count)
	}
}

func TestQuoteString(t *testing.T) {
	for _, tt := range []struct {
		s, want string
		ok      bool
	}{
		{"", "''", true}, {"a", "'a'", true}, {"it's", `"it's"`, true}, {`"`, `"""""""`, false}, {`"a" 'b'`, `""""a" 'b'"""`, true},
		{"a\nb", "\"\"\"a\nb\"\"\"", true}, {`a"""b`, `"""a"""b"""`, false}, {`a"`, `"""a""""`, false},
	} {
		if got, ok := QuoteString(tt.s); got != tt.want || ok != tt.ok {
			t.Errorf("QuoteString(%q) = %s, %v, want %s, %v", tt.s, got, ok, tt.want, tt.ok)
		}
	}
}

func TestPrintParts(t *testing.T) {
	for _, tt := range []struct {
		n    Node
		want string
	}{
		{nil, ""},
		{(*Query)(nil), ""},
		{AndAll(nil, Ref("S", "a"), nil, &Binary{Op: Or, L: Ref("", "b"), R: Ref("", "not")}), "S.a and (b or `not`)"},
		{&Not{X: &Binary{Op: And, L: BoolConst(true), R: &In{X: Ref("", "x"), Table: "T"}}}, "not (true and x in T)"},
		{&Binary{Op: Sub, L: IntConst(1), R: &Binary{Op: Sub, L: IntConst(2), R: IntConst(-3)}}, "1 - (2 - -3)"},
		{TimeConst(0), "0 sec"},
		{TimeConst(90_061_001), "1 day 1 hour 1 min 1 sec 1 millisec"},
		{&Const{Type: schema.Long, Int: 5, Time: true, Parts: []TimePart{{Amount: 1, Unit: Second}}}, "5 millisec"},
		{FloatConst(0.1), "0.1f"},
		{DoubleConst(1e21), "1e+21"},
		{&Attribute{Name: "a b", Type: schema.Object}, "`a b` object"},
		{&Rate{Kind: RateLast, Events: 5}, "output last every 5 events"},
		{StreamID{Name: "x", Inner: true}, "#x"},
	} {
		if got := Print(tt.n); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
}

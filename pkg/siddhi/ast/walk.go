package ast

// Walk calls visit for n and then, if visit returned true, for everything below it, in text order. A nil node is not
// visited. The Call of a handler or window definition is visited as a node of its own.
func Walk(n Node, visit func(Node) bool) {
	if isNil(n) || !visit(n) {
		return
	}
	w := walker(visit)
	switch n := n.(type) {
	case *App:
		w.annotations(n.Annotations)
		walkAll(w, n.Definitions)
		walkAll(w, n.Elements)
	case *Annotation:
		walkAll(w, n.Elements)
		w.annotations(n.Annotations)
	case Definition:
		w.definition(n)
	case *Query:
		w.annotations(n.Annotations)
		w.children(n.From, n.Select, n.Rate, n.Output)
	case *Partition:
		w.annotations(n.Annotations)
		walkAll(w, n.With)
		walkAll(w, n.Queries)
	case *PartitionKey:
		w.children(n.Value)
		walkAll(w, n.Ranges)
	case *PartitionRange:
		w.children(n.Cond)
	case *OnDemandQuery:
		w.children(n.From, n.Select, n.Output)
	case *OnDemandInput:
		w.children(n.On, n.Within, n.Per)
	case Input:
		w.input(n)
	case Handler:
		w.handler(n)
	case State:
		w.state(n)
	case Output:
		w.output(n)
	case Expr:
		w.expr(n)
	default:
		w.clause(n)
	}
}

// Exprs calls visit for every expression at or below n.
func Exprs(n Node, visit func(Expr)) {
	Walk(n, func(n Node) bool {
		if e, ok := n.(Expr); ok {
			visit(e)
		}
		return true
	})
}

type walker func(Node) bool

func (w walker) children(nodes ...Node) {
	for _, n := range nodes {
		Walk(n, w)
	}
}

func (w walker) annotations(as Annotations) { walkAll(w, as) }

func walkAll[T Node](w walker, nodes []T) {
	for _, n := range nodes {
		Walk(n, w)
	}
}

func (w walker) definition(d Definition) {
	w.annotations(d.AnnotationList())
	switch d := d.(type) {
	case *StreamDef:
		walkAll(w, d.Attributes)
	case *TableDef:
		walkAll(w, d.Attributes)
	case *WindowDef:
		walkAll(w, d.Attributes)
		w.children(d.Window)
	case *TriggerDef:
		w.children(d.Every)
	case *AggregationDef:
		w.children(d.From, d.Select, d.By, d.Every)
	}
}

func (w walker) input(in Input) {
	switch in := in.(type) {
	case *StreamInput:
		walkAll(w, in.Handlers)
	case *JoinInput:
		w.children(in.Left, in.Right, in.On, in.Within, in.Per)
	case *PatternInput:
		w.children(in.State, in.Within)
	case *AnonymousInput:
		w.children(in.Query)
	}
}

func (w walker) handler(h Handler) {
	switch h := h.(type) {
	case *Filter:
		w.children(h.Cond)
	case *StreamFunction:
		w.children(h.Call)
	case *WindowHandler:
		w.children(h.Call)
	}
}

func (w walker) state(s State) {
	switch s := s.(type) {
	case *Next:
		walkAll(w, s.States)
	case *Every:
		w.children(s.State)
	case *Count:
		w.children(s.State)
	case *Logical:
		w.children(s.Left, s.Right)
	case *Absent:
		w.children(s.State, s.For)
	case *StreamState:
		walkAll(w, s.Handlers)
	}
}

func (w walker) output(o Output) {
	switch o := o.(type) {
	case *Delete:
		w.children(o.On)
	case *Update:
		walkAll(w, o.Set)
		w.children(o.On)
	case *UpdateOrInsert:
		walkAll(w, o.Set)
		w.children(o.On)
	}
}

func (w walker) expr(e Expr) {
	switch e := e.(type) {
	case *Binary:
		w.children(e.L, e.R)
	case *Not:
		w.children(e.X)
	case *IsNull:
		w.children(e.X)
	case *In:
		w.children(e.X)
	case *Call:
		walkAll(w, e.Args)
	}
}

func (w walker) clause(n Node) {
	switch n := n.(type) {
	case *Select:
		walkAll(w, n.Outputs)
		walkAll(w, n.GroupBy)
		w.children(n.Having)
		walkAll(w, n.OrderBy)
		w.children(n.Limit, n.Offset)
	case *OutputAttr:
		w.children(n.Expr)
	case *OrderBy:
		w.children(n.Attr)
	case *Rate:
		w.children(n.Time)
	case *Assignment:
		w.children(n.Attr, n.Value)
	case *WithinRange:
		w.children(n.Start, n.End)
	}
}

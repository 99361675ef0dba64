package ast

// StreamID names a stream, table, window or aggregation; Inner is the # form, Fault the ! form.
type StreamID struct {
	Span
	Name  string
	Inner bool
	Fault bool
}

// String returns the id with its prefix, without quotes.
func (id StreamID) String() string {
	switch {
	case id.Inner:
		return "#" + id.Name
	case id.Fault:
		return "!" + id.Name
	}
	return id.Name
}

// Same reports whether both ids name the same thing, wherever they stand.
func (id StreamID) Same(other StreamID) bool {
	return id.Name == other.Name && id.Inner == other.Inner && id.Fault == other.Fault
}

// Input is a *StreamInput, *JoinInput, *PatternInput or *AnonymousInput.
type Input interface {
	Node
	input()
}

// StreamInput is one stream, table, window or aggregation with its handlers in text order.
type StreamInput struct {
	Span
	ID       StreamID
	Handlers []Handler
	Alias    string // only in joins
}

// JoinInput joins two inputs.
type JoinInput struct {
	Span
	Left, Right    *StreamInput
	Kind           JoinKind
	Unidirectional JoinSide // the only side that triggers, or BothSides
	On             Expr
	Within         *WithinRange // with Per, only when a side is an aggregation
	Per            Expr
}

// AnonymousInput is (from ... return): a query without a name as input.
type AnonymousInput struct {
	Span
	Query *Query // its output is a *Return
}

func (*StreamInput) input()    {}
func (*JoinInput) input()      {}
func (*PatternInput) input()   {}
func (*AnonymousInput) input() {}

// Window returns the window handler, or nil.
func (s *StreamInput) Window() *WindowHandler {
	for _, h := range s.Handlers {
		if w, ok := h.(*WindowHandler); ok {
			return w
		}
	}
	return nil
}

// Name returns what expressions call this input: its alias, else its name.
func (s *StreamInput) Name() string {
	if s.Alias != "" {
		return s.Alias
	}
	return s.ID.Name
}

// Handler is a *Filter, *StreamFunction or *WindowHandler.
type Handler interface {
	Node
	handler()
}

// Filter is [cond].
type Filter struct {
	Span
	Cond Expr
}

// StreamFunction is #ns:name(args): a stream function or stream processor.
type StreamFunction struct {
	Span
	Call *Call
}

// WindowHandler is #window.name(args).
type WindowHandler struct {
	Span
	Call *Call
}

func (*Filter) handler()         {}
func (*StreamFunction) handler() {}
func (*WindowHandler) handler()  {}

// JoinKind is the kind of a join.
type JoinKind uint8

// The kinds of join.
const (
	InnerJoin JoinKind = iota
	LeftOuterJoin
	RightOuterJoin
	FullOuterJoin
)

// String returns the kind as written in the text.
func (k JoinKind) String() string {
	return [...]string{"join", "left outer join", "right outer join", "full outer join"}[k]
}

// JoinSide is a side of a join.
type JoinSide uint8

// The sides of a join.
const (
	BothSides JoinSide = iota
	LeftSide
	RightSide
)

// String names the side.
func (s JoinSide) String() string { return [...]string{"both", "left", "right"}[s] }

// WithinRange is within start[, end] of an aggregation read.
type WithinRange struct {
	Span
	Start Expr
	End   Expr // nil when one pattern says both
}

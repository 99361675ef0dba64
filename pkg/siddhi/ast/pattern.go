package ast

// PatternKind tells patterns from sequences.
type PatternKind uint8

// The kinds: a pattern lets other events pass between its states, a sequence does not.
const (
	Pattern PatternKind = iota
	Sequence
)

// String returns pattern or sequence.
func (k PatternKind) String() string { return [...]string{"pattern", "sequence"}[k] }

// PatternInput is a pattern (states joined by ->) or a sequence (states joined by commas).
type PatternInput struct {
	Span
	Kind   PatternKind
	State  State
	Within *Const // a time literal, or nil
}

// State is a *Next, *Every, *Count, *Logical, *Absent or *StreamState.
type State interface {
	Node
	state()
}

// Next is a chain: each state waits for the one before. A Next inside a Next means the same as the flat chain.
type Next struct {
	Span
	States []State
}

// Every starts its state again whenever it is left.
type Every struct {
	Span
	State State
}

// Unbounded is the Max of a count without an upper bound.
const Unbounded = -1

// Count is a state that takes Min to Max events.
type Count struct {
	Span
	State *StreamState
	Min   int
	Max   int // or Unbounded
}

// Logical is a state of two sides. Op is And or Or; a side is a *StreamState or an *Absent.
type Logical struct {
	Span
	Op          Op
	Left, Right State
}

// Absent is not stream [for time]: the event must stay away. For is nil only beside an And.
type Absent struct {
	Span
	State *StreamState // without a Ref
	For   *Const       // a time literal
}

// StreamState is [ref=]stream with its filters and stream functions.
type StreamState struct {
	Span
	Ref      string
	ID       StreamID
	Handlers []Handler
}

// Name returns what expressions call this state: its reference, else the stream's name.
func (s *StreamState) Name() string {
	if s.Ref != "" {
		return s.Ref
	}
	return s.ID.Name
}

func (*Next) state()        {}
func (*Every) state()       {}
func (*Count) state()       {}
func (*Logical) state()     {}
func (*Absent) state()      {}
func (*StreamState) state() {}

// StreamStates returns the stream states of a state tree in text order.
func StreamStates(s State) []*StreamState {
	var found []*StreamState
	Walk(s, func(n Node) bool {
		if state, ok := n.(*StreamState); ok {
			found = append(found, state)
		}
		return true
	})
	return found
}

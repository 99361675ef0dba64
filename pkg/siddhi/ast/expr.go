package ast

import "millrace/pkg/siddhi/schema"

// Expr is a *Const, *Attr, *StreamRef, *Binary, *Not, *IsNull, *In or *Call.
type Expr interface {
	Node
	expr()
}

// Const is a literal. Type says which of the value fields counts.
type Const struct {
	Span
	Type  schema.Type // String, Int, Long, Float, Double or Bool
	Text  string      // String
	Int   int64       // Int, Long
	Float float64     // Float, Double
	Bool  bool        // Bool
	Time  bool        // written as a time literal; Type is Long, Int is in milliseconds
	Parts []TimePart  // how the time literal was spelt; only the printer looks at it, and only if it adds up to Int
}

// Attr is a reference to an attribute, qualified or not.
type Attr struct {
	Span
	Stream        string // stream, alias, pattern reference or table; "" when unqualified
	Inner, Fault  bool   // #stream.name, !stream.name
	Index         *Index // stream[index].name
	Function      string // stream#function.name
	FunctionIndex *Index // stream#function[index].name
	Name          string
}

// Index picks one event of a pattern state that collects several: [Offset], or [last - Offset] when Last is set.
type Index struct {
	Span
	Last   bool
	Offset int
}

// StreamRef stands for a whole event and only as the operand of IsNull: e1[0] is null, #s is null.
type StreamRef struct {
	Span
	ID    StreamID
	Index *Index
}

// Binary is an operator with two operands.
type Binary struct {
	Span
	Op   Op
	L, R Expr
}

// Not is not x.
type Not struct {
	Span
	X Expr
}

// IsNull is x is null, where x is an *Attr, a *Call or a *StreamRef. A bare name is an unqualified *Attr even when it
// turns out to name a stream.
type IsNull struct {
	Span
	X Expr
}

// In is x in table.
type In struct {
	Span
	X     Expr
	Table string
}

// Call is [namespace:]name(args); Star is name(*).
type Call struct {
	Span
	Namespace string
	Name      string
	Args      []Expr
	Star      bool
}

func (*Const) expr()     {}
func (*Attr) expr()      {}
func (*StreamRef) expr() {}
func (*Binary) expr()    {}
func (*Not) expr()       {}
func (*IsNull) expr()    {}
func (*In) expr()        {}
func (*Call) expr()      {}

// FullName returns namespace:name, or name without a namespace.
func (c *Call) FullName() string {
	if c.Namespace == "" {
		return c.Name
	}
	return c.Namespace + ":" + c.Name
}

// Op is a binary operator.
type Op uint8

// The operators.
const (
	Add Op = iota
	Sub
	Mul
	Div
	Mod
	LT
	LE
	GT
	GE
	EQ
	NE
	And
	Or
)

// Precedences of the operators and of the other forms of expressions; a higher one binds tighter.
const (
	PrecOr = iota + 1
	PrecAnd
	PrecIn
	PrecEquality
	PrecCompare
	PrecAdd
	PrecMul
	PrecNot
	PrecPrimary
)

var operators = [...]struct {
	text       string
	precedence int
}{
	Add: {"+", PrecAdd}, Sub: {"-", PrecAdd},
	Mul: {"*", PrecMul}, Div: {"/", PrecMul}, Mod: {"%", PrecMul},
	LT: {"<", PrecCompare}, LE: {"<=", PrecCompare}, GT: {">", PrecCompare}, GE: {">=", PrecCompare},
	EQ: {"==", PrecEquality}, NE: {"!=", PrecEquality},
	And: {"and", PrecAnd}, Or: {"or", PrecOr},
}

// String returns the operator as written in the text.
func (o Op) String() string { return operators[o].text }

// Precedence returns how tightly the operator binds; all operators are left-associative.
func (o Op) Precedence() int { return operators[o].precedence }

// IsArithmetic reports whether the operator is + - * / or %.
func (o Op) IsArithmetic() bool { return o <= Mod }

// IsOrdering reports whether the operator is < <= > or >=.
func (o Op) IsOrdering() bool { return o >= LT && o <= GE }

// IsEquality reports whether the operator is == or !=.
func (o Op) IsEquality() bool { return o == EQ || o == NE }

// IsLogical reports whether the operator is and or or.
func (o Op) IsLogical() bool { return o == And || o == Or }

// Mirrored returns the comparison that means the same with its operands exchanged.
func (o Op) Mirrored() Op {
	switch o {
	case LT:
		return GT
	case LE:
		return GE
	case GT:
		return LT
	case GE:
		return LE
	}
	return o
}

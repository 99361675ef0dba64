package parser

import (
	"math"
	"strconv"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// expr reads an expression.
func (p *parser) expr() ast.Expr {
	if p.depth == 0 {
		p.chain = 0
	}
	if !p.enter() {
		p.leave()
		return nil
	}
	defer p.leave()
	return p.binary(ast.PrecOr)
}

// binary reads an expression whose operators bind at least as tightly as least.
func (p *parser) binary(least int) ast.Expr {
	start := p.start()
	left := p.unary()
	for !p.failed {
		if least <= ast.PrecIn && p.tok().isWord("in") {
			p.advance()
			left = &ast.In{X: left, Table: p.name("a table name"), Span: p.from(start)}
			continue
		}
		op, ok := p.operator()
		if !ok || op.Precedence() < least {
			break
		}
		if p.chain++; p.chain > maxChain {
			p.failAt(p.tok().span, "the expression has too many operators")
			break
		}
		p.advance()
		right := p.binary(op.Precedence() + 1)
		left = &ast.Binary{Op: op, L: left, R: right, Span: p.from(start)}
	}
	return left
}

// operatorHere is what messages say where an operator may stand.
const operatorHere = "an operator"

// operator returns the operator that comes next, without reading it.
func (p *parser) operator() (ast.Op, bool) {
	p.describe(operatorHere)
	p.hint("and", "or", "in", "is")
	t := p.tok()
	switch {
	case t.isWord("and"):
		return ast.And, true
	case t.isWord("or"):
		return ast.Or, true
	case t.kind != symbol:
		return 0, false
	}
	for op := ast.Add; op <= ast.NE; op++ {
		if op.String() == t.value {
			return op, true
		}
	}
	return 0, false
}

func (p *parser) unary() ast.Expr {
	if !p.tok().isWord("not") || !p.startsOperand(p.peek(1)) {
		return p.operand()
	}
	start := p.start()
	p.advance()
	if !p.enter() {
		p.leave()
		return nil
	}
	defer p.leave()
	x := p.unary()
	return &ast.Not{X: x, Span: p.from(start)}
}

// startsOperand tells the operator not from a name: not is one before anything that can be an operand.
func (p *parser) startsOperand(t token) bool {
	switch t.kind {
	case eof, bad, script:
		return false
	case symbol:
		return t.value == "(" || t.value == "-" || t.value == "+" || t.value == "#" || t.value == "!"
	}
	return true
}

func (p *parser) operand() ast.Expr {
	start := p.start()
	t := p.tok()
	var e ast.Expr
	switch {
	case t.isSymbol("("):
		p.advance()
		e = p.expr()
		p.expect(")")
		p.refuseIsNull()
		return e
	case t.isWord("true", "false") && !p.isQualifier(p.peek(1)):
		p.advance()
		e = &ast.Const{Type: schema.Bool, Bool: t.isWord("true"), Span: p.from(start)}
	case t.isName() || t.isSymbol("#") || t.isSymbol("!"):
		return p.isNull(start, p.reference())
	case t.isSymbol("-") || t.isSymbol("+"):
		e = p.signedNumber()
	default:
		p.describe("an expression")
		e = p.constant()
	}
	p.refuseIsNull()
	return e
}

// isQualifier reports whether t makes a name of the word before it.
func (p *parser) isQualifier(t token) bool {
	return t.isSymbol(".") || t.isSymbol("(") || t.isSymbol("[") || t.isSymbol(":")
}

func (p *parser) isNull(start ast.Pos, x ast.Expr) ast.Expr {
	if p.tok().isWord("is") {
		p.advance()
		p.expectWord("null")
		return &ast.IsNull{X: x, Span: p.from(start)}
	}
	if _, ok := x.(*ast.StreamRef); ok {
		p.want(expectation{text: "is", literal: true})
		p.want(expectation{text: ".", literal: true})
		p.unexpected()
	}
	return x
}

func (p *parser) refuseIsNull() {
	if t := p.tok(); t.isWord("is") {
		p.failAt(t.span, "'is null' is only for an attribute, a function call or a stream")
	}
}

func (p *parser) constant() *ast.Const {
	start := p.start()
	if t := p.tok(); t.kind == text {
		p.advance()
		return &ast.Const{Type: schema.String, Text: t.value, Span: p.from(start)}
	}
	if p.tok().kind == integer {
		if _, ok := timeUnit(p.peek(1)); ok {
			return p.timeValue()
		}
	}
	return p.number("")
}

func (p *parser) signedNumber() *ast.Const {
	start := p.start()
	sign := p.advance().value
	p.describe("a number (there is no sign before other expressions)")
	c := p.number(sign)
	c.Span = p.from(start)
	return c
}

// number reads a number whose sign has been read already.
func (p *parser) number(sign string) *ast.Const {
	start := p.start()
	t := p.tok()
	c := &ast.Const{}
	var err error
	switch t.kind {
	case integer:
		c.Type = schema.Int
		c.Int, err = strconv.ParseInt(sign+t.value, 10, 32)
	case long:
		c.Type = schema.Long
		c.Int, err = strconv.ParseInt(sign+t.value, 10, 64)
	case float:
		c.Type = schema.Float
		c.Float, err = strconv.ParseFloat(sign+t.value, 32)
	case double:
		c.Type = schema.Double
		c.Float, err = strconv.ParseFloat(sign+t.value, 64)
	default:
		p.unexpected()
		return c
	}
	p.advance()
	c.Span = p.from(start)
	if err != nil {
		p.report(c.Span, "'"+sign+shorten(t.value)+"' does not fit in "+article(c.Type)+fitHint(c.Type))
	}
	if t.kind == integer {
		p.hint(unitWords()...)
	}
	return c
}

func article(t schema.Type) string {
	if t == schema.Int {
		return "an int"
	}
	return "a " + t.String()
}

func fitHint(t schema.Type) string {
	if t == schema.Int {
		return "; write L behind it for a long"
	}
	return ""
}

// timeValue reads a time literal: amounts with units from large to small.
func (p *parser) timeValue() *ast.Const {
	start := p.start()
	c := &ast.Const{Type: schema.Long, Time: true}
	for {
		p.describe("a time such as 5 sec")
		if p.tok().kind != integer {
			p.unexpected()
			return c
		}
		partStart := p.start()
		digits := p.advance().value
		unit, ok := timeUnit(p.tok())
		if !ok {
			p.describe("a unit of time")
			p.hint(unitWords()...)
			p.unexpected()
			return c
		}
		p.advance()
		if n := len(c.Parts); n > 0 && unit >= c.Parts[n-1].Unit {
			p.report(p.from(partStart), "a time has its units from large to small, each once")
		}
		amount, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || amount > (math.MaxInt64-c.Int)/unit.Millis() {
			p.failAt(p.from(partStart), "the time is too long")
			return c
		}
		c.Parts = append(c.Parts, ast.TimePart{Amount: amount, Unit: unit})
		c.Int += amount * unit.Millis()
		if _, more := timeUnit(p.peek(1)); !more || p.tok().kind != integer {
			c.Span = p.from(start)
			return c
		}
	}
}

// reference reads what starts with a name: an attribute, a call, or a stream in front of is null.
func (p *parser) reference() ast.Expr {
	if t := p.tok(); t.isName() && (p.peek(1).isSymbol("(") || p.peek(1).isSymbol(":")) {
		return p.call()
	}
	return p.attrOrStream()
}

// attr reads a reference to an attribute.
func (p *parser) attr() *ast.Attr {
	if t := p.tok(); !t.isName() && !t.isSymbol("#") && !t.isSymbol("!") {
		p.describe("an attribute")
		p.unexpected()
		return &ast.Attr{}
	}
	e := p.attrOrStream()
	a, ok := e.(*ast.Attr)
	if !ok {
		p.want(expectation{text: ".", literal: true})
		p.unexpected()
		return &ast.Attr{}
	}
	return a
}

func (p *parser) attrOrStream() ast.Expr {
	start := p.start()
	id := p.streamID("an attribute")
	plain := !id.Inner && !id.Fault
	index := p.index()
	if p.tok().isSymbol("#") && p.peek(1).isName() {
		a := p.functionAttr(id, index)
		a.Span = p.from(start)
		return a
	}
	switch {
	case p.accept("."):
		a := &ast.Attr{Stream: id.Name, Inner: id.Inner, Fault: id.Fault, Index: index, Name: p.name("an attribute name")}
		a.Span = p.from(start)
		return a
	case plain && index == nil:
		return &ast.Attr{Name: id.Name, Span: p.from(start)}
	}
	return &ast.StreamRef{ID: id, Index: index, Span: p.from(start)}
}

// functionAttr reads #function.name behind a stream.
func (p *parser) functionAttr(id ast.StreamID, index *ast.Index) *ast.Attr {
	a := &ast.Attr{Stream: id.Name, Inner: id.Inner, Fault: id.Fault, Index: index}
	p.advance()
	a.Function = p.name("a stream function")
	a.FunctionIndex = p.index()
	p.expect(".")
	a.Name = p.name("an attribute name")
	return a
}

// index reads [n], [last] or [last-n] if one comes next.
func (p *parser) index() *ast.Index {
	if !p.tok().isSymbol("[") {
		return nil
	}
	start := p.start()
	p.advance()
	i := &ast.Index{}
	if p.acceptWord("last") {
		i.Last = true
		if p.accept("-") {
			i.Offset = p.count()
		}
	} else {
		i.Offset = p.count()
	}
	p.expect("]")
	i.Span = p.from(start)
	return i
}

// count reads a number of events.
func (p *parser) count() int {
	p.describe("a whole number")
	if p.tok().kind != integer {
		p.unexpected()
		return 0
	}
	t := p.advance()
	n, err := strconv.ParseInt(t.value, 10, 32)
	if err != nil {
		p.report(t.span, "'"+shorten(t.value)+"' does not fit in an int")
	}
	return int(n)
}

// call reads [namespace:]name(arguments).
func (p *parser) call() *ast.Call {
	start := p.start()
	c := &ast.Call{Name: p.name("a function name")}
	if p.accept(":") {
		c.Namespace = c.Name
		c.Name = p.name("a function name")
	}
	p.expect("(")
	switch {
	case p.accept(")"):
	case p.accept("*"):
		c.Star = true
		p.expect(")")
	default:
		for ok := true; ok; ok = p.accept(",") {
			c.Args = append(c.Args, p.expr())
		}
		p.expect(")")
	}
	c.Span = p.from(start)
	return c
}

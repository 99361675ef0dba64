package parser

import (
	"strconv"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// query reads a query behind its annotations.
func (p *parser) query(start ast.Pos, annotations ast.Annotations) *ast.Query {
	q := &ast.Query{Annotations: annotations}
	p.queryHead(q)
	q.Output = p.output(q.UnsaidEvents())
	q.Span = p.from(start)
	return q
}

// queryHead reads all of a query but its output.
func (p *parser) queryHead(q *ast.Query) {
	p.expectWord("from")
	q.From = p.input()
	q.Select = p.optionalSelection()
	q.Rate = p.rate()
}

func (p *parser) optionalSelection() *ast.Select {
	if !p.seesWord("select") {
		return nil
	}
	start := p.start()
	p.advance()
	s := p.outputAttrs()
	p.groupBy(s)
	if p.acceptWord("having") {
		s.Having = p.expr()
	}
	if p.acceptWord("order") {
		p.expectWord("by")
		for ok := true; ok; ok = p.accept(",") {
			s.OrderBy = append(s.OrderBy, p.orderBy())
		}
	}
	s.Limit = p.rowCount("limit")
	s.Offset = p.rowCount("offset")
	s.Span = p.from(start)
	return s
}

// outputAttrs reads what follows the word select.
func (p *parser) outputAttrs() *ast.Select {
	s := &ast.Select{}
	if p.accept("*") {
		s.Star = true
		return s
	}
	for ok := true; ok; ok = p.accept(",") {
		s.Outputs = append(s.Outputs, p.outputAttr())
	}
	return s
}

func (p *parser) outputAttr() *ast.OutputAttr {
	start := p.start()
	o := &ast.OutputAttr{Expr: p.expr()}
	if p.acceptWord("as") {
		o.As = p.name("a name for the output attribute")
	} else if _, bare := o.Expr.(*ast.Attr); !bare && !p.failed {
		p.nameless(ast.Span{Start: start, End: p.from(start).End})
	}
	o.Span = p.from(start)
	return o
}

// nameless reports an output expression without a name, unless the text breaks off for another reason.
func (p *parser) nameless(at ast.Span) {
	t := p.tok()
	ends := t.kind == eof || t.isSymbol(",") || t.isSymbol(";") || t.isSymbol(")") ||
		t.isWord("group", "having", "order", "limit", "offset", "output", "insert", "update", "delete", "return", "aggregate")
	if !ends {
		p.unexpected()
		return
	}
	p.report(at, "an expression in select needs a name; write 'as name' behind it")
}

func (p *parser) groupBy(s *ast.Select) {
	if !p.acceptWord("group") {
		return
	}
	p.expectWord("by")
	for ok := true; ok; ok = p.accept(",") {
		s.GroupBy = append(s.GroupBy, p.attr())
	}
}

func (p *parser) orderBy() *ast.OrderBy {
	start := p.start()
	o := &ast.OrderBy{Attr: p.attr()}
	if p.acceptWord("desc") {
		o.Desc = true
	} else {
		p.acceptWord("asc")
	}
	o.Span = p.from(start)
	return o
}

// rowCount reads limit n or offset n if it comes next.
func (p *parser) rowCount(word string) *ast.Const {
	start := p.start()
	if !p.acceptWord(word) {
		return nil
	}
	e := p.expr()
	c, ok := e.(*ast.Const)
	if !p.failed && (!ok || c.Type != schema.Int && c.Type != schema.Long) {
		p.report(p.from(start), "'"+word+"' takes an int or long literal only")
	}
	return c
}

func (p *parser) rate() *ast.Rate {
	start := p.start()
	if !p.acceptWord("output") {
		return nil
	}
	r := &ast.Rate{}
	switch {
	case p.acceptWord("snapshot"):
		r.Kind = ast.RateSnapshot
	case p.acceptWord("first"):
		r.Kind = ast.RateFirst
	case p.acceptWord("last"):
		r.Kind = ast.RateLast
	default:
		p.acceptWord("all")
	}
	p.expectWord("every")
	if p.tok().kind == integer && p.peek(1).isWord("events") && r.Kind != ast.RateSnapshot {
		t := p.advance()
		events, err := strconv.ParseInt(t.value, 10, 32)
		if err != nil {
			p.report(t.span, "'"+shorten(t.value)+"' does not fit in an int")
		}
		r.Events = events
		p.advance()
	} else {
		r.Time = p.rateTime(r.Kind)
	}
	r.Span = p.from(start)
	return r
}

// rateTime reads the time of a rate; its number may also have been meant as a number of events.
func (p *parser) rateTime(k ast.RateKind) *ast.Const {
	if k != ast.RateSnapshot {
		p.describe("a number of events such as 5 events")
		if p.tok().kind == integer {
			if _, ok := timeUnit(p.peek(1)); !ok {
				p.advance()
				p.want(expectation{text: "events", literal: true})
				p.describe("a unit of time")
				p.hint(unitWords()...)
				p.unexpected()
				return nil
			}
		}
	}
	return p.timeValue()
}

// eventKind reads all events, expired events, current events or events if one of them comes next.
func (p *parser) eventKind() (ast.EventKind, bool) {
	p.hint("all", "expired", "current", "events")
	p.describe("the kind of events")
	kinds := [...]struct {
		word string
		kind ast.EventKind
	}{{"all", ast.AllEvents}, {"expired", ast.ExpiredEvents}, {"current", ast.CurrentEvents}}
	for _, k := range kinds {
		if p.tok().isWord(k.word) {
			p.advance()
			p.expectWord("events")
			return k.kind, true
		}
	}
	if p.tok().isWord("events") {
		p.advance()
		return ast.CurrentEvents, true
	}
	return ast.CurrentEvents, false
}

// output reads the output clause of a query. unsaid is the kind of events that it has without a word.
func (p *parser) output(unsaid ast.EventKind) ast.Output {
	switch {
	case p.seesWord("insert"):
		return p.insert(unsaid)
	case p.seesWord("delete"), p.seesWord("update"):
		return p.change(true, unsaid)
	case p.seesWord("return"):
		return p.returns(unsaid)
	}
	p.unexpected()
	return nil
}

func (p *parser) returns(unsaid ast.EventKind) *ast.Return {
	start := p.start()
	p.expectWord("return")
	r := &ast.Return{Events: unsaid}
	if kind, said := p.eventKind(); said {
		r.Events = kind
	}
	r.Span = p.from(start)
	return r
}

func (p *parser) insert(unsaid ast.EventKind) *ast.Insert {
	start := p.start()
	p.expectWord("insert")
	in := &ast.Insert{Events: unsaid}
	if !p.tok().isWord("into") {
		if kind, said := p.eventKind(); said {
			in.Events = kind
		}
	}
	p.expectWord("into")
	in.Target = p.streamID("the stream to insert into")
	in.Span = p.from(start)
	return in
}

// change reads delete, update and update or insert. Only in queries, not on demand, can they name a kind of events.
func (p *parser) change(inQuery bool, unsaid ast.EventKind) ast.Output {
	start := p.start()
	switch {
	case p.acceptWord("delete"):
		d := &ast.Delete{Table: p.table(), Events: p.forEvents(inQuery, unsaid)}
		if p.acceptWord("on") {
			d.On = p.expr()
		}
		d.Span = p.from(start)
		return d
	case p.acceptWords("update", "or", "insert", "into"):
		u := &ast.UpdateOrInsert{Table: p.table(), Events: p.forEvents(inQuery, unsaid), Set: p.set()}
		p.expectWord("on")
		u.On = p.expr()
		u.Span = p.from(start)
		return u
	}
	p.expectWord("update")
	u := &ast.Update{Table: p.table(), Events: p.forEvents(inQuery, unsaid), Set: p.set()}
	p.expectWord("on")
	u.On = p.expr()
	u.Span = p.from(start)
	return u
}

// table reads the target of a change, which cannot be an inner or fault stream.
func (p *parser) table() ast.StreamID {
	id := p.streamID("a table name")
	if id.Inner || id.Fault {
		p.report(id.Span, "only a table can be updated or deleted from; '"+shorten(id.String())+"' is a stream")
	}
	return id
}

func (p *parser) forEvents(allowed bool, unsaid ast.EventKind) ast.EventKind {
	if !allowed || !p.acceptWord("for") {
		return unsaid
	}
	kind, ok := p.eventKind()
	if !ok {
		p.unexpected()
	}
	return kind
}

func (p *parser) set() []*ast.Assignment {
	if !p.acceptWord("set") {
		return nil
	}
	var assignments []*ast.Assignment
	for ok := true; ok; ok = p.accept(",") {
		start := p.start()
		a := &ast.Assignment{Attr: p.attr()}
		p.expect("=")
		a.Value = p.expr()
		a.Span = p.from(start)
		assignments = append(assignments, a)
	}
	return assignments
}

func (p *parser) onDemandQuery() *ast.OnDemandQuery {
	start := p.start()
	q := &ast.OnDemandQuery{}
	if p.acceptWord("from") {
		q.From = p.onDemandInput()
		q.Select = p.optionalSelection()
		q.Span = p.from(start)
		return q
	}
	q.Select = p.optionalSelection()
	if q.Select != nil && p.seesWord("insert") {
		in := p.insert(ast.CurrentEvents)
		if in.Events != ast.CurrentEvents {
			p.report(in.Span, "an on-demand query has no kinds of events")
		}
		q.Output = in
	} else if p.seesWord("delete") || p.seesWord("update") {
		q.Output = p.change(false, ast.CurrentEvents)
	} else {
		p.unexpected()
	}
	if _, upsert := q.Output.(*ast.UpdateOrInsert); upsert && q.Select == nil {
		p.report(p.from(start), "'update or insert into' on demand needs a select in front of it")
	}
	q.Span = p.from(start)
	return q
}

func (p *parser) onDemandInput() *ast.OnDemandInput {
	start := p.start()
	in := &ast.OnDemandInput{Name: p.name("the name of a table, window or aggregation")}
	if p.acceptWord("as") {
		in.Alias = p.name("an alias")
	}
	if p.acceptWord("on") {
		in.On = p.expr()
	}
	in.Within, in.Per = p.withinPer()
	in.Span = p.from(start)
	return in
}

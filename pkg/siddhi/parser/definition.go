package parser

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// definition reads what follows the word define.
func (p *parser) definition(start ast.Pos, annotations ast.Annotations) ast.Definition {
	switch {
	case p.acceptWord("stream"):
		d := &ast.StreamDef{Annotations: annotations}
		d.Name, d.Attributes = p.signature("stream")
		d.Span = p.from(start)
		return d
	case p.acceptWord("table"):
		d := &ast.TableDef{Annotations: annotations}
		d.Name, d.Attributes = p.signature("table")
		d.Span = p.from(start)
		return d
	case p.acceptWord("window"):
		return p.windowDef(start, annotations)
	case p.acceptWord("trigger"):
		return p.triggerDef(start, annotations)
	case p.acceptWord("function"):
		return p.functionDef(start, annotations)
	case p.acceptWord("aggregation"):
		return p.aggregationDef(start, annotations)
	}
	p.unexpected()
	return nil
}

// signature reads name (attribute type, ...).
func (p *parser) signature(what string) (string, []*ast.Attribute) {
	if t := p.tok(); t.isSymbol("#") || t.isSymbol("!") {
		p.report(t.span, "a "+what+" cannot be defined with '"+t.value+"' before its name")
		p.advance()
	}
	name := p.name("the name of the " + what)
	p.expect("(")
	var attributes []*ast.Attribute
	seen := map[string]bool{}
	for ok := true; ok; ok = p.accept(",") {
		a := p.attribute()
		if seen[a.Name] && !p.failed {
			p.report(a.Span, "attribute '"+shorten(a.Name)+"' is defined twice")
		}
		seen[a.Name] = true
		attributes = append(attributes, a)
	}
	p.expect(")")
	return name, attributes
}

func (p *parser) attribute() *ast.Attribute {
	start := p.start()
	a := &ast.Attribute{Name: p.name("an attribute name")}
	a.Type = p.attributeType()
	a.Span = p.from(start)
	return a
}

func (p *parser) attributeType() schema.Type {
	p.describe("a type: string, int, long, float, double, bool or object")
	p.hint("string", "int", "long", "float", "double", "bool", "object")
	if t := p.tok(); t.kind == word {
		if parsed, ok := schema.ParseType(t.value); ok {
			p.advance()
			return parsed
		}
	}
	p.unexpected()
	return schema.Invalid
}

func (p *parser) windowDef(start ast.Pos, annotations ast.Annotations) *ast.WindowDef {
	d := &ast.WindowDef{Annotations: annotations, Output: ast.AllEvents}
	d.Name, d.Attributes = p.signature("window")
	p.describe("a window such as length(5)")
	d.Window = p.call()
	if p.acceptWord("output") {
		kind, ok := p.eventKind()
		if !ok {
			p.unexpected()
		}
		d.Output = kind
	}
	d.Span = p.from(start)
	return d
}

func (p *parser) triggerDef(start ast.Pos, annotations ast.Annotations) *ast.TriggerDef {
	d := &ast.TriggerDef{Annotations: annotations, Name: p.identifier("the name of the trigger")}
	p.expectWord("at")
	if p.acceptWord("every") {
		d.Every = p.timeValue()
	} else {
		d.At = p.stringValue("'start' or a cron expression in quotes")
	}
	d.Span = p.from(start)
	return d
}

func (p *parser) functionDef(start ast.Pos, annotations ast.Annotations) *ast.FunctionDef {
	d := &ast.FunctionDef{Annotations: annotations, Name: p.identifier("the name of the function")}
	p.expect("[")
	d.Language = p.identifier("the language of the function")
	p.expect("]")
	p.expectWord("return")
	d.Return = p.attributeType()
	p.describe("the function's body in { }")
	if p.tok().kind == script {
		d.Body = p.advance().value
	} else {
		p.unexpected()
	}
	d.Span = p.from(start)
	return d
}

func (p *parser) aggregationDef(start ast.Pos, annotations ast.Annotations) *ast.AggregationDef {
	d := &ast.AggregationDef{Annotations: annotations, Name: p.identifier("the name of the aggregation")}
	p.expectWord("from")
	d.From = p.streamInput()
	selectStart := p.start()
	p.expectWord("select")
	d.Select = p.outputAttrs()
	p.groupBy(d.Select)
	d.Select.Span = p.from(selectStart)
	p.expectWord("aggregate")
	if p.acceptWord("by") {
		d.By = p.attr()
	}
	p.expectWord("every")
	d.Every = p.granularities()
	d.Span = p.from(start)
	return d
}

func (p *parser) granularities() *ast.Granularities {
	start := p.start()
	g := &ast.Granularities{Units: []ast.TimeUnit{p.granularity()}}
	if p.accept("...") {
		g.Range = true
		g.Units = append(g.Units, p.granularity())
	} else {
		for p.accept(",") {
			g.Units = append(g.Units, p.granularity())
		}
	}
	g.Span = p.from(start)
	return g
}

func (p *parser) granularity() ast.TimeUnit {
	p.describe("sec, min, hour, day, month or year")
	p.hint("sec", "seconds", "min", "minutes", "hour", "hours", "day", "days", "month", "months", "year", "years")
	t := p.tok()
	unit, ok := timeUnit(t)
	if !ok || unit == ast.Millisecond {
		p.unexpected()
		return 0
	}
	if unit == ast.Week {
		p.report(t.span, "an aggregation has no weeks; use days or months")
	}
	p.advance()
	return unit
}

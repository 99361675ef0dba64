package parser

import (
	"strings"

	"millrace/pkg/siddhi/ast"
)

func (p *parser) app() *ast.App {
	app := &ast.App{Comments: p.comments}
	start := p.start()
	for p.seesAppAnnotation() {
		if a := p.appAnnotation(); !p.failed {
			app.Annotations = append(app.Annotations, a)
		}
		if p.failed && !p.recoverAnnotation() {
			break
		}
	}
	p.appName = app.Name()
	lexical := len(p.errors)
	for len(p.errors)-lexical < maxErrors && (p.failed || p.tok().kind != eof) {
		p.statement(app)
	}
	if len(app.Definitions) == 0 && len(p.errors) == 0 {
		at := ast.Span{Start: p.start(), End: p.start()}
		if len(app.Elements) > 0 {
			at = app.Elements[0].Position()
		}
		p.report(at, "the app has no definition; it needs at least one, such as define stream")
	}
	app.Span = p.from(start)
	return app
}

// statement reads a definition, query or partition with the semicolon behind it.
func (p *parser) statement(app *ast.App) {
	if !p.failed {
		p.appElement(app)
	}
	if !p.failed && p.tok().kind != eof && !p.accept(";") {
		p.unexpected()
		if t := p.tokens[p.at]; p.startsStatement(t) && (t.first || t.isWord("define")) {
			p.resume()
			return
		}
	}
	if p.failed {
		p.skipStatement()
	}
}

func (p *parser) startsStatement(t token) bool {
	return t.isWord("define", "from", "partition") || t.isSymbol("@")
}

func (p *parser) appElement(app *ast.App) {
	start := p.start()
	annotations := p.annotations()
	switch {
	case p.acceptWord("define"):
		d := p.definition(start, annotations)
		if len(app.Elements) > 0 {
			p.report(p.from(start), "a definition must stand before the first query and partition")
		}
		if !p.failed {
			app.Definitions = append(app.Definitions, d)
		}
	case p.seesWord("from"):
		if q := p.query(start, annotations); !p.failed {
			app.Elements = append(app.Elements, q)
		}
	case p.acceptWord("partition"):
		if part := p.partition(start, annotations); !p.failed {
			app.Elements = append(app.Elements, part)
		}
	case p.tok().isSymbol(";"):
		p.failAt(p.tok().span, "there is no statement before this ';'")
	default:
		p.unexpected()
	}
}

// resume leaves the failed state without reading anything.
func (p *parser) resume() {
	p.failed = false
	p.depth, p.chain = 0, 0
	p.expected = p.expected[:0]
}

// skipStatement goes on behind the next semicolon, or at a line that starts with what can only be a new statement.
func (p *parser) skipStatement() {
	p.resume()
	for {
		t := p.tok()
		if t.kind == eof {
			return
		}
		next := t.first && (t.isWord("define") || t.isSymbol("@") || t.isWord("partition") && p.peek(1).isWord("with"))
		if next && p.at > 0 {
			if last := p.errors[len(p.errors)-1]; t.span.Start.Offset > last.Offset {
				return
			}
		}
		p.advance()
		if t.isSymbol(";") {
			p.skipEnd()
			return
		}
	}
}

// skipEnd passes over the end of a partition whose beginning was not understood.
func (p *parser) skipEnd() {
	if p.tok().isWord("end") && (p.peek(1).isSymbol(";") || p.peek(1).kind == eof) {
		p.advance()
		if p.tok().isSymbol(";") {
			p.advance()
		}
	}
}

// partition reads what follows the word partition.
func (p *parser) partition(start ast.Pos, annotations ast.Annotations) *ast.Partition {
	part := &ast.Partition{Annotations: annotations}
	p.expectWord("with")
	p.expect("(")
	for ok := true; ok; ok = p.accept(",") {
		part.With = append(part.With, p.partitionKey())
	}
	p.expect(")")
	if p.failed {
		p.skipToBegin()
	}
	p.expectWord("begin")
	for ok := true; ok; ok = p.moreQueries() {
		queryStart := p.start()
		if q := p.query(queryStart, p.annotations()); !p.failed {
			part.Queries = append(part.Queries, q)
		}
	}
	p.expectWord("end")
	part.Span = p.from(start)
	return part
}

// skipToBegin goes on at the body of a partition whose keys were not understood, if it has one.
func (p *parser) skipToBegin() {
	for i := p.at; i < len(p.tokens) && !p.tokens[i].isSymbol(";"); i++ {
		if p.tokens[i].isWord("begin") {
			p.resume()
			p.at = i
			return
		}
	}
}

// moreQueries reads the semicolon between two queries of a partition and reports whether another query follows. After
// a mistake it goes on behind the next semicolon, unless the partition seems to be at its end.
func (p *parser) moreQueries() bool {
	if p.failed && len(p.errors) < 2*maxErrors {
		i := p.at
		for p.tokens[i].kind != eof && !p.tokens[i].isSymbol(";") && !p.startsNewPart(p.tokens[i], i) {
			i++
		}
		if !p.tokens[i].isSymbol(";") {
			return false
		}
		p.resume()
		p.at = i
	}
	return p.accept(";") && !p.seesWord("end") && !p.failed
}

// startsNewPart reports whether the token at index i starts something that cannot stand in a partition.
func (p *parser) startsNewPart(t token, i int) bool {
	return t.first && i > p.at && (t.isWord("define") || t.isWord("partition") && p.tokens[i+1].isWord("with"))
}

func (p *parser) partitionKey() *ast.PartitionKey {
	k := &ast.PartitionKey{}
	start := p.start()
	e := p.expr()
	if p.seesWord("as") {
		k.Ranges = p.partitionRanges(start, e)
	} else {
		k.Value = e
	}
	p.expectWord("of")
	k.Stream = p.name("a stream name")
	k.Span = p.from(start)
	return k
}

// partitionRanges reads condition as 'label' or ..., the first condition being read already.
func (p *parser) partitionRanges(start ast.Pos, cond ast.Expr) []*ast.PartitionRange {
	var ranges []*ast.PartitionRange
	for {
		p.expectWord("as")
		label := p.stringValue("a label in quotes")
		ranges = append(ranges, &ast.PartitionRange{Cond: cond, Label: label, Span: p.from(start)})
		if !p.acceptWord("or") {
			return ranges
		}
		start = p.start()
		cond = p.expr()
	}
}

// annotations reads the annotations in front of a statement.
func (p *parser) annotations() ast.Annotations {
	var as ast.Annotations
	for p.tok().isSymbol("@") {
		if p.seesAppAnnotation() {
			at := ast.Span{Start: p.tok().span.Start, End: p.peek(3).span.End}
			p.report(at, "an @app: annotation must stand before all others and before the first definition")
			p.appAnnotation()
			continue
		}
		as = append(as, p.annotation())
	}
	p.hint("@")
	return as
}

func (p *parser) seesAppAnnotation() bool {
	return p.tok().isSymbol("@") && p.peek(1).isWord("app") && p.peek(2).isSymbol(":")
}

func (p *parser) appAnnotation() *ast.Annotation {
	start := p.start()
	p.advance()
	p.advance()
	p.advance()
	a := &ast.Annotation{Name: "app:" + p.name("the name of an app annotation")}
	p.annotationBody(a, true)
	a.Span = p.from(start)
	return a
}

func (p *parser) annotation() *ast.Annotation {
	start := p.start()
	a := &ast.Annotation{}
	p.expect("@")
	if p.enter() {
		a.Name = p.name("the name of an annotation")
		if p.tok().isSymbol(":") {
			p.failAt(p.tok().span, "the name of an annotation has no ':' unless it starts with app:")
		}
		p.annotationBody(a, false)
	}
	p.leave()
	a.Span = p.from(start)
	return a
}

func (p *parser) annotationBody(a *ast.Annotation, ofApp bool) {
	if !p.accept("(") {
		return
	}
	if p.tok().isSymbol(")") {
		p.failAt(p.tok().span, "the annotation has nothing in its parentheses; leave them out")
	}
	for ok := true; ok; ok = p.accept(",") {
		if !ofApp && p.sees("@") {
			a.Annotations = append(a.Annotations, p.annotation())
		} else {
			a.Elements = append(a.Elements, p.annotationElement())
		}
	}
	p.expect(")")
}

// annotationElement reads [key=]'value'; a key is a string, or names with . - or : between them.
func (p *parser) annotationElement() *ast.AnnotationElement {
	e := &ast.AnnotationElement{}
	start := p.start()
	p.describe("key='value'")
	switch {
	case p.tok().kind == text && p.peek(1).isSymbol("="):
		e.Key = p.advance().value
		if e.Key == "" {
			p.failAt(p.from(start), "the key of an annotation element cannot be empty")
		}
		p.advance()
	case p.tok().isName():
		e.Key = p.annotationKey()
		p.expect("=")
	}
	e.Value = p.stringValue("a value in quotes")
	e.Span = p.from(start)
	return e
}

func (p *parser) annotationKey() string {
	var key strings.Builder
	key.WriteString(p.name("a key"))
	for p.sees(".") || p.sees("-") || p.sees(":") {
		key.WriteString(p.advance().value)
		key.WriteString(p.name("the rest of the key"))
	}
	return key.String()
}

// recoverAnnotation goes on at the next app annotation if the statement has one, and reports whether it has.
func (p *parser) recoverAnnotation() bool {
	for i := p.at + 1; i+2 < len(p.tokens) && !p.tokens[i].isSymbol(";") && !p.tokens[i].isWord("define"); i++ {
		if p.tokens[i].isSymbol("@") {
			p.resume()
			p.at = i
			return p.seesAppAnnotation()
		}
	}
	return false
}

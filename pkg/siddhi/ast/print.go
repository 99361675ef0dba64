package ast

import "strings"

// Print returns a node as canonical SiddhiQL. Parsing the text gives a tree that Equal finds the same, if the tree is
// one that can be written at all: see QuoteName and QuoteString for names and strings that cannot. Comments stand on
// lines of their own in front of the statement in or before which they stood.
func Print(n Node) string {
	if isNil(n) {
		return ""
	}
	p := &printer{}
	p.node(n)
	return p.b.String()
}

// lineWidth is the length at which lists are broken into one line per item.
const lineWidth = 110

type printer struct {
	b         strings.Builder
	indent    int
	lineStart int
	comments  []*Comment // those not yet printed
}

func (p *printer) text(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

func (p *printer) newline() {
	p.b.WriteByte('\n')
	p.lineStart = p.b.Len()
	for range p.indent {
		p.b.WriteString("    ")
	}
}

// nested runs print one level further in.
func (p *printer) nested(print func()) {
	p.indent++
	print()
	p.indent--
}

// fits reports whether that many more characters fit on the line.
func (p *printer) fits(length int) bool { return p.b.Len()-p.lineStart+length <= lineWidth }

// list prints items with commas between them, on one line if they fit and else one per line.
func (p *printer) list(items []string) { p.clauseList("", items) }

// clauseList prints a word and then a list.
func (p *printer) clauseList(word string, items []string) {
	length := len(word)
	for _, item := range items {
		length += len(item) + 2
	}
	if len(items) < 2 || p.fits(length) {
		if word != "" {
			word += " "
		}
		p.text(word, strings.Join(items, ", "))
		return
	}
	p.text(word)
	p.nested(func() {
		for i, item := range items {
			if i > 0 {
				p.text(",")
			}
			p.newline()
			p.text(item)
		}
	})
}

func (p *printer) node(n Node) {
	switch n := n.(type) {
	case *App:
		p.app(n)
	case Definition:
		p.definition(n)
	case Element:
		p.element(n)
	case *OnDemandQuery:
		p.onDemandQuery(n)
	case *OnDemandInput:
		p.onDemandInput(n)
	case *Annotation:
		p.annotation(n, false)
	case Input:
		p.input(n)
	case Handler:
		p.text(handlersText([]Handler{n}))
	case State:
		p.text(stateText(n, Pattern))
	case Output:
		p.output(n, CurrentEvents)
	case Expr:
		p.text(exprText(n, 0))
	case *Select:
		p.selection(n)
	case *Rate:
		p.text(rateText(n))
	default:
		p.text(partText(n))
	}
}

// partText prints the small parts that have no line of their own.
func partText(n Node) string {
	switch n := n.(type) {
	case *Comment:
		return n.Text
	case *AnnotationElement:
		return elementText(n)
	case *Attribute:
		return quoteLabel(n.Name) + " " + n.Type.String()
	case *Granularities:
		return granularitiesText(n)
	case *PartitionKey:
		return partitionKeyText(n)
	case *PartitionRange:
		return exprText(n.Cond, 0) + " as " + quoteString(n.Label)
	case *OutputAttr:
		return outputAttrText(n)
	case *OrderBy:
		return orderByText(n)
	case *Assignment:
		return attrText(n.Attr) + " = " + exprText(n.Value, 0)
	case *WithinRange:
		return withinText(n)
	case *Index:
		return indexText(n)
	case *StreamID:
		return streamText(*n)
	case StreamID:
		return streamText(n)
	}
	return ""
}

func (p *printer) app(a *App) {
	p.comments = a.Comments
	for _, an := range a.Annotations {
		p.commentsBefore(an)
		p.annotation(an, true)
		p.newline()
	}
	first := len(a.Annotations) == 0
	statement := func(n Node, print func()) {
		if !first {
			p.newline()
		}
		first = false
		p.commentsBefore(n)
		print()
		p.text(";")
		p.newline()
	}
	for _, d := range a.Definitions {
		statement(d, func() { p.definition(d) })
	}
	for _, e := range a.Elements {
		statement(e, func() { p.element(e) })
	}
	for _, c := range p.comments {
		p.text(c.Text)
		p.newline()
	}
	p.comments = nil
}

// commentsBefore prints the comments that start before the end of n.
func (p *printer) commentsBefore(n Node) {
	end := n.Position().End
	for len(p.comments) > 0 && end.Known() && p.comments[0].Start.Offset < end.Offset {
		p.text(p.comments[0].Text)
		p.newline()
		p.comments = p.comments[1:]
	}
}

func (p *printer) annotations(as Annotations) {
	for _, a := range as {
		p.annotation(a, false)
		p.newline()
	}
}

// annotation prints one annotation. Only in front of the app does a name that starts with app: go without quotes.
func (p *printer) annotation(a *Annotation, ofApp bool) {
	p.text("@")
	if name, ok := strings.CutPrefix(a.Name, appPrefix); ok && ofApp {
		p.text(appPrefix, QuoteName(name))
	} else {
		p.text(QuoteName(a.Name))
	}
	if len(a.Elements)+len(a.Annotations) == 0 {
		return
	}
	elements := make([]string, len(a.Elements))
	for i, e := range a.Elements {
		elements[i] = elementText(e)
	}
	p.text("(")
	if len(a.Annotations) == 0 {
		p.list(elements)
	} else {
		p.nested(func() { p.nestedAnnotations(elements, a.Annotations) })
	}
	p.text(")")
}

// appPrefix starts the names of the annotations of the app.
const appPrefix = "app:"

func (p *printer) nestedAnnotations(elements []string, nested Annotations) {
	p.list(elements)
	for i, a := range nested {
		if i > 0 || len(elements) > 0 {
			p.text(",")
			p.newline()
		}
		p.annotation(a, false)
	}
}

func elementText(e *AnnotationElement) string {
	switch {
	case e.Key == "":
		return quoteString(e.Value)
	case isPlainKey(e.Key):
		return e.Key + "=" + quoteString(e.Value)
	}
	return quoteString(e.Key) + "=" + quoteString(e.Value)
}

// isPlainKey reports whether a key is plain names with one separator between each two.
func isPlainKey(key string) bool {
	for key != "" {
		end := strings.IndexAny(key, ".-:")
		if end < 0 {
			return IsPlainName(key)
		}
		if !IsPlainName(key[:end]) {
			return false
		}
		key = key[end+1:]
	}
	return false
}

func (p *printer) definition(d Definition) {
	p.annotations(d.AnnotationList())
	p.text("define ", d.DefinitionKind(), " ")
	switch d := d.(type) {
	case *StreamDef:
		p.attributes(d.Name, d.Attributes)
	case *TableDef:
		p.attributes(d.Name, d.Attributes)
	case *WindowDef:
		p.attributes(d.Name, d.Attributes)
		p.text(" ", callText(d.Window))
		if d.Output != AllEvents {
			p.text(" output ", d.Output.String())
		}
	case *TriggerDef:
		p.text(quoteIdentifier(d.Name), " at ")
		if d.Every != nil {
			p.text("every ", constText(d.Every))
		} else {
			p.text(quoteString(d.At))
		}
	case *FunctionDef:
		p.text(quoteIdentifier(d.Name), "[", quoteIdentifier(d.Language), "] return ", d.Return.String())
		p.text(" {", d.Body, "}")
	case *AggregationDef:
		p.aggregation(d)
	}
}

func (p *printer) attributes(name string, attributes []*Attribute) {
	p.text(quoteLabel(name), " (")
	items := make([]string, len(attributes))
	for i, a := range attributes {
		items[i] = partText(a)
	}
	p.list(items)
	p.text(")")
}

func (p *printer) aggregation(d *AggregationDef) {
	p.text(quoteIdentifier(d.Name))
	p.newline()
	p.text("from ")
	p.input(d.From)
	p.newline()
	p.selection(d.Select)
	p.newline()
	p.text("aggregate ")
	if d.By != nil {
		p.text("by ", attrText(d.By), " ")
	}
	p.text("every ", granularitiesText(d.Every))
}

func granularitiesText(g *Granularities) string {
	units := make([]string, len(g.Units))
	for i, u := range g.Units {
		units[i] = u.String()
	}
	if g.Range {
		return strings.Join(units, "...")
	}
	return strings.Join(units, ", ")
}

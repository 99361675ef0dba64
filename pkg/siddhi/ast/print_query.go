package ast

import (
	"strconv"
	"strings"
)

func (p *printer) element(e Element) {
	p.annotations(e.AnnotationList())
	switch e := e.(type) {
	case *Query:
		p.query(e)
	case *Partition:
		p.partition(e)
	}
}

func (p *printer) query(q *Query) {
	p.text("from ")
	p.input(q.From)
	if q.Select != nil {
		p.newline()
		p.selection(q.Select)
	}
	if q.Rate != nil {
		p.newline()
		p.text(rateText(q.Rate))
	}
	p.newline()
	p.output(q.Output, q.UnsaidEvents())
}

func (p *printer) partition(part *Partition) {
	keys := make([]string, len(part.With))
	for i, k := range part.With {
		keys[i] = partitionKeyText(k)
	}
	p.text("partition with (")
	p.list(keys)
	p.text(")")
	p.newline()
	p.text("begin")
	p.nested(func() {
		for i, q := range part.Queries {
			if i > 0 {
				p.b.WriteByte('\n')
			}
			p.newline()
			p.element(q)
			p.text(";")
		}
	})
	p.newline()
	p.text("end")
}

func partitionKeyText(k *PartitionKey) string {
	if k.Value != nil {
		return exprText(k.Value, 0) + " of " + quoteIdentifier(k.Stream)
	}
	ranges := make([]string, len(k.Ranges))
	for i, r := range k.Ranges {
		ranges[i] = partText(r)
	}
	return strings.Join(ranges, " or ") + " of " + quoteIdentifier(k.Stream)
}

func (p *printer) selection(s *Select) {
	if s.Star {
		p.text("select *")
	} else {
		p.clauseList("select", texts(s.Outputs, outputAttrText))
	}
	if len(s.GroupBy) > 0 {
		p.newline()
		p.clauseList("group by", texts(s.GroupBy, attrText))
	}
	p.condition("having", s.Having)
	if len(s.OrderBy) > 0 {
		p.newline()
		p.clauseList("order by", texts(s.OrderBy, orderByText))
	}
	if s.Limit != nil {
		p.newline()
		p.text("limit ", constText(s.Limit))
	}
	if s.Offset != nil {
		p.newline()
		p.text("offset ", constText(s.Offset))
	}
}

// condition prints a clause on a line of its own, or nothing without an expression.
func (p *printer) condition(word string, e Expr) {
	if !isNil(e) {
		p.newline()
		p.text(word, " ", exprText(e, 0))
	}
}

func texts[T any](items []T, text func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = text(item)
	}
	return out
}

func outputAttrText(o *OutputAttr) string {
	if o.As == "" {
		return exprText(o.Expr, 0)
	}
	return exprText(o.Expr, 0) + " as " + quoteLabel(o.As)
}

func orderByText(o *OrderBy) string {
	if o.Desc {
		return attrText(o.Attr) + " desc"
	}
	return attrText(o.Attr)
}

func rateText(r *Rate) string {
	text := "output "
	if r.Kind != RateAll {
		text += r.Kind.String() + " "
	}
	if r.Time != nil {
		return text + "every " + constText(r.Time)
	}
	return text + "every " + strconv.FormatInt(r.Events, 10) + " events"
}

func (p *printer) output(o Output, unsaid EventKind) {
	switch o := o.(type) {
	case *Insert:
		p.text("insert ")
		if o.Events != unsaid {
			p.text(o.Events.String(), " ")
		}
		p.text("into ", sourceText(o.Target))
	case *Delete:
		p.text("delete ")
		p.change(o.Table, o.Events, unsaid, nil, o.On)
	case *Update:
		p.text("update ")
		p.change(o.Table, o.Events, unsaid, o.Set, o.On)
	case *UpdateOrInsert:
		p.text("update or insert into ")
		p.change(o.Table, o.Events, unsaid, o.Set, o.On)
	case *Return:
		p.text("return")
		if o.Events != unsaid {
			p.text(" ", o.Events.String())
		}
	}
}

func (p *printer) change(table StreamID, events, unsaid EventKind, set []*Assignment, on Expr) {
	p.text(sourceText(table))
	if events != unsaid {
		p.text(" for ", events.String())
	}
	p.nested(func() {
		if len(set) > 0 {
			p.newline()
			p.clauseList("set", texts(set, func(a *Assignment) string { return partText(a) }))
		}
		p.condition("on", on)
	})
}

func (p *printer) onDemandQuery(q *OnDemandQuery) {
	clause := func(printed bool, print func()) {
		if !printed {
			return
		}
		if p.b.Len() > 0 {
			p.newline()
		}
		print()
	}
	clause(q.From != nil, func() { p.onDemandInput(q.From) })
	clause(q.Select != nil, func() { p.selection(q.Select) })
	clause(q.Output != nil, func() { p.output(q.Output, CurrentEvents) })
}

func (p *printer) onDemandInput(in *OnDemandInput) {
	p.text("from ", quoteIdentifier(in.Name))
	if in.Alias != "" {
		p.text(" as ", quoteLabel(in.Alias))
	}
	p.nested(func() {
		p.condition("on", in.On)
		p.withinPer(in.Within, in.Per)
	})
}

func (p *printer) withinPer(within *WithinRange, per Expr) {
	if within != nil {
		p.newline()
		p.text(withinText(within))
	}
	p.condition("per", per)
}

func withinText(w *WithinRange) string {
	if w.End == nil {
		return "within " + exprText(w.Start, 0)
	}
	return "within " + exprText(w.Start, 0) + ", " + exprText(w.End, 0)
}

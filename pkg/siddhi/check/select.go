package check

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// selection resolves a select clause. It reports whether the output's names are
// known; if not, nothing is said about what uses them. An output attribute with
// a mistake has the type Invalid, which says nothing either.
func (c *checker) selection(sel *ast.Select, in *source) (Select, bool) {
	out := Select{In: in.attrs(), Limit: -1}
	if sel == nil {
		sel = &ast.Select{Star: true}
	}
	sound := true
	if sel.Star {
		sound = c.star(sel, in, &out)
	} else {
		sound = c.items(sel, in, &out)
	}
	for _, a := range sel.GroupBy {
		if column, ok := in.scope.at("group by").column(a).(*Column); ok {
			out.GroupBy = append(out.GroupBy, column)
		}
	}
	if sound {
		c.orderBy(sel, in, &out)
	}
	if in.limited && len(out.GroupBy) > 0 {
		out.GroupItems = len(out.Items)
		for _, column := range out.GroupBy {
			out.Items = append(out.Items, Item{column.Name, column})
		}
	}
	if sel.Having != nil && sound {
		out.Having = c.having(sel.Having, in, &out)
	}
	out.Limit = c.rowCount(sel.Limit, "limit", -1)
	out.Offset = c.rowCount(sel.Offset, "offset", 0)
	return out, sound
}

// star selects all attributes of all inputs, in text order.
func (c *checker) star(sel *ast.Select, in *source, out *Select) bool {
	for _, o := range in.star {
		for i, a := range o.attrs {
			if out.Out.Index(a.Name) >= 0 {
				c.fail(start(sel), "select * would give two attributes '"+a.Name+"'", "name the attributes, as in select "+o.name()+"."+a.Name+" as ...")
				return false
			}
			out.add(a.Name, o.at(i, sel.Span))
		}
	}
	return true
}

func (s *Select) add(name string, e Expr) {
	s.Items = append(s.Items, Item{name, e})
	s.Out = append(s.Out, schema.Attribute{Name: name, Type: e.Type()})
}

// items resolves the output attributes; first the aggregators in them, so that the number of columns is known.
func (c *checker) items(sel *ast.Select, in *source, out *Select) bool {
	sc := *in.scope
	own := slices.ContainsFunc(sel.Outputs, func(o *ast.OutputAttr) bool { return c.canFail(o.Expr) })
	for _, o := range sel.Outputs {
		c.aggregates(o.Expr, in.scope.at("the argument of an aggregator"), &sc, &out.Aggregates, own)
	}
	sound := true
	for _, o := range sel.Outputs {
		e := sc.expr(o.Expr)
		if out.Out.Index(o.Name()) >= 0 {
			c.fail(o, "two output attributes are called '"+o.Name()+"'", "give one of them another name with as")
			sound = false
			continue
		}
		out.add(o.Name(), e)
	}
	return sound
}

// aggregates resolves the aggregator calls of an expression; their results are
// columns behind those of sc. Equal calls share one result. But as in Siddhi an
// operand of and, or or ifThenElse that does not matter for a row is not evaluated,
// and an aggregator in it does not see the row: such a call has a state of its own. With own all have:
// an item that fails keeps the row from those to its right.
func (c *checker) aggregates(e ast.Expr, arguments *scope, sc *scope, to *[]*Aggregate, own bool) {
	skipped := skippedCalls(e)
	ast.Walk(e, func(n ast.Node) bool {
		call, ok := n.(*ast.Call)
		if !ok || !c.isAggregator(call) {
			_, in := n.(*ast.In)
			return !in || !sc.output
		}
		apart := own || skipped[call]
		if apart || sc.shared(call) == nil {
			a := c.aggregateCall(call, arguments, sc.width, to)
			a.apart = apart
			sc.aggregates = append(sc.aggregates, a)
			sc.width++
		}
		return false
	})
}

// canFail says whether an expression calls a function that can fail for a row.
func (c *checker) canFail(e ast.Expr) bool {
	fails := false
	ast.Exprs(e, func(e ast.Expr) {
		if call, ok := e.(*ast.Call); ok {
			fn := c.reg.Find(extension.Function, call.Namespace, call.Name)
			fails = fails || fn != nil && fn.Fails != nil
		}
	})
	return fails
}

// skippedCalls returns the calls that are not evaluated for every row.
func skippedCalls(e ast.Expr) map[*ast.Call]bool {
	skipped := map[*ast.Call]bool{}
	skip := func(all ...ast.Expr) {
		for _, e := range all {
			ast.Exprs(e, func(e ast.Expr) {
				if call, ok := e.(*ast.Call); ok {
					skipped[call] = true
				}
			})
		}
	}
	ast.Exprs(e, func(e ast.Expr) {
		switch e := e.(type) {
		case *ast.Binary:
			if e.Op.IsLogical() {
				skip(e.R)
			}
		case *ast.Call:
			if e.FullName() == "ifThenElse" && len(e.Args) > 1 {
				skip(e.Args[1:]...)
			}
		}
	})
	return skipped
}

func (c *checker) aggregateCall(call *ast.Call, arguments *scope, index int, to *[]*Aggregate) *aggregator {
	fn := c.reg.Find(extension.Aggregator, call.Namespace, call.Name)
	args, ok := arguments.arguments(call, fn)
	var t schema.Type
	if ok {
		t, ok = arguments.result(call, fn, args)
	}
	*to = append(*to, &Aggregate{Span: call.Span, Fn: fn, Args: args, T: t})
	return &aggregator{call: call, column: &Column{Span: call.Span, Index: index, Name: ast.Print(call), T: t}, faulty: !ok}
}

// having sees the output and, with several inputs, behind it the inputs.
func (c *checker) having(cond ast.Expr, in *source, out *Select) Expr {
	sc := &scope{c: c, width: len(out.Items) + in.scope.width, place: "having"}
	sc.origins = []origin{{attrs: out.Out, label: "the output"}}
	if in.many {
		for _, o := range in.scope.origins {
			o = o.moved(len(out.Items))
			o.rank = 1
			sc.origins = append(sc.origins, o)
		}
	}
	sc.output = true
	c.aggregates(cond, sc.at("the argument of an aggregator"), sc, &out.HavingAggregates, false)
	return sc.condition(cond, "having")
}

// orderBy sees the output and, with several inputs, behind it the inputs, whose
// attributes become items that are not put out.
func (c *checker) orderBy(sel *ast.Select, in *source, out *Select) {
	for _, o := range sel.OrderBy {
		i := out.Out.Index(o.Attr.Name)
		if o.Attr.Stream != "" {
			i = -1
		}
		switch {
		case i >= 0:
			out.OrderBy = append(out.OrderBy, Order{Column: i, Desc: o.Desc})
		case in.many:
			column := in.scope.at("order by").column(o.Attr)
			out.OrderBy = append(out.OrderBy, Order{Column: len(out.Items), Desc: o.Desc})
			out.Items = append(out.Items, Item{o.Attr.Name, column})
		case o.Attr.Stream != "":
			c.fail(o.Attr, "order by takes attributes of the output", "write "+o.Attr.Name+" and select it")
		default:
			c.unknown(o.Attr, "the output has no attribute '"+o.Attr.Name+"' to order by", "select it; "+has(out.Out), o.Attr.Name, names(out.Out))
		}
	}
}

// rowCount is the value of limit or offset.
func (c *checker) rowCount(n *ast.Const, clause string, missing int64) int64 {
	switch {
	case n == nil:
		return missing
	case n.Type != schema.Int && n.Type != schema.Long:
		c.fail(n, clause+" takes an int or a long, got "+article(n.Type), "")
	case n.Int < 0:
		c.fail(n, clause+" cannot be negative", "")
	}
	return n.Int
}

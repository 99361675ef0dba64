package check

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// aggregation returns what a side of a join reads, if that is an aggregation.
func (c *checker) aggregation(side *ast.StreamInput) *Aggregation {
	if side.ID.Inner || side.ID.Fault {
		return nil
	}
	return c.aggregated[side.ID.Name]
}

// joinAggregation resolves the join of a stream with an aggregation.
func (c *checker) joinAggregation(in *ast.JoinInput, a *Aggregation, p *Partition) *source {
	if c.aggregation(in.Left) != nil || c.joinTable(in.Left) != nil {
		if c.aggregation(in.Right) != nil || c.joinTable(in.Right) != nil || c.joinTable(in.Left) != nil {
			c.fail(in, "a join needs a stream on one side, '"+in.Left.Name()+"' and '"+in.Right.Name()+"' are none", "")
			return nil
		}
		c.fail(in.Left, "an aggregation stands on the right of a join", "write from "+in.Right.Name()+" join "+in.Left.Name()+" on ...")
		return nil
	}
	if in.Within == nil || in.Per == nil {
		c.fail(in, "a join with an aggregation says of which time and granularity it reads", "write within '2026-**-** **:**:**' per 'days' behind on")
		return nil
	}
	read := &AggregationRead{Of: a}
	j := &JoinInput{}
	j.Right.Aggregation = read
	if !c.joinSide(in, in.Left, &j.Left, ast.LeftSide, p) {
		return nil
	}
	c.triggers(in, j, p)
	width := len(j.Left.Attrs())
	j.Right.Offset = width
	asks := &scope{c: c, origins: []origin{{id: inputID(in.Left), attrs: j.Left.Attrs()}}, width: width}
	c.readAggregation(read, in.Within, in.Per, asks)
	found := origin{id: inputID(in.Right), attrs: a.Out, offset: width}
	c.sameName(in, &found)
	limits := origin{attrs: bounds, offset: width + len(a.Out), label: "within"}
	sc := &scope{c: c, origins: []origin{asks.origins[0], limits, found}, width: width + len(read.Attrs()), place: "the select clause"}
	if in.On != nil {
		j.On = sc.at("the on condition").condition(in.On, "an on condition")
	}
	j.On = c.tableFilters(in.Right, found, j.On)
	behind := sc.at(sc.place)
	behind.origins = slices.Clone(sc.origins)
	if j.Left.Outer {
		j.Right.Missing = behind.width
		behind.origins[2].missing = behind.width
		behind.width++
	}
	return &source{input: j, scope: behind, star: sc.origins, many: true}
}

// askAggregation resolves the within and per of an on-demand query.
func (c *checker) askAggregation(in *ast.OnDemandInput, a *Aggregation) *AggregationRead {
	if in.Within == nil || in.Per == nil {
		c.fail(start(in), "a query of an aggregation says of which time and granularity it reads", "write from "+a.Name+" within '2026-**-** **:**:**' per 'days'")
		return nil
	}
	read := &AggregationRead{Of: a}
	c.readAggregation(read, in.Within, in.Per, &scope{c: c})
	return read
}

// has says whether there is an attribute of that name.
func (s *scope) has(name string) bool {
	return slices.ContainsFunc(s.origins, func(o origin) bool { return o.attrs.Index(name) >= 0 })
}

// readAggregation resolves within and per; asks is what the row that asks can say.
func (c *checker) readAggregation(read *AggregationRead, within *ast.WithinRange, per ast.Expr, asks *scope) {
	asks = asks.at("within")
	read.Start = asks.expr(within.Start)
	if within.End == nil {
		if t := read.Start.Type(); t != schema.String && t != schema.Invalid {
			c.fail(within.Start, "within takes a pattern such as '2026-01-** **:**:**', or two times, this is "+article(t), "")
		}
	} else {
		read.End = asks.expr(within.End)
		for _, e := range []Expr{read.Start, read.End} {
			if t := e.Type(); t != schema.String && t != schema.Long && t != schema.Invalid {
				c.fail(e, "a time of within is a long, in milliseconds, or a string, this is "+article(t), "")
			}
		}
	}
	if word, ok := per.(*ast.Attr); ok && word.Stream == "" && !asks.has(word.Name) {
		if _, ok := Granularity(word.Name); ok {
			c.fail(per, "per takes a text", "write per '"+word.Name+"'")
			return
		}
	}
	read.Per = asks.at("per").expr(per)
	if t := read.Per.Type(); t != schema.String && t != schema.Invalid {
		c.fail(per, "per takes a string such as 'days', this is "+article(t), "")
	}
	if word, ok := read.Per.(*Const); ok && word.Const.Type == schema.String {
		if _, ok := Granularity(word.Text); !ok {
			c.fail(per, "'"+word.Text+"' is not a granularity", "write 'sec', 'min', 'hours', 'days', 'months' or 'years'")
		}
	}
}

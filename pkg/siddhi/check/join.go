package check

import (
	"slices"

	"millrace/pkg/siddhi/ast"
)

// join resolves the join of two streams, or of a stream with a table; a named
// window can stand where a stream does.
func (c *checker) join(in *ast.JoinInput, p *Partition) *source {
	for _, side := range []*ast.StreamInput{in.Right, in.Left} {
		if a := c.aggregation(side); a != nil {
			return c.joinAggregation(in, a, p)
		}
	}
	if in.Within != nil || in.Per != nil {
		c.fail(start(in), "within and per belong to aggregations, neither '"+in.Left.ID.String()+"' nor '"+in.Right.ID.String()+"' is one", "remove them")
		return nil
	}
	lt, rt := c.joinTable(in.Left), c.joinTable(in.Right)
	if lt != nil && rt != nil {
		c.fail(in, "a join needs a stream on one side, '"+lt.Name+"' and '"+rt.Name+"' are tables", "")
		return nil
	}
	j := &JoinInput{}
	left := c.joinSide(in, in.Left, &j.Left, ast.LeftSide, p)
	right := c.joinSide(in, in.Right, &j.Right, ast.RightSide, p)
	if !left || !right {
		return nil
	}
	c.triggers(in, j, p)
	if !c.sideSearched(in.Left, &j.Left, j.Right.Triggers) || !c.sideSearched(in.Right, &j.Right, j.Left.Triggers) {
		return nil
	}
	// What triggers a join with a table stands first among the columns.
	if lt != nil {
		j.Left.Offset = len(j.Right.Attrs())
	} else {
		j.Right.Offset = len(j.Left.Attrs())
	}
	width := len(j.Left.Attrs()) + len(j.Right.Attrs())
	j.Left.Time, j.Right.Time = width, width+1
	if lt != nil {
		j.Left.Time, j.Right.Time = width+1, width
	}
	origins := []origin{
		{id: inputID(in.Left), attrs: j.Left.Attrs(), offset: j.Left.Offset, time: j.Left.Time},
		{id: inputID(in.Right), attrs: j.Right.Attrs(), offset: j.Right.Offset, time: j.Right.Time},
	}
	c.sameName(in, &origins[1])
	sc := &scope{c: c, origins: origins, width: width + 2, place: "the select clause"}
	// What is looked up is compared with a row that is there: only what leaves
	// can be without one.
	if in.On != nil {
		on := sc.at("the on condition")
		on.stamp = noTime()
		on.origins = onOrigins(in, j, origins)
		table, first := j.searchedTable()
		j.On = on.asked(in.On, "an on condition", table, first)
	}
	j.On = c.searchFilters(in.Left, &j.Left, origins[0], j.On)
	j.On = c.searchFilters(in.Right, &j.Right, origins[1], j.On)
	behind := sc.at(sc.place)
	behind.origins = slices.Clone(origins)
	for i, side := range j.Sides() {
		if j.Other(side).Outer {
			side.Missing = behind.width
			behind.origins[i].missing = behind.width
			behind.width++
		}
	}
	return &source{input: j, scope: behind, star: origins, many: true}
}

// sameName hides the right side of a join from references if the left one has its name, as in Siddhi.
func (c *checker) sameName(in *ast.JoinInput, right *origin) {
	if inputID(in.Left).Same(inputID(in.Right)) {
		c.warn(in, "both sides of the join are called '"+in.Left.Name()+"'; as in Siddhi, that means the left one", "give one of them another alias with as")
		right.id, right.label = ast.StreamID{}, "the right side"
	}
}

// searchedTable returns the table that a join looks into, if it does, and the first of its columns.
func (j *JoinInput) searchedTable() (*Table, int) {
	for _, side := range j.Sides() {
		if side.Table != nil {
			return side.Table, side.Offset
		}
	}
	return nil, 0
}

// searchFilters returns a join's condition with the filters behind a table or a
// named window, which hold for the rows that are looked up there, too.
func (c *checker) searchFilters(side *ast.StreamInput, resolved *JoinSide, from origin, on Expr) Expr {
	switch {
	case resolved.Table != nil:
		return c.tableFilters(side, from, on)
	case resolved.Input.Stream.Window == nil:
		return on
	}
	from.id = side.ID
	if len(resolved.Input.Before) == len(side.Handlers) { // else there is a mistake in them
		on = c.tableFilters(side, from, on)
	}
	return on
}

// triggers settles which sides trigger where named windows do less than streams,
// as in Siddhi: one joined with itself triggers on the left, and inside of a
// partition they are only searched. It warns of a join in which no side is left.
func (c *checker) triggers(in *ast.JoinInput, j *JoinInput, p *Partition) {
	for _, side := range j.Sides() {
		if side.Input != nil && side.Input.Stream.Window != nil && (p != nil || j.Self() && side == &j.Right) {
			side.Triggers = false
		}
	}
	if j.Left.Triggers || j.Right.Triggers {
		return
	}
	var why string
	switch {
	case j.Left.Input == nil || j.Right.Input == nil:
		why = "what is only searched triggers no joins"
	case p != nil:
		why = "inside of a partition a named window does not trigger joins"
	default:
		why = "a window joined with itself triggers on the left"
	}
	c.warn(in, "no side triggers this join, so, as in Siddhi, it never gives a row: "+why, "remove unidirectional, or join another stream")
}

// sideSearched refuses a search in a named window that cannot be searched.
func (c *checker) sideSearched(at *ast.StreamInput, side *JoinSide, searched bool) bool {
	return !searched || side.Input == nil || side.Input.Stream.Window == nil || c.searched(at, side.Input.Stream.Window)
}

func (c *checker) joinTable(side *ast.StreamInput) *Table {
	if side.ID.Inner || side.ID.Fault {
		return nil
	}
	return c.tables[side.ID.Name]
}

// joinSide resolves one side; it reports whether what it reads is known.
func (c *checker) joinSide(in *ast.JoinInput, side *ast.StreamInput, to *JoinSide, which ast.JoinSide, p *Partition) bool {
	if to.Table = c.joinTable(side); to.Table != nil {
		return true
	}
	s := c.inputStream(side.ID, p, c.tableNames()...)
	if s == nil {
		return false
	}
	to.Input = c.handlers(side, s, c.streamScope(s, "a filter"))
	to.Triggers = in.Unidirectional == ast.BothSides || in.Unidirectional == which
	outer := ast.LeftOuterJoin
	if which == ast.RightSide {
		outer = ast.RightOuterJoin
	}
	to.Outer = in.Kind == ast.FullOuterJoin || in.Kind == outer
	return true
}

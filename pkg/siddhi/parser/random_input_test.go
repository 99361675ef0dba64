package parser

import "millrace/pkg/siddhi/ast"

func (g *grower) streamID() ast.StreamID {
	id := ast.StreamID{Name: g.name()}
	switch g.IntN(5) {
	case 0:
		id.Inner = true
	case 1:
		id.Fault = true
	}
	return id
}

func (g *grower) input() ast.Input {
	switch g.IntN(5) {
	case 0:
		return g.join()
	case 1, 2:
		return g.pattern()
	case 3:
		if g.chance(30) {
			q := g.query()
			q.Annotations = nil
			q.Output = &ast.Return{Events: g.events()}
			return &ast.AnonymousInput{Query: q}
		}
	}
	in := &ast.StreamInput{ID: g.streamID(), Handlers: maybe(g, g.handlers)}
	if g.chance(50) {
		in.Handlers = append(in.Handlers, &ast.WindowHandler{Call: g.call(2)})
		in.Handlers = append(in.Handlers, maybe(g, g.handlers)...)
	}
	return in
}

// handlers are those that may stand everywhere: no windows.
func (g *grower) handlers() []ast.Handler {
	return many(g, 2, func() ast.Handler {
		if g.chance(50) {
			return &ast.StreamFunction{Call: g.call(2)}
		}
		return &ast.Filter{Cond: g.expr(3)}
	})
}

func (g *grower) join() *ast.JoinInput {
	side := func() *ast.StreamInput {
		in := &ast.StreamInput{ID: g.streamID(), Handlers: maybe(g, g.handlers), Alias: maybe(g, g.name)}
		if g.chance(50) {
			in.Handlers = append(in.Handlers, &ast.WindowHandler{Call: g.call(1)})
		}
		return in
	}
	j := &ast.JoinInput{Left: side(), Right: side(), Kind: ast.JoinKind(g.IntN(4)), Unidirectional: ast.JoinSide(g.IntN(3))}
	j.On = maybe(g, func() ast.Expr { return g.expr(3) })
	if g.chance(30) {
		j.Within = &ast.WithinRange{Start: g.expr(2), End: maybe(g, func() ast.Expr { return g.expr(2) })}
		j.Per = g.expr(2)
	}
	return j
}

func (g *grower) pattern() *ast.PatternInput {
	in := &ast.PatternInput{Kind: ast.PatternKind(g.IntN(2)), Within: maybe(g, g.time)}
	if in.Kind == ast.Sequence {
		states := many(g, 3, func() ast.State { return g.single(ast.Sequence) })
		states = append(states, g.single(ast.Sequence))
		if g.chance(50) {
			states[0] = &ast.Every{State: states[0]}
		}
		in.State = &ast.Next{States: states}
		return in
	}
	in.State = g.patternState(2)
	if s, ok := in.State.(*ast.StreamState); ok { // alone it would be no pattern
		in.State = &ast.Every{State: s}
	}
	return in
}

func (g *grower) patternState(depth int) ast.State {
	switch {
	case depth > 0 && g.chance(50):
		states := many(g, 3, func() ast.State { return g.patternState(depth - 1) })
		return &ast.Next{States: append(states, g.patternState(depth-1))}
	case g.chance(30):
		if g.chance(50) {
			return &ast.Every{State: &ast.Next{States: []ast.State{g.single(ast.Pattern), g.single(ast.Pattern)}}}
		}
		return &ast.Every{State: g.single(ast.Pattern)}
	}
	return g.single(ast.Pattern)
}

func (g *grower) single(kind ast.PatternKind) ast.State {
	switch g.IntN(4) {
	case 0:
		c := &ast.Count{State: g.streamState(), Min: g.IntN(3), Max: ast.Unbounded}
		if g.chance(60) {
			c.Max = c.Min + g.IntN(3)
		}
		if kind == ast.Sequence && g.chance(50) {
			c.Min, c.Max = 0, 1
		}
		return c
	case 1:
		l := &ast.Logical{Op: ast.And, Left: g.streamState(), Right: g.streamState()}
		if g.chance(40) {
			l.Left = &ast.Absent{State: g.absentStream(), For: maybe(g, g.time)}
		} else if g.chance(50) {
			l.Op = ast.Or
		}
		return l
	case 2:
		return &ast.Absent{State: g.absentStream(), For: g.time()}
	}
	return g.streamState()
}

func (g *grower) streamState() *ast.StreamState {
	return &ast.StreamState{Ref: maybe(g, g.name), ID: g.streamID(), Handlers: maybe(g, g.handlers)}
}

func (g *grower) absentStream() *ast.StreamState {
	return &ast.StreamState{ID: g.streamID(), Handlers: maybe(g, g.handlers)}
}

func (g *grower) time() *ast.Const { return ast.TimeConst(g.Int64N(100_000_000)) }

func (g *grower) constant() *ast.Const {
	switch g.IntN(7) {
	case 0:
		return ast.StringConst(g.text())
	case 1:
		return ast.LongConst(g.Int64() - g.Int64())
	case 2:
		return ast.FloatConst(float32(g.NormFloat64() * 1e9))
	case 3:
		return ast.DoubleConst(g.NormFloat64() / 1e12)
	case 4:
		return ast.BoolConst(g.chance(50))
	case 5:
		return g.time()
	}
	return ast.IntConst(int32(g.Uint32()))
}

func (g *grower) attrs() []*ast.Attr { return many(g, 3, g.attr) }

func (g *grower) index() *ast.Index {
	return &ast.Index{Last: g.chance(50), Offset: g.IntN(3)}
}

func (g *grower) attr() *ast.Attr {
	if g.chance(50) {
		return ast.Ref("", g.name())
	}
	id := g.streamID()
	a := &ast.Attr{Stream: id.Name, Inner: id.Inner, Fault: id.Fault, Index: maybe(g, g.index), Name: g.name()}
	if g.chance(20) {
		a.Function, a.FunctionIndex = g.name(), maybe(g, g.index)
	}
	return a
}

func (g *grower) call(depth int) *ast.Call {
	c := &ast.Call{Namespace: maybe(g, g.name), Name: g.name(), Star: g.chance(10)}
	if !c.Star && g.chance(80) {
		c.Args = many(g, 3, func() ast.Expr { return g.expr(depth - 1) })
	}
	return c
}

func (g *grower) expr(depth int) ast.Expr {
	if depth <= 0 {
		if g.chance(50) {
			return g.attr()
		}
		return g.constant()
	}
	switch g.IntN(8) {
	case 0:
		return &ast.Not{X: g.expr(depth - 1)}
	case 1:
		return &ast.In{X: g.expr(depth - 1), Table: g.name()}
	case 2:
		return g.call(depth)
	case 3:
		return &ast.IsNull{X: []ast.Expr{g.attr(), g.call(1), &ast.StreamRef{ID: g.streamID(), Index: g.index()}}[g.IntN(3)]}
	}
	return &ast.Binary{Op: ast.Op(g.IntN(13)), L: g.expr(depth - 1), R: g.expr(depth - 1)}
}

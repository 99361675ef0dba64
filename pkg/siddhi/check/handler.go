package check

import (
	"slices"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// handlers resolves the filters, stream functions and the window of one stream.
// What stream functions add becomes part of the scope's one origin.
func (c *checker) handlers(in *ast.StreamInput, s *Stream, sc *scope) *SingleInput {
	single := &SingleInput{Stream: s, Attrs: s.Attrs}
	list := &single.Before
	for _, h := range in.Handlers {
		switch h := h.(type) {
		case *ast.Filter:
			if single.Window == nil && !s.expires() && sc.place != aggregationFilter && c.aggregating(h.Cond) {
				*list = append(*list, c.aggregateFilter(h, sc))
				continue
			}
			cond := sc.at("a filter").condition(h.Cond, "a filter")
			*list = append(*list, &Filter{cond})
		case *ast.WindowHandler:
			if s.Window != nil {
				c.fail(h, "'"+s.Name+"' is a window already", "leave out #window, or read the stream that is inserted into "+s.Name)
			}
			named := *sc
			named.alias = in.Alias
			single.Window = c.window(h, &named)
			list = &single.After
		case *ast.StreamFunction:
			f := c.streamFunction(h, sc)
			if f == nil {
				continue
			}
			*list = append(*list, f)
			single.Attrs = slices.Concat(single.Attrs, f.Adds)
			sc.origins[0].attrs = single.Attrs
			sc.width = len(single.Attrs)
		}
	}
	return single
}

// streamFunction resolves a call behind #; stream processors come first, as in Siddhi.
func (c *checker) streamFunction(h *ast.StreamFunction, s *scope) *StreamFunction {
	fn := c.findHandler(h)
	if fn == nil {
		return nil
	}
	args, ok := s.at("a stream function's arguments").arguments(h.Call, fn)
	if !ok {
		return nil
	}
	f := &StreamFunction{Span: h.Span, Fn: fn, Args: args, Width: s.width}
	if fn.Adds == nil {
		return f
	}
	adds, err := fn.Adds(Describe(args))
	if err != nil {
		c.fail(h, of(fn, err), "")
		return nil
	}
	for i, a := range adds {
		if s.origins[0].attrs.Index(a.Name) >= 0 || adds[:i].Index(a.Name) >= 0 {
			c.fail(h, "#"+fn.FullName()+"() adds an attribute '"+a.Name+"', but there is one of that name",
				"rename yours in an earlier query: select "+a.Name+" as ...")
			return nil
		}
	}
	f.Adds = adds
	return f
}

// findHandler returns the stream processor or stream function of that name, or nil after reporting.
func (c *checker) findHandler(h *ast.StreamFunction) *extension.Declaration {
	for _, kind := range []extension.Kind{extension.StreamProcessor, extension.StreamFunction} {
		if fn := c.reg.Find(kind, h.Call.Namespace, h.Call.Name); fn != nil {
			return fn
		}
	}
	name := h.Call.FullName()
	if c.reg.Find(extension.Window, h.Call.Namespace, h.Call.Name) != nil {
		c.fail(h, "'"+name+"' is a window", "write #window."+name+"(...)")
		return nil
	}
	if c.reg.Find(extension.Function, h.Call.Namespace, h.Call.Name) != nil {
		c.fail(h, "'"+name+"' is a function of values, not of streams", "call it in a select clause or a filter")
		return nil
	}
	exist := append(fullNames(c.reg.All(extension.StreamFunction)), fullNames(c.reg.All(extension.StreamProcessor))...)
	c.unknown(h, "there is no stream function #"+name+"()", "", name, exist)
	return nil
}

// defaults adds what a call leaves out of the overload that it matches.
func defaults(e *ast.Call, overload []extension.Param, args []Expr) []Expr {
	for i := len(args); i < len(overload) && overload[i].Default != nil; i++ {
		args = append(args, constant(e.Span, overload[i].Default))
	}
	return args
}

// constant is a literal with the value of a declaration's default.
func constant(span ast.Span, value any) *Const {
	c := &ast.Const{Span: span}
	switch v := value.(type) {
	case string:
		c.Type, c.Text = schema.String, v
	case bool:
		c.Type, c.Bool = schema.Bool, v
	case int32:
		c.Type, c.Int = schema.Int, int64(v)
	case int64:
		c.Type, c.Int = schema.Long, v
	case float64:
		c.Type, c.Float = schema.Double, v
	}
	return &Const{c}
}

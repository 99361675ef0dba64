package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// source is a resolved input with what the select clause can read of it.
type source struct {
	input Input
	scope *scope
	star  []origin // in text order
	many  bool     // several inputs: having can read them
	// limited is set where a rate limiter follows, which wants the values of group by.
	limited bool
}

func (s *source) attrs() schema.Attributes {
	all := make(schema.Attributes, s.scope.width)
	for _, o := range s.scope.origins {
		copy(all[o.offset:], o.attrs)
		if o.time > 0 {
			all[o.time].Type = schema.Long
		}
		if o.missing > 0 {
			all[o.missing].Type = schema.Bool
		}
	}
	return all
}

// input resolves what a query reads; it returns nil after a mistake that leaves the input unknown.
func (c *checker) input(in ast.Input, p *Partition) *source {
	switch in := in.(type) {
	case *ast.StreamInput:
		s := c.inputStream(in.ID, p)
		if s == nil {
			return nil
		}
		sc := c.streamScope(s, "the select clause")
		return &source{input: c.handlers(in, s, sc), scope: sc, star: sc.origins}
	case *ast.JoinInput:
		return c.join(in, p)
	case *ast.PatternInput:
		return c.pattern(in, p)
	}
	c.unsupported(start(in), "a query as the input of another is", "give the inner query a stream to insert into and read that")
	return nil
}

// inputStream returns the stream of that name, or nil after reporting why there
// is none; also has other names that would fit there.
func (c *checker) inputStream(id ast.StreamID, p *Partition, also ...string) *Stream {
	if id.Fault {
		return c.faultStream(id)
	}
	if id.Inner && p == nil && c.streams[id.String()] == nil {
		c.fail(id, "the inner stream "+id.String()+" exists only inside a partition", "remove the # or move the query into the partition")
		return nil
	}
	if s := c.find(id, p); s != nil {
		return s
	}
	if c.broken[streamKey(id, p)] {
		return nil
	}
	if !id.Inner {
		if c.tables[id.Name] != nil {
			c.fail(id, "'"+id.Name+"' is a table, not a stream", "join a stream with it: from SomeStream join "+id.Name+" on ...")
			return nil
		}
		if c.aggregated[id.Name] != nil {
			c.fail(id, "'"+id.Name+"' is an aggregation, not a stream", "join a stream with it: from SomeStream join "+id.Name+" on ... within ... per ...")
			return nil
		}
		if c.others[id.Name] != nil {
			return nil // its definition is refused already
		}
	}
	if later := c.laterWriter(id, p); later != nil {
		c.fail(id, "stream '"+id.String()+"' is not defined yet here", "the query at "+later.Position().Start.String()+
			" makes it: move that query before this one, or define the stream")
		return nil
	}
	hint := "define it, or insert into it in an earlier query"
	if id.Inner {
		hint = "insert into it in an earlier query of this partition; other partitions do not see it"
	}
	c.unknown(id, "stream '"+id.String()+"' is not defined", hint, id.String(), append(c.streamNames(p), also...))
	return nil
}

// faultStream returns the fault stream of that name, or nil after reporting why there is none.
func (c *checker) faultStream(id ast.StreamID) *Stream {
	if s := c.streams[id.String()]; s != nil {
		return s
	}
	of := c.streams[id.Name]
	switch {
	case of == nil && c.broken[id.Name]:
	case of == nil:
		c.unknown(id, "stream '"+id.String()+"' is not defined", "define stream "+id.Name+" with @OnError(action='stream') before it", id.Name, c.streamNames(nil))
	case of.Def == nil:
		c.fail(id, "stream "+id.Name+" has no fault stream", "define it, with @OnError(action='stream') before the definition")
	default:
		c.fail(id, "stream "+id.Name+" has no fault stream", "write @OnError(action='stream') before its definition at "+of.Def.Position().Start.String())
	}
	return nil
}

func (c *checker) find(id ast.StreamID, p *Partition) *Stream {
	if !id.Inner || p == nil {
		return c.streams[id.String()]
	}
	for _, s := range p.Inner {
		if s.Name == id.Name {
			return s
		}
	}
	return nil
}

func streamKey(id ast.StreamID, p *Partition) string {
	if id.Inner && p != nil {
		return p.Name + id.String()
	}
	return id.Name
}

func (c *checker) streamNames(p *Partition) []string {
	var all []string
	for _, s := range c.out.Streams {
		all = append(all, s.Name)
	}
	if p != nil {
		for _, s := range p.Inner {
			all = append(all, "#"+s.Name)
		}
	}
	return all
}

func (c *checker) tableNames() []string {
	var all []string
	for _, t := range c.out.Tables {
		all = append(all, t.Name)
	}
	return all
}

// laterWriter returns a query that would make the stream: for an inner one, a query of the partition.
func (c *checker) laterWriter(id ast.StreamID, p *Partition) *ast.Query {
	queries := c.app.Queries()
	if id.Inner {
		queries = p.AST.Queries
	}
	for _, q := range queries {
		if in, ok := q.Output.(*ast.Insert); ok && in.Target.Same(id) {
			return q
		}
	}
	return nil
}

// inputID is what expressions call an input: its alias, else its name.
func inputID(in *ast.StreamInput) ast.StreamID {
	if in.Alias != "" {
		return ast.StreamID{Name: in.Alias}
	}
	return in.ID
}

package check

import (
	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// query resolves one query and what it makes: its target stream, if nothing defined that.
func (c *checker) query(q *ast.Query, p *Partition) {
	before := len(c.errs)
	name, named := c.queryName(q, p)
	c.known(q.Annotations, "info", "dist")
	c.info(q.Annotations, "query")
	c.only(q.Annotations, "synchronized", "the query")
	rate := c.rate(q)
	in := c.input(q.From, p)
	if in == nil {
		c.abandon(q, p)
		return
	}
	in.limited = rate != nil
	sel, sound := c.selection(q.Select, in)
	if !sound {
		c.abandon(q, p)
		return
	}
	resolved := &Query{Name: name, Named: named, AST: q, Partition: p, Input: in.input, Select: sel, Rate: rate}
	resolved.Output = c.output(q.Output, sel.Out, p)
	if len(c.errs) == before {
		c.out.Queries = append(c.out.Queries, resolved)
		c.warnings(resolved)
	}
}

// abandon checks what is left of a query whose output is unknown.
func (c *checker) abandon(q *ast.Query, p *Partition) {
	switch o := q.Output.(type) {
	case *ast.Insert:
		c.broken[streamKey(o.Target, p)] = true
	case *ast.Return:
		c.refuseReturn(o)
	default:
		id, _ := ast.OutputTarget(o)
		c.targetTable(id)
	}
}

// partition resolves a partition with its queries.
func (c *checker) partition(a *ast.Partition) {
	p := &Partition{Name: c.partitionName(a), AST: a}
	c.known(a.Annotations, "info", "dist", "purge")
	c.info(a.Annotations, "partition")
	p.Purge = c.purge(c.only(a.Annotations, "purge", "the partition"))
	if len(a.With) == 0 {
		c.fail(start(a), "the partition has no key", "write partition with (attribute of Stream)")
	}
	for _, k := range a.With {
		c.partitionKey(k, p)
	}
	c.out.Partitions = append(c.out.Partitions, p)
	for _, q := range a.Queries {
		c.query(q, p)
	}
}

func (c *checker) partitionKey(k *ast.PartitionKey, p *Partition) {
	s := c.inputStream(ast.StreamID{Span: k.Span, Name: k.Stream}, nil)
	if s == nil {
		return
	}
	for _, other := range p.Keys {
		if other.Stream == s {
			c.fail(k, "stream "+s.Name+" has two keys in this partition", "remove one")
			return
		}
	}
	key := PartitionKey{Stream: s}
	if len(k.Ranges) > 0 {
		key.Ranges = c.ranges(k, s)
	} else if key.Value = c.streamScope(s, "a partition's key").expr(k.Value); key.Value.Type() == schema.Invalid {
		return
	}
	if len(p.Keys) > 0 && p.Keys[0].Type() != key.Type() {
		first := p.Keys[0]
		c.warn(k, "the keys of a partition have several types: "+first.Stream.Name+" has "+article(first.Type())+", "+s.Name+" "+article(key.Type())+
			"; as in Siddhi, they are compared as texts", "convert them to one type")
		for i := range p.Keys {
			c.textKey(&p.Keys[i])
		}
		c.textKey(&key)
	}
	p.Keys = append(p.Keys, key)
}

// textKey makes the text of a key its value.
func (c *checker) textKey(key *PartitionKey) {
	if key.Type() == schema.String {
		return
	}
	if text := c.retyped("convert", key.Value, schema.String); text != nil {
		key.Value = text
	}
}

func (c *checker) ranges(k *ast.PartitionKey, s *Stream) []Range {
	var all []Range
	for _, r := range k.Ranges {
		all = append(all, Range{Label: r.Label, Cond: c.streamScope(s, "a partition's range").condition(r.Cond, "a partition's range")})
	}
	return all
}

package check

import (
	"slices"
	"strconv"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// output resolves where the rows of a query, with attributes out, go.
func (c *checker) output(o ast.Output, out schema.Attributes, p *Partition) Output {
	switch o := o.(type) {
	case *ast.Insert:
		return c.insert(o, out, p)
	case *ast.Delete:
		return c.write(Delete, o.Table, o.Events, o, nil, o.On, out)
	case *ast.Update:
		return c.write(Update, o.Table, o.Events, o, o.Set, o.On, out)
	case *ast.UpdateOrInsert:
		return c.write(UpdateOrInsert, o.Table, o.Events, o, o.Set, o.On, out)
	case *ast.Return:
		c.refuseReturn(o)
	}
	return nil
}

func (c *checker) refuseReturn(o *ast.Return) {
	c.fail(o, "a query cannot end in return", "insert into a stream: callbacks of the query see its rows all the same")
}

func (c *checker) insert(o *ast.Insert, out schema.Attributes, p *Partition) Output {
	id := o.Target
	switch {
	case id.Fault:
		c.warn(o, "rows cannot be inserted into the fault stream "+id.String()+"; as in Siddhi, they go into "+id.Name+" itself", "write insert into "+ast.QuoteName(id.Name))
		id.Fault = false
	case id.Inner && p == nil:
		c.warn(o, "outside of a partition, "+id.String()+" is, as in Siddhi, a stream that only queries outside of partitions can read", "remove the # or move the query into the partition")
	}
	if t := c.tables[id.Name]; t != nil && !id.Inner {
		c.sameSignature(o, "table "+t.Name, t.Attrs, out)
		return &Insert{Events: o.Events, Table: t}
	}
	if s := c.find(id, p); s != nil {
		if s.Window != nil {
			c.sameSignature(o, "window "+id.String(), s.Attrs, out)
			return &Insert{Events: o.Events, Stream: s.Window.In}
		}
		c.sameSignature(o, "stream "+id.String(), s.Attrs, out)
		return &Insert{Events: o.Events, Stream: s}
	}
	if c.others[id.Name] != nil && !id.Inner {
		return nil // its definition is refused already
	}
	return &Insert{Events: o.Events, Stream: c.infer(id, out, p)}
}

// infer makes the stream that a query is the first to insert into.
func (c *checker) infer(id ast.StreamID, out schema.Attributes, p *Partition) *Stream {
	s := &Stream{Name: id.Name, Attrs: out}
	switch {
	case id.Inner && p != nil:
		s.Partition = p
		p.Inner = append(p.Inner, s)
		return s
	case id.Inner:
		s.Name = id.String()
	}
	c.streams[s.Name] = s
	c.out.Streams = append(c.out.Streams, s)
	return s
}

// sameSignature reports rows that do not have exactly the target's attributes, by the first difference.
func (c *checker) sameSignature(at ast.Node, target string, want, out schema.Attributes) {
	if agree(want, out) {
		return
	}
	difference := "it has " + strconv.Itoa(len(want)) + " attributes, the query gives " + strconv.Itoa(len(out))
	if len(want) == len(out) {
		for i := range want {
			if !agree(want[i:i+1], out[i:i+1]) {
				difference = "attribute " + strconv.Itoa(i+1) + " is " + want[i].Name + " " + want[i].Type.String() +
					", the query gives " + out[i].Name + " " + out[i].Type.String()
				break
			}
		}
	}
	c.fail(at, target+" takes other rows than the query gives: "+difference, "it takes ("+want.String()+"), the query gives ("+out.String()+")")
}

// agree is Equal but for types that are unknown after a mistake.
func agree(want, out schema.Attributes) bool {
	return slices.EqualFunc(want, out, func(a, b schema.Attribute) bool {
		return a.Name == b.Name && (a.Type == b.Type || a.Type == schema.Invalid || b.Type == schema.Invalid)
	})
}

// targetTable returns the table that an output changes, or nil after reporting that there is none.
func (c *checker) targetTable(id ast.StreamID) *Table {
	if t := c.tables[id.Name]; t != nil {
		return t
	}
	c.noTable(id, id.Name)
	return nil
}

// noTable reports a name that is not that of a table.
func (c *checker) noTable(at ast.Node, name string) {
	if c.others[name] != nil {
		return // its definition is refused already
	}
	if s := c.streams[name]; s != nil {
		what := "stream"
		if s.Window != nil {
			what = "window"
		}
		c.fail(at, "'"+name+"' is a "+what+", not a table", "")
		return
	}
	if c.aggregated[name] != nil {
		c.fail(at, "'"+name+"' is an aggregation, not a table", "what it keeps of closed buckets is in tables such as "+name+"_SECONDS")
		return
	}
	c.unknown(at, "table '"+name+"' is not defined", "define it: define table "+ast.QuoteName(name)+" (...)", name, c.tableNames())
}

// write resolves a delete, an update or an update or insert. Bare names mean
// the query's output, T.name a column of the table.
func (c *checker) write(kind WriteKind, id ast.StreamID, events ast.EventKind, o ast.Node, set []*ast.Assignment, on ast.Expr, out schema.Attributes) Output {
	t := c.targetTable(id)
	if t == nil {
		return nil
	}
	w := &TableWrite{Kind: kind, Events: events, Table: t, HasSet: len(set) > 0}
	output := &scope{c: c, origins: []origin{{attrs: out, label: "the output"}}, width: len(out)}
	both := output.with(t)
	if on == nil {
		c.fail(o, "there is no condition that says which rows", "add one: on "+t.Name+".attribute == ...")
	} else {
		w.On = both.at("the on condition").asked(on, "an on condition", t, output.width)
	}
	switch {
	case w.HasSet:
		w.Set = c.assignments(set, both.at("a set clause"), t)
	case kind == Update:
		w.Set = c.sameColumns(o, t, out)
	case kind == UpdateOrInsert && t.Attrs.Equal(out):
		w.Set = c.sameColumns(o, t, out)
	}
	if kind == UpdateOrInsert {
		c.sameSignature(o, "table "+t.Name, t.Attrs, out)
	}
	return w
}

// sameColumns assigns each output attribute to the column of its name.
func (c *checker) sameColumns(at ast.Node, t *Table, out schema.Attributes) []Assignment {
	var set []Assignment
	for i, a := range out {
		column := t.Attrs.Index(a.Name)
		switch {
		case column < 0:
			c.unknown(at, "table "+t.Name+" has no attribute '"+a.Name+"' to update", "select only attributes of the table, or write a set clause",
				a.Name, names(t.Attrs))
		case t.Attrs[column].Type != a.Type && a.Type != schema.Invalid:
			c.fail(at, "'"+a.Name+"' is "+article(a.Type)+", in table "+t.Name+" it is "+article(t.Attrs[column].Type), "convert it in the select clause")
		}
		set = append(set, Assignment{Column: column, Value: &Column{Span: at.Position(), Index: i, Name: a.Name, T: a.Type}})
	}
	return set
}

// assignments resolves a set clause. As in Siddhi they act in the order of the
// table's columns, whatever that of the text; of two to one column the later counts.
func (c *checker) assignments(set []*ast.Assignment, sc *scope, t *Table) []Assignment {
	var all []Assignment
	add := func(a Assignment) {
		all = slices.DeleteFunc(all, func(b Assignment) bool { return a.Column == b.Column })
		all = append(all, a)
	}
	for _, a := range set {
		value := sc.expr(a.Value)
		if a.Attr.Stream != "" && a.Attr.Stream != t.Name {
			c.warn(a.Attr, "set changes columns of "+t.Name+", not of "+a.Attr.Stream+"; as in Siddhi, the name before the point is not looked at", "write "+t.Name+"."+a.Attr.Name)
		}
		column := t.Attrs.Index(a.Attr.Name)
		if column < 0 {
			c.unknown(a.Attr, "table "+t.Name+" has no attribute '"+a.Attr.Name+"'", has(t.Attrs), a.Attr.Name, names(t.Attrs))
			continue
		}
		if want, got := t.Attrs[column].Type, value.Type(); got != want && got != schema.Invalid {
			if wide, ok := c.widened(value, want); ok {
				add(Assignment{Column: column, Value: wide})
				continue
			}
			says, hint := t.Name+"."+a.Attr.Name+" is "+article(want)+", this is "+article(got), "convert it: convert("+ast.Print(a.Value)+", '"+want.String()+"')"
			if value = c.passedOn(value, want, t, column); value == nil {
				c.fail(a.Value, says, hint)
				continue
			}
			c.warn(a.Value, says+"; as in Siddhi, the value is put there as it is, and what computes with it fails", hint)
		}
		add(Assignment{Column: column, Value: value})
	}
	slices.SortFunc(all, func(a, b Assignment) int { return a.Column - b.Column })
	return all
}

// widened returns a number as one of a wider type, as convert gives it: what is
// put into a table's column then is what the column says.
func (c *checker) widened(value Expr, want schema.Type) (Expr, bool) {
	got := value.Type()
	if !got.Numeric() || !want.Numeric() || got > want {
		return nil, false
	}
	wide := c.retyped("convert", value, want)
	return wide, wide != nil
}

// passedOn returns a value as one of the type of a table's column, which it need not
// be, as cast gives it. Conditions, keys and indexes cannot do with such values: nil.
func (c *checker) passedOn(value Expr, want schema.Type, t *Table, column int) Expr {
	if want == schema.Bool || slices.Contains(t.PrimaryKey, column) || slices.Contains(t.Indexes, column) {
		return nil
	}
	return c.retyped("cast", value, want)
}

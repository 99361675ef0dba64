package check

import (
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// definitions resolves what the app defines, in text order.
func (c *checker) definitions() {
	first := map[string]ast.Definition{}
	for _, d := range c.app.Definitions {
		name := d.DefinedName()
		if before := first[name]; before != nil {
			if !sameDefinition(before, d) {
				c.fail(start(d), "'"+name+"' is already defined as "+indefinite(before.DefinitionKind())+" at "+before.Position().Start.String(),
					"give one of them another name")
			} else if t, ok := d.(*ast.TriggerDef); ok {
				c.trigger(t)
			}
			continue
		}
		first[name] = d
		switch d := d.(type) {
		case *ast.StreamDef:
			c.stream(d)
		case *ast.TableDef:
			c.table(d)
		case *ast.TriggerDef:
			c.trigger(d)
		case *ast.WindowDef:
			c.namedWindow(d)
		case *ast.AggregationDef:
			c.defined = append(c.defined, d)
		default:
			c.others[name] = d
			c.unsupported(start(d), "define "+d.DefinitionKind()+" is", "")
		}
	}
	c.aggregations()
}

// sameDefinition reports whether two definitions of one name agree, which Siddhi
// tolerates for streams and tables, and for a trigger and the stream that it makes.
func sameDefinition(a, b ast.Definition) bool {
	switch a := a.(type) {
	case *ast.StreamDef:
		if _, ok := b.(*ast.TriggerDef); ok {
			return attributes(a.Attributes).Equal(triggered)
		}
		return ast.Equal(a, b)
	case *ast.TableDef:
		return ast.Equal(a, b)
	case *ast.TriggerDef:
		s, ok := b.(*ast.StreamDef)
		return ok && attributes(s.Attributes).Equal(triggered)
	}
	return false
}

func (c *checker) stream(d *ast.StreamDef) {
	s := &Stream{
		Name: d.Name, Def: d, Attrs: c.attributes(d.Attributes, "stream "+d.Name),
		Sources: d.Annotations.All("source"), Sinks: d.Annotations.All("sink"),
	}
	c.streams[d.Name] = s
	c.out.Streams = append(c.out.Streams, s)
	if c.streamAnnotations(d) {
		c.fault(s)
	}
}

// fault makes the stream of the rows that no query of s can process.
func (c *checker) fault(s *Stream) {
	attrs := slices.Clone(s.Attrs)
	if i := attrs.Index(faultAttribute); i >= 0 {
		c.fail(s.Def.Attributes[i], "the fault stream !"+s.Name+" has an attribute '"+faultAttribute+"' of its own", "rename this one")
		return
	}
	attrs = append(attrs, schema.Attribute{Name: faultAttribute, Type: schema.Object})
	s.Fault = &Stream{Name: "!" + s.Name, Attrs: attrs, FaultOf: s}
	c.streams[s.Fault.Name] = s.Fault
	c.out.Streams = append(c.out.Streams, s.Fault)
}

// faultAttribute holds what went wrong.
const faultAttribute = "_error"

func (c *checker) table(d *ast.TableDef) {
	t := &Table{Name: d.Name, Def: d, Attrs: c.attributes(d.Attributes, "table "+d.Name)}
	c.tableAnnotations(d, t)
	c.tables[d.Name] = t
	c.out.Tables = append(c.out.Tables, t)
}

// attributes reports names that occur twice.
func (c *checker) attributes(defined []*ast.Attribute, of string) schema.Attributes {
	seen := map[string]bool{}
	for _, a := range defined {
		if seen[a.Name] {
			c.fail(a, of+" has two attributes '"+a.Name+"'", "rename or remove one")
		}
		seen[a.Name] = true
	}
	return attributes(defined)
}

// tableAnnotations resolves those of a table.
func (c *checker) tableAnnotations(d *ast.TableDef, t *Table) {
	c.known(d.Annotations, "primaryKey", "index", "indexBy")
	if a := d.Annotations.Find("store"); a != nil {
		c.unsupported(a, "@"+a.Name+" is", "leave it out to keep the table in memory")
	}
	if a := d.Annotations.Find("cache"); a != nil {
		c.warn(a, "@"+a.Name+" does nothing here: the table is in memory", "leave it out")
	}
	if a := d.Annotations.Find("indexBy"); a != nil {
		c.fail(a, "@IndexBy is no longer an annotation", "write @index('attribute')")
	}
	if a := c.only(d.Annotations, "primaryKey", "table "+d.Name); a != nil {
		t.PrimaryKey = c.keyAttributes(a, t, nil)
		if len(a.Elements) == 0 {
			c.fail(a, "@primaryKey names no attribute", "write @primaryKey('attribute')")
		}
	}
	c.tableIndexes(d.Annotations, t)
}

// tableIndexes resolves @index.
func (c *checker) tableIndexes(as ast.Annotations, t *Table) {
	for _, a := range as.All("index") {
		if len(a.Elements) != 1 {
			c.fail(a, "@index takes exactly one attribute", "write one @index('attribute') for each attribute")
			continue
		}
		t.Indexes = c.keyAttributes(a, t, t.Indexes)
	}
}

// keyAttributes appends the attributes that a names to those of the same kind found before.
func (c *checker) keyAttributes(a *ast.Annotation, t *Table, found []int) []int {
	for _, e := range a.Elements {
		i := t.Attrs.Index(strings.TrimSpace(e.Value)) // as Siddhi
		if i < 0 {
			c.unknown(e, "table "+t.Name+" has no attribute '"+e.Value+"'", "it has "+t.Attrs.String(), e.Value, names(t.Attrs))
			continue
		}
		if slices.Contains(found, i) {
			says := "@" + a.Name + " names '" + e.Value + "' twice"
			if len(a.Elements) == 1 { // of two @index
				c.fail(e, says, "remove one")
				continue
			}
			c.warn(e, says+"; as in Siddhi, rows come in the order of Java's hash map, as for a key of several attributes", "remove one")
		}
		found = append(found, i)
	}
	return found
}

// only returns the annotation of that name and reports a second one.
func (c *checker) only(as ast.Annotations, name, of string) *ast.Annotation {
	all := as.All(name)
	for _, a := range all[min(1, len(all)):] {
		c.fail(a, "@"+a.Name+" is given twice for "+of, "remove one")
	}
	return as.Find(name)
}

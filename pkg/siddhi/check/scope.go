package check

import (
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/schema"
)

// scope says what names mean in one place of a query and where their values
// stand among the columns of the batch.
type scope struct {
	c          *checker
	origins    []origin
	width      int           // number of columns of all origins and aggregates
	aggregates []*aggregator // those that expressions may call; nil where none belong
	output     bool          // of having: the output comes first
	place      string        // "a filter", for messages
	alias      string        // what the query calls its input, if not by its name
	held       *Condition    // set in the text of a window
	nested     bool          // in the argument of an aggregator of such a text
	stamp      Expr          // what eventTimestamp() is; nil: the row's timestamp
}

// qualifiedOnly is the rank of an origin whose attributes need its name before them.
const qualifiedOnly = -1

// origin is something whose attributes can be named: a stream, a table, a
// pattern's state or the query's output.
type origin struct {
	id      ast.StreamID // what may stand before the dot; the zero id of the output matches nothing
	attrs   schema.Attributes
	offset  int    // of its first column
	rank    int    // a bare name means the attribute of the lowest rank that has it
	slot    bool   // a pattern's state: e1[0] and e1[last] mean e1
	label   string // for messages; "" for the id
	refused string // why its attributes cannot be read here, or ""
	time    int    // the column of its event's timestamp, or rowTime; 0: there is none
	missing int    // the column that says whether it has no event; 0: it always has one
}

// rowTime stands for the timestamp of the row.
const rowTime = -1

// moved returns the origin with its columns n further back.
func (o origin) moved(n int) origin {
	o.offset += n
	if o.time > 0 {
		o.time += n
	}
	if o.missing > 0 {
		o.missing += n
	}
	return o
}

func (o *origin) called(id ast.StreamID) bool { return o.id.Name != "" && o.id.Same(id) }

func (o *origin) name() string {
	if o.label != "" {
		return o.label
	}
	return o.id.String()
}

// id is how expressions and inputs name s.
func (s *Stream) id() ast.StreamID {
	if s.FaultOf != nil {
		return ast.StreamID{Name: s.FaultOf.Name, Fault: true}
	}
	name, outside := strings.CutPrefix(s.Name, "#")
	return ast.StreamID{Name: name, Inner: outside || s.Partition != nil}
}

// streamScope is the scope of one stream, as its filters see it.
func (c *checker) streamScope(s *Stream, place string) *scope {
	id := s.id()
	return &scope{c: c, origins: []origin{{id: id, attrs: s.Attrs}}, width: len(s.Attrs), place: place}
}

// at returns the scope for another place of the query.
func (s *scope) at(place string) *scope {
	other := *s
	other.place = place
	return &other
}

// with returns the scope with a table's columns behind the others; they must be qualified.
func (s *scope) with(t *Table) *scope {
	inner := *s
	inner.origins = append([]origin{{
		id: ast.StreamID{Name: t.Name}, attrs: t.Attrs, offset: s.width, rank: qualifiedOnly, time: s.width + len(t.Attrs) + 1,
	}}, s.origins...)
	inner.width += len(t.Attrs) + 2 // and two timestamps, as in table.Search
	inner.stamp = noTime()
	return &inner
}

// column resolves the reference to an attribute. As in Siddhi S#fn.attr means
// S.attr, whatever the function: no two of its attributes have one name.
func (s *scope) column(a *ast.Attr) Expr {
	if a.Stream == "" {
		return s.bare(a)
	}
	id := ast.StreamID{Name: a.Stream, Inner: a.Inner, Fault: a.Fault}
	i := slices.IndexFunc(s.origins, func(o origin) bool { return o.called(id) })
	if i < 0 {
		return s.noOrigin(a, id)
	}
	return s.attribute(a, &s.origins[i])
}

func (s *scope) attribute(a *ast.Attr, o *origin) Expr {
	if o.refused != "" {
		s.c.fail(a, "'"+o.name()+"' cannot be read here: "+o.refused, "")
		return wrong(a)
	}
	i := o.attrs.Index(a.Name)
	if i < 0 {
		s.c.unknown(a, o.name()+" has no attribute '"+a.Name+"'", has(o.attrs), a.Name, names(o.attrs))
		return wrong(a)
	}
	if a.Index != nil && !o.slot {
		says, hint := "only states of a pattern can be indexed", "write "+o.name()+"."+a.Name
		if !s.indexed(a.Index, o) {
			s.c.fail(a.Index, says, hint)
			return wrong(a)
		}
		s.c.warn(a.Index, says+"; as in Siddhi, the index changes nothing", hint)
	}
	if a.Index != nil && a.Index.Offset > 0 && o.slot {
		s.c.fail(a.Index, "'"+o.name()+"' takes one event only, so this is always null", "write "+o.name()+"."+a.Name)
		return wrong(a)
	}
	if o.attrs[i].Type == schema.Invalid {
		return wrong(a) // of an earlier mistake
	}
	return o.at(i, a.Span)
}

// indexed says whether an index behind a name that is no state of a pattern is taken,
// as in Siddhi: of one input any, of a join that of the event at hand.
func (s *scope) indexed(index *ast.Index, o *origin) bool {
	searched := slices.ContainsFunc(s.origins, func(o origin) bool { return o.rank == qualifiedOnly })
	return s.held == nil && !searched && o.label == "" && (len(s.origins) == 1 || index.Offset == 0)
}

// at is the origin's attribute i as an expression.
func (o *origin) at(i int, span ast.Span) *Column {
	return &Column{Span: span, Index: o.offset + i, Name: o.attrs[i].Name, T: o.attrs[i].Type}
}

// bare resolves a name without a stream before it.
func (s *scope) bare(a *ast.Attr) Expr {
	var found []*origin
	for i := range s.origins {
		o := &s.origins[i]
		if o.rank == qualifiedOnly || o.attrs.Index(a.Name) < 0 || o.refused != "" {
			continue
		}
		switch {
		case len(found) == 0 || o.rank < found[0].rank:
			found = []*origin{o}
		case o.rank == found[0].rank:
			found = append(found, o)
		}
	}
	switch {
	case len(found) == 0:
		return s.noAttribute(a)
	case len(found) > 1:
		hint := "write " + found[0].name() + "." + a.Name + " or " + found[1].name() + "." + a.Name
		if found[1].id.Name == "" {
			hint = "give both sides names of their own with as"
		}
		s.c.fail(a, "'"+a.Name+"' is an attribute of "+found[0].name()+" and of "+found[1].name(), hint)
		return wrong(a)
	}
	return s.attribute(a, found[0])
}

// noAttribute reports a bare name that means nothing.
func (s *scope) noAttribute(a *ast.Attr) Expr {
	var exist, where []string
	hint := ""
	for _, o := range s.origins {
		switch {
		case o.refused != "":
		case o.rank == qualifiedOnly:
			if o.attrs.Index(a.Name) >= 0 {
				hint = "write " + o.name() + "." + a.Name
			}
		default:
			exist = append(exist, names(o.attrs)...)
			where = append(where, o.name()+" ("+o.attrs.String()+")")
		}
	}
	msg := "there is no attribute '" + a.Name + "' in " + s.place
	if strings.EqualFold(a.Name, "null") {
		hint = "there is no null value to compare with: write x is null"
	}
	if len(where) == 0 && hint == "" {
		hint = "it reads no rows: it takes constants and functions of them"
	}
	if hint != "" {
		s.c.fail(a, msg, hint)
		return wrong(a)
	}
	s.c.unknown(a, msg, "it can read "+strings.Join(where, " and "), a.Name, exist)
	return wrong(a)
}

// noOrigin reports a reference to a stream or table that the place cannot read.
func (s *scope) noOrigin(a *ast.Attr, id ast.StreamID) Expr {
	var exist []string
	for _, o := range s.origins {
		if o.id.Name != "" {
			exist = append(exist, o.id.String())
		}
	}
	hint := "it can read " + strings.Join(exist, ", ")
	if len(s.origins) == 0 {
		hint = "it reads no rows: it takes constants and functions of them"
	} else if s.readsOutput() {
		hint = "select " + a.Name + " and write its name alone"
	}
	s.c.unknown(a, s.place+" cannot read '"+id.String()+"'", hint, id.String(), exist)
	return wrong(a)
}

// readsOutput reports whether bare names mean the query's output, or the only other origin is a table.
func (s *scope) readsOutput() bool {
	for _, o := range s.origins {
		if o.label == "" && o.rank != qualifiedOnly {
			return false
		}
	}
	return true
}

func has(attrs schema.Attributes) string { return "it has " + attrs.String() }

package topology

import (
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/ast"
)

const distName = "dist"

// group is the elements that run together.
type group struct {
	name     string // <App>-<label>
	label    string
	parallel int
	first    ast.Span // of the annotation or element that said how parallel
	elements []ast.Element
	// keys has the attribute by which a partition of the group tells the rows of
	// a stream apart. It is filled only when parallel > 1.
	keys map[string]string
	// refs are all places where the group's elements name a stream, table,
	// window or trigger, in text order.
	refs []ref
	// passthrough is set for the groups that hold a source of a stream and no element.
	passthrough *passthrough
}

// passthrough is a group of one relaying query.
type passthrough struct {
	stream *wiring
	source *ast.Annotation // the user's; nil when it reads the stream's public topic
}

// dist is what @dist says.
type dist struct {
	label    string
	parallel int
	at       ast.Span
}

// collect puts the elements into groups, in text order.
func (s *splitter) collect() {
	for _, e := range s.app.Elements {
		d, ok := s.dist(e)
		if !ok {
			continue
		}
		g := s.group(d)
		g.elements = append(g.elements, e)
		g.refs = append(g.refs, refsOf(e)...)
		if p, ok := e.(*ast.Partition); ok {
			s.refuseInnerDist(p)
			s.addKeys(g, p)
		}
	}
}

// group returns the group that an element belongs to and refuses a second degree of parallelism.
func (s *splitter) group(d dist) *group {
	name := s.app.Name() + "-" + d.label
	g := s.byName[name]
	if g == nil {
		g = &group{name: name, label: d.label, parallel: d.parallel, first: d.at, keys: map[string]string{}}
		s.byName[name] = g
		s.groups = append(s.groups, g)
		return g
	}
	if g.parallel != d.parallel {
		s.refuse(d.at, "group %s has parallel='%d' here and parallel='%d' at %s; give all elements of a group the same value (1 when none is written), or another execGroup",
			d.label, d.parallel, g.parallel, g.first.Start)
	}
	return g
}

const defaultLabel = "default"

// dist reads @dist of an element. ok is false when it is malformed.
func (s *splitter) dist(e ast.Element) (d dist, ok bool) {
	d = dist{label: defaultLabel, parallel: 1, at: e.Position()}
	all := e.AnnotationList().All(distName)
	if len(all) == 0 {
		return d, true
	}
	a := all[0]
	d.at = a.Position()
	if len(all) > 1 {
		s.refuse(all[1].Position(), "the element has two @dist annotations; write one, as @dist(execGroup='...', parallel='...')")
		return d, false
	}
	ok = true
	for _, el := range a.Elements {
		switch strings.ToLower(el.Key) {
		case "execgroup":
			if d.label = el.Value; !legalName(el.Value) {
				s.refuse(el.Position(), "execGroup is %q; use letters, digits, '_' and '-', with single dots between them", el.Value)
				ok = false
			}
		case "parallel":
			d.parallel, ok = s.parallel(el, ok)
		default:
			s.refuse(el.Position(), "@dist has no option %q; it has execGroup and parallel", el.Key)
			ok = false
		}
	}
	return d, ok
}

func (s *splitter) parallel(el *ast.AnnotationElement, soFar bool) (n int, ok bool) {
	n, err := strconv.Atoi(strings.TrimSpace(el.Value))
	if err != nil || n < 1 || n > MaxParallel {
		s.refuse(el.Position(), "parallel is %q; it must be a whole number from 1 to %d", el.Value, MaxParallel)
		return 1, false
	}
	return n, soFar
}

func (s *splitter) refuseInnerDist(p *ast.Partition) {
	for _, q := range p.Queries {
		if a := q.Annotations.Find(distName); a != nil {
			s.refuse(a.Position(), "@dist is not supported on a query inside a partition; put it in front of the partition")
		}
	}
}

// addKeys notes by which keys a partition of a parallel group needs its
// streams, and refuses keys that no topic can be cut by.
func (s *splitter) addKeys(g *group, p *ast.Partition) {
	if g.parallel == 1 {
		return // one instance sees everything, so any partition will do
	}
	for _, k := range p.With {
		attr, ok := s.keyAttribute(g, k)
		if !ok {
			continue
		}
		switch before, again := g.keys[k.Stream]; {
		case !again:
			g.keys[k.Stream] = attr
		case before == attr:
			s.refuse(k.Position(), "group %s has more than one partition of stream %s by %s; put the queries into one partition, or the partition into another execGroup",
				g.label, k.Stream, attr)
		default:
			s.refuse(k.Position(), "group %s partitions stream %s by %s and by %s, but its %d instances can share the stream by one key only; put one of the partitions into another execGroup",
				g.label, k.Stream, before, attr, g.parallel)
		}
	}
}

// keyAttribute returns the attribute that the key is, if it is a plain one.
func (s *splitter) keyAttribute(g *group, k *ast.PartitionKey) (string, bool) {
	if k.Value == nil {
		s.refuse(k.Position(), "a range partition of stream %s is not supported with parallel='%d'; partition by an attribute, or use parallel='1'", k.Stream, g.parallel)
		return "", false
	}
	a, plain := k.Value.(*ast.Attr)
	if !plain || a.Index != nil {
		s.refuse(k.Position(), "stream %s is partitioned by an expression, which is not supported with parallel='%d'; compute it into an attribute in a query before, or use parallel='1'",
			k.Stream, g.parallel)
		return "", false
	}
	if !legalName(a.Name) {
		s.refuse(k.Position(), "the attribute %q cannot be part of a topic's name; rename it in a query before, with letters, digits and '_'", a.Name)
		return "", false
	}
	return a.Name, true
}

// readers returns the groups that read the stream, writers those that insert into it.
func (s *splitter) readers(stream string) []*group { return s.groupsWith(stream, reads) }
func (s *splitter) writers(stream string) []*group { return s.groupsWith(stream, writes) }

func (s *splitter) groupsWith(name string, how access) []*group {
	var found []*group
	for _, g := range s.groups {
		if slices.ContainsFunc(g.refs, func(r ref) bool { return r.id.Name == name && r.how == how }) {
			found = append(found, g)
		}
	}
	return found
}

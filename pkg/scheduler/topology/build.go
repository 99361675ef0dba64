package topology

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/ast"
)

// topology returns what has been decided, with the texts of the partial apps.
func (s *splitter) topology() *Topology {
	t := &Topology{
		App: s.app.Name(), Transport: s.opts.Transport, CreateTopics: s.createTopics(),
		Topics: slices.CompactFunc(s.topics, func(a, b Topic) bool { return a == b }), Notes: s.notes,
	}
	for _, g := range s.groups {
		t.Groups = append(t.Groups, s.describe(g))
		for i := 1; i <= g.parallel; i++ {
			text := ast.Print(s.partialApp(g, i))
			sum := sha256.Sum256([]byte(text))
			t.PartialApps = append(t.PartialApps, PartialApp{
				Name: partialName(g, i), Group: g.name, Index: i,
				Passthrough: g.passthrough != nil, Text: text, Hash: hex.EncodeToString(sum[:]),
			})
		}
	}
	return t
}

func partialName(g *group, index int) string { return g.name + "-" + strconv.Itoa(index) }

// describe returns the data of a group.
func (s *splitter) describe(g *group) Group {
	d := Group{Name: g.name, Parallel: g.parallel, Passthrough: g.passthrough != nil, Inputs: []Input{}, Outputs: []Output{}}
	if p := g.passthrough; p != nil {
		in := Input{Stream: p.stream.name, Strategy: All, Sources: 1}
		if p.source == nil {
			in.Sources, in.Topic = 0, p.stream.public
		}
		d.Inputs = append(d.Inputs, in)
		d.Outputs = append(d.Outputs, p.stream.output())
		return d
	}
	for _, name := range g.names(func(r ref) bool { return r.how == reads }) {
		switch s.defs[name].(type) {
		case nil, *ast.StreamDef:
			d.Inputs = append(d.Inputs, s.streams[name].input(g))
		case *ast.TriggerDef:
			d.Inputs = append(d.Inputs, Input{Stream: name, Strategy: All, Trigger: true})
		}
	}
	for _, name := range g.names(func(r ref) bool { return r.how == writes && s.isStream(r.id.Name) }) {
		d.Outputs = append(d.Outputs, s.streams[name].output())
	}
	return d
}

func (w *wiring) input(g *group) Input {
	in := Input{Stream: w.name, Strategy: g.strategy(w.name)}
	if in.Strategy == FieldGrouping {
		in.Key = g.keys[w.name]
	}
	if w.fromOutside(g) {
		in.Topic = w.topicFor(g).Name
	}
	if w.host == g {
		in.Sources = len(w.sources)
	}
	return in
}

func (w *wiring) output() Output {
	out := Output{Stream: w.name, Sinks: len(w.sinks)}
	for _, t := range w.topics {
		out.Topics = append(out.Topics, t.Name)
	}
	return out
}

// partialApp builds the tree of one instance of a group.
func (s *splitter) partialApp(g *group, index int) *ast.App {
	app := &ast.App{Annotations: ast.Annotations{ast.NewAnnotation("app:name", [2]string{"", partialName(g, index)})}}
	for _, a := range s.app.Annotations {
		if !strings.EqualFold(a.Name, "app:name") && !strings.EqualFold(a.Name, creationAnnotation) {
			app.Annotations = append(app.Annotations, ast.Clone(a))
		}
	}
	if g.passthrough != nil {
		s.buildPassthrough(app, g, index)
		return app
	}
	for _, f := range s.calledFunctions(g) {
		app.Definitions = append(app.Definitions, ast.Clone(f))
	}
	renamed := map[string]string{}
	for _, name := range g.names(func(ref) bool { return true }) {
		if s.isStream(name) {
			app.Definitions = append(app.Definitions, s.streamDefs(g, index, name, renamed)...)
		} else {
			app.Definitions = append(app.Definitions, ast.Clone(s.defs[name]))
		}
	}
	for _, e := range g.elements {
		app.Elements = append(app.Elements, s.element(e, renamed))
	}
	return app
}

// streamDefs returns the definitions that an instance needs for a stream. There
// are two when it makes events that it may only see again when they come back
// from the topic, among those of other producers: renamed then has the new name
// of what it makes.
func (s *splitter) streamDefs(g *group, index int, name string, renamed map[string]string) []ast.Definition {
	w := s.streams[name]
	in, out := g.uses(name, reads), g.uses(name, writes)
	var sources, sinks ast.Annotations
	if w.host == g {
		for _, a := range w.sources {
			sources = append(sources, userSource(a))
		}
	}
	if in && w.fromOutside(g) {
		sources = append(sources, s.sourcesOf(w, g, index)...)
	}
	relays := w.host == g || w.public != "" && len(w.producers) == 0
	if out || relays {
		sinks = cloneAll(w.sinks)
	}
	if out {
		sinks = append(sinks, s.sinksOf(w)...)
	}
	if w.def == nil && len(sources)+len(sinks) == 0 {
		return nil // the query that makes it says what it is
	}
	if in && out && w.fromOutside(g) {
		made := s.freshName("publish" + name)
		renamed[name] = made
		return []ast.Definition{s.streamDef(w, name, sources), s.streamDef(w, made, sinks)}
	}
	return []ast.Definition{s.streamDef(w, name, append(sources, sinks...))}
}

// userSource returns a source of the user's without what was meant for the planner.
func userSource(a *ast.Annotation) *ast.Annotation {
	c := ast.Clone(a)
	c.Annotations = c.Annotations.Without(distName)
	return c
}

func cloneAll(as ast.Annotations) ast.Annotations {
	var out ast.Annotations
	for _, a := range as {
		out = append(out, ast.Clone(a))
	}
	return out
}

// streamDef returns a definition of a stream under a name, with sources and
// sinks in place of those of the user's definition.
func (s *splitter) streamDef(w *wiring, name string, ends ast.Annotations) *ast.StreamDef {
	d := &ast.StreamDef{Name: name, Annotations: ends}
	if w.def != nil {
		kept := w.def.Annotations.Without("source").Without("sink")
		d.Annotations = append(cloneAll(kept), ends...)
		for _, a := range w.def.Attributes {
			d.Attributes = append(d.Attributes, ast.Clone(a))
		}
		return d
	}
	attributes, known := s.schemas[w.name]
	if !known {
		s.refuse(s.placeOf(w.name), "the attributes of stream %s are not known; define it", w.name)
	}
	for _, a := range attributes {
		d.Attributes = append(d.Attributes, &ast.Attribute{Name: a.Name, Type: a.Type})
	}
	return d
}

// freshName returns a name for a stream that no part of the app uses.
func (s *splitter) freshName(name string) string {
	for s.defs[name] != nil || s.streams[name] != nil {
		name += "_"
	}
	return name
}

// buildPassthrough fills the app of a group that hands a source on.
func (s *splitter) buildPassthrough(app *ast.App, g *group, index int) {
	w := g.passthrough.stream
	source := s.passthroughSource(g, index)
	entry := s.freshName("passthrough" + w.name)
	app.Definitions = []ast.Definition{
		s.streamDef(w, entry, ast.Annotations{source}),
		&ast.StreamDef{
			Name: w.name, Attributes: s.streamDef(w, w.name, nil).Attributes,
			Annotations: append(cloneAll(w.sinks), s.sinksOf(w)...),
		},
	}
	app.Elements = []ast.Element{&ast.Query{
		Annotations: ast.Annotations{ast.NewAnnotation("info", [2]string{"name", "passthrough"})},
		From:        &ast.StreamInput{ID: ast.StreamID{Name: entry}},
		Select:      &ast.Select{Star: true},
		Output:      &ast.Insert{Target: ast.StreamID{Name: w.name}},
	}}
}

func (s *splitter) passthroughSource(g *group, index int) *ast.Annotation {
	if g.passthrough.source != nil {
		return userSource(g.passthrough.source)
	}
	return s.publicSource(g.passthrough.stream, g, index)
}

// element returns a copy of an element for a partial app: without @dist, and
// with the streams it writes renamed.
func (s *splitter) element(e ast.Element, renamed map[string]string) ast.Element {
	e = ast.Clone(e)
	switch e := e.(type) {
	case *ast.Query:
		e.Annotations = e.Annotations.Without(distName)
		rename(e, renamed)
	case *ast.Partition:
		e.Annotations = e.Annotations.Without(distName)
		for _, q := range e.Queries {
			rename(q, renamed)
		}
	}
	return e
}

func rename(q *ast.Query, renamed map[string]string) {
	insert, ok := q.Output.(*ast.Insert)
	if !ok || insert.Target.Inner || insert.Target.Fault {
		return
	}
	if name, ok := renamed[insert.Target.Name]; ok {
		insert.Target.Name = name
	}
}

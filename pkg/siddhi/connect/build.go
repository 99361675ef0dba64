package connect

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
	"millrace/pkg/siddhi/mapper"
	"millrace/pkg/siddhi/stream"
	"millrace/pkg/siddhi/suggest"
)

// Check finds the mistakes in an app's @source and @sink annotations. The error
// is of type check.Errors. It connects nothing.
func Check(checked *check.App, t Transports) error {
	o := Options{App: checked.Name, Transports: t}
	if o.App == "" {
		o.App = "app"
	}
	if err := o.complete(); err != nil {
		return err
	}
	b := builder{opts: &o, checked: checked}
	b.build()
	return b.err()
}

// builder makes sources and sinks of annotations and gathers all mistakes.
type builder struct {
	opts    *Options
	checked *check.App
	errs    check.Errors
	sources []*source
	sinks   []*sink
}

func (b *builder) build() {
	for _, s := range b.checked.Streams {
		for i, a := range s.Sources {
			if src := b.source(s, i, a); src != nil {
				b.sources = append(b.sources, src)
			}
		}
		for i, a := range s.Sinks {
			if snk := b.sink(s, i, a); snk != nil {
				b.sinks = append(b.sinks, snk)
			}
		}
	}
}

func (b *builder) err() error {
	if len(b.errs) == 0 {
		return nil
	}
	for _, e := range b.errs {
		e.Quote(b.checked.Source)
	}
	return b.errs
}

func (b *builder) fail(at ast.Node, format string, args ...any) {
	b.errs = append(b.errs, &check.Error{App: b.checked.Name, Span: at.Position(), Msg: fmt.Sprintf(format, args...)})
}

// annotation is a @source or @sink with its elements sorted out.
type annotation struct {
	*ast.Annotation
	kind    string // value of type
	options stream.Options
	mapping mapper.Config
}

// read sorts out the elements of an annotation; own has those that are not the
// transport's, filled in with their values.
func (b *builder) read(a *ast.Annotation, nested []string, own map[string]*string) (annotation, bool) {
	before := len(b.errs)
	out := annotation{Annotation: a, options: b.elements(a)}
	out.kind = out.options["type"]
	if out.kind == "" {
		b.fail(a, "@%s has no type: write @%s(type='...', ...)", a.Name, a.Name)
	}
	if _, ok := out.options["ref"]; ok {
		b.fail(a.Element("ref"), "@%s(ref='...') is not supported yet: write the options here", a.Name)
	}
	delete(out.options, "type")
	for key, value := range own {
		if v, ok := out.options[key]; ok {
			*value = v
			delete(out.options, key)
		}
	}
	for key, v := range out.options {
		if strings.Contains(v, "{{") {
			b.fail(a.Element(key), "option %s of @%s(type='%s') is a template; options must be constants", key, a.Name, out.kind)
		}
	}
	for _, n := range a.Annotations {
		if !slices.ContainsFunc(nested, func(known string) bool { return strings.EqualFold(known, n.Name) }) {
			b.fail(n, "@%s knows no @%s; it can have @%s", a.Name, n.Name, strings.Join(nested, ", @"))
		}
	}
	out.mapping = b.mapping(a, out.kind)
	return out, len(b.errs) == before
}

// elements returns the keyed elements of an annotation, keys in lower case.
func (b *builder) elements(a *ast.Annotation) stream.Options {
	opts := stream.Options{}
	for _, e := range a.Elements {
		key := strings.ToLower(e.Key)
		switch _, twice := opts[key]; {
		case key == "":
			b.fail(e, "'%s' in @%s has no key: write key='%s'", e.Value, a.Name, e.Value)
		case twice:
			b.fail(e, "option %s is given twice in @%s", key, a.Name)
		default:
			opts[key] = e.Value
		}
	}
	return opts
}

// mapping reads the @map of a source or sink.
func (b *builder) mapping(a *ast.Annotation, kind string) mapper.Config {
	maps := a.Annotations.All("map")
	if len(maps) == 0 {
		if b.opts.DefaultMapper != nil {
			return mapper.Config{Type: b.opts.DefaultMapper(kind)}
		}
		return mapper.Config{Type: "passThrough"}
	}
	if len(maps) > 1 {
		b.fail(maps[1], "@%s has a second @map", a.Name)
	}
	m := maps[0]
	c := mapper.Config{Options: b.elements(m)}
	c.Type = c.Options["type"]
	if c.Type == "" {
		b.fail(m, "@map has no type: write @map(type='json')")
	}
	delete(c.Options, "type")
	for _, n := range m.Annotations {
		var entries *[]mapper.Entry
		switch strings.ToLower(n.Name) {
		case "attributes":
			entries = &c.Attributes
		case "payload":
			entries = &c.Payload
		default:
			b.fail(n, "@map knows no @%s; a source's has @attributes, a sink's @payload", n.Name)
			continue
		}
		for _, e := range n.Elements {
			*entries = append(*entries, mapper.Entry{Name: e.Key, Value: e.Value})
		}
	}
	return c
}

// lookup finds the factory of a type.
func lookup[F any](b *builder, a annotation, factories map[string]F) (F, bool) {
	for name, f := range factories {
		if strings.EqualFold(name, a.kind) {
			return f, true
		}
	}
	names := slices.Sorted(maps.Keys(factories))
	msg := fmt.Sprintf("there is no %s of type '%s'; there are %s", strings.ToLower(a.Name), a.kind, strings.Join(names, ", "))
	e := &check.Error{App: b.checked.Name, Span: a.Position(), Msg: msg}
	if t := a.Element("type"); t != nil {
		e.Span = t.Position()
	}
	e.Suggestion, _ = suggest.Closest(a.kind, names)
	b.errs = append(b.errs, e)
	var none F
	return none, false
}

func (b *builder) env(s *check.Stream, a annotation) stream.Env {
	log := b.opts.Logger.With("stream", s.Name, "type", a.kind)
	return stream.Env{
		App: b.opts.App, Stream: s.Name, Now: now,
		Logf: func(format string, args ...any) { log.Warn(fmt.Sprintf(format, args...)) },
	}
}

func (b *builder) source(s *check.Stream, i int, an *ast.Annotation) *source {
	var speed, eventTime string
	preload := "false"
	a, ok := b.read(an, []string{"map", "dist"}, map[string]*string{"replay.speed": &speed, "replay.time": &eventTime, "preload": &preload})
	if !ok {
		return nil
	}
	factory, ok := lookup(b, a, b.opts.Sources)
	if !ok {
		return nil
	}
	src := newSource(s, i, a.kind, b.opts)
	switch strings.ToLower(preload) {
	case "true":
		src.preload = true
	case "false":
	default:
		b.fail(a.Element("preload"), "stream %s: preload is '%s'; it is 'true' or 'false'", s.Name, preload)
	}
	for kind, repeats := range b.opts.Repeats {
		src.repeats = src.repeats || strings.EqualFold(kind, a.kind) && repeats(a.options)
	}
	var err error
	if src.transport, err = factory(b.env(s, a), a.options); err != nil {
		b.fail(a, "stream %s: %v", s.Name, err)
	} else if f, ok := src.transport.(stream.Finite); src.preload && !(ok && f.Ends()) {
		b.fail(a.Element("preload"), "stream %s: preload is 'true', but this source never ends, so the others would never start; "+
			"a file with tailing='false' ends", s.Name)
	}
	if src.decoder, err = mapper.NewDecoder(s.Attrs, a.mapping); err != nil {
		b.fail(a, "stream %s: %v", s.Name, err)
	}
	if src.pace, err = newPacer(s.Attrs, eventTime, speed); err != nil {
		b.fail(a, "stream %s: @source(type='%s'): %v", s.Name, a.kind, err)
	}
	if _, frames := src.decoder.(*mapper.FrameDecoder); frames && src.pace != nil {
		b.fail(a, "stream %s: @source(type='%s'): replay.time is for sources of single events; frames bring the times of their rows", s.Name, a.kind)
	}
	return src
}

func (b *builder) sink(s *check.Stream, i int, an *ast.Annotation) *sink {
	onError := "wait"
	a, ok := b.read(an, []string{"map", "distribution"}, map[string]*string{"on.error": &onError})
	if !ok {
		return nil
	}
	factory, ok := lookup(b, a, b.opts.Sinks)
	if !ok {
		return nil
	}
	snk := newSink(s, i, a.kind, b.opts)
	if err := snk.setPolicy(onError); err != nil {
		b.fail(a.Element("on.error"), "stream %s: %v", s.Name, err)
	}
	all := []stream.Options{a.options}
	if d := a.Annotations.Find("distribution"); d != nil {
		all = b.destinations(s, a, d, snk)
	}
	for _, opts := range all {
		transport, err := factory(b.env(s, a), opts)
		if err != nil {
			b.fail(a, "stream %s: %v", s.Name, err)
			continue
		}
		encoder, err := mapper.NewEncoder(s.Attrs, a.mapping)
		if err != nil {
			b.fail(a, "stream %s: %v", s.Name, err)
			continue
		}
		if err := snk.addDestination(transport, encoder); err != nil {
			b.fail(a, "stream %s: %v", s.Name, err)
		}
	}
	snk.makeBuffer(b.opts.BufferRows)
	return snk
}

// destinations reads @distribution: the options of each destination, which
// those of the @sink itself override.
func (b *builder) destinations(s *check.Stream, a annotation, d *ast.Annotation, snk *sink) []stream.Options {
	opts := b.elements(d)
	if err := snk.setStrategy(opts["strategy"], opts["partitionkey"], s.Attrs); err != nil {
		b.fail(d, "stream %s: @distribution: %v", s.Name, err)
	}
	var all []stream.Options
	for _, n := range d.Annotations.All("destination") {
		one := b.elements(n)
		maps.Copy(one, a.options)
		all = append(all, one)
	}
	if len(all) == 0 {
		b.fail(d, "stream %s: @distribution has no @destination", s.Name)
	}
	return all
}

// errNoReplay is what is wrong with replay.speed alone.
var errNoReplay = errors.New("option replay.speed needs replay.time='<attribute>', the attribute with the time of the event")

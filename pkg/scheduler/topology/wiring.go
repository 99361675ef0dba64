package topology

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/ast"
)

// wiring is how one stream gets from its producers to its consumers.
type wiring struct {
	name             string
	def              *ast.StreamDef // nil when inferred
	sources, sinks   ast.Annotations
	producers        []*group // those with queries that insert into it, and pass-throughs
	consumers        []*group
	host             *group // the consumer that holds the user's sources, or nil
	public           string // topic that the outside feeds, or ""
	publicPartitions int
	topics           []streamTopic // what producers write, ordered by name
}

// streamTopic is one topic of a stream: for the keyed consumers of one key, or for others.
type streamTopic struct {
	Topic
	strategy Strategy
}

// wire decides for every stream whether it stays in its group, which topics
// carry it, and which groups hold the user's sources and sinks. It looks at all
// groups at once, so the order of the text does not matter, and loops are fine.
func (s *splitter) wire() {
	for _, name := range s.streamNames() {
		w := &wiring{name: name, producers: s.writers(name), consumers: s.readers(name)}
		w.def, _ = s.defs[name].(*ast.StreamDef)
		if w.def != nil {
			w.sources, w.sinks = w.def.Annotations.All("source"), w.def.Annotations.All("sink")
		}
		s.streams[name] = w
		s.order = append(s.order, name)
	}
	var added []*group
	for _, name := range s.order {
		w := s.streams[name]
		through := s.placeSources(w)
		added = append(added, through...)
		w.producers = append(through, w.producers...)
		s.placeTopics(w)
	}
	s.groups = append(added, s.groups...)
	s.checkNames()
	s.noteTriggers()
}

// streamNames returns the streams that can be wired: as they are used in the
// text, then those that are only defined.
func (s *splitter) streamNames() []string {
	var names []string
	for _, g := range s.groups {
		for _, name := range g.names(func(r ref) bool { return r.how != searches && s.isStream(r.id.Name) }) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	for _, d := range s.app.Streams() {
		if !slices.Contains(names, d.Name) {
			names = append(names, d.Name)
		}
	}
	return names
}

// placeSources decides who holds the sources of a stream: its one consumer, or
// pass-through groups, which are returned.
func (s *splitter) placeSources(w *wiring) []*group {
	switch {
	case len(w.sources) > 0 && len(w.consumers)+len(w.sinks) == 0:
		s.note("stream %s: no query reads it and it has no sink, so its sources are not run", w.name)
	case len(w.sources) > 0 && w.needsPassthrough():
		var groups []*group
		for i, a := range w.sources {
			groups = append(groups, s.passthrough(w, i, a))
		}
		return groups
	case len(w.sources) > 0:
		w.host = w.consumers[0]
	case len(w.producers) == 0 && len(w.consumers) > 0:
		return s.placePublic(w)
	case len(w.producers)+len(w.consumers) == 0:
		s.note("stream %s: no query uses it, so it is left out", w.name)
	}
	return nil
}

// needsPassthrough reports whether the sources of a stream cannot be in the
// group that reads it: because there are several instances of readers; or none
// (the sinks then get the events directly); or because the stream's sinks would
// send again what comes from another group.
func (w *wiring) needsPassthrough() bool {
	if len(w.consumers) != 1 || w.consumers[0].parallel > 1 {
		return true
	}
	fromElsewhere := slices.ContainsFunc(w.producers, func(g *group) bool { return g != w.consumers[0] })
	return len(w.sinks) > 0 && fromElsewhere
}

// placePublic gives a stream that nobody makes a topic for the outside to write
// to. The outside writes one plain topic: a pass-through sorts it by key, and
// feeds the sinks when the readers would feed them several times.
func (s *splitter) placePublic(w *wiring) []*group {
	keyed, partitions := false, 1
	for _, g := range w.consumers {
		switch g.strategy(w.name) {
		case FieldGrouping:
			keyed = true
		case RoundRobin:
			partitions = max(partitions, g.parallel)
		}
	}
	w.public = s.topicName(w.name, "")
	if s.opts.Transport == Kafka {
		w.publicPartitions = partitions
	} else {
		w.publicPartitions = 1
	}
	oneReader := len(w.consumers) == 1 && w.consumers[0].parallel == 1
	if keyed || len(w.sinks) > 0 && !oneReader {
		return []*group{s.passthrough(w, 0, nil)}
	}
	return nil
}

// passthrough makes the group that holds the i-th source of a stream.
func (s *splitter) passthrough(w *wiring, i int, source *ast.Annotation) *group {
	label := "passthrough-" + w.name
	if i > 0 {
		label += "-" + strconv.Itoa(i+1)
	}
	g := &group{name: s.app.Name() + "-" + label, label: label, parallel: 1, passthrough: &passthrough{stream: w, source: source}}
	if source != nil {
		g.first = source.Position()
		g.parallel = s.sourceParallel(source)
	}
	if other := s.byName[g.name]; other != nil {
		s.refuse(other.first, "the group %s has the name of the group for the sources of stream %s; rename one of them", label, w.name)
	}
	s.byName[g.name] = g
	return g
}

// sourceParallel reads the @dist annotations in a source: the smallest parallel counts.
func (s *splitter) sourceParallel(source *ast.Annotation) int {
	least := 0
	for _, a := range source.Annotations.All(distName) {
		n := 1
		for _, el := range a.Elements {
			if !strings.EqualFold(el.Key, "parallel") {
				s.refuse(el.Position(), "@dist of a source has no option %q; it has parallel", el.Key)
				continue
			}
			n, _ = s.parallel(el, true)
		}
		if least == 0 || n < least {
			least = n
		}
	}
	return max(least, 1)
}

// fromOutside reports whether a consumer gets the stream from a topic: somebody else makes some of it.
func (w *wiring) fromOutside(g *group) bool {
	if w.public != "" {
		return true
	}
	return slices.ContainsFunc(w.producers, func(p *group) bool { return p != g })
}

// placeTopics makes the topics that the producers of a stream write: one for
// each key, and a plain one for readers of all events and for those that share
// them, if there are any.
func (s *splitter) placeTopics(w *wiring) {
	keys := map[string]int{} // most instances that share the stream by that key
	shared, all := 0, false
	for _, g := range w.consumers {
		switch strategy := g.strategy(w.name); {
		case !w.fromOutside(g):
		case strategy == FieldGrouping:
			keys[g.keys[w.name]] = max(keys[g.keys[w.name]], g.parallel)
		case w.public != "": // they read what the outside writes
		case strategy == RoundRobin:
			shared = max(shared, g.parallel)
		default:
			all = true
		}
	}
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		w.add(s.topicName(w.name, key), key, s.partitions(keys[key]), FieldGrouping)
	}
	switch {
	case s.opts.Transport == Kafka && shared > 1 && all:
		// Several partitions would mix up the order for those who read all of them.
		w.add(s.topicName(w.name, "")+"-shared", "", shared, RoundRobin)
		w.add(s.topicName(w.name, ""), "", 1, All)
	case s.opts.Transport == Kafka && shared > 1:
		w.add(s.topicName(w.name, ""), "", shared, RoundRobin)
	case shared > 1 || all:
		w.add(s.topicName(w.name, ""), "", 1, All)
	}
	slices.SortFunc(w.topics, func(a, b streamTopic) int { return cmp.Compare(a.Name, b.Name) })
	s.addTopics(w)
}

func (w *wiring) add(name, key string, partitions int, strategy Strategy) {
	w.topics = append(w.topics, streamTopic{Topic{Name: name, Stream: w.name, Key: key, Partitions: partitions}, strategy})
}

func (s *splitter) addTopics(w *wiring) {
	if w.public != "" {
		s.topics = append(s.topics, Topic{Name: w.public, Stream: w.name, Partitions: w.publicPartitions})
	}
	for _, t := range w.topics {
		s.topics = append(s.topics, t.Topic)
	}
}

// partitions returns how many partitions a keyed topic has for a group of so many instances.
func (s *splitter) partitions(parallel int) int {
	n := s.opts.VirtualPartitions
	for n < parallel {
		n *= 2
	}
	return n
}

// topicFor returns the topic that a consumer reads.
func (w *wiring) topicFor(g *group) Topic {
	strategy := g.strategy(w.name)
	if w.public != "" && strategy != FieldGrouping {
		return Topic{Name: w.public, Stream: w.name, Partitions: w.publicPartitions}
	}
	var found Topic
	for _, t := range w.topics {
		switch {
		case strategy == FieldGrouping && t.Key == g.keys[w.name]:
			return t.Topic
		case strategy != FieldGrouping && t.Key == "" && (t.strategy == strategy || found.Name == ""):
			found = t.Topic
		}
	}
	return found
}

// checkNames refuses names that cannot be written into topics and names that two topics would share.
func (s *splitter) checkNames() {
	slices.SortFunc(s.topics, func(a, b Topic) int { return cmp.Compare(a.Name, b.Name) })
	taken := map[string]Topic{}
	for _, t := range s.topics {
		at := s.placeOf(t.Stream)
		if !legalName(t.Stream) || len(t.Name) > maxTopicName {
			s.refuse(at, "stream %q goes through topic %q, which is no legal name of a topic; use letters, digits and '_', and at most %d characters in all", t.Stream, t.Name, maxTopicName)
		}
		for _, address := range t.Addresses(s.opts.Transport) {
			if other, twice := taken[address]; twice && other.Stream != t.Stream {
				s.refuse(at, "streams %s and %s would both go through topic %s; rename one of them", other.Stream, t.Stream, address)
			}
			taken[address] = t
		}
	}
}

// noteTriggers says which triggers fire more than once.
func (s *splitter) noteTriggers() {
	for _, d := range s.app.Triggers() {
		instances := 0
		for _, g := range s.readers(d.Name) {
			instances += g.parallel
		}
		if instances > 1 {
			s.note("trigger %s: it fires in each of the %d instances that read it", d.Name, instances)
		}
	}
}

// placeOf returns where a stream is first named in the text.
func (s *splitter) placeOf(stream string) ast.Span {
	if d := s.defs[stream]; d != nil {
		return d.Position()
	}
	for _, g := range s.groups {
		for _, r := range g.refs {
			if r.id.Name == stream {
				return r.at
			}
		}
	}
	return ast.Span{}
}

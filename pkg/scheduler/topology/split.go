package topology

import (
	"fmt"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/check"
)

// Split makes the topology of an app. streams must have the attributes of every
// stream that more than one group uses. The error is of type Errors and lists
// everything that keeps the app from being distributed; or it says that an
// option is wrong.
func Split(app *ast.App, streams Schemas, opts Options) (*Topology, error) {
	return split(app, streams, nil, opts)
}

// SplitChecked makes the topology of a checked app; its warnings become notes.
func SplitChecked(app *check.App, opts Options) (*Topology, error) {
	streams := Schemas{}
	for _, s := range app.Streams {
		streams[s.Name] = s.Attrs
	}
	aggregates := map[*ast.Query]bool{}
	for _, q := range app.Queries {
		aggregates[q.AST] = q.Aggregating()
	}
	t, err := split(app.AST, streams, aggregates, opts)
	if err != nil {
		return nil, err
	}
	for _, w := range app.Warnings {
		t.Notes = append(t.Notes, w.Error())
	}
	return t, nil
}

// split is Split; aggregates has the queries that are known to aggregate.
func split(app *ast.App, streams Schemas, aggregates map[*ast.Query]bool, opts Options) (*Topology, error) {
	if err := opts.complete(); err != nil {
		return nil, fmt.Errorf("split app %s: %w", app.Name(), err)
	}
	s := newSplitter(app, streams, opts)
	s.aggregates = aggregates
	s.checkApp()
	s.collect()
	s.placeAggregations()
	s.checkRules()
	if err := s.err(); err != nil {
		return nil, err
	}
	s.wire()
	t := s.topology()
	if err := s.err(); err != nil {
		return nil, err
	}
	return t, nil
}

// splitter is the state of one Split.
type splitter struct {
	app     *ast.App
	schemas Schemas
	opts    Options
	// aggregates has the queries that are known to aggregate.
	aggregates map[*ast.Query]bool
	defs       map[string]ast.Definition
	groups     []*group // in order of appearance; wire puts the pass-throughs in front
	byName     map[string]*group
	streams    map[string]*wiring
	order      []string // names of streams as they are first used
	topics     []Topic
	notes      []string
	errors     Errors
}

func newSplitter(app *ast.App, streams Schemas, opts Options) *splitter {
	s := &splitter{
		app: app, schemas: streams, opts: opts,
		defs: map[string]ast.Definition{}, byName: map[string]*group{}, streams: map[string]*wiring{},
	}
	for _, d := range app.Definitions {
		if _, twice := s.defs[d.DefinedName()]; !twice {
			s.defs[d.DefinedName()] = d
		}
	}
	return s
}

const creationAnnotation = "app:transportChannelCreationEnabled"

// checkApp refuses what is wrong with the app whatever its queries are.
func (s *splitter) checkApp() {
	switch name := s.app.Name(); {
	case name == "":
		s.refuse(s.app.Position(), "the app has no name, which everything that is made of it is named after; add @app:name('...')")
	case !legalName(name):
		at := s.app.Annotations.Find("app:name").Position()
		s.refuse(at, "the name %q cannot be part of a topic's name; use letters, digits, '_' and '-', with single dots between them", name)
	}
	if a := s.app.Annotations.Find(creationAnnotation); a != nil {
		if v := strings.ToLower(a.First("")); v != "true" && v != "false" {
			s.refuse(a.Position(), "@%s is %q; it must be 'true' or 'false'", a.Name, a.First(""))
		}
	}
	for _, d := range s.app.Streams() {
		for _, source := range d.Annotations.All("source") {
			s.sourceParallel(source) // wire asks again, when it is known to be right
		}
	}
	if len(s.app.Elements)+len(s.app.Aggregations()) == 0 && len(s.errors) == 0 && !s.relays() {
		s.refuse(s.app.Position(), "the app has no query and no stream with both a source and a sink, so there is nothing to run; add a query")
	}
}

// relays reports whether some stream joins a source of the user's to a sink without a query.
func (s *splitter) relays() bool {
	for _, d := range s.app.Streams() {
		if d.Annotations.Find("source") != nil && d.Annotations.Find("sink") != nil {
			return true
		}
	}
	return false
}

func (s *splitter) createTopics() bool {
	a := s.app.Annotations.Find(creationAnnotation)
	return a == nil || !strings.EqualFold(a.First(""), "false")
}

func (s *splitter) note(format string, args ...any) {
	s.notes = append(s.notes, fmt.Sprintf(format, args...))
}

package check

import (
	"strconv"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// Check resolves an app. source is the text that the tree was parsed from; the
// error, of type Errors, shows its lines and lists all mistakes of the app.
func Check(app *ast.App, source string, reg *extension.Registry) (*App, error) {
	c := newChecker(source, &App{Name: app.Name(), AST: app, Source: source, Registry: reg})
	c.annotations()
	c.definitions()
	c.elements()
	if len(c.errs) > 0 {
		return nil, sorted(c.errs)
	}
	return c.out, nil
}

// checker is the state of one check. Streams appear as the queries that make them are passed.
type checker struct {
	app        *ast.App
	source     string
	reg        *extension.Registry
	out        *App
	errs       Errors
	streams    map[string]*Stream
	tables     map[string]*Table
	others     map[string]ast.Definition // names of what is refused: windows, triggers, ...
	defined    []*ast.AggregationDef     // aggregations, to be resolved when all streams are known
	aggregated map[string]*Aggregation
	broken     map[string]bool // streams that a faulty query or definition should have made

	queryNames     map[string]bool
	partitionNames map[string]bool
	outerNames     map[string]bool // of queries outside of partitions
	queryCount     int
	partitionCount int
}

// newChecker makes one that knows no names yet; out has the tree and the registry.
func newChecker(source string, out *App) *checker {
	return &checker{
		app: out.AST, source: source, reg: out.Registry, out: out,
		streams: map[string]*Stream{}, tables: map[string]*Table{},
		others: map[string]ast.Definition{}, aggregated: map[string]*Aggregation{}, broken: map[string]bool{},
		queryNames: map[string]bool{}, partitionNames: map[string]bool{}, outerNames: map[string]bool{},
	}
}

// elements resolves queries and partitions in text order.
func (c *checker) elements() {
	for _, e := range c.app.Elements {
		switch e := e.(type) {
		case *ast.Query:
			c.query(e, nil)
		case *ast.Partition:
			c.partition(e)
		}
	}
}

// queryName returns the name of the next query: that of @info or query_<n>,
// where n counts all queries of the app.
func (c *checker) queryName(q *ast.Query, p *Partition) (name string, named bool) {
	c.queryCount++
	name, named = q.Name(), q.Named()
	if !named {
		name = "query_" + strconv.Itoa(c.queryCount)
	}
	if c.queryNames[name] {
		c.fail(nameNode(q, q.Annotations), "two queries are called '"+name+"'", "give one of them another name with @info(name='...')")
	}
	if c.partitionNames[name] && p == nil {
		c.fail(nameNode(q, q.Annotations), "a partition is called '"+name+"' too", "give one of them another name with @info(name='...')")
	}
	c.queryNames[name] = true
	c.outerNames[name] = c.outerNames[name] || p == nil
	return name, named
}

func (c *checker) partitionName(p *ast.Partition) string {
	c.partitionCount++
	name := p.Name()
	if name == "" {
		name = "partition_" + strconv.Itoa(c.partitionCount)
	}
	if c.partitionNames[name] {
		c.fail(nameNode(p, p.Annotations), "two partitions are called '"+name+"'", "give one of them another name with @info(name='...')")
	}
	if c.outerNames[name] {
		c.fail(nameNode(p, p.Annotations), "a query is called '"+name+"' too", "give one of them another name with @info(name='...')")
	}
	c.partitionNames[name] = true
	return name
}

// nameNode is where an element's name stands, or the element itself.
func nameNode(element ast.Node, as ast.Annotations) ast.Node {
	if info := as.Find("info"); info != nil {
		if e := info.Element("name"); e != nil {
			return e
		}
	}
	return start(element)
}

// start is the first character of a node, for errors about all of a long node.
func start(n ast.Node) ast.Node {
	at := n.Position()
	at.End = at.Start
	return at
}

func attributes(defined []*ast.Attribute) schema.Attributes {
	attrs := make(schema.Attributes, len(defined))
	for i, a := range defined {
		attrs[i] = schema.Attribute{Name: a.Name, Type: a.Type}
	}
	return attrs
}

func names(attrs schema.Attributes) []string {
	all := make([]string, len(attrs))
	for i, a := range attrs {
		all[i] = a.Name
	}
	return all
}

package check

import (
	"slices"
	"strconv"
	"strings"

	"millrace/pkg/siddhi/ast"
	"millrace/pkg/siddhi/extension"
	"millrace/pkg/siddhi/schema"
)

// aggregationSelect is the place of what an aggregation selects.
const aggregationSelect = "the select clause of an aggregation"

// aggregationFilter is the place of a filter in front of an aggregation.
const aggregationFilter = "a filter of an aggregation"

// aggregations resolves those that are defined, in text order, when all streams
// are known.
func (c *checker) aggregations() {
	for _, d := range c.defined {
		a := &Aggregation{Name: d.Name, Def: d}
		before := len(c.errs)
		c.aggregationAnnotations(d)
		c.levels(a)
		if c.aggregationInput(a) {
			sc := &scope{c: c, origins: []origin{{id: a.Input.Stream.id(), attrs: a.Input.Attrs}}, width: len(a.Input.Attrs),
				place: aggregationSelect}
			c.aggregationRow(a, sc)
			c.levelTables(a)
		}
		c.retention(a)
		if len(c.errs) == before {
			c.aggregated[a.Name] = a
			c.out.Aggregations = append(c.out.Aggregations, a)
		} else {
			c.others[a.Name] = d
		}
	}
}

// aggregationAnnotations refuses what needs a database, and keys.
func (c *checker) aggregationAnnotations(d *ast.AggregationDef) {
	as := d.Annotations
	c.known(as, "purge", "index", "store", "partitionById", "persistedAggregation", "primaryKey")
	if a := as.Find("primaryKey"); a != nil {
		c.fail(a, "the tables of an aggregation have a primary key already: the bucket and the values of group by", "remove @primaryKey")
	}
	if a := as.Find("store"); a != nil {
		c.unsupported(a, "@store of an aggregation is", "leave it out to keep the aggregation in memory")
	}
	for _, name := range []string{"partitionById", "persistedAggregation"} {
		a := as.Find(name)
		if a == nil {
			continue
		}
		if enable, given := a.Get("enable"); given && !strings.EqualFold(enable, "true") {
			continue
		}
		c.unsupported(a, "@"+a.Name+", which shares an aggregation through a database, is", "leave it out to keep the aggregation in memory")
	}
}

// levels resolves the every clause.
func (c *checker) levels(a *Aggregation) {
	every := a.Def.Every
	units := slices.Clone(every.Units)
	if every.Range && units[0] > units[1] {
		c.fail(every, "the granularities of an aggregation go from fine to coarse, "+units[0].String()+" is coarser than "+units[1].String(),
			"write every "+units[1].String()+"..."+units[0].String())
		return
	}
	if every.Range {
		first, last := units[0], units[1]
		units = nil
		for u := first; u <= last; u++ {
			if u != ast.Week {
				units = append(units, u)
			}
		}
	}
	slices.Sort(units)
	for _, u := range slices.Compact(units) {
		a.Levels = append(a.Levels, AggregationLevel{Unit: u})
	}
}

// aggregationInput resolves what an aggregation reads: as in Siddhi a stream that
// is defined, or one of its kin, without a window.
func (c *checker) aggregationInput(a *Aggregation) bool {
	in := a.Def.From
	for _, h := range in.Handlers {
		if _, ok := h.(*ast.WindowHandler); ok {
			c.fail(h, "an aggregation reads a stream without a window", "remove it; the granularities say which events belong together")
			return false
		}
	}
	if in.Alias != "" {
		c.fail(in, "the stream of an aggregation has no alias", "remove as "+in.Alias)
		return false
	}
	if s := c.streams[in.ID.Name]; s != nil && s.Window != nil && !in.ID.Fault {
		c.fail(in, "an aggregation reads a stream, '"+in.ID.Name+"' is a window", "aggregate the stream that is inserted into it")
		return false
	}
	s := c.inputStream(in.ID, nil)
	if s == nil {
		return false
	}
	a.Input = c.handlers(in, s, c.streamScope(s, aggregationFilter))
	return true
}

// aggregationRow resolves the select clause and aggregate by. The attributes of a row
// are in Siddhi's order: times, groups, newest values, and what aggregators need.
func (c *checker) aggregationRow(a *Aggregation, sc *scope) {
	r := &aggregationRow{c: c, a: a, sc: sc}
	r.keep(aggTimestamp, schema.Long, AggregationValue{Fold: FoldBucket})
	a.Out = schema.Attributes{{Name: aggTimestamp, Type: schema.Long}}
	bucket := 0
	if a.Def.By != nil {
		r.eventTime()
		bucket = r.keep(aggEventTime, schema.Long, AggregationValue{Fold: FoldEventBucket})
	}
	a.Results = []AggregationResult{{Of: bucket}}
	for _, g := range a.Def.Select.GroupBy {
		r.group(g)
	}
	newest := false
	for _, o := range a.Def.Select.Outputs {
		if a.Out.Index(o.Name()) >= 0 {
			c.fail(o, "two output attributes are called '"+o.Name()+"'", "give one of them another name with as")
			continue
		}
		newest = r.output(o) || newest
	}
	if newest && a.Time != nil {
		r.own(aggLastEventTime, schema.Long, AggregationValue{Fold: FoldNewest})
	}
	for i, base := range r.bases {
		at := r.own(base.name, base.t, base.value)
		for j := range a.Results {
			if p := &a.Results[j]; p.Of == -1-i {
				p.Of = at
			}
			if p := &a.Results[j]; p.Count == -1-i {
				p.Count = at
			}
		}
	}
}

// aggregationRow collects the attributes of a row.
type aggregationRow struct {
	c     *checker
	a     *Aggregation
	sc    *scope
	bases []aggregationBase // of aggregators; equal ones are shared
}

type aggregationBase struct {
	name  string
	t     schema.Type
	value AggregationValue
}

func (r *aggregationRow) keep(name string, t schema.Type, v AggregationValue) int {
	r.a.Row = append(r.a.Row, schema.Attribute{Name: name, Type: t})
	r.a.Values = append(r.a.Values, v)
	return len(r.a.Row) - 1
}

// own is keep for an attribute that nobody has selected.
func (r *aggregationRow) own(name string, t schema.Type, v AggregationValue) int {
	if r.a.Row.Index(name) >= 0 {
		r.c.fail(start(r.a.Def), "the aggregation keeps a value of its own under the name '"+name+"'", "give what is selected another name with as")
	}
	return r.keep(name, t, v)
}

func (r *aggregationRow) eventTime() {
	e := r.sc.at("aggregate by").column(r.a.Def.By)
	switch t := e.Type(); t {
	case schema.Long, schema.String, schema.Invalid:
		r.a.Time = e
	default:
		r.c.fail(r.a.Def.By, "aggregate by takes a long, in milliseconds, or a string such as '2026-01-31 23:59:59 +01:00', this is "+article(t), "")
	}
}

func (r *aggregationRow) group(g *ast.Attr) {
	if g.Stream != "" {
		r.c.fail(g, "group by of an aggregation takes names of attributes alone", "write "+g.Name)
		return
	}
	e := r.sc.at("group by").column(g)
	if r.a.Row.Index(g.Name) >= 0 {
		r.c.fail(g, "'"+g.Name+"' cannot be grouped by: it is there already", "remove one, or rename it in a query before the aggregation")
		return
	}
	r.keep(g.Name, e.Type(), AggregationValue{Fold: FoldGroup, Value: e})
}

// output resolves one selected attribute and says whether it is one that has the
// aggregation note when the newest event was. As in Siddhi a function is none.
func (r *aggregationRow) output(o *ast.OutputAttr) (newest bool) {
	if call, ok := o.Expr.(*ast.Call); ok {
		if r.aggregator(o, call) {
			return false
		}
		if r.c.reg.Find(extension.Function, call.Namespace, call.Name) == nil && r.c.isAggregator(call) {
			r.c.fail(call, "there is no incremental aggregator "+call.FullName()+"()", "an aggregation has "+strings.Join(r.names(), ", "))
			return false
		}
	}
	if attr, ok := o.Expr.(*ast.Attr); ok {
		for i, v := range r.a.Values {
			if v.Fold == FoldGroup && r.a.Row[i].Name == attr.Name {
				if attr.Stream != "" {
					r.sc.column(attr) // is that stream there
				}
				r.show(o, r.a.Row[i].Type, AggregationResult{Of: i})
				return false
			}
		}
	}
	e := r.sc.expr(o.Expr)
	if r.a.Row.Index(o.Name()) >= 0 {
		r.c.fail(o, "'"+o.Name()+"' is also what the aggregation is grouped by", "give it another name with as")
		return false
	}
	at := r.keep(o.Name(), e.Type(), AggregationValue{Fold: FoldLatest, Value: e})
	r.show(o, e.Type(), AggregationResult{Of: at})
	_, call := o.Expr.(*ast.Call)
	return !call
}

func (r *aggregationRow) show(o *ast.OutputAttr, t schema.Type, from AggregationResult) {
	r.a.Out = append(r.a.Out, schema.Attribute{Name: o.Name(), Type: t})
	r.a.Results = append(r.a.Results, from)
}

// names returns those of all incremental aggregators, as aggregations write them.
func (r *aggregationRow) names() []string {
	var all []string
	for _, d := range r.c.reg.All(extension.IncrementalAggregator) {
		all = append(all, d.Name)
	}
	return all
}

// aggregator resolves the call of an incremental aggregator; it says whether it is one.
// As in Siddhi the name alone counts.
func (r *aggregationRow) aggregator(o *ast.OutputAttr, call *ast.Call) bool {
	fn := r.c.reg.Find(extension.IncrementalAggregator, extension.Incremental, call.Name)
	if fn == nil {
		return false
	}
	arg, ok := r.argument(call, fn)
	if !ok {
		return true
	}
	switch call.Name {
	case "count":
		r.show(o, schema.Long, AggregationResult{Of: r.count(call)})
	case "distinctCount":
		i := r.base("AGG_SET_"+arg.Name, schema.Object, AggregationValue{Fold: FoldUnion, Value: arg})
		r.show(o, schema.Long, AggregationResult{Kind: ResultSize, Of: i})
	case "sum":
		i, t := r.sum(call, arg)
		r.show(o, t, AggregationResult{Of: i})
	case "avg":
		i, _ := r.sum(call, arg)
		r.show(o, schema.Double, AggregationResult{Kind: ResultMean, Of: i, Count: r.count(call)})
	case "min":
		r.show(o, arg.T, AggregationResult{Of: r.base("AGG_MIN_"+arg.Name, arg.T, AggregationValue{Fold: FoldMin, Value: arg})})
	case "max":
		r.show(o, arg.T, AggregationResult{Of: r.base("AGG_MAX_"+arg.Name, arg.T, AggregationValue{Fold: FoldMax, Value: arg})})
	}
	return true
}

// argument resolves that of an aggregator: one attribute, none only for one that can do without.
func (r *aggregationRow) argument(call *ast.Call, fn *extension.Declaration) (*Column, bool) {
	name := call.Name + "()"
	param := fn.Overloads[len(fn.Overloads)-1][0]
	switch {
	case len(call.Args) > 1 || call.Star:
		r.c.fail(call, name+" of an aggregation takes one attribute", "")
		return nil, false
	case len(call.Args) == 0 && len(fn.Overloads[0]) == 0:
		return nil, true
	case len(call.Args) == 0:
		r.c.fail(call, name+" of an aggregation takes an attribute", "write "+call.Name+"(attribute)")
		return nil, false
	}
	attr, ok := call.Args[0].(*ast.Attr)
	if !ok {
		r.c.fail(call.Args[0], name+" of an aggregation takes an attribute, not an expression", "compute it in a query before the aggregation")
		return nil, false
	}
	arg, ok := r.sc.at("the argument of an aggregator").column(r.unnamed(attr)).(*Column)
	switch {
	case !ok:
		return nil, false
	case slices.Contains(param.Types, arg.T):
		return arg, true
	case slices.Contains(param.Types, schema.String):
		r.c.fail(attr, name+" of an aggregation does not take "+article(arg.T), "")
	default:
		r.c.fail(attr, name+" takes a number, this is "+article(arg.T), "")
	}
	return nil, false
}

// unnamed returns an attribute without the name in front of it, if that is not the
// stream's: as in Siddhi it is not looked at.
func (r *aggregationRow) unnamed(attr *ast.Attr) *ast.Attr {
	if attr.Stream == "" || r.sc.origins[0].called(ast.StreamID{Name: attr.Stream, Inner: attr.Inner, Fault: attr.Fault}) {
		return attr
	}
	r.c.warn(attr, "an aggregation reads "+r.sc.origins[0].name()+", not "+attr.Stream+"; as in Siddhi, the name before the point is not looked at", "write "+attr.Name)
	bare := *attr
	bare.Stream, bare.Inner, bare.Fault = "", false, false
	return &bare
}

func (r *aggregationRow) count(call *ast.Call) int {
	one := &Const{&ast.Const{Span: call.Span, Type: schema.Long, Int: 1}}
	return r.base("AGG_COUNT", schema.Long, AggregationValue{Fold: FoldSum, Value: one})
}

// sum keeps the sum of an attribute as a long or a double.
func (r *aggregationRow) sum(call *ast.Call, arg *Column) (int, schema.Type) {
	to, _ := extension.GivesSum([]schema.Type{arg.T})
	var value Expr = arg
	if arg.T != to {
		word := &Const{&ast.Const{Span: call.Span, Type: schema.String, Text: to.String()}}
		value = &Call{Span: call.Span, Fn: r.c.reg.Find(extension.Function, "", "convert"), Args: []Expr{arg, word}, T: to}
	}
	return r.base("AGG_SUM_"+arg.Name, to, AggregationValue{Fold: FoldSum, Value: value}), to
}

// base returns the attribute of that name as -1 less its position among the bases.
func (r *aggregationRow) base(name string, t schema.Type, v AggregationValue) int {
	for i := range r.bases {
		if r.bases[i].name == name {
			return -1 - i
		}
	}
	r.bases = append(r.bases, aggregationBase{name, t, v})
	return -len(r.bases)
}

// levelTables gives each level its table, which queries can read like others.
func (c *checker) levelTables(a *Aggregation) {
	var key []int
	for i, v := range a.Values {
		if v.Fold == FoldBucket || v.Fold == FoldEventBucket || v.Fold == FoldGroup {
			key = append(key, i)
		}
	}
	indexed := &Table{Name: a.Name, Attrs: a.Row} // mistakes in @index are told once
	c.tableIndexes(a.Def.Annotations, indexed)
	if len(key) > 1 { // a key that is the bucket alone is in order by itself
		indexed.Indexes = indexFirst(indexed.Indexes, a.Bucket())
	}
	for i := range a.Levels {
		l := &a.Levels[i]
		l.Table = &Table{Name: a.Name + "_" + levelNames[l.Unit], Attrs: a.Row, PrimaryKey: key, Indexes: indexed.Indexes, Of: a}
		if before := c.app.Definition(l.Table.Name); before != nil {
			c.fail(start(a.Def), "the aggregation makes a table '"+l.Table.Name+"', which is defined as "+indefinite(before.DefinitionKind())+" at "+
				before.Position().Start.String(), "give one of them another name")
			continue
		}
		c.tables[l.Table.Name] = l.Table
		c.out.Tables = append(c.out.Tables, l.Table)
	}
}

// indexFirst has an attribute be the first of those with an index: of several that
// could find rows by a range that one is taken.
func indexFirst(indexes []int, attr int) []int {
	indexes = slices.DeleteFunc(indexes, func(i int) bool { return i == attr })
	return slices.Insert(indexes, 0, attr)
}

// levelNames are what the tables of levels are called.
var levelNames = map[ast.TimeUnit]string{
	ast.Second: "SECONDS", ast.Minute: "MINUTES", ast.Hour: "HOURS", ast.Day: "DAYS", ast.Month: "MONTHS", ast.Year: "YEARS",
}

// IsLevelTable says whether a name is that of a table which an aggregation can have.
func IsLevelTable(name string, d *ast.AggregationDef) bool {
	for _, level := range levelNames {
		if name == d.Name+"_"+level {
			return true
		}
	}
	return false
}

// defaultPurge is how often an aggregation deletes rows unless @purge says otherwise.
const defaultPurge = 15 * 60 * 1000

// retentions are how long the rows of a level are kept, and how long they must be
// at least, so that the next level has them.
var retentions = map[ast.TimeUnit]struct{ keep, least int64 }{
	ast.Second: {120 * 1000, 120 * 1000},
	ast.Minute: {24 * 3600 * 1000, 120 * 60 * 1000},
	ast.Hour:   {30 * 24 * 3600 * 1000, 25 * 3600 * 1000},
	ast.Day:    {365 * 24 * 3600 * 1000, 32 * 24 * 3600 * 1000},
	ast.Month:  {KeepAll, 13 * 30 * 24 * 3600 * 1000},
	ast.Year:   {KeepAll, 0},
}

// retention resolves @purge of an aggregation.
func (c *checker) retention(a *Aggregation) {
	for i := range a.Levels {
		a.Levels[i].Keep = retentions[a.Levels[i].Unit].keep
	}
	a.PurgeEvery = defaultPurge
	purge := a.Def.Annotations.Find("purge")
	if purge == nil {
		return
	}
	if enable, given := purge.Get("enable"); given {
		if on, ok := c.purgeOn(purge, enable); !on {
			if ok {
				a.PurgeEvery = 0
			}
			return
		}
	}
	if interval, given := purge.Get("interval"); given {
		millis, ok := ast.ParseTime(interval)
		if !ok || millis == 0 {
			c.fail(elementOf(purge, "interval"), "interval of @purge must be a time, got '"+interval+"'", "write interval='15 min'")
		}
		a.PurgeEvery = millis
	}
	if periods := purge.Annotations.Find("retentionPeriod"); periods != nil {
		for _, e := range periods.Elements {
			c.retentionPeriod(a, e)
		}
	}
}

func (c *checker) retentionPeriod(a *Aggregation, e *ast.AnnotationElement) {
	unit, ok := Granularity(e.Key)
	if !ok {
		c.fail(e, "'"+e.Key+"' is not a granularity", "write sec, min, hour, day, month or year")
		return
	}
	at := a.Level(unit)
	if at < 0 {
		c.fail(e, "the aggregation keeps nothing for each "+unit.String()+" that could be purged", "remove it")
		return
	}
	if strings.EqualFold(e.Value, "all") {
		a.Levels[at].Keep = KeepAll
		return
	}
	millis, ok := ast.ParseTime(e.Value)
	if !ok {
		c.fail(e, "a retention period is a time or 'all', got '"+e.Value+"'", "write "+e.Key+"='1 day'")
		return
	}
	if least := retentions[unit].least; millis < least {
		c.fail(e, "rows for each "+unit.String()+" must be kept for "+ShortTime(least)+" at least, so that the next granularity has them, got '"+e.Value+"'", "")
		return
	}
	a.Levels[at].Keep = millis
}

// ShortTime writes a time as an annotation has it.
func ShortTime(millis int64) string {
	var words []string
	for _, p := range ast.SplitTime(millis) {
		words = append(words, strconv.FormatInt(p.Amount, 10)+" "+p.Unit.String())
	}
	return strings.Join(words, " ")
}

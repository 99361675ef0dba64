package ast

// Query is from input select ... output.
type Query struct {
	Span
	Annotations Annotations
	From        Input
	Select      *Select // nil when the text has no select: all input attributes
	Rate        *Rate   // nil when the text has no output rate
	Output      Output
}

// Partition is partition with (keys) begin queries end.
type Partition struct {
	Span
	Annotations Annotations
	With        []*PartitionKey
	Queries     []*Query
}

// PartitionKey is one entry of partition with: by value when Value is set, else by ranges.
type PartitionKey struct {
	Span
	Value  Expr
	Ranges []*PartitionRange
	Stream string
}

// PartitionRange is condition as 'label'.
type PartitionRange struct {
	Span
	Cond  Expr
	Label string
}

// Name returns the query's name from @info(name='...'), or "" if it has none.
func (q *Query) Name() string { return infoName(q.Annotations) }

// Named says whether @info gives the query a name, which may be empty.
func (q *Query) Named() bool {
	info := q.Annotations.Find("info")
	return info != nil && info.Element("name") != nil
}

// Name returns the partition's name from @info(name='...'), or "" if it has none.
func (p *Partition) Name() string { return infoName(p.Annotations) }

func infoName(as Annotations) string {
	if info := as.Find("info"); info != nil {
		name, _ := info.Get("name")
		return name
	}
	return ""
}

func (*Query) element()     {}
func (*Partition) element() {}

func (q *Query) AnnotationList() Annotations     { return q.Annotations }
func (p *Partition) AnnotationList() Annotations { return p.Annotations }

// Select is the select clause with what belongs to it.
type Select struct {
	Span
	Star    bool // select *; Outputs is empty then
	Outputs []*OutputAttr
	GroupBy []*Attr
	Having  Expr
	OrderBy []*OrderBy
	Limit   *Const // int or long, or nil
	Offset  *Const // int or long, or nil
}

// OutputAttr is expr as name, or a bare attribute reference when As is "".
type OutputAttr struct {
	Span
	Expr Expr
	As   string
}

// Name returns the attribute's name in the output.
func (o *OutputAttr) Name() string {
	if o.As != "" {
		return o.As
	}
	if a, ok := o.Expr.(*Attr); ok {
		return a.Name
	}
	return ""
}

// OrderBy is one key of order by.
type OrderBy struct {
	Span
	Attr *Attr
	Desc bool
}

// UnsaidEvents is the kind of events that leaves a query whose output does not
// name one: all for a snapshot, else the current ones.
func (q *Query) UnsaidEvents() EventKind {
	if q.Rate != nil && q.Rate.Kind == RateSnapshot {
		return AllEvents
	}
	return CurrentEvents
}

// RateKind says what an output rate lets through.
type RateKind uint8

// The kinds; RateAll is what a rate without a word means.
const (
	RateAll RateKind = iota
	RateFirst
	RateLast
	RateSnapshot
)

// String returns the kind as written in the text.
func (k RateKind) String() string { return [...]string{"all", "first", "last", "snapshot"}[k] }

// Rate is the output clause that limits the rate: every so many events when Time is nil, else every so much time.
type Rate struct {
	Span
	Kind   RateKind
	Events int64
	Time   *Const // a time literal
}

// EventKind says which events of a query leave it.
type EventKind uint8

// The kinds; what a query without a word means says Query.UnsaidEvents, a window definition means AllEvents.
const (
	CurrentEvents EventKind = iota
	ExpiredEvents
	AllEvents
)

// String returns the kind as written in the text.
func (k EventKind) String() string {
	return [...]string{"current events", "expired events", "all events"}[k]
}

// Output is an *Insert, *Delete, *Update, *UpdateOrInsert or *Return.
type Output interface {
	Node
	output()
}

// Insert is insert [kind] into target.
type Insert struct {
	Span
	Events EventKind
	Target StreamID
}

// Delete is delete table [for kind] [on condition].
type Delete struct {
	Span
	Table  StreamID
	Events EventKind
	On     Expr
}

// Update is update table [for kind] [set ...] on condition.
type Update struct {
	Span
	Table  StreamID
	Events EventKind
	Set    []*Assignment
	On     Expr
}

// UpdateOrInsert is update or insert into table [for kind] [set ...] on condition.
type UpdateOrInsert struct {
	Span
	Table  StreamID
	Events EventKind
	Set    []*Assignment
	On     Expr
}

// Return is return [kind]: only callbacks see the result.
type Return struct {
	Span
	Events EventKind
}

// Assignment is attribute = expr in a set clause.
type Assignment struct {
	Span
	Attr  *Attr
	Value Expr
}

func (*Insert) output()         {}
func (*Delete) output()         {}
func (*Update) output()         {}
func (*UpdateOrInsert) output() {}
func (*Return) output()         {}

// OutputTarget returns what an output writes to, or false for a return.
func OutputTarget(o Output) (StreamID, bool) {
	switch o := o.(type) {
	case *Insert:
		return o.Target, true
	case *Delete:
		return o.Table, true
	case *Update:
		return o.Table, true
	case *UpdateOrInsert:
		return o.Table, true
	}
	return StreamID{}, false
}

// OnDemandQuery is a query that is asked once: a find when Output is nil, else a change of a table.
type OnDemandQuery struct {
	Span
	From   *OnDemandInput // nil for changes
	Select *Select
	Output Output // *Insert, *Delete, *Update, *UpdateOrInsert or nil
}

// OnDemandInput is the table, window or aggregation that an on-demand query reads.
type OnDemandInput struct {
	Span
	Name   string
	Alias  string
	On     Expr
	Within *WithinRange
	Per    Expr
}

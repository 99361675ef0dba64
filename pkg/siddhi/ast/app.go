package ast

// App is one Siddhi app: definitions first, then queries and partitions.
type App struct {
	Span
	Annotations Annotations // the @app: ones; their names start with "app:"
	Definitions []Definition
	Elements    []Element
	Comments    []*Comment // in text order; no part of what the app means
}

// Comment is one comment with its -- or /* */.
type Comment struct {
	Span
	Text string
}

// Definition is a *StreamDef, *TableDef, *WindowDef, *TriggerDef, *FunctionDef or *AggregationDef.
type Definition interface {
	Node
	DefinedName() string
	DefinitionKind() string // "stream", "table", "window", "trigger", "function" or "aggregation"
	AnnotationList() Annotations
}

// Element is a *Query or a *Partition.
type Element interface {
	Node
	AnnotationList() Annotations
	element()
}

// Name returns the app's name from @app:name('...'), or "" if it has none.
func (a *App) Name() string {
	if an := a.Annotations.Find("app:name"); an != nil {
		return an.First("name")
	}
	return ""
}

// Streams returns the stream definitions in text order.
func (a *App) Streams() []*StreamDef { return definitionsOf[*StreamDef](a) }

// Tables returns the table definitions in text order.
func (a *App) Tables() []*TableDef { return definitionsOf[*TableDef](a) }

// Windows returns the named-window definitions in text order.
func (a *App) Windows() []*WindowDef { return definitionsOf[*WindowDef](a) }

// Triggers returns the trigger definitions in text order.
func (a *App) Triggers() []*TriggerDef { return definitionsOf[*TriggerDef](a) }

// Functions returns the script function definitions in text order.
func (a *App) Functions() []*FunctionDef { return definitionsOf[*FunctionDef](a) }

// Aggregations returns the aggregation definitions in text order.
func (a *App) Aggregations() []*AggregationDef { return definitionsOf[*AggregationDef](a) }

// Definition returns the first definition of that name (case-sensitive), or nil.
func (a *App) Definition(name string) Definition {
	for _, d := range a.Definitions {
		if d.DefinedName() == name {
			return d
		}
	}
	return nil
}

// Queries returns all queries in text order, those inside partitions included.
func (a *App) Queries() []*Query {
	var queries []*Query
	for _, e := range a.Elements {
		switch e := e.(type) {
		case *Query:
			queries = append(queries, e)
		case *Partition:
			queries = append(queries, e.Queries...)
		}
	}
	return queries
}

func definitionsOf[T Definition](a *App) []T {
	var found []T
	for _, d := range a.Definitions {
		if d, ok := d.(T); ok {
			found = append(found, d)
		}
	}
	return found
}
